"""What the decisions on a lead come to: pure, so that the stored status can be proved right at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

Kind = Literal[
    "confirm", "dismiss", "needs_info", "duplicate", "unmerge", "note", "keep", "refer", "approve", "refuse", "undo",
    "reopen",
]  # fmt: skip

ALLOWED: dict[str, frozenset[str]] = {
    "new": frozenset({"confirm", "dismiss", "needs_info", "duplicate"}),
    "needs_info": frozenset({"confirm", "dismiss", "duplicate", "reopen"}),
    "lapsed": frozenset({"confirm", "dismiss", "needs_info", "duplicate"}),
    "pending": frozenset({"approve", "refuse"}),
    "confirmed": frozenset({"refer", "reopen", "keep"}),
    "dismissed": frozenset({"reopen", "keep"}),
    "duplicate": frozenset({"unmerge"}),
    "referred": frozenset({"keep"}),
}
"""Status -> what may be decided; a note always may, undoing has its own rules, keeping needs a page that changed."""

FINAL = frozenset({"confirmed", "dismissed", "duplicate", "referred"})
PLAIN = {"dismiss": "dismissed", "needs_info": "needs_info", "unmerge": "new", "reopen": "new", "refuse": "new"}
DONE = {"confirm": "confirmed", "refer": "referred"}


@dataclass(frozen=True, slots=True)
class Made:
    """One row of decisions, as far as it matters here."""

    id: int
    kind: str
    at: datetime
    account_id: int
    asks: bool = False
    reason: str | None = None
    category: str | None = None
    subject: str | None = None
    undoes: int | None = None
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What a lead is, by its decisions."""

    status: str = "new"
    """``new`` stands for lapsed as well: which of them, the lexicon says."""
    reason: str | None = None
    category: str | None = None
    subject: str | None = None
    merged_into: int | None = None
    asked: str = ""
    """confirm or refer, while a second person is waited for."""
    asked_by: int | None = None
    decided_at: datetime | None = None
    """When its final status was reached; None while it has none."""


def fold(rows: Iterable[Made]) -> State:
    """The state after these rows, which come in the order of their ids."""
    state = State()
    for row in standing(rows):
        state = apply(state, row)
    return state


def standing(rows: Iterable[Made]) -> list[Made]:
    """Those that were not undone."""
    rows = list(rows)
    undone = {row.undoes for row in rows if row.kind == "undo"}
    return [row for row in rows if row.kind != "undo" and row.id not in undone]


def apply(state: State, row: Made) -> State:
    """The state after one more decision."""
    if row.kind in {"note", "keep"}:
        return state
    if row.kind in DONE and row.asks:
        return replace(_said(state, row), status="pending", asked=row.kind, asked_by=row.account_id, decided_at=None)
    return _settled(_said(state, row), row)


def _said(state: State, row: Made) -> State:
    """What a person named stays named until somebody names it otherwise; a dismissal's reason goes with it."""
    reason = row.reason if row.kind in {"dismiss", "needs_info"} else None
    return replace(state, reason=reason, category=row.category or state.category, subject=row.subject or state.subject)


def _settled(state: State, row: Made) -> State:
    status = _status(state, row.kind)
    merged = row.duplicate_of if row.kind == "duplicate" else None
    at = row.at if status in FINAL else None
    return replace(state, status=status, merged_into=merged, asked="", asked_by=None, decided_at=at)


def _status(state: State, kind: str) -> str:
    if kind == "approve":
        return DONE[state.asked or "confirm"]
    if kind == "refuse" and state.asked == "refer":
        return "confirmed"
    return PLAIN.get(kind) or DONE.get(kind) or "duplicate"
