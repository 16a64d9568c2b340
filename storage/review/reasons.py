"""Why leads are dismissed: two levels that the office edits; old ones are retired, never deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from storage.review import audit
from storage.review.audit import Event
from storage.review.exceptions import ReviewError, Unknown
from storage.review.models import Reason as ReasonRow
from storage.statements import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.review.audit import Actor

CODE = re.compile(r"[a-z0-9_]{1,30}(\.[a-z0-9_]{1,30})?\Z")
LONGEST_LABEL = 40  # characters: it must fit on a button
OTHER = "other"
"""The reason that says nothing by itself."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason."""

    code: str
    parent: str | None
    """None on the first level."""
    label: str
    position: int
    retired_at: datetime | None


COLUMNS = (ReasonRow.code, ReasonRow.parent, ReasonRow.label, ReasonRow.position, ReasonRow.retired_at)


def everything(db: Database, *, retired: bool = False) -> list[Reason]:
    """All reasons in use in the order of their positions; retired ones as well where asked. Raises StorageError."""
    query = select(*COLUMNS).order_by(ReasonRow.position, ReasonRow.code)
    if not retired:
        query = query.where(ReasonRow.retired_at.is_(None))
    with db.read() as connection:
        return [Reason(*row) for row in connection.execute(query)]


def check(connection: Connection, code: str | None, note: str) -> None:
    """Raises ReviewError when this cannot be given as a reason, or not without a note."""
    row = connection.execute(select(ReasonRow.retired_at).where(ReasonRow.code == (code or ""))).one_or_none()
    if row is None or row.retired_at is not None:
        raise ReviewError("请选择理由" if not code else f"没有这个理由,或已停用:{code}")
    check_note(code, note)


def check_note(code: str | None, note: str) -> None:
    """Raises ReviewError: other reasons than those of the list have to be written down."""
    if (code or "").partition(".")[0] == OTHER and not note.strip():
        raise ReviewError("选“其他”须在备注中写明理由")


def add(  # noqa: PLR0913, PLR0917 - one fact each
    db: Database, code: str, parent: str | None, label: str, actor: Actor, now: datetime
) -> Reason:
    """A new reason at the end. Raises ReviewError: a code not allowed or taken, a parent that is not on the first level."""
    if not CODE.match(code):
        raise ReviewError("理由代码只能用小写字母、数字和下划线,两级之间用一个点")
    with db.write() as connection:
        if parent is not None:
            _first_level(connection, parent)
        place = (connection.scalar(select(func.max(ReasonRow.position))) or 0) + 1
        row: dict[str, Any] = {"code": code, "parent": parent, "label": _label(label), "position": place}
        query = insert(connection, ReasonRow).values(row).on_conflict_do_nothing(index_elements=["code"])
        if connection.scalar(query.returning(ReasonRow.code)) is None:
            raise ReviewError(f"理由代码已经有了:{code}")
        audit.add(connection, actor, Event("reason.add", "reason", code, {"label": label}), now)
        return Reason(**row, retired_at=None)


def change(  # noqa: PLR0913 - one fact each
    db: Database,
    code: str,
    actor: Actor,
    now: datetime,
    *,
    label: str | None = None,
    position: int | None = None,
    retired: bool | None = None,
) -> None:
    """Rename, move, retire or use again; what is None stays. Raises Unknown, ReviewError."""
    values: dict[str, Any] = {}
    if label is not None:
        values["label"] = _label(label)
    if position is not None:
        values["position"] = position
    if retired is not None:
        values["retired_at"] = now if retired else None
    with db.write() as connection:
        found = connection.execute(select(ReasonRow.code).where(ReasonRow.code == code)).one_or_none()
        if found is None:
            raise Unknown(f"没有这个理由:{code}")
        if values:
            connection.execute(update(ReasonRow).where(ReasonRow.code == code).values(values))
        detail = {"label": label, "position": position, "retired": retired}
        audit.add(connection, actor, Event("reason.change", "reason", code, detail), now)


def _first_level(connection: Connection, parent: str) -> None:
    row = connection.execute(select(ReasonRow.parent).where(ReasonRow.code == parent)).one_or_none()
    if row is None or row.parent is not None:
        raise ReviewError("上级理由应是第一级的理由")


def _label(label: str) -> str:
    label = label.strip()
    if not 0 < len(label) <= LONGEST_LABEL:
        raise ReviewError(f"理由应为 1 到 {LONGEST_LABEL} 个字")
    return label
