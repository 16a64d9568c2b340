"""Papers: what is printed and signed, described once and set as an editable document and as a PDF."""
