"""What a rescan changed, counted: by kind of change, by lexicon entry, with the weightiest examples. Flat in memory."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.differing import Kind, Term
    from storage.revising import Change

EXAMPLES = 10  # of each kind: a screen holds them
DECIDED = 200  # leads that people decided are named one by one; more than these nobody reads on a screen
ENTRY_EXAMPLES = 3  # of each lexicon entry


@dataclass(slots=True)
class Weightiest:
    """The changes that move the score most, at most `most` of them."""

    most: int
    _kept: list[tuple[float, int, Change]] = field(default_factory=list)
    _seen: int = 0

    def add(self, change: Change) -> None:
        """Keep it if it is among the weightiest; of equal ones the earlier stays."""
        self._seen += 1
        item = (abs(change.new_score - (change.old_score or 0.0)), -self._seen, change)
        if len(self._kept) < self.most:
            heapq.heappush(self._kept, item)
        else:
            heapq.heappushpop(self._kept, item)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Weightiest first."""
        return tuple(change for *_, change in sorted(self._kept, reverse=True))


@dataclass(slots=True)
class EntryTally:
    """What one lexicon entry changed."""

    entry: str
    term: str
    gained: int = 0
    """Listings that it now hits."""
    lost: int = 0
    """Listings that it no longer hits."""
    hits_gained: int = 0
    hits_lost: int = 0
    examples: Weightiest = field(default_factory=lambda: Weightiest(ENTRY_EXAMPLES))

    def add(self, change: Change, gained: Term | None, lost: Term | None) -> None:
        """Count one listing."""
        self.hits_gained += gained.hits if gained else 0
        self.hits_lost += lost.hits if lost else 0
        self.gained += gained is not None
        self.lost += lost is not None
        self.examples.add(change)


@dataclass(slots=True)
class Summary:
    """All of it."""

    scanned: int = 0
    counts: Counter[Kind] = field(default_factory=Counter)
    entries: dict[str, EntryTally] = field(default_factory=dict)
    factors: Counter[str] = field(default_factory=Counter)
    """Label -> listings in which that reason weighs otherwise."""
    examples: dict[Kind, Weightiest] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[Change], scanned: int) -> Self:
        """Count stored changes."""
        made = cls(scanned)
        for change in changes:
            made.add(change)
        return made

    @property
    def unchanged(self) -> int:
        """Listings about which both lexicons agree."""
        return self.scanned - self.counts.total()

    def add(self, change: Change) -> None:
        """Count one change."""
        self.counts[change.kind] += 1
        most = DECIDED if change.kind == "decided" else EXAMPLES
        self.examples.setdefault(change.kind, Weightiest(most)).add(change)
        gained = {one.entry: one for one in change.differences.gained}
        lost = {one.entry: one for one in change.differences.lost}
        for entry in gained.keys() | lost.keys():
            one = gained.get(entry) or lost[entry]
            self.entries.setdefault(entry, EntryTally(entry, one.term)).add(change, gained.get(entry), lost.get(entry))
        self.factors.update({factor.label for factor in change.differences.factors})

    @property
    def busiest(self) -> list[EntryTally]:
        """Entries by the number of listings they changed, most first."""
        return sorted(self.entries.values(), key=lambda one: (-one.gained - one.lost, one.entry))
