"""Pages that changed after somebody had decided: the decision stands, the lead comes back to reviewers' eyes.

`leads.changed_at` says so until somebody looks again and decides: that the conclusion stands (keep), or anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, literal_column, select

from storage.models import Lead, Snapshot

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

CONCLUDED = ("confirmed", "dismissed", "referred")
"""Statuses that rest on what a page said; a duplicate rests on the lead that it was merged into."""


def moment_of(at: Any, *, when: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    """For an UPDATE of leads by a new version of their pages, fetched `at`: the new `changed_at`."""
    concluded = Lead.status.in_(
        [literal_column(f"'{one}'") for one in CONCLUDED]
    )  # no parameters: all rows have the same
    return case((concluded if when is None else and_(concluded, when), at), else_=Lead.changed_at)


def since(connection: Connection, lead_id: int, moment: datetime) -> datetime | None:
    """When the newest version of a lead's page was fetched, if that was after `moment`."""
    query = select(Snapshot.fetched_at).join(Lead, Lead.snapshot_id == Snapshot.id)
    return connection.scalar(query.where(Lead.id == lead_id, Snapshot.fetched_at > moment))
