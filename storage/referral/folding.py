"""What the steps of a referral come to: pure, so that the stored status can be proved right at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

LEADS_TO = {
    "draft": "draft", "change": "draft", "approve": "approved", "refuse": "draft", "withdraw": "withdrawn",
    "send": "sent", "receive": "received", "accept": "accepted", "decline": "declined", "pass_on": "passed_on",
    "file": "filed", "not_file": "not_filed", "close": "closed",
}  # fmt: skip
"""Step -> status. `note`, `remind` and `undo` are no statuses' steps."""

ALLOWED: dict[str, frozenset[str]] = {
    "draft": frozenset({"approve", "refuse", "change", "withdraw", "note"}),
    "approved": frozenset({"send", "refuse", "change", "withdraw", "note"}),
    "sent": frozenset({"receive", "accept", "decline", "pass_on", "file", "not_file", "close", "note", "remind"}),
    "received": frozenset({"accept", "decline", "pass_on", "file", "not_file", "close", "note", "remind"}),
    "accepted": frozenset({"file", "not_file", "close", "note", "remind"}),
    "passed_on": frozenset({"file", "not_file", "close", "note", "remind"}),
    "declined": frozenset({"pass_on", "file", "close", "note", "remind"}),
    "not_filed": frozenset({"file", "close", "note", "remind"}),
    "filed": frozenset({"close", "note", "remind"}),
    "closed": frozenset({"note"}),
    "withdrawn": frozenset({"note"}),
}
"""Status -> steps. A department may skip steps, never go back. `declined` may go on to whom it concerns; it and `not_filed` may end in `file` after 复议."""

PASSIVE = frozenset({"note", "remind"})
"""They leave the status alone, and are not what an undo takes back."""
KEPT = frozenset({"draft", "change", "refuse", "withdraw"})
"""They cannot be taken back: what the letter says was changed, or its leads were set free."""
UNSENT = frozenset({"draft", "approved"})
OUT = frozenset({"sent", "received", "accepted", "declined", "passed_on", "filed", "not_filed", "closed"})
"""The letter left the house."""


@dataclass(frozen=True, slots=True)
class Made:
    """One row of steps, as far as it matters here."""

    id: int
    kind: str
    at: datetime
    account_id: int | None = None
    undoes: int | None = None
    happened_at: datetime | None = None
    due_at: datetime | None = None
    due_kind: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What a referral is, by its steps."""

    status: str = "draft"
    approved_by: int | None = None
    sent_at: datetime | None = None
    due_at: datetime | None = None
    due_kind: str = ""


def fold(rows: Iterable[Made]) -> State:
    """The state after these rows, which come in the order of their ids."""
    state = State()
    for row in standing(rows):
        state = apply(state, row)
    return state


def standing(rows: Iterable[Made]) -> list[Made]:
    """Those that were not taken back."""
    rows = list(rows)
    undone = {row.undoes for row in rows if row.kind == "undo"}
    return [row for row in rows if row.kind != "undo" and row.id not in undone]


def apply(state: State, row: Made) -> State:
    """The state after one more step."""
    if row.kind in PASSIVE:
        return state if row.due_at is None else replace(state, due_at=row.due_at, due_kind=row.due_kind)
    status = LEADS_TO[row.kind]
    approved_by = row.account_id if row.kind == "approve" else None if status == "draft" else state.approved_by
    sent_at = (row.happened_at or row.at) if row.kind == "send" else state.sent_at
    return State(status, approved_by, sent_at, row.due_at, row.due_kind)


def newest(rows: Iterable[Made]) -> Made | None:
    """The step that an undo would take back: the last one that stands and changed the status."""
    found = [row for row in standing(rows) if row.kind not in PASSIVE]
    return found[-1] if found else None
