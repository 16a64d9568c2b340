"""Context: cue words, prices, quantities and contacts around a candidate."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from daachorse import CharwiseDoubleArrayAhoCorasick

from keywords.fold import BARRIER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SEVERAL = 4  # texts from which they are read together
MOST_TEXT = 20_000  # characters read for context: ten times the longest advertisement seen
DIGITS = "0-9一二两三四五六七八九十百千万几半"
UNITS = "只条头尾斤克张对株棵苗台套个把片根羽枚颗丛串窝两位件盒包瓶米块"
# Folded text has no punctuation left: 300/斤 reads 300斤, 3.5万 reads 35万. All repeats are bounded: linear time.
# Patterns start with a character class, which lets the engine skip text eight times faster than a group does.
AMOUNT = re.compile(
    rf"[{DIGITS}][{DIGITS}]{{0,8}}"
    rf"(?:(?P<price>元|块|w|(?:每|/)[{UNITS}]|公斤|拿走|带走|包邮|打包|全拿|全要|不还价|一口价|可刀|自提|走人|让|清)|[{UNITS}])"
)
SPOKEN_PRICE = re.compile(r"[0-9](?:一|1)$")  # 300一斤: read as one number and a unit
TITLED_PRICE = re.compile(r"[价卖要共](?:共|是|钱)?[0-9]{2,8}")
CONTACT = re.compile(
    r"[1qvwxQ扣企微薇威加](?:(?<=1)[3-9][0-9]{9}|(?<=q)q?[号群]?[0-9]{5,11}|(?<=扣)扣?[0-9]{5,11}|(?<=企)鹅[0-9]{5,11}"
    r"|(?<=[vwx])[xv]?[号:]?[a-z][a-z0-9]{4,20}|(?<=[微薇威])信?[号:]?[a-z][a-z0-9]{4,20}|(?<=加)[a-z]{2,8}[0-9a-z]{2,16})"
)
FIGURE = re.compile(r"(?<![0-9a-z])[0-9]{2,5}(?![0-9a-z])")  # 450带架子: often a price without a word
LATIN = re.compile(r"[0-9a-z]")
LABELS = {
    "untraded": "无交易用语",
    "attached": "交易动词紧接名称",
    "offered": "页面标价或留有联系方式",
    "unlawful": "没有合法日常用途的工具",
    "figure": "出现数字",
    "price": "出现价格",
    "quantity": "出现数量",
    "contact_number": "出现联系号码",
}


class Cue(NamedTuple):
    """One piece of context."""

    group: str
    word: str
    start: int
    """In the folded text."""
    end: int


class ContextReader:
    """Reads the cues of a folded text."""

    def __init__(self, groups: Mapping[str, Mapping[str, Any]]) -> None:
        """`groups`: name -> words, covers (ordinary words that hide a cue word)."""
        of: dict[str, list[tuple[str, bool]]] = {}
        for name, group in groups.items():
            for words, covering in ((group["words"], False), (group["covers"], True)):
                for word in words:
                    of.setdefault(word, []).append((name, covering))
        words = sorted(of)
        self._find = CharwiseDoubleArrayAhoCorasick(words).find_overlapping
        self._meanings = [(word, word.isdigit(), tuple(of[word])) for word in words]
        self.groups = tuple(groups)
        """Names, in the order of the bits that `possible` gives."""
        self._places = {name: 1 << place for place, name in enumerate(self.groups)}
        self._bits = [self.bits({name for name, covering in of[word] if not covering}) for word in words]
        self._bit_table = np.array(self._bits, dtype=np.int64)

    def read(
        self, folded: str, stretches: Sequence[tuple[int, int]] = ((0, MOST_TEXT),), *, signed: bool = False
    ) -> dict[str, list[Cue]]:
        """Return the cues by group, in text order.

        `stretches`: [start, end) of what is read, in text order; `signed`: the original shows a currency sign there.
        """
        cues: dict[str, list[Cue]] = {}
        left = MOST_TEXT
        for start, end in stretches:
            for group, found in self._read(folded[start : min(end, start + left)]).items():
                moved = (cue._replace(start=cue.start + start, end=cue.end + start) for cue in found)
                cues.setdefault(group, []).extend(moved if start else found)
            left -= end - start
            if left <= 0:
                break
        if signed and folded and "price" not in cues:
            at = stretches[0][0]
            cues["price"] = [Cue("price", "¥", at, at + 1)]
        return cues

    def possible(self, folded: str) -> int:
        """Return as bits the groups of which a word stands anywhere in the text, covered or not."""
        bits, found = self._bits, 0
        for _, _, number in self._find(folded):
            found |= bits[number]
        return found

    def possible_all(self, folded: Sequence[str]) -> list[int]:
        """Return the same of each text; none holds a `BARRIER`."""
        if len(folded) < SEVERAL:
            return [self.possible(one) for one in folded]
        found = self._find(BARRIER.join(folded))
        flat = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=3 * len(found)).reshape(-1, 3)
        bits = self._bit_table.take(flat[:, 2])
        stops = np.fromiter(map(len, folded), dtype=np.int64, count=len(folded)).cumsum() + np.arange(len(folded))
        firsts = np.concatenate([[0], flat[:, 1].searchsorted(stops, side="right")])
        filled = np.diff(firsts).nonzero()[0]
        said = np.zeros(len(folded), dtype=np.int64)
        if filled.size:
            said[filled] = np.bitwise_or.reduceat(bits, firsts.take(filled))
        return said.tolist()

    @property
    def words(self) -> dict[str, tuple[int, int]]:
        """Bits of the groups that each word is of, as `possible` gives them, and of those in which it hides others."""
        found = zip(self._meanings, self._bits, strict=True)
        return {word: (bits, self.bits({name for name, hides in of if hides})) for (word, _, of), bits in found}

    def bits(self, names: Iterable[str]) -> int:
        """Return those of the names that are groups as bits."""
        places = self._places
        return sum(places.get(name, 0) for name in names)

    def named(self, bits: int) -> list[str]:
        """Return the names of groups."""
        return [name for place, name in enumerate(self.groups) if bits >> place & 1]

    def _read(self, folded: str) -> dict[str, list[Cue]]:
        covers: dict[str, list[tuple[int, int]]] = {}
        cues: dict[str, list[Cue]] = {}
        meanings = self._meanings
        for start, end, number in self._find(folded):
            word, digits, groups = meanings[number]
            if digits and _inside_number(folded, start, end):
                continue
            for group, covering in groups:
                if covering:
                    covers.setdefault(group, []).append((start, end))
                elif group in cues:
                    cues[group].append(Cue(group, word, start, end))
                else:
                    cues[group] = [Cue(group, word, start, end)]
        for group in covers.keys() & cues.keys():
            seen = [cue for cue in cues[group] if not _is_covered(cue, covers[group])]
            if seen:
                cues[group] = seen
            else:
                del cues[group]
        for cue in _numbers(folded):
            cues.setdefault(cue.group, []).append(cue)
        return cues


def _is_covered(cue: Cue, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= cue.start and cue.end <= end for start, end in spans)


def _inside_number(folded: str, start: int, end: int) -> bool:
    """A hotline's digits inside a longer number or an account are no hotline: 138(12345)678, 微信abc12345."""
    return _goes_on(folded[max(start - 1, 0) : start]) or _goes_on(folded[end : end + 1])


def _goes_on(char: str) -> bool:
    return char.isdigit() or char == "_" or (char.isascii() and char.isalpha())


def _numbers(folded: str) -> Iterator[Cue]:
    written = bool(LATIN.search(folded))  # letters or digits; what has none needs no look for most of this
    contact = CONTACT.search(folded) if written else None
    if contact:
        yield Cue("contact_number", contact[0], contact.start(), contact.end())
    kinds: set[str] = set()
    for seen in AMOUNT.finditer(folded):
        spoken = SPOKEN_PRICE.search(seen[0][:-1])
        kind = "price" if seen["price"] or spoken else "quantity"
        if kind not in kinds:
            kinds.add(kind)
            yield Cue(kind, seen[0], seen.start(), seen.end())
        if len(kinds) == 2:
            return
    titled = None if "price" in kinds or not written else TITLED_PRICE.search(folded)
    if titled:
        yield Cue("price", titled[0], titled.start(), titled.end())
    figure = None if contact or kinds or titled or not written else FIGURE.search(folded)
    if figure:
        yield Cue("figure", figure[0], figure.start(), figure.end())
