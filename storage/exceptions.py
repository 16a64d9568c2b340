"""What can go wrong with the database, in words for the person at the screen."""

from __future__ import annotations


class StorageError(Exception):
    """The database cannot be opened, read or written.

    Raised by every function of this package at the boundary to the driver; `str()` is a plain Chinese sentence,
    the driver's own error is its `__cause__`.
    """


class NaiveTimeError(ValueError):
    """A datetime without a time zone was handed in: a fault of the calling code, never of the data."""
