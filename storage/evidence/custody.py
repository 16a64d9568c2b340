"""The chain of custody: rows that are only ever added, each holding the hash of the one before.

A row's hash is the SHA-256 of the canonical JSON of ``[id, at, actor, action, capture_id, detail, previous]``; `at` is
ISO 8601 in UTC with microseconds. Whoever has the table can compute it anew without this software.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text

from storage.columns import MAX_ID, as_utc, clean
from storage.evidence.manifests import canonical, iso, storable
from storage.evidence.models import Custody
from storage.evidence.records import CustodyEntry, UnreadableLink
from storage.evidence.soundness import UNREADABLE, as_kept, check_link, shown
from storage.exceptions import DamagedRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from storage.database import Database

GENESIS = "0" * 64
LOCK = 0x63757374  # "cust": any number, the same in every process, for PostgreSQL's advisory lock
PAGE = 1000  # links read at a time: a chain of millions must not lie in memory

COLUMNS = (Custody.id, Custody.at, Custody.actor, Custody.action, Custody.capture_id, Custody.detail)
LINKS = select(*COLUMNS, Custody.previous, Custody.hash)


def append(  # noqa: PLR0913 -- the columns of a link
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    capture_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> CustodyEntry:
    """Add a link within the caller's write transaction. One writer at a time: call it last, commit soon."""
    if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    last = connection.execute(select(Custody.id, Custody.hash).order_by(Custody.id.desc()).limit(1)).one_or_none()
    number, previous = (1, GENESIS) if last is None else (last.id + 1, last.hash)
    facts = (number, as_utc(at), clean(actor), clean(action), capture_id, storable(detail or {}), previous)
    entry = CustodyEntry(*facts, hash=link_hash(*facts))
    connection.execute(insert(Custody).values({name: getattr(entry, name) for name in CustodyEntry.__slots__}))
    return entry


def link_hash(  # noqa: PLR0913, PLR0917 -- the columns of a link
    number: int, at: datetime, actor: str, action: str, capture_id: int | None, detail: dict[str, Any], previous: str
) -> str:
    """SHA-256 (hex) of a link."""
    return sha256(canonical([number, iso(at), actor, action, capture_id, detail, previous])).hexdigest()


def note(  # noqa: PLR0913 -- the columns of a link
    db: Database,
    *,
    at: datetime,
    actor: str,
    action: str,
    capture_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> CustodyEntry:
    """Add a link in a transaction of its own. Raises StorageError."""
    with db.write() as connection:
        return append(connection, at=at, actor=actor, action=action, capture_id=capture_id, detail=detail)


def entries(db: Database, *, capture_id: int | None = None, after: int = 0) -> Iterator[CustodyEntry]:
    """Links in the order of their ids, a page at a time; those of one capture where one is given.

    Raises:
        DamagedRow: one of them cannot be read.
        StorageError: none can.
    """
    for link in remains(db, capture_id=capture_id, after=after):
        if isinstance(link, UnreadableLink):
            raise _damaged(link.id)
        yield link


def remains(db: Database, *, capture_id: int | None = None, after: int = 0) -> Iterator[CustodyEntry | UnreadableLink]:
    """`entries` for whoever verifies: of a damaged link what is left of it. Raises StorageError."""
    query = LINKS.order_by(Custody.id).limit(PAGE)
    if capture_id is not None:
        query = query.where(Custody.capture_id == capture_id)
    while True:
        with db.read() as connection:
            page = _page(connection, query.where(Custody.id > after))
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def _page(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[CustodyEntry | UnreadableLink]:
    try:
        return [_entry(row) for row in connection.execute(query)]
    except UNREADABLE:
        ids = connection.scalars(query.with_only_columns(Custody.id)).all()
    return [_remains(connection, number) for number in ids]


def _remains(connection: Connection, number: int) -> CustodyEntry | UnreadableLink:
    one = LINKS.where(Custody.id == number)
    try:
        return _entry(connection.execute(one).one())
    except UNREADABLE:
        columns = (Custody.action, Custody.previous, Custody.hash)
        texts = connection.execute(one.with_only_columns(*(as_kept(connection, each) for each in columns))).one()
        capture_id = connection.execute(one.with_only_columns(Custody.capture_id)).scalar_one()
        number_of = capture_id if isinstance(capture_id, int) else None
        action, previous, hashed = map(shown, texts)
        return UnreadableLink(number, action, number_of, previous, hashed)


def read(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[CustodyEntry]:
    """Links that a query over `LINKS` finds, within the caller's transaction. Raises DamagedRow."""
    found = _page(connection, query)
    for one in found:
        if isinstance(one, UnreadableLink):
            raise _damaged(one.id)
    return [one for one in found if isinstance(one, CustodyEntry)]


def _damaged(number: int) -> DamagedRow:
    return DamagedRow(f"第 {number} 条保管记录被改动或损坏，读不出；请运行 wangdun evidence verify 核验")


def hash_of(db: Database, number: int) -> str | None:
    """The hash that a link holds; None when there is no such number. Raises StorageError."""
    with db.read() as connection:
        query = select(Custody.hash).where(Custody.id == min(number, MAX_ID))
        return connection.execute(query).scalar_one_or_none()


def newest(db: Database, limit: int, *, capture_id: int | None = None) -> list[CustodyEntry]:
    """The newest links, at most `limit`, oldest first; those of one capture where one is given. Raises StorageError."""
    query = LINKS.order_by(Custody.id.desc()).limit(limit)
    if capture_id is not None:
        query = query.where(Custody.capture_id == capture_id)
    with db.read() as connection:
        return read(connection, query)[::-1]


def _entry(row: Row[*tuple[Any, ...]]) -> CustodyEntry:
    return check_link(CustodyEntry(**row._mapping))  # noqa: SLF001 - the documented way to read by name


def head(db: Database) -> CustodyEntry | None:
    """The newest link; None when there is none yet. Raises StorageError."""
    with db.read() as connection:
        found = read(connection, LINKS.order_by(Custody.id.desc()).limit(1))
    return found[0] if found else None


def follow(links: Iterable[CustodyEntry | UnreadableLink]) -> Iterator[tuple[int, str]]:
    """Every broken place of a whole chain: the link's number and, in Chinese, what is wrong."""
    number, previous = 0, GENESIS
    for link in links:
        yield from ((link.id, what) for what in _wrong_with(link, number, previous))
        number, previous = link.id, link.hash


def _wrong_with(link: CustodyEntry | UnreadableLink, number: int, previous: str) -> Iterator[str]:
    if link.id != number + 1:
        yield f"保管链缺少第 {number + 1}{f'—{link.id - 1}' if link.id > number + 2 else ''} 条记录（被删除或被调换）"
    elif link.previous != previous:
        yield f"保管链在第 {link.id} 条记录处断开：它所记的上一条哈希与上一条不符"
    if isinstance(link, UnreadableLink):
        yield f"第 {link.id} 条保管记录被改动或损坏，读不出"
        return
    facts = (link.id, link.at, link.actor, link.action, link.capture_id, link.detail, link.previous)
    if link_hash(*facts) != link.hash:
        yield f"第 {link.id} 条保管记录被改动：内容与哈希不符"


def check(db: Database) -> tuple[int, str] | None:
    """The first broken place of the chain, None when it holds; what was cut off its end cannot be seen here."""
    return next(follow(remains(db)), None)
