"""Queues that somebody wants to see again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from storage.review.exceptions import ReviewError
from storage.review.models import SavedView as ViewRow
from storage.review.words import readable
from storage.statements import insert

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

MOST = 50  # views of one person: they stand in one list
LONGEST_NAME, LONGEST_QUERY = 40, 2_000  # characters: a line of a list; an address


@dataclass(frozen=True, slots=True)
class View:
    """A queue with a name."""

    id: int
    name: str
    query: str
    """As in the address, after the question mark."""
    created_at: datetime


def save(db: Database, account_id: int, name: str, query: str, now: datetime) -> View:
    """Keep this queue; an older one of the same name is replaced. Raises ReviewError: too long, too many."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or len(query) > LONGEST_QUERY:
        raise ReviewError(f"视图名称应为 1 到 {LONGEST_NAME} 个字,条件不超过 {LONGEST_QUERY} 个字符")
    if not readable(name):
        raise ReviewError("视图名称应含文字或数字，且不含看不见的字符")
    row = {"account_id": account_id, "name": name, "query": query, "created_at": now}
    with db.write() as connection:
        others = select(func.count()).where(ViewRow.account_id == account_id, ViewRow.name != name)
        if (connection.scalar(others) or 0) >= MOST:
            raise ReviewError(f"最多保存 {MOST} 个视图")
        made = insert(connection, ViewRow).values(row)
        made = made.on_conflict_do_update(
            index_elements=["account_id", "name"], set_={"query": query, "created_at": now}
        )
        return View(connection.execute(made.returning(ViewRow.id)).scalar_one(), name, query, now)


def of_account(db: Database, account_id: int) -> list[View]:
    """All views of a person by name."""
    query = select(ViewRow.id, ViewRow.name, ViewRow.query, ViewRow.created_at)
    with db.read() as connection:
        return [
            View(*row)
            for row in connection.execute(query.where(ViewRow.account_id == account_id).order_by(ViewRow.name))
        ]


def remove(db: Database, account_id: int, view_id: int) -> bool:
    """Forget a view of this person; False when there is none."""
    query = delete(ViewRow).where(ViewRow.id == view_id, ViewRow.account_id == account_id)
    with db.write() as connection:
        return bool(connection.execute(query).rowcount)
