"""Boards: what each visit of a list, a feed or a sitemap found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from storage.columns import fit
from storage.freshness.estimate import Arrivals
from storage.freshness.models import Board as Row
from storage.statements import insert, lock_site

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database

BoardKind = Literal["list", "feed", "sitemap"]
RENEWED = (
    "kind", "arrived", "seconds", "reads", "fruitful", "read_at", "full_at", "rows", "etag", "last_modified", "trusted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Board:
    """A page that names listings, as its visits so far show it."""

    url: str
    kind: str
    arrivals: Arrivals
    reads: int
    fruitful: int
    read_at: datetime
    full_at: datetime
    rows: int
    etag: str | None
    last_modified: str | None
    trusted: bool


@dataclass(frozen=True, slots=True)
class BoardVisit:
    """One visit."""

    url: str
    kind: BoardKind
    at: datetime
    found: int
    """Listings that were new or had changed."""
    rows: int = 0
    """Listings it named; of no account when it was not sent in full."""
    full: bool = True
    """False for "not modified"."""
    etag: str | None = None
    last_modified: str | None = None


def known(db: Database, site_id: int) -> dict[str, Board]:
    """All boards of a site that were ever visited, by URL. Raises StorageError."""
    with db.read() as connection:
        return {board.url: board for board in of_sites(connection, site_id).get(site_id, ())}


def of_sites(connection: Connection, site_id: int | None = None) -> dict[int, list[Board]]:
    """Boards of all sites or of one, by the site's id, oldest first."""
    query = select(Row.__table__).order_by(Row.id)
    found: dict[int, list[Board]] = {}
    for row in connection.execute(query if site_id is None else query.where(Row.site_id == site_id)):
        found.setdefault(row.site_id, []).append(_board(row))
    return found


def _board(row: Any) -> Board:
    return Board(
        row.url, row.kind, Arrivals(row.arrived, row.seconds), row.reads, row.fruitful, row.read_at, row.full_at,
        row.rows, row.etag, row.last_modified, row.trusted,
    )  # fmt: skip


def note(db: Database, site_id: int, visits: Iterable[BoardVisit]) -> None:
    """Keep what the visits found; the first visit of a board only begins the count. Raises StorageError."""
    told = {fit(visit.url): visit for visit in visits}
    if not told:
        return
    with db.write() as connection:
        lock_site(connection, site_id)
        before = {board.url: board for board in of_sites(connection, site_id).get(site_id, ())}
        rows = [{"site_id": site_id, "url": url} | after(before.get(url), visit) for url, visit in told.items()]
        query = insert(connection, Row)
        renewed = {name: query.excluded[name] for name in RENEWED}
        connection.execute(query.on_conflict_do_update(index_elements=[Row.site_id, Row.url], set_=renewed), rows)


def after(before: Board | None, visit: BoardVisit) -> dict[str, Any]:
    """What to store of a board once it was visited again. Pure."""
    arrivals = Arrivals()
    if before is not None:
        arrivals = before.arrivals.after(visit.found, (visit.at - before.read_at).total_seconds())
    facts: dict[str, Any] = {
        "kind": visit.kind,
        "arrived": arrivals.rows,
        "seconds": arrivals.seconds,
        "read_at": visit.at,
    }
    facts["reads"] = (before.reads if before else 0) + 1
    facts["fruitful"] = (before.fruitful if before else 0) + (visit.found > 0)
    if before is not None and not visit.full:
        kept = {name: getattr(before, name) for name in ("full_at", "rows", "etag", "last_modified", "trusted")}
        return facts | kept
    lied = before is not None and visit.found > 0 and _same_validators(before, visit)
    facts |= {"full_at": visit.at, "rows": visit.rows, "etag": visit.etag, "last_modified": visit.last_modified}
    return facts | {"trusted": not lied and (before is None or before.trusted)}


def _same_validators(before: Board, visit: BoardVisit) -> bool:
    pairs = ((before.etag, visit.etag), (before.last_modified, visit.last_modified))
    said = [(old, new) for old, new in pairs if old and new]
    return bool(said) and all(old == new for old, new in said)
