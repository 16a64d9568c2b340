"""Failed item pages that the next run tries again; storing the listing takes it off (`storage.writing`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from storage.columns import fit
from storage.models import Retry as RetryRow
from storage.statements import chunks, insert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.database import Database
    from storage.records import IssueRecord

ATTEMPTS = 5  # five runs that failed on a page: it will not come back, and the issues tell a person about it
RENEWED = ("key", "url", "kind", "reason", "page", "failed_at")


@dataclass(frozen=True, slots=True)
class Retry:
    """A page to fetch again."""

    key: str | None
    url: str
    kind: str
    reason: str
    page: str
    attempts: int
    """Failures so far, 1 to 4."""
    failed_at: datetime


def put(db: Database, site_id: int, records: Iterable[IssueRecord]) -> None:
    """Note one more failure of each page; the same failure (same page and moment) counts once. Raises StorageError."""
    failed = {}
    for record in records:
        identity = fit(record.key if record.key is not None else record.url)
        facts = {name: getattr(record, name) for name in RENEWED[:-1]}
        links = {"site_id": site_id, "identity": identity, "attempts": 1, "failed_at": record.seen_at}
        failed[identity] = facts | links
    if not failed:
        return
    with db.write() as connection:
        query = insert(connection, RetryRow)
        renewed = {name: query.excluded[name] for name in RENEWED} | {"attempts": RetryRow.attempts + 1}
        query = query.on_conflict_do_update(
            index_elements=[RetryRow.site_id, RetryRow.identity],
            set_=renewed,
            where=RetryRow.failed_at < query.excluded.failed_at,
        )
        connection.execute(query, [failed[identity] for identity in sorted(failed)])


def due(db: Database, site_id: int, now: datetime, limit: int) -> list[Retry]:
    """Pages that failed up to `now` and have not been given up, longest waiting first."""
    query = select(
        RetryRow.key, *(getattr(RetryRow, name) for name in RENEWED[1:-1]), RetryRow.attempts, RetryRow.failed_at
    )
    query = query.where(RetryRow.site_id == site_id, RetryRow.attempts < ATTEMPTS, RetryRow.failed_at <= now)
    with db.read() as connection:
        return [Retry(*row) for row in connection.execute(query.order_by(RetryRow.failed_at, RetryRow.id).limit(limit))]


def done(db: Database, site_id: int, identities: Iterable[str]) -> None:
    """Take pages off, by listing key or by URL."""
    with db.write() as connection:
        for chunk in chunks({value for text in identities for value in (text, fit(text))}):
            of_site = delete(RetryRow).where(RetryRow.site_id == site_id)
            connection.execute(of_site.where(RetryRow.identity.in_(chunk)))
            connection.execute(of_site.where(RetryRow.url.in_(chunk)))
