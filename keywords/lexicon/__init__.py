"""The lexicon: YAML that people edit, its schema, and the compiler that turns it into patterns."""
