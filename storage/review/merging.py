"""Leads that are the same offer: a duplicate points at another lead, and all that hang together are one group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from storage.columns import MAX_ID
from storage.models import Lead
from storage.review.exceptions import ReviewError, Unknown
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from storage.database import Database

LONGEST = 10_000  # leads of one group: beyond that somebody merges everything


def group(db: Database, lead_id: int) -> tuple[int, ...]:
    """All leads of the group, the one that the others point at first, then by id. Raises Unknown, StorageError."""
    with db.read() as connection:
        return members(connection, lead_id)


def members(connection: Connection, lead_id: int) -> tuple[int, ...]:
    """The same within a transaction."""
    if connection.scalar(ALONE, {"lead": min(lead_id, MAX_ID)}):
        return (lead_id,)
    top = root(connection, lead_id)
    found = {top}
    level: Sequence[int] = [top]
    while level and len(found) < LONGEST:
        below: list[int] = []
        for some in chunks(level):
            below += connection.scalars(select(Lead.id).where(Lead.merged_into.in_(some))).all()
        level = [one for one in below if one not in found]
        found.update(level)
    return top, *sorted(found - {top})


_OTHER = aliased(Lead)
ALONE = select(and_(Lead.merged_into.is_(None), ~exists().where(_OTHER.merged_into == Lead.id))).where(
    Lead.id == bindparam("lead")
)
"""Whether a lead is of no group, as most are."""


def root(connection: Connection, lead_id: int) -> int:
    """The lead at which the chain of duplicates ends. Raises Unknown."""
    seen: set[int] = set()
    current = lead_id
    while current not in seen:
        seen.add(current)
        row = connection.execute(select(Lead.merged_into).where(Lead.id == min(current, MAX_ID))).one_or_none()
        if row is None:
            raise Unknown(f"没有编号为 {current} 的线索")
        if row.merged_into is None:
            return current
        current = row.merged_into
    raise AssertionError("a ring of duplicates")  # `check` lets none come into being


def check(connection: Connection, lead_id: int, duplicate_of: int | None) -> None:
    """Raises ReviewError when the one cannot be a duplicate of the other."""
    if duplicate_of is None or duplicate_of <= 0:
        raise ReviewError("请选择与哪条线索重复")
    if duplicate_of == lead_id:
        raise ReviewError("线索不能与自己重复")
    if root(connection, duplicate_of) == lead_id:
        raise ReviewError("两条线索互相重复:对方已经并入本线索")
