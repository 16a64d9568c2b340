"""Matching: one automaton over folded text yields candidates, each a writing of an entry at a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import numpy as np
from daachorse import CharwiseDoubleArrayAhoCorasick

from keywords.whole import cuts_latin, is_one_word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from keywords.fold import Folded

MOST_CANDIDATES = 2000  # a text with more is a list of words; the first ones say enough, and time stays bounded
LONGEST_SPOKEN = 5  # characters; longer terms are rarely misspelt as a whole
ENOUGH = 21.0  # evidence (natural logarithm of how much oftener a wording stands in advertisements) for a look
ROUNDING = 1e-6  # more than the order of a sum can change
NEVER = "\uffff"  # what an automaton looks for that has nothing to look for
CLOSE = 120  # characters in which wordings add up: two or three sentences
# Not a disguise, or one that a keyboard makes by itself; a kit's parts and suspicious talk hide nothing.
PLAIN = frozenset({"exact", "width", "variant", "kit", "context"})
NAMED, SAID, PART, COVER = (
    1,
    2,
    4,
    8,
)  # what a pattern can be, as bits: an object, a wording, a kit's part, a covering word
WRITING = 64  # one more bit of the same: it is a writing of something, not only a word that means something else
NOWHERE: frozenset[tuple[int, int]] = frozenset()
Span: TypeAlias = tuple[int, int]
Place: TypeAlias = tuple[int, int, int]
Ways: TypeAlias = "Sequence[Sequence[Any]]"


class Way(NamedTuple):
    """One meaning of a pattern."""

    entry: int
    channel: str
    gated: bool
    heard: bool = False
    """Found by sound alone, not listed as a way to write it."""


class Candidate(NamedTuple):
    """A pattern found in a text, before anything was asked about it."""

    way: Way
    start: int
    """In the folded text."""
    end: int
    span: tuple[int, int]
    """In the original text."""
    matched: str
    folded: str
    channel: str
    """The pattern's channel, refined by how it was written here."""

    @property
    def disguised(self) -> bool:
        """Tell whether somebody went to lengths to write it like this."""
        return self.channel not in PLAIN


class Patterns(NamedTuple):
    """What the kernel knows of all patterns, by number."""

    texts: Sequence[str]
    kinds: bytes
    """Bits: `NAMED` and so on, and `WRITING`."""
    evidence: Sequence[float]
    """As suspicious wordings."""


class Meanings(NamedTuple):
    """What all patterns can mean, by number."""

    texts: Sequence[str]
    ways: Sequence[Ways]


class Marks(NamedTuple):
    """What all patterns are, by number."""

    kinds: NDArray[np.uint8]
    """Bits."""
    evidence: NDArray[np.float64]
    """As suspicious wordings."""


class Found(NamedTuple):
    """What the automaton saw in one folded text."""

    candidates: list[Candidate]
    covers: list[tuple[int, int]]
    """Ordinary words: start, end."""
    parts: list[tuple[int, int]]
    """Words that are a part of a kit: start, end."""


class Matcher:
    """Finds every writing of every entry, and every covering word, in one pass."""

    def __init__(
        self,
        patterns: Iterable[Sequence[Any]],
        covers: Iterable[str],
        channels: Mapping[str, bool],
        parts: Iterable[str] = (),
        anchors: Mapping[str, float] | None = None,
    ) -> None:
        """`patterns`: [text, [[entry, channel, gated]]]; `covers`: ordinary words; `channels`: False = not wanted.

        `parts`: words that are a part of a kit; `anchors`: wordings of the channel ``context`` and their evidence.
        """
        self._channels = dict(channels)
        self._ways = _wanted(patterns, channels)
        self._covers, self._parts, evidence = frozenset(covers), frozenset(parts), dict(anchors or {})
        # Writings that need an emoji would only cost time in texts without one: 鹰 stands for 🦅 alone.
        drawn = {text for text, ways in self._ways.items() if _only(ways, "emoji")}
        drawn -= self._covers | self._parts
        plain = sorted(self._ways.keys() - drawn | self._covers | self._parts)
        self._find = CharwiseDoubleArrayAhoCorasick(plain).find_overlapping
        self._find_drawn = CharwiseDoubleArrayAhoCorasick(sorted(drawn) or [NEVER]).find_overlapping
        self._texts = [*plain, *sorted(drawn)]
        self._first_drawn = len(plain)
        self._kinds = bytes([self._kind(text, text in evidence) for text in self._texts])
        self._evidence = [evidence.get(text, 0.0) for text in self._texts]
        self.marks = Marks(np.frombuffer(self._kinds, dtype=np.uint8), np.array(self._evidence))
        self._meanings: dict[int, tuple[Way, ...]] = {}
        self._wording: Way | None = None
        self._talk = self._channels.get("context", True)

    def _kind(self, text: str, said: bool) -> int:  # noqa: FBT001 -- 77,000 calls at each start
        kind = SAID if said else 0
        for way in self._ways.get(text, ()):
            if way[1] != "context":
                kind |= NAMED
        if text in self._parts:
            kind |= PART
        return kind | COVER if text in self._covers else kind

    def patterns(self) -> Patterns:
        """Return all patterns that need no emoji, in the order of their numbers."""
        texts = self._texts[: self._first_drawn]
        kinds = [kind | WRITING if text in self._ways else kind for text, kind in zip(texts, self._kinds, strict=False)]
        return Patterns(texts, bytes(kinds), self._evidence[: len(texts)])

    def drawn(self) -> Sequence[str]:
        """Return the patterns that need an emoji; their numbers follow those of the others."""
        return self._texts[self._first_drawn :]

    def meanings(self) -> Meanings:
        """Return all patterns with all that they can mean."""
        return Meanings(self._texts, [self._ways.get(text, ()) for text in self._texts])

    def wanted(self, channels: Iterable[str]) -> list[str]:
        """Return those of the channels that are not switched off."""
        return [channel for channel in channels if self._channels.get(channel, True)]

    def _means(self, number: int) -> tuple[Way, ...]:
        """Return what a pattern can mean as an object or a wording; made when it is first found."""
        ways = self._meanings.get(number)
        if ways is None:
            ways = self._meanings[number] = tuple([Way(*way) for way in self._ways.get(self._texts[number], ())])
        return ways

    def words(self) -> list[str]:
        """Return the plain writings, for the segmenter's dictionary."""
        return [text for text, ways in self._ways.items() if any(way[1] == "exact" for way in ways)]

    def spoken(self, entries: Collection[int], strong: Collection[int]) -> dict[str, int]:
        """Return the plain Chinese writings of these entries for the search by sound; two characters of strong ones."""
        return {
            text: way[0]
            for text, ways in self._ways.items()
            for way in ways
            if way[1] == "exact"
            and way[0] in (strong if len(text) == 2 else entries)
            and 2 <= len(text) <= LONGEST_SPOKEN
        }

    def heard(self, text: str, folded: Folded, raw: Iterable[Place]) -> Iterator[Candidate]:
        """Yield the candidates of what the search by sound found: (start, end, entry number)."""
        for start, end, entry in raw:
            if is_one_word(folded, start, end, text) and folded.text[start:end] not in self._ways:
                span = folded.span(start, end)
                way = Way(entry, "homophone", gated=True, heard=True)
                yield Candidate(way, start, end, span, text[span[0] : span[1]], folded.text[start:end], "homophone")

    def raw(self, folded: str) -> list[Place]:
        """Return (start, end, pattern number) of everything found, by end, of the same end the longest first."""
        found: list[Place] = self._find(folded)
        return found

    def raw_pictured(self, folded: str) -> list[Place]:
        """Return the same for a text whose emoji were read as characters."""
        first, drawn = self._first_drawn, []
        if first < len(self._texts):
            drawn = [(start, end, first + number) for start, end, number in self._find_drawn(folded)]
        return sorted(self._find(folded) + drawn, key=lambda place: (place[1], place[0]))

    def kind(self, raw: Iterable[Place]) -> int:
        """Return what was found, as bits."""
        kinds, found = self._kinds, 0
        for _, _, number in raw:
            found |= kinds[number]
        return found

    def said(self, raw: Sequence[Place]) -> AbstractSet[tuple[int, int]]:
        """Return the places of suspicious wordings that are enough together."""
        kinds, evidence = self._kinds, self._evidence
        return dense([(start, end, evidence[number]) for start, end, number in raw if kinds[number] & SAID])

    def part_words(self, patterns: Iterable[int]) -> frozenset[str]:
        """Return the words that are a part of a kit."""
        kinds, texts = self._kinds, self._texts
        return frozenset([texts[number] for number in patterns if kinds[number] & PART])

    def evidence(self, raw: Sequence[Place]) -> float:
        """Return what all suspicious wordings have together, overlapping ones and far ones, too."""
        evidence = self._evidence
        return sum([evidence[place[2]] for place in raw])

    def parts(self, raw: Iterable[Place]) -> list[tuple[int, int]]:
        """Return the places of words that are a part of a kit."""
        kinds = self._kinds
        return [(start, end) for start, end, number in raw if kinds[number] & PART][:MOST_CANDIDATES]

    def resolve(
        self, text: str, folded: Folded, raw: Sequence[Place], said: AbstractSet[tuple[int, int]] | None = None
    ) -> Found:
        """Return what was found as candidates with original spans, covering words, and parts of kits.

        `said`: suspicious wordings that are enough together, where they are known already.
        """
        kinds = self._kinds
        said = self.said(raw) if said is None else said
        candidates: list[Candidate] = []
        for place in raw:
            kind = kinds[place[2]]
            if kind & NAMED:
                if len(candidates) >= MOST_CANDIDATES:
                    break
                candidates.extend(self._candidates(text, folded, place, said))
            elif kind & SAID and (place[0], place[1]) in said:
                if len(candidates) >= MOST_CANDIDATES:
                    break
                if self._talk:
                    self._add_wording(candidates, text, folded, place)
        # An ordinary word stands in one piece: 猎套，路边交货 holds no 猎套路.
        covers = [
            (start, end)
            for start, end, number in raw
            if kinds[number] & COVER and folded.index[end - 1] - folded.index[start] == end - start - 1
        ]
        return Found(candidates, covers, self.parts(raw))

    def _add_wording(self, candidates: list[Candidate], text: str, folded: Folded, place: Place) -> None:
        """Add what `_candidates` yields for a pattern that is a suspicious wording and nothing else."""
        start, end, number = place
        index, pattern = folded.index, self._texts[number]
        first, last = index[start], index[end - 1]
        if last - first != end - start - 1 and not is_one_word(folded, start, end, text):
            return
        if (pattern[0] < "\x80" or pattern[-1] < "\x80") and cuts_latin(folded, start, end):
            return
        if self._wording is None:  # all such patterns mean the same
            self._wording = self._means(number)[0]
        span = first, last + 1
        # `_make`: advertisements hold dozens of them, and this takes half the time
        candidates.append(
            Candidate._make((self._wording, start, end, span, text[first : last + 1], pattern, "context"))
        )

    def _candidates(
        self, text: str, folded: Folded, place: Place, said: AbstractSet[tuple[int, int]]
    ) -> Iterator[Candidate]:
        start, end, number = place
        if not is_one_word(folded, start, end, text) or cuts_latin(folded, start, end):
            return
        span = folded.span(start, end)
        matched, pattern = text[span[0] : span[1]], folded.text[start:end]
        for way in self._means(number):
            if way.channel == "context" and (start, end) not in said:
                continue
            channel = _refined(way.channel, matched, pattern)
            if self._channels.get(channel, True):
                yield Candidate(way, start, end, span, matched, pattern, channel)


def _only(ways: Ways, channel: str) -> bool:
    return ways[0][1] == channel and all(way[1] == channel for way in ways)


def _wanted(patterns: Iterable[Sequence[Any]], channels: Mapping[str, bool]) -> dict[str, Ways]:
    """Return the writings with their ways, without the channels that are not wanted."""
    ways = dict(cast("Iterable[tuple[str, Ways]]", patterns))
    if all(channels.values()):
        return ways
    left = ((text, [way for way in own if channels.get(way[1], True)]) for text, own in ways.items())
    return {text: own for text, own in left if own}


def dense(said: Sequence[tuple[int, int, float]]) -> frozenset[tuple[int, int]]:
    """Return the places of suspicious wordings that are enough together within `CLOSE` characters.

    `said`: (start, end, evidence). Of wordings that overlap, the strongest counts.
    """
    if sum([one[2] for one in said]) <= ENOUGH - ROUNDING:
        return NOWHERE
    taken: list[tuple[int, int, float]] = []
    stop, strongest = 0, 0.0
    for one in sorted(said):
        start, end, evidence = one
        if start >= stop:
            taken.append(one)
        elif evidence > strongest:
            taken[-1] = one
        else:
            continue
        stop, strongest = end, evidence
    found: list[tuple[int, int, float]] = []
    first, marked, total = 0, 0, 0.0
    for last, (_, end, evidence) in enumerate(taken):
        total += evidence
        while end - taken[first][0] > CLOSE:
            total -= taken[first][2]
            first += 1
        if total >= ENOUGH:
            found += taken[max(first, marked) : last + 1]
            marked = last + 1
    return frozenset([(start, end) for start, end, _ in found])


def _refined(channel: str, matched: str, pattern: str) -> str:
    """Return how a plain pattern is written here; other channels stay what they are."""
    if channel != "exact" or matched == pattern:
        return channel
    if len(matched) > len(pattern):
        return "inserted"
    return (
        "width"
        if all(char.isascii() or "\uff00" <= char <= "\uffef" for char in set(matched) - set(pattern))
        else "variant"
    )
