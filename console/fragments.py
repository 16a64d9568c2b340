"""Fragments of a lead's text masked as the whole is: cut out, a contact has lost the label that gives it away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from storage.review.words import fold

QUOTES: Final = frozenset({"matched", "number", "folded"})
"""Fields of an explanation that quote the text; others are the lexicon's words."""
STAR: Final = "*"
_MASKED: Final = re.compile(r".{0,4}\*+.{0,4}", re.DOTALL)  # masking leaves at most four characters at either end
SHORTEST: Final = 3  # characters: shorter ones are part of any name


@dataclass(frozen=True, slots=True)
class Texts:
    """A text as it is and as a person sees it: of one length, so that offsets mean the same in both."""

    whole: str
    shown: str

    def quoted(self, quote: str, start: object, end: object) -> str:
        """`quote`, which was read at (start, end), as the person sees it.

        A quote that is no copy of that place (folded, such as ＝yewei) is starred out as soon as the place is.
        """
        if self.whole == self.shown:
            return quote
        if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end <= len(self.whole):
            return self.anywhere(quote)
        before, after = self.whole[start:end], self.shown[start:end]
        if quote == before:
            return after
        return self.anywhere(quote) if before == after else STAR * len(quote)

    def anywhere(self, quote: str) -> str:
        """`quote`, with what is masked at any of the places where the text has it."""
        shown = list(quote)
        at = self.whole.find(quote) if quote and self.whole != self.shown else -1
        if at < 0 and self._betrays(quote):
            return STAR * len(quote)
        while at >= 0:
            for place, char in enumerate(self.shown[at : at + len(quote)]):
                shown[place] = STAR if char == STAR else shown[place]
            at = self.whole.find(quote, at + len(quote))  # past it: linear in the text
        return "".join(shown)

    def _betrays(self, quote: str) -> bool:
        """Whether it is part of something masked, written in other letters."""
        folded = fold(quote).strip()
        if len(folded) < SHORTEST or self.whole == self.shown:
            return False
        return any(folded in fold(self.whole[slice(*one.span())]) for one in _MASKED.finditer(self.shown))

    def explained(self, value: Any, start: object = -1, end: object = -1) -> Any:
        """An explanation with its quotes masked; (start, end) is where the enclosing fact was read."""
        if isinstance(value, dict):
            start, end = value.get("start", -1), value.get("end", -1)
            return {
                name: self.quoted(inner, start, end)
                if name in QUOTES and isinstance(inner, str)
                else self.explained(inner, start, end)
                for name, inner in value.items()
            }
        return [self.explained(inner) for inner in value] if isinstance(value, list | tuple) else value
