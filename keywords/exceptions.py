"""What can go wrong when the lexicon or the `keywords:` section is read."""

from __future__ import annotations


class KeywordsError(Exception):
    """Base of this package's errors; the message is Chinese, for people."""


class LexiconError(KeywordsError):
    """Raised by the lexicon's reader: a file is not valid; the message names file, line and what to write instead."""


class TablesError(KeywordsError):
    """Raised at load when a baked table or the compiled lexicon is missing or damaged."""
