"""Which files of the evidence folder referrals and feedback still speak of: papers as approved, returned receipts, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.referral.models import Feedback, ReferralFile
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def among(connection: Connection, names: Iterable[str]) -> set[str]:
    """Those of the files' names (SHA-256) that a row of this package names, within the caller's transaction."""
    names = set(names)
    query = select(ReferralFile.sha256)
    papers = {name for part in chunks(names) for name in connection.scalars(query.where(ReferralFile.sha256.in_(part)))}
    return papers | (names & _pictures(connection))


def _pictures(connection: Connection) -> set[str]:
    """Of all feedback: a county has hundreds of cases, and their pictures are a list in one column."""
    return {name for pictures in connection.scalars(select(Feedback.pictures)) for name in pictures}
