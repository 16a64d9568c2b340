"""Pages that could not be read, kept for the person who looks after the sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.models import Issue as IssueRow
from storage.models import Site
from storage.statements import insert, row_values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.database import Database
    from storage.records import IssueRecord

FACTS = ("url", "kind", "reason", "page", "seen_at", "key", "detail")


@dataclass(frozen=True, slots=True)
class Issue:
    """One failed page, as stored."""

    id: int
    site: str
    run_id: int
    url: str
    kind: str
    reason: str
    page: str
    seen_at: datetime
    key: str | None
    detail: dict[str, str]


def add(db: Database, run_id: int, site_id: int, records: Iterable[IssueRecord]) -> None:
    """Keep these problems of a run. Raises StorageError."""
    rows = [row_values(record, FACTS) | {"run_id": run_id, "site_id": site_id} for record in records]
    if rows:
        with db.write() as connection:
            connection.execute(insert(connection, IssueRow), rows)


def recent(
    db: Database, *, limit: int, site: str | None = None, run_id: int | None = None, since: datetime | None = None
) -> list[Issue]:
    """The newest problems first, narrowed as asked."""
    query = select(IssueRow.id, Site.name, IssueRow.run_id, *(getattr(IssueRow, name) for name in FACTS))
    query = query.join(Site, Site.id == IssueRow.site_id).order_by(IssueRow.id.desc()).limit(limit)
    if site is not None:
        query = query.where(IssueRow.site_id == select(Site.id).where(Site.name == site).scalar_subquery())
    if run_id is not None:
        query = query.where(IssueRow.run_id == run_id)
    if since is not None:
        query = query.where(IssueRow.seen_at >= since)
    with db.read() as connection:
        return [Issue(*row) for row in connection.execute(query)]
