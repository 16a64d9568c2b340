"""Sight: what the automata see in a text, and whether it can matter at all; most texts end here."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from keywords.match import ENOUGH, NAMED, NOWHERE, PART, ROUNDING, SAID
from keywords.spread import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from keywords.fold import Folder, Glance
    from keywords.kits import Kit, KitMatcher, Part
    from keywords.match import Matcher, Place
    from keywords.sound import SoundMatcher


class Seen(NamedTuple):
    """What was seen in one text that can matter."""

    glance: Glance
    kind: int
    """What is written, as bits."""
    places: Callable[[], Sequence[Place]]
    """Start, end, pattern number: what is written; asked for only where it is wanted."""
    heard: Sequence[Place]
    """Start, end, entry number: what sounds like a name."""
    said: AbstractSet[tuple[int, int]]
    """Suspicious wordings that are enough together."""
    kits: Sequence[tuple[Kit, Sequence[Part]]]
    """Those whose parts stand close together."""
    evidence: float
    """What all suspicious wordings have together, overlapping ones and far ones, too."""

    @property
    def raw(self) -> Sequence[Place]:
        """Start, end, pattern number of what is written."""
        return self.places()

    @property
    def named(self) -> bool:
        """Whether a pattern names an object."""
        return bool(self.kind & NAMED)


class Sight:
    """Looks at texts with all automata."""

    def __init__(self, folder: Folder, matcher: Matcher, kits: KitMatcher, sound: SoundMatcher | None) -> None:
        """`sound`: None = homophones are not looked for."""
        self._folder, self._matcher, self._kits, self._sound = folder, matcher, kits, sound

    @property
    def finders(self) -> tuple[KitMatcher, SoundMatcher | None]:
        """What finds kits, and names by sound."""
        return self._kits, self._sound

    def of(self, text: str) -> Seen | None:
        """Return what was seen in a text; None where it cannot matter."""
        glance = self._folder.fold(text)
        heard = self._sound.find(glance.text, glance.codes) if self._sound else ()
        raw = self._matcher.raw(glance.text)
        kind = self._matcher.kind(raw)
        evidence = self._matcher.evidence(raw) if kind & SAID else 0.0
        said = self._matcher.said(raw) if evidence > ENOUGH - ROUNDING else NOWHERE
        possible = bool(kind & PART) and self._kits.possible(self._matcher.part_words([place[2] for place in raw]))
        if not (kind & NAMED or said or possible or heard or glance.pictured):
            return None
        return self._seen(Seen(glance, kind, lambda: raw, heard, said, (), evidence), possible=possible)

    def of_many(self, texts: Sequence[str]) -> Iterator[tuple[int, Seen]]:
        """Yield the number of each text in which something was seen that can matter, and what; none holds a `BARRIER`."""
        batch, matcher = self._folder.fold_many(texts), self._matcher
        heard = _shared(self._sound.find(batch.text, batch.codes), batch.ends) if self._sound else {}
        found = spread(matcher.raw(batch.text), batch.ends, matcher.marks)
        fewest, pictured = self._kits.fewest_words, batch.pictured
        for number, (kind, parts) in enumerate(zip(found.kinds, found.parts, strict=True)):
            possible = parts >= fewest and self._kits.possible(matcher.part_words(found.patterns(number)))
            said, own = found.said.get(number, NOWHERE), heard.get(number, ())
            if not (kind & NAMED or said or possible or own or number in pictured):
                continue
            places = partial(found.own, number)
            seen = self._seen(
                Seen(batch.glance(number), kind, places, own, said, (), found.evidence[number]), possible=possible
            )
            if seen:
                yield number, seen

    def with_kits(self, seen: Seen) -> Seen | None:
        """Return what was seen with its kits; None where it cannot matter."""
        return self._seen(seen, possible=True)

    def _seen(self, seen: Seen, *, possible: bool) -> Seen | None:
        """Return what was seen with its kits; None where it cannot matter. `possible`: there may be parts enough."""
        if possible:
            kits = list(self._kits.complete(seen.glance.text, self._matcher.parts(seen.raw)))
            seen = seen._replace(kits=kits)
        return seen if seen.named or seen.heard or seen.said or seen.kits or seen.glance.pictured else None


def _shared(places: Sequence[Place], ends: Sequence[int]) -> dict[int, list[Place]]:
    """Return the places by the text that they lie in, counted from its beginning; texts without any are left out.

    `ends`: where each text ends.
    """
    found: dict[int, list[Place]] = {}
    for start, end, what in places:
        number = bisect_left(ends, end)
        base = ends[number - 1] + 1 if number else 0
        found.setdefault(number, []).append((start - base, end - base, what))
    return found
