"""Evidence: what was seen, kept so that another office can check it without us.

Content-addressed files that are never overwritten, captures that bind them together, and the custody chain in which
everything that was ever done with them is a row.
"""
