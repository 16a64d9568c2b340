"""What stands in the way of a decision, in words for the person at the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.exceptions import StorageError

if TYPE_CHECKING:
    from datetime import datetime

    from storage.review.records import Batch


class ReviewError(StorageError):
    """What was asked for is not allowed or makes no sense; `str()` is a plain Chinese sentence.

    Raised by `storage.review` before anything is written.
    """


class Conflict(ReviewError):  # noqa: N818 -- nobody did anything wrong
    """Somebody else was faster, or holds the lead. Raised by `decisions`, `leasing`, `sampling` before anything is written."""

    def __init__(self, message: str, *, who: str = "", when: datetime | None = None, what: str = "") -> None:
        super().__init__(message)
        self.who = who
        """Display name; empty where no person is meant."""
        self.when = when
        self.what = what
        """Kind of the decision, ``lease``, or ``changed``."""


class PartOfBatch(ReviewError):  # noqa: N818 -- nobody did anything wrong
    """The last decision was one over a whole queue. Raised by `decisions.undo`, which takes no lead out of a batch."""

    def __init__(self, message: str, batch: Batch) -> None:
        super().__init__(message)
        self.batch = batch


class Unknown(ReviewError):  # noqa: N818 -- it is a state of the world
    """There is no such lead, account or reason. Raised by every function that is given an id."""
