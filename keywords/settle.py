"""Settling: what is certain about a text before it is read closely, so that most texts need no close reading.

Everything here is a bound. What the lexicon's context could say at most and what the learned judge could make of it are
summed up; a text is settled where even that leaves its verdict no choice. Nothing is guessed: where a bound is too wide,
the text is read closely, and who asks a settled text for its explanation gets it by the same close reading.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from keywords import explain, gate, score, wordings
from keywords.bounds import WRITTEN, Bounds
from keywords.fold import text_of
from keywords.kernel.tables import Judge
from keywords.learned import features
from keywords.match import COVER, MOST_CANDIDATES, NAMED, NOWHERE, PART
from keywords.near import cues_around
from keywords.results import Verdict
from keywords.select import outermost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keywords.context import ContextReader
    from keywords.entries import Entry
    from keywords.fold import Folded
    from keywords.learned.model import Model
    from keywords.match import Candidate, Matcher
    from keywords.score import Points
    from keywords.select import Selector
    from keywords.sight import Seen

TALKATIVE = 180.0  # evidence of wordings, as in advertisements alone: bounds would not settle such a text anyway
LONGEST = 2000  # characters of a text that is settled: in longer ones too much could be said far apart
FEW = 12  # objects in a text that is settled; one with more is worth a close look anyway
ROUNDING = 0.2  # points: scores are rounded to tenths, factor by factor


Span: TypeAlias = tuple[int, int]


class Settled(NamedTuple):
    """What is certain about one text, on the condition that the learned judge does not say more than the rest."""

    verdict: Verdict
    """``none`` or ``mention``."""
    told: bool
    """There is something to explain."""
    ceiling: float = 0.0
    """Points that all but the wording give at most."""
    wording: str = ""
    """What the learned judge reads; empty where there is nothing that it could judge."""


def mask_text(folded: Folded, spans: Sequence[tuple[int, int]], objects: Sequence[tuple[int, int, int]]) -> str:
    """Return the same wording as `features.mask` around `spans`, as a string. `objects`: start, end, code to show."""
    text = folded.text
    stretches = features.windows(spans, len(text))
    if any(not text[start:end].isalpha() or any(map(str.isascii, text[start:end])) for start, end, _ in objects):
        return text_of(features.mask(text, stretches, objects, folded.codes).codes.copy())
    parts = []
    for low, high in stretches:
        at = low
        for start, end, code in objects:
            if low <= start < high:
                parts += [features.without_figures(text[at:start]), chr(code)]
                at = end
        parts.append(features.without_figures(text[at:high]))
    return "".join(parts)


class _Open(NamedTuple):
    """What is not settled without a look at the context."""

    text: str
    folded: Folded
    seen: Seen
    candidates: Sequence[Candidate]
    standing: Sequence[Candidate]
    """Those that are words of their own."""
    anchors: list[Span]
    """Suspicious wordings, as far as the wording to read depends on them."""
    offered: bool
    covered: bool
    """Ordinary words cover some candidates."""


class Settler:
    """Tells what is certain about a text that something was seen in."""

    def __init__(
        self,
        entries: Sequence[Entry],
        readers: tuple[Matcher, ContextReader, Selector],
        model: Model,
        points: Points,
    ) -> None:
        """All of the detector's own."""
        self._entries, (self._matcher, self._context, self._selector) = entries, readers
        self._model, self._points = model, points
        self._bounds = Bounds(model, points, self._context.groups)
        self._usable = self._bounds.usable
        self._known: dict[tuple[int, str, str], tuple[float, float]] = {}
        self._possible: dict[tuple[int, bool], dict[str, tuple[()]]] = {}
        empty: dict[str, float] = {"bias": 1.0}
        features.of_kept(empty, ())
        self._nothing_kept = model.named(empty)

    def judge(self) -> Judge | None:
        """Return what is certain about texts that name nothing, as the kernel needs it."""
        if not self._usable:
            return None
        bounds, limit = self._bounds, self._points.review - ROUNDING
        return Judge(self._model, bounds.said, self._nothing_kept + bounds.wordings, bounds.offered, bounds.told, limit)

    def close_calls(self, found: Sequence[Settled]) -> list[bool]:
        """Tell of each whether the learned judge may say more than the bound; then it is not settled."""
        asked = [one.wording for one in found if one.wording]
        said = iter(self._model.ceilings(asked) if asked else ())
        limit = self._points.review - ROUNDING
        return [bool(one.wording) and one.ceiling + next(said) >= limit for one in found]

    def of(self, text: str, seen: Seen, *, offered: bool) -> Settled | None:
        """Return what is certain; None where the text has to be read closely."""
        found = self._opened(text, seen, offered=offered)
        if not isinstance(found, _Open):
            return found
        return self._bounded(found, self._context.possible(found.folded.text))

    def of_all(self, found: Iterable[tuple[str, Seen, bool]]) -> list[Settled | None]:
        """Return the same for each (text, what was seen in it, whether the page makes an offer), which is faster."""
        opened = [self._opened(text, seen, offered=offered) for text, seen, offered in found]
        groups = iter(self._context.possible_all([one.folded.text for one in opened if isinstance(one, _Open)]))
        return [self._bounded(one, next(groups)) if isinstance(one, _Open) else one for one in opened]

    def _opened(self, text: str, seen: Seen, *, offered: bool) -> _Open | Settled | None:
        """Return what is certain without a look at the context, or what is not."""
        return self._resolved(text, seen, offered=offered) if self._is_plain(seen) else None

    def _resolved(self, text: str, seen: Seen, *, offered: bool) -> _Open | Settled | None:
        """Return the same of a text whose objects are not known yet."""
        folded = seen.glance.traced()
        candidates: list[Candidate] = []
        covers: list[Span] = []
        if seen.kind & (NAMED | COVER):
            found = self._matcher.resolve(text, folded, seen.raw, NOWHERE)
            candidates, covers = [one for one in found.candidates if one.channel != "emoji"], found.covers
        if seen.heard:
            candidates += self._matcher.heard(text, folded, seen.heard[:MOST_CANDIDATES])
        if len(candidates) > FEW:
            return None
        covered = False
        if covers:
            free = [one for one in candidates if not gate.covered(one, covers)]
            covered = len(free) < len(candidates)
            candidates = free
            if seen.said:
                return None
        words: Sequence[Candidate] = ()
        if candidates:
            words, excused = self._selector.standing(text, folded, candidates)
            if excused and words:  # the same name elsewhere may go, too
                return None
        anchors = wordings.outer(text, folded, seen.said) if seen.said else []
        if not words and not anchors:
            return Settled(Verdict.NONE, covered or bool(candidates))
        return _Open(text, folded, seen, candidates, words, anchors, offered, covered)

    def _is_plain(self, seen: Seen) -> bool:
        """Tell whether bounds can say anything about a text."""
        if seen.kits or seen.glance.pictured or len(seen.glance.text) > LONGEST or not self._usable:
            return False
        return not seen.said or seen.evidence <= TALKATIVE

    def _said(self, one: _Open) -> Mapping[str, object]:
        """Return by group what a close reading would read around all that was found."""
        text, folded, seen = one.text, one.folded, one.seen
        near = [(found.start, found.end) for found in one.candidates]
        near += wordings.valid(text, folded, seen.said)
        if seen.kind & PART:
            near += self._matcher.parts(seen.raw)
        return cues_around(self._context, text, folded, near, offered=one.offered)

    def _bounded(self, one: _Open, groups: int) -> Settled:
        """Return what is certain. `groups`: bits of those that may be said."""
        text, folded, _, candidates, standing, anchors, offered, covered = one
        if not standing:
            told = covered or bool(candidates)
            ceiling = self._bounds.ceiling(self._nothing_kept, 0.0, groups, (offered, False, told, covered, True))
            return Settled(Verdict.NONE, told, ceiling, mask_text(folded, anchors, ()))
        sure, weak = self._parted(text, folded, standing, self._names(groups, offered=offered))
        if sure is None:
            said = self._said(one)
            groups = self._context.bits(said)
            sure, weak = self._judged(text, folded, standing, said)
        attached = False
        if sure:
            kept = explain.longest(sure, self._entries)
            attached = any(self._selector.has_verb(text, folded, found) for found in sure)
            pairs = [(found, self._entries[found.way.entry]) for found in kept]
            named, rules = self._of_kept(pairs)
            objects = [(found.start, found.end, features.shown_as(entry)) for found, entry in pairs]
        else:
            named, rules = self._nothing_kept, 0.0
            viable = explain.longest(weak, self._entries)
            objects = [(found.start, found.end, features.NO_OBJECT) for found in viable]
        spans = [(start, end) for start, end, _ in objects] or list(anchors)
        told = covered or bool(candidates)
        more = offered, attached, told, covered, bool(anchors)
        ceiling = self._bounds.ceiling(named, rules, groups, more)
        if sure and len(folded.text) <= score.SHORTEST_TALK:  # the rules may have the last word
            ceiling = inf
        return Settled(Verdict.MENTION if sure else Verdict.NONE, told, ceiling, mask_text(folded, spans, objects))

    def _names(self, groups: int, *, offered: bool) -> dict[str, tuple[()]]:
        """Return the groups that may be said, by name."""
        known = self._possible.get((groups, offered))
        if known is None:
            known = dict.fromkeys((*self._context.named(groups), *WRITTEN, *(("offered",) if offered else ())), ())
            if len(self._possible) < MOST_CANDIDATES:
                self._possible[groups, offered] = known
        return known

    def _parted(
        self, text: str, folded: Folded, candidates: Sequence[Candidate], possible: Mapping[str, tuple[()]]
    ) -> tuple[list[Candidate] | None, list[Candidate]]:
        """Return the candidates that count whatever is said, and those that do not; None where one is neither."""
        sure: list[Candidate] = []
        weak: list[Candidate] = []
        for one in candidates:
            entry = self._entries[one.way.entry]
            if not gate.missing_context(one, entry, {}):
                sure.append(one)
            elif gate.missing_context(one, entry, possible) and (
                gate.missing_context(one, entry, possible, attached=True)
                or not self._selector.has_verb(text, folded, one)
            ):
                weak.append(one)
            else:
                return None, weak
        return outermost(sure), weak

    def _judged(
        self, text: str, folded: Folded, candidates: Sequence[Candidate], cues: Mapping[str, object]
    ) -> tuple[list[Candidate], list[Candidate]]:
        """Return the candidates that count, and the others."""
        kept: list[Candidate] = []
        weak: list[Candidate] = []
        for one in candidates:
            entry = self._entries[one.way.entry]
            missing = gate.missing_context(one, entry, cues)
            if missing and self._selector.has_verb(text, folded, one):
                missing = gate.missing_context(one, entry, cues, attached=True)
            (weak if missing else kept).append(one)
        return outermost(kept), weak

    def _of_kept(self, pairs: Sequence[tuple[Candidate, Entry]]) -> tuple[float, float]:
        """Return the points of the named features of what is kept, and the rules' points of the same."""
        if len(pairs) > 1:
            return self._worth(pairs)
        one = pairs[0][0]
        known = self._known.get((one.way.entry, one.channel, one.folded))
        if known is None:
            known = self._worth(pairs)
            if len(self._known) < MOST_CANDIDATES:
                self._known[one.way.entry, one.channel, one.folded] = known
        return known

    def _worth(self, pairs: Sequence[tuple[Candidate, Entry]]) -> tuple[float, float]:
        found: dict[str, float] = {"bias": 1.0}
        features.of_kept(found, pairs)
        return self._model.named(found), sum(factor.weight for factor in score.hit_factors(pairs, self._points))
