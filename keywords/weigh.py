"""Weighing: the rules' points and the learned judge's opinion become one score, every part of it named."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from keywords import claims, explain, flags, route, score
from keywords.gate import ANY_TRADE, LACKING, LISTED
from keywords.learned import features, kinds
from keywords.results import Detection, Factor, Verdict
from keywords.select import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.context import Cue
    from keywords.entries import Entry
    from keywords.fold import Codes, Folded
    from keywords.learned.features import Masked, Wording
    from keywords.learned.kinds import Kinds
    from keywords.learned.model import Model, Opinion
    from keywords.match import Candidate
    from keywords.results import Suppressed
    from keywords.score import Points
    from keywords.select import Selection

FORM_CUES = frozenset({"craft", "eat", "live", "hunting", "fishing", "wild"})  # 鳞片 within a name says what is offered
MOST_SUPPRESSED = 50  # records of candidates that did not count; more would bury the explanation
REASONS = 3  # wordings of each sign that are shown
VIABLE = (Reason.CONTEXT, Reason.ANCHOR)  # what the learned judge may bring back, the better kind first


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one text before it is weighed."""

    text: str
    folded: Folded
    cues: dict[str, list[Cue]]
    chosen: Selection


@dataclass(frozen=True, slots=True)
class Look:
    """What the learned judge looks at."""

    named: Mapping[str, float]
    masked: Masked
    wording: Wording


class _Open(NamedTuple):
    """A text before the learned judge has read its wording."""

    kept: Sequence[Candidate]
    viable: Sequence[Candidate]
    """What the judge may bring back where nothing is kept."""
    named: float
    """Points of the rules' findings."""
    codes: Codes
    """The wording."""
    permit: bool
    """A permit is among the cues."""
    short: bool
    """The rules' review of so short an offer stands."""


class Weighed(NamedTuple):
    """All that was found out about one text."""

    pairs: Sequence[tuple[Candidate, Entry]]
    cues: Mapping[str, Sequence[Cue]]
    factors: Sequence[Factor]
    sorts: Mapping[str, float] | None
    """Logits of the kinds of offers; None: the rules tell."""
    claims: tuple[claims.Claim, ...]


def _outside(cues: Mapping[str, list[Cue]], folded: Folded, kept: Sequence[Candidate]) -> dict[str, list[Cue]]:
    """Return the cues without those that lie in the hits: the 牛角 of 犀牛角 says nothing about it."""
    if not kept:
        return dict(cues)
    own = {at for candidate in kept for at in range(*candidate.span)}
    length = len(folded.text)
    result = {}
    for group, found in cues.items():
        if group in FORM_CUES:
            result[group] = found
            continue
        rest = [cue for cue in found if not 0 <= cue.start < length or folded.index[cue.start] not in own]
        if rest:
            result[group] = rest
    return result


class Weigher:
    """Turns cases into explained verdicts."""

    def __init__(
        self, entries: Sequence[Entry], points: Points, learned: tuple[Model | None, Kinds | None], version: str
    ) -> None:
        """`learned`: what judges and what sorts; None = the rules decide alone."""
        self._entries, self._points, self._version = entries, points, version
        self._known = {"lexicon_version": version}
        self._model, self._kinds = learned
        self._nothing = Detection(Verdict.NONE, 0.0, (), (), (), (), "none", version)

    @property
    def learned(self) -> bool:
        """Whether the learned judge takes part."""
        return self._model is not None

    def weigh(self, case: Case) -> Detection:
        """Return the verdict."""
        return self.weigh_all([case])[0]

    def weigh_all(self, cases: Sequence[Case]) -> list[Detection]:
        """Return one verdict per case; what the learned judge says is explained when it is asked for."""
        kept = [explain.longest(case.chosen.kept, self._entries) for case in cases]
        if self._model is None:
            pairs = zip(cases, kept, strict=True)
            return [self._weigh(case, own, ()) if own else self._without_hits(case) for case, own in pairs]
        open_ = [self._open(case, own) for case, own in zip(cases, kept, strict=True)]
        asked = [one.codes for one in open_ if one]
        said = iter(self._model.said(asked) if asked else ())
        return [
            self._decided(case, one, one.named + next(said)) if one else self._without_hits(case)
            for case, one in zip(cases, open_, strict=True)
        ]

    def _open(self, case: Case, kept: Sequence[Candidate]) -> _Open | None:
        """Return what the learned judge's wording is added to; None where there is nothing that it could judge."""
        assert self._model is not None
        viable = () if kept else self._viable(case)
        if not kept and not viable:
            return None
        pairs = self._pairs(kept)
        cues = _outside(case.cues, case.folded, kept)
        rules = self._rule_points(pairs, cues) if pairs else 0.0
        named = self._model.named(features.factors(pairs, case.chosen.dropped, cues, rules))
        short = bool(kept) and self._is_short(case, kept, rules)
        return _Open(kept, viable, named, self._masked(case, pairs, viable).codes, score.PERMIT in cues, short)

    def _decided(self, case: Case, one: _Open, opinion: float) -> Detection:
        """Return the verdict with its explanation to follow. `opinion`: all points of the learned judge."""
        if not one.kept and opinion < self._points.review:
            return self._without_hits(case)
        points = round(opinion, 1)
        if one.short:
            points += sum(factor.weight for factor in score.floor(points, self._points))
        if points > self._points.alert - 1 and (one.permit or claims.read(case.text)):
            points += sum(factor.weight for factor in score.permit_limit(points, self._points))
        verdict = score.verdict(round(min(100.0, max(0.0, points)), 1), self._points)
        explained = partial(self._weigh, case, one.kept, one.viable)
        return Detection.deferred(explained, verdict=verdict, known=self._known)

    def _weigh(self, case: Case, kept: Sequence[Candidate], viable: Sequence[Candidate]) -> Detection:
        """Return the verdict on a text with hits. `viable`: what the learned judge brings back where nothing is kept."""
        pairs = self._pairs(kept)
        cues = _outside(case.cues, case.folded, kept)
        factors = self._rules(case, pairs, cues) if pairs else []
        sorts: Mapping[str, float] | None = None
        if self._model is not None:
            look = self._look(case, pairs, viable, cues, factors)
            opinion = self._model.opinion(look.named, look.wording, most=REASONS)
            pairs = pairs or self._pairs(viable)
            rules = sum(factor.weight for factor in factors)
            factors = [*factors, *_learned(case, look, opinion, factors)]
            if kept and self._is_short(case, kept, rules):
                factors += score.floor(sum(factor.weight for factor in factors), self._points)
            sorts = self._kinds.logits(look.named, look.wording.numbers) if self._kinds else None
        claimed = claims.read(case.text)
        if claimed or score.PERMIT in cues:
            factors += score.permit_limit(sum(factor.weight for factor in factors), self._points)
        return self._explained(case, Weighed(pairs, cues, factors, sorts, claimed))

    def _is_short(self, case: Case, kept: Sequence[Candidate], rules: float) -> bool:
        """Tell whether the rules' points decide: see `score.short_offer`."""
        after = max(_place(candidate, case.folded)[1] for candidate in kept)
        return score.short_offer(case.folded.text, after, rules, self._points)

    def look(self, case: Case) -> Look | None:
        """Return what the learned judge would look at; None where there is nothing that it could judge."""
        pairs = self._pairs(explain.longest(case.chosen.kept, self._entries))
        viable = () if pairs else self._viable(case)
        if not pairs and not viable:
            return None
        cues = _outside(case.cues, case.folded, [candidate for candidate, _ in pairs])
        return self._look(case, pairs, viable, cues, self._rules(case, pairs, cues) if pairs else [])

    def _pairs(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Entry]]:
        return [(candidate, self._entries[candidate.way.entry]) for candidate in candidates]

    def _rules(
        self, case: Case, pairs: Sequence[tuple[Candidate, Entry]], cues: Mapping[str, Sequence[Cue]]
    ) -> list[Factor]:
        factors = score.hit_factors(pairs, self._points)
        banned = any(factor.name == score.UNLAWFUL for factor in factors)
        return factors + score.cue_factors(cues, case.folded, case.text, self._points, banned=banned)

    def _rule_points(self, pairs: Sequence[tuple[Candidate, Entry]], cues: Mapping[str, Sequence[Cue]]) -> float:
        """Return the sum of `_rules`."""
        own = score.hit_factors(pairs, self._points)
        banned = any(factor.name == score.UNLAWFUL for factor in own)
        said = score.cue_points(cues, self._points, banned=banned)
        return sum([*(factor.weight for factor in own), *(worth for _, worth in said)])

    def _viable(self, case: Case) -> list[Candidate]:
        """Return what could be brought back, without overlaps: what lacks nothing but context, else suspicious talk."""
        for reason in VIABLE:
            found = [drop.candidate for drop in case.chosen.dropped if drop.reason is reason]
            if found:
                return explain.longest(found, self._entries)
        return []

    def _look(
        self,
        case: Case,
        pairs: Sequence[tuple[Candidate, Entry]],
        viable: Sequence[Candidate],
        cues: Mapping[str, Sequence[Cue]],
        factors: Sequence[Factor],
    ) -> Look:
        masked = self._masked(case, pairs, viable)
        named = features.factors(pairs, case.chosen.dropped, cues, sum(factor.weight for factor in factors))
        return Look(named, masked, features.wording(masked.codes))

    def _masked(
        self, case: Case, pairs: Sequence[tuple[Candidate, Entry]], viable: Sequence[Candidate]
    ) -> features.Masked:
        shown = [(candidate, features.shown_as(entry)) for candidate, entry in pairs]
        shown += [(candidate, features.NO_OBJECT) for candidate in viable]
        placed = [(*_place(candidate, case.folded), candidate.channel, code) for candidate, code in shown]
        length = len(case.folded.text)
        spans = [(start, end) for start, end, _, _ in placed]
        objects = [(start, end, code) for start, end, channel, code in placed if start < end and channel != "context"]
        return features.mask(case.folded.text, features.windows(spans, length), objects, case.folded.codes)

    def _without_hits(self, case: Case) -> Detection:
        records = self._suppressed(case.chosen)
        return (
            self._nothing if not records else Detection(Verdict.NONE, 0.0, (), (), records, (), "none", self._version)
        )

    def _suppressed(self, chosen: Selection, brought_back: Sequence[Candidate] = ()) -> tuple[Suppressed, ...]:
        dropped = [
            drop for drop in chosen.dropped if drop.reason is not Reason.ANCHOR and drop.candidate not in brought_back
        ]
        return tuple(
            explain.suppressed(drop.candidate, self._entries[drop.candidate.way.entry], self._told(drop.rule))
            for drop in dropped[:MOST_SUPPRESSED]
        )

    def _told(self, rule: str) -> str:
        """Return a rule with the groups' own Chinese names."""
        if not rule.startswith(LACKING):
            return rule
        groups = rule.removeprefix(LACKING).split(LISTED)
        return LACKING + LISTED.join(
            "交易用语" if group == ANY_TRADE else self._points.groups.get(group, (group, 0.0))[0] for group in groups
        )

    def _explained(self, case: Case, found: Weighed) -> Detection:
        points = score.total(found.factors)
        entries = [entry for _, entry in found.pairs]
        if found.sorts is None:
            intent = route.intent_of(found.cues, case.folded.text, {entry.kind for entry in entries})
        else:
            intent = kinds.intent_of(found.sorts)
            entries = [kinds.placed(entry, found.sorts) for entry in entries]
        disguised = any(candidate.disguised for candidate, _ in found.pairs)
        kept = [candidate for candidate, _ in found.pairs]
        return Detection(
            verdict=score.verdict(points, self._points),
            score=points,
            hits=explain.hits(found.pairs, self._points, case.chosen.cuts),
            factors=tuple(found.factors),
            suppressed=self._suppressed(case.chosen, kept),
            departments=route.departments_of(entries, found.cues, intent, disguised=disguised),
            intent=intent,
            lexicon_version=self._version,
            claims=found.claims,
            flags=flags.of(flags.without_prey(found.pairs, case.text), found.cues),
        )


def _place(candidate: Candidate, folded: Folded) -> tuple[int, int]:
    """Return where the candidate stands in the plain reading; empty where all of it was emoji."""
    # Only where emoji were read as characters do places differ.
    return folded.place(candidate.span) if candidate.channel == "emoji" else (candidate.start, candidate.end)


def _learned(case: Case, look: Look, opinion: Opinion, rules: Sequence[Factor]) -> list[Factor]:
    """Return the opinion as factors that, with the rules' own, add up to its points."""
    found = []
    for reason in opinion.reasons:
        first, last = look.masked.places[reason.start], look.masked.places[reason.start + reason.length - 1]
        start, end = case.folded.span(int(first), int(last) + 1)
        found.append(Factor("wording", "学习判断：措辞", round(reason.points, 1), case.text[start:end], start, end))
    rest = opinion.wording - sum(reason.points for reason in opinion.reasons)
    found.append(Factor("wordings", "学习判断：其余措辞", round(rest, 1)))
    known = round(opinion.points, 1) - sum(factor.weight for factor in (*rules, *found))
    found.append(Factor("learned", "学习判断：以上语境合在一起的轻重", round(known, 1)))
    return found
