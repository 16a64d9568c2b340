"""What changed between two versions of a listing: a line diff made on the server, bounded for hostile texts."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storage.records import Snapshot

MOST_LINES: Final = 400  # of one version: comparing costs their product; the longest thread seen has 200
LONGEST_LINE: Final = 1_000  # characters
MOST_CHANGES: Final = 10  # newest ones: an ad that is edited daily has hundreds
CONTEXT: Final = 2  # unchanged lines shown around a change
FIELDS: Final[dict[str, str]] = {
    "title": "标题",
    "price_text": "价格",
    "seller": "卖家",
    "region": "所在地",
    "images": "图片",
    "attributes": "属性",
    "url": "网址",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff."""

    sign: Literal["+", "-", " ", "…"]
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A fact that says something else."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What the newer of two versions says differently."""

    before: Snapshot
    after: Snapshot
    fields: tuple[FieldChange, ...]
    lines: tuple[Line, ...]
    cut: bool
    """The texts are longer than what was compared."""


def changes(snapshots: Sequence[Snapshot], hide: Callable[[str], str]) -> list[Change]:
    """One change for each of the newest versions, the newest first; `hide` masks texts."""
    return [_change(before, after, hide) for before, after in pairwise(snapshots[-MOST_CHANGES - 1 :])][::-1]


def _change(before: Snapshot, after: Snapshot, hide: Callable[[str], str]) -> Change:
    old, new = _lines(before, hide), _lines(after, hide)
    cut = max(len(old), len(new)) > MOST_LINES or any(len(line) > LONGEST_LINE for line in (*old, *new))
    lines = tuple(line_diff(_bounded(old), _bounded(new)))
    fields = tuple(
        FieldChange(label, hide(_said(before, name)), hide(_said(after, name)))
        for name, label in FIELDS.items()
        if getattr(before, name) != getattr(after, name)
    )
    return Change(before, after, fields, lines, cut)


def _lines(snapshot: Snapshot, hide: Callable[[str], str]) -> list[str]:
    return [line for part in (snapshot.body, *snapshot.replies) for line in hide(part).split("\n")]


def _bounded(lines: Sequence[str]) -> list[str]:
    return [line[:LONGEST_LINE] for line in lines[:MOST_LINES]]


def _said(snapshot: Snapshot, name: str) -> str:
    value = getattr(snapshot, name)
    if isinstance(value, tuple):
        return "\n".join("：".join(one) if isinstance(one, tuple) else str(one) for one in value) or "—"
    return str(value) if value else "—"


def line_diff(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Removed, added and, around them, unchanged lines; nothing when all is the same."""
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT))
    reached = 0
    for group in groups:
        if group[0][1] > reached:
            yield Line("…", f"{group[0][1] - reached} 行未变")
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from (Line(" ", line) for line in old[start:end])
                continue
            yield from (Line("-", line) for line in old[start:end])
            yield from (Line("+", line) for line in new[new_start:new_end])
        reached = group[-1][2]
    if groups and reached < len(old):
        yield Line("…", f"{len(old) - reached} 行未变")
