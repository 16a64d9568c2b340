"""Sight: what the automata see in a text, and whether it can matter at all; most texts end here."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from keywords.match import NAMED, NOWHERE, PART, SAID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from keywords.fold import Folder, Glance
    from keywords.kits import Kit, KitMatcher, Part
    from keywords.match import Matcher, Place
    from keywords.sound import SoundMatcher


class Seen(NamedTuple):
    """What was seen in one text that can matter."""

    glance: Glance
    raw: Sequence[Place]
    """Start, end, pattern number: what is written."""
    heard: Sequence[Place]
    """Start, end, entry number: what sounds like a name."""
    named: bool
    """Whether a pattern of `raw` names an object."""
    said: AbstractSet[tuple[int, int]]
    """Suspicious wordings that are enough together."""
    kits: Sequence[tuple[Kit, Sequence[Part]]]
    """Those whose parts stand close together."""


class Sight:
    """Looks at texts with all automata."""

    def __init__(self, folder: Folder, matcher: Matcher, kits: KitMatcher, sound: SoundMatcher | None) -> None:
        """`sound`: None = homophones are not looked for."""
        self._folder, self._matcher, self._kits, self._sound = folder, matcher, kits, sound

    def of(self, text: str) -> Seen | None:
        """Return what was seen in a text; None where it cannot matter."""
        glance = self._folder.fold(text)
        heard = self._sound.find(glance.text, glance.codes) if self._sound else ()
        return self._seen(glance, self._matcher.raw(glance.text), heard)

    def of_many(self, texts: Sequence[str]) -> Iterator[tuple[int, Seen]]:
        """Yield the number of each text in which something was seen that can matter, and what; none holds a `BARRIER`."""
        batch = self._folder.fold_many(texts)
        raw = _shared(self._matcher.raw(batch.text), batch.ends)
        heard = _shared(self._sound.find(batch.text, batch.codes), batch.ends) if self._sound else {}
        for number in raw.keys() | heard.keys() | batch.pictured:
            places = raw.get(number, [])
            if number not in heard and number not in batch.pictured and not self._can_matter(places):
                continue
            seen = self._seen(batch.glance(number), places, heard.get(number, ()))
            if seen:
                yield number, seen

    def _can_matter(self, raw: Sequence[Place]) -> bool:
        """Tell whether a closer look is worth it, without the text."""
        kind = self._matcher.kind(raw)
        return bool(
            kind & NAMED
            or (kind & SAID and self._matcher.said(raw))
            or (kind & PART and self._kits.possible(self._matcher.part_words(raw)))
        )

    def _seen(self, glance: Glance, raw: Sequence[Place], heard: Sequence[Place]) -> Seen | None:
        kind = self._matcher.kind(raw)
        said = self._matcher.said(raw) if kind & SAID else NOWHERE
        kits: Sequence[tuple[Kit, Sequence[Part]]] = ()
        if kind & PART and self._kits.possible(self._matcher.part_words(raw)):
            kits = list(self._kits.complete(glance.text, self._matcher.parts(raw)))
        named = bool(kind & NAMED)
        if not (named or heard or said or kits or glance.pictured):
            return None
        return Seen(glance, raw, heard, named, said, kits)


def _shared(places: Sequence[Place], ends: Sequence[int]) -> dict[int, list[Place]]:
    """Return the places by the text that they lie in, counted from its beginning; `places`: in the order of their ends."""
    shared: dict[int, list[Place]] = {}
    own: list[Place] = []
    base, stop = 0, -1
    for start, end, what in places:
        if start > stop:
            number = bisect_left(ends, start)
            base, stop = (ends[number - 1] + 1 if number else 0), ends[number]
            own = shared[number] = []
        own.append((start - base, end - base, what))
    return shared
