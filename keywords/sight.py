"""Sight: what the automata see in a text, and whether it can matter at all; most texts end here."""

from __future__ import annotations

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
        raw = self._matcher.raw(glance.text)
        kind = self._matcher.kind(raw)
        said = self._matcher.said(raw) if kind & SAID else NOWHERE
        possible = bool(kind & PART) and self._kits.possible(self._matcher.part_words(raw))
        if not (kind & NAMED or said or possible or heard or glance.pictured):
            return None
        return self._seen(Seen(glance, raw, heard, bool(kind & NAMED), said, ()), possible=possible)

    def of_many(self, texts: Sequence[str]) -> Iterator[tuple[int, Seen]]:
        """Yield the number of each text in which something was seen that can matter, and what; none holds a `BARRIER`."""
        batch, matcher = self._folder.fold_many(texts), self._matcher
        heard = _shared(self._sound.find(batch.text, batch.codes), batch.ends) if self._sound else {}
        for number, (base, raw) in enumerate(_shares(matcher.raw(batch.text), batch.ends)):
            kind = matcher.kind(raw)
            possible = bool(kind & PART) and self._kits.possible(matcher.part_words(raw))
            said = matcher.said(raw) if kind & SAID else NOWHERE
            if not (kind & NAMED or said or possible or number in heard or number in batch.pictured):
                continue
            own = [(start - base, end - base, what) for start, end, what in raw]
            talk = frozenset([(start - base, end - base) for start, end in said])
            own_seen = Seen(batch.glance(number), own, heard.get(number, ()), bool(kind & NAMED), talk, ())
            seen = self._seen(own_seen, possible=possible)
            if seen:
                yield number, seen

    def _seen(self, seen: Seen, *, possible: bool) -> Seen | None:
        """Return what was seen with its kits; None where it cannot matter. `possible`: there may be parts enough."""
        if possible:
            kits = list(self._kits.complete(seen.glance.text, self._matcher.parts(seen.raw)))
            seen = seen._replace(kits=kits)
        return seen if seen.named or seen.heard or seen.said or seen.kits or seen.glance.pictured else None


def _shares(places: Sequence[Place], ends: Sequence[int]) -> Iterator[tuple[int, Sequence[Place]]]:
    """Yield where each text begins and the places that lie in it; `places`: in the order of their ends."""
    base = at = 0
    for stop in ends:
        first = at
        while at < len(places) and places[at][1] <= stop:
            at += 1
        yield base, places[first:at]
        base = stop + 1


def _shared(places: Sequence[Place], ends: Sequence[int]) -> dict[int, list[Place]]:
    """Return the places by the text that they lie in, counted from its beginning; texts without any are left out."""
    return {
        number: [(start - base, end - base, what) for start, end, what in own]
        for number, (base, own) in enumerate(_shares(places, ends))
        if own
    }
