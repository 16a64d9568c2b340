"""Context: cue words, prices, quantities and contacts around a candidate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from daachorse import CharwiseDoubleArrayAhoCorasick

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_TEXT = 20_000  # characters read for context: ten times the longest advertisement seen
COUNT = r"(?:\d{1,8}|[一二两三四五六七八九十百千万几半]{1,8})"
# Folded text has no punctuation left: 300/斤 reads 300斤, 3.5万 reads 35万. All repeats are bounded: linear time.
PATTERNS = {
    "price": re.compile(
        rf"{COUNT}(?:元|块|万|w)|(?:价|卖|只要|才|开价|一共|打包|全要|共)\d{{2,8}}"
        rf"|{COUNT}(?:一|每|1)(?:斤|只|条|对|个|尾|克|两|公斤|张|株|棵|苗|台|套|把|片|根|盒|包|件|位|颗|枚|米|串|窝|丛|块|头|羽|瓶)"
        rf"|\d{{2,7}}(?:拿走|带走|包邮|出|打包|全拿|不还价|一口价|可刀|自提)"
    ),
    "quantity": re.compile(rf"{COUNT}(?:只|条|头|尾|斤|公斤|克|张|对|株|棵|苗|台|套|把|片|根|羽|枚|颗|丛|串|窝)"),
    "contact_number": re.compile(
        r"1[3-9]\d{9}|(?:qq|扣扣|企鹅|扣)\d{5,11}|(?:微信?|薇|威信|vx?|wx)[号:]?[a-z][a-z0-9]{4,20}|加[a-z]{4,6}[a-z0-9]{3,16}"
    ),
}
LABELS = {"price": "出现价格", "quantity": "出现数量", "contact_number": "出现联系号码"}


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
        self._of: dict[str, list[tuple[str, bool]]] = {}
        for name, group in groups.items():
            for words, covering in ((group["words"], False), (group["covers"], True)):
                for word in words:
                    self._of.setdefault(word, []).append((name, covering))
        self._words = sorted(self._of)
        self._find = CharwiseDoubleArrayAhoCorasick(self._words).find_overlapping

    def read(self, folded: str, *, signed: bool = False) -> dict[str, list[Cue]]:
        """Return the cues by group, in text order; `signed`: the original shows a currency sign."""
        folded = folded[:MOST_TEXT]
        covers: dict[str, list[tuple[int, int]]] = {}
        found: list[Cue] = []
        for start, end, number in self._find(folded):
            for group, covering in self._of[self._words[number]]:
                if covering:
                    covers.setdefault(group, []).append((start, end))
                else:
                    found.append(Cue(group, self._words[number], start, end))
        cues: dict[str, list[Cue]] = {}
        for cue in found:
            spans = covers.get(cue.group, ())
            if not any(start <= cue.start and cue.end <= end for start, end in spans):
                cues.setdefault(cue.group, []).append(cue)
        for cue in _numbers(folded):
            cues.setdefault(cue.group, []).append(cue)
        if signed and folded and "price" not in cues:
            cues["price"] = [Cue("price", "¥", 0, 1)]
        return cues


def _numbers(folded: str) -> Iterator[Cue]:
    for group, pattern in PATTERNS.items():
        seen = pattern.search(folded)
        if seen:
            yield Cue(group, seen[0], seen.start(), seen.end())
