"""Evidence packages: a folder in a zip that another office checks without our software (BagIt, RFC 8493)."""
