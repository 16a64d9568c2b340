"""Kits: harmless parts that make a banned device when they are offered together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

REMEMBERED = 10_000  # sets of part words whose answer is kept, some 5 MB: the same few words stand together


class Kit(NamedTuple):
    """What makes a device."""

    entry: int
    at_least: int
    """Different parts."""
    within: int
    """Folded characters from the first part's start to the last part's end."""
    requires: frozenset[str]
    """Cue groups of which one must be there; none: nothing is required."""
    exclude_near: tuple[str, ...]


class Part(NamedTuple):
    """One part at a place of the folded text."""

    start: int
    end: int
    kind: int
    """Which part of the kit."""


class KitMatcher:
    """Tells which words are parts of which kits, and when enough of them stand together."""

    def __init__(self, facts: Iterable[Mapping[str, Any]]) -> None:
        """`facts`: the compiled lexicon's kits."""
        self._kits: list[Kit] = []
        self._parts: dict[str, list[tuple[int, int]]] = {}
        for number, kit in enumerate(facts):
            self._kits.append(
                Kit(
                    kit["entry"],
                    kit["at_least"],
                    kit["within"],
                    frozenset(kit["requires"]),
                    tuple(kit["exclude_near"]),
                )
            )
            for kind, words in enumerate(kit["parts"]):
                for word in words:
                    self._parts.setdefault(word, []).append((number, kind))
        self._known: dict[frozenset[str], bool] = {}
        self._fewest = min((kit.at_least for kit in self._kits), default=0)
        # Of one kit, by one word: hardly ever more than one.
        self._most_kinds = max((max(Counter(n for n, _ in of).values()) for of in self._parts.values()), default=0)

    @property
    def fewest_words(self) -> int:
        """How many part words a text must hold at least before a kit is possible; never none."""
        return max(1, -(-self._fewest // max(1, self._most_kinds)))

    def possible(self, words: frozenset[str]) -> bool:
        """Tell whether these part words could be enough for a kit, wherever they stand."""
        if len(words) * self._most_kinds < self._fewest:
            return False
        known = self._known.get(words)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[words] = self._enough(words)
        return known

    def _enough(self, words: AbstractSet[str]) -> bool:
        kinds = {place for word in words for place in self._parts[word]}
        return any(count >= self._kits[number].at_least for number, count in Counter(n for n, _ in kinds).items())

    @property
    def kits(self) -> Sequence[Kit]:
        """All of them, by number."""
        return self._kits

    @property
    def at_least(self) -> list[int]:
        """By kit: different parts that it takes."""
        return [kit.at_least for kit in self._kits]

    def roles(self, word: str) -> Sequence[tuple[int, int]]:
        """Return what a word is a part of: kit, kind of part."""
        return self._parts.get(word, ())

    @property
    def words(self) -> AbstractSet[str]:
        """All words that are a part of something."""
        return self._parts.keys()

    def complete(self, folded: str, seen: Sequence[tuple[int, int]]) -> Iterator[tuple[Kit, list[Part]]]:
        """Yield the kits whose parts stand close together, with those parts in text order.

        `seen`: places [start, end) of part words in the folded text.
        """
        found: dict[int, list[Part]] = {}
        for start, end in seen:
            for number, kind in self._parts.get(folded[start:end], ()):
                found.setdefault(number, []).append(Part(start, end, kind))
        for number, parts in sorted(found.items()):
            kit = self._kits[number]
            if len(parts) < kit.at_least:
                continue
            near = _closest(sorted(parts), kit)
            if near and not _excluded(folded, near, kit):
                yield kit, near


def _closest(parts: Sequence[Part], kit: Kit) -> list[Part]:
    """Return the first stretch of parts that is complete, or nothing."""
    first = 0
    for last, part in enumerate(parts):
        while part.end - parts[first].start > kit.within:
            first += 1
        inside = parts[first : last + 1]
        if len({one.kind for one in inside}) >= kit.at_least:
            return list(inside)
    return []


def _excluded(folded: str, parts: Sequence[Part], kit: Kit) -> bool:
    around = folded[max(0, parts[0].start - kit.within) : parts[-1].end + kit.within]
    return any(word in around for word in kit.exclude_near)
