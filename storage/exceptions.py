"""What can go wrong with the database, in words for the person at the screen."""

from __future__ import annotations


class StorageError(Exception):
    """The database cannot be opened, read or written.

    Raised by every function of this package at the boundary to the driver; `str()` is a plain Chinese sentence,
    the driver's own error is its `__cause__`.
    """


class UndecodableText(StorageError, ValueError):  # noqa: N818 -- it is a state of the world, not a fault
    """Raised where SQLite hands out a text that is no UTF-8: it keeps whatever bytes somebody puts into a column.

    A ValueError, too: for whoever goes on without the row it is what any other damaged value is.
    """


class NaiveTimeError(ValueError):
    """A datetime without a time zone was handed in: a fault of the calling code, never of the data."""


class EvidenceError(StorageError):
    """The evidence folder cannot be read or written, or holds something that it must not.

    Raised by `storage.evidence`; `str()` is a plain Chinese sentence that names the folder.
    """


class DamagedRow(StorageError):  # noqa: N818 -- it is a state of the world, not a fault
    """A row of the evidence's tables was changed so that it cannot be read any more; `str()` names it."""


class DiskFull(EvidenceError):  # noqa: N818 -- it is a state of the world, not a fault
    """There is no room for evidence, or only the reserve that is kept free.

    Raised by `storage.evidence.objects` before anything is written, or when the disk says so; nothing half-written
    is left. Whoever collects evidence pauses until there is room again.
    """
