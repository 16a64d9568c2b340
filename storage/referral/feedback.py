"""What departments answered: written down, corrected, taken back. Rows are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from storage.database import Database
    from storage.referral.feedback_records import Feedback, Imported, ImportedFile, NewFeedback, Wanted
    from storage.review.audit import Actor


def mistakes(given: NewFeedback, today: date) -> tuple[str, ...]:
    """All that is wrong with what was filled in, in Chinese; pure."""
    raise NotImplementedError


def add(db: Database, given: NewFeedback, actor: Actor, now: datetime) -> Feedback:
    """Write one down. Raises ReferringError (what is wrong), Absent (campaign, unit, referral, lead), StorageError."""
    raise NotImplementedError


def add_all(
    db: Database,
    given: Sequence[NewFeedback],
    actor: Actor,
    now: datetime,
    *,
    file: ImportedFile | None = None,
    again: bool = False,
) -> tuple[int, ...]:
    """All in one transaction, or none; their ids. A `file` that was read before is refused unless `again`.

    Raises the same as `add`; the sentence begins with the row's `source`.
    """
    raise NotImplementedError


def correct(db: Database, feedback_id: int, given: NewFeedback, actor: Actor, now: datetime) -> Feedback:
    """A new row in place of another. Raises Stale: somebody replaced it meanwhile; else the same as `add`."""
    raise NotImplementedError


def void(db: Database, feedback_id: int, reason: str, actor: Actor, now: datetime) -> Feedback:
    """Take a row back. Raises ReferringError: no reason; Stale: it does not count any more; Absent."""
    raise NotImplementedError


def get(db: Database, feedback_id: int) -> Feedback:
    """One row. Raises Absent."""
    raise NotImplementedError


def history(db: Database, feedback_id: int) -> tuple[Feedback, ...]:
    """All versions of the row, the oldest first. Raises Absent."""
    raise NotImplementedError


def find(db: Database, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Feedback]:
    """The newest first, with ids below `before`."""
    raise NotImplementedError


def of_referral(db: Database, referral_id: int) -> list[Feedback]:
    """All that counts of a referral, the oldest first."""
    raise NotImplementedError


def of_lead(db: Database, lead_id: int) -> list[Feedback]:
    """All that counts of a lead, the oldest first: rows that name it, and those of referrals that hold it."""
    raise NotImplementedError


def imported(db: Database, sha256: str) -> Imported | None:
    """When this very file was read in; None where it was not."""
    raise NotImplementedError
