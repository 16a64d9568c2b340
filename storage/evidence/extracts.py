"""The part of the custody chain that concerns some captures, in a form that others can compute anew.

Links of these captures are told whole. Of the links before and behind each, and of the chain's head, only number and
hashes are told: they may belong to other cases, and the hashes are all that joins them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.evidence import custody
from storage.evidence.custody import LINKS
from storage.evidence.models import Custody, Timestamp
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.evidence.records import CustodyEntry


@dataclass(frozen=True, slots=True)
class Joint:
    """A link of which only the place is told."""

    id: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Extract:
    """Links in the order of the chain."""

    links: tuple[CustodyEntry | Joint, ...]
    head: CustodyEntry | None
    """The newest link when this was read; None when there is none."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """The earliest time stamp of one file: what it proves is worth most."""

    token_sha256: str
    authority: str
    at: datetime
    """As the authority says."""


def stamps(db: Database, hashes: Iterable[str]) -> dict[str, Stamped]:
    """SHA-256 of a file -> its earliest time stamp, for those that have one. Raises StorageError."""
    columns = (Timestamp.sha256, Timestamp.token_sha256, Timestamp.authority, Timestamp.at)
    found: dict[str, Stamped] = {}
    with db.read() as connection:
        for chunk in chunks(sorted(set(hashes))):
            query = select(*columns).where(Timestamp.sha256.in_(chunk)).order_by(Timestamp.id.desc())
            found.update(
                {row.sha256: Stamped(row.token_sha256, row.authority, row.at) for row in connection.execute(query)}
            )
    return found


def extract(db: Database, capture_ids: Iterable[int]) -> Extract:
    """The links of these captures, with what they hang on, as of one moment. Raises StorageError."""
    wanted = sorted(set(capture_ids))
    with db.read() as connection:
        own = {one.id: one for one in _links(connection, Custody.capture_id, wanted)}
        beside = sorted({near for number in own for near in (number - 1, number + 1)} - set(own))
        near = {one.id: one for one in _links(connection, Custody.id, beside)}
        newest = custody.read(connection, LINKS.order_by(Custody.id.desc()).limit(1))
    told: dict[int, CustodyEntry | Joint] = {**{n: Joint(n, one.previous, one.hash) for n, one in near.items()}, **own}
    return Extract(tuple(told[number] for number in sorted(told)), newest[0] if newest else None)


def _links(connection: Connection, column: object, values: Sequence[int]) -> list[CustodyEntry]:
    query = select(*LINKS.selected_columns)
    found: list[CustodyEntry] = []
    for chunk in chunks(values):
        found += custody.read(connection, query.where(column.in_(chunk)))  # type: ignore[attr-defined]
    return found
