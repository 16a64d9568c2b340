"""What the lexicon keeper's commands do."""
