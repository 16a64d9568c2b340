"""Scoring: hits and context become points, points become a verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keywords.context import DIGITS, LABELS, UNITS
from keywords.gate import TRADE_CUES
from keywords.results import Factor, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from keywords.context import Cue
    from keywords.entries import Entry
    from keywords.fold import Folded
    from keywords.match import Candidate

SECOND_WORD = 0.35  # a second, different word of a group adds this part of its points
PERMIT = "permit"  # a claim is to be verified: it neither clears a text nor leaves it an alert
UNTRADED = "untraded"
UNLAWFUL = "unlawful"
ATTACHED = "attached"
SHORT_OFFER = "short_offer"
SHORTEST_TALK = 16  # folded characters; a text with more says enough for the learned judge
# Form, number and unit, and a price at the end without much of a word: 犀牛角|杯2万, 鹰|一只2000, but not 老鹰|战胜76人.
PRICED = re.compile(rf"[^0-9]{{0,2}}[{DIGITS}{UNITS}]{{0,8}}(?:[0-9]{{2}}|[0-9][百千万wk元块])[百千万wk元块]?")


@dataclass(frozen=True, slots=True)
class Points:
    """The lexicon's points and limits."""

    alert: float
    review: float
    base: Mapping[str, float]
    further: float
    further_limit: int
    disguised: float
    severity: float
    groups: Mapping[str, tuple[str, float]]
    """Cue group -> Chinese label, points."""


def read_points(compiled: Mapping[str, Any], alert: float | None, review: float | None) -> Points:
    """Return the points of a compiled lexicon; `alert` and `review` overrule its limits."""
    scoring = compiled["scoring"]
    groups = {name: (group["label"], group["points"]) for name, group in compiled["groups"].items()}
    groups |= {name: (LABELS[name], points) for name, points in scoring["factors"].items()}
    return Points(
        alert=scoring["alert"] if alert is None else alert,
        review=scoring["review"] if review is None else review,
        base=scoring["base"],
        further=scoring["further"],
        further_limit=scoring["further_limit"],
        disguised=scoring["disguised"],
        severity=scoring["severity"],
        groups=groups,
    )


def hit_factors(hits: Sequence[tuple[Candidate, Entry]], points: Points) -> list[Factor]:
    """Return the factors that come from the hits themselves."""
    candidate, entry = max(hits, key=lambda hit: hit[1].rank)
    factors = [Factor("object", f"命中：{entry.term}", points.base[entry.strength], candidate.matched, *candidate.span)]
    if entry.severity > 1:
        factors.append(Factor("severity", "优先打击对象", points.severity * (entry.severity - 1)))
    different = min(len({hit.id for _, hit in hits}) - 1, points.further_limit)
    if different:
        factors.append(Factor("further", "另有不同词条", points.further * different))
    hidden = next((found for found, _ in hits if found.disguised), None)
    if hidden:
        factors.append(Factor("disguised", "有伪装写法", points.disguised, hidden.matched, *hidden.span))
    banned = next((found for found, hit in hits if found.folded in hit.unlawful), None)
    if banned:
        factors.append(Factor(UNLAWFUL, *points.groups[UNLAWFUL], banned.matched, *banned.span))
    return factors


def cue_factors(
    cues: Mapping[str, Sequence[Cue]], folded: Folded, text: str, points: Points, *, banned: bool
) -> list[Factor]:
    """Return the factors that come from the context, in the lexicon's order; `banned`: gear that speaks for itself."""
    factors = []
    for name, worth in cue_points(cues, points, banned=banned):
        found, label = cues.get(name), points.groups[name][0]
        if not found or found[0].start < 0:  # not said in the text
            factors.append(Factor(name, label, worth))
            continue
        start, end = folded.span(found[0].start, found[0].end)
        factors.append(Factor(name, label, worth, text[start:end], start, end))
    return factors


def cue_points(cues: Mapping[str, Sequence[Cue]], points: Points, *, banned: bool) -> Iterator[tuple[str, float]]:
    """Yield the name and the points of each factor that comes from the context, in the lexicon's order."""
    for name in filter(cues.__contains__, points.groups):
        found, worth = cues[name], points.groups[name][1]
        if not found:
            continue
        if found[0].start < 0:  # not said in the text
            yield name, worth
        elif len(found) > 1 and name != ATTACHED and len({cue.word for cue in found}) > 1:
            yield name, round(worth * (1 + SECOND_WORD), 1)
        else:
            yield name, round(worth * 1.0, 1)  # a float, whatever the lexicon says
    if cues.keys().isdisjoint(TRADE_CUES) and not banned:
        yield UNTRADED, points.groups[UNTRADED][1]


def verdict(score: float, points: Points) -> Verdict:
    """Return the verdict on a text that has hits."""
    if score < points.review:
        return Verdict.MENTION
    if score < points.alert:
        return Verdict.REVIEW
    return Verdict.ALERT


def permit_limit(points: float, limits: Points) -> list[Factor]:
    """Return what keeps a text that claims a permit below an alert, so that order of score is order of verdict."""
    highest = limits.alert - 1
    if points <= highest:
        return []
    return [Factor("permit_limit", "声称有许可：待核实，不作告警", round(highest - points, 1))]


def short_offer(text: str, after: int, rules: float, limits: Points) -> bool:
    """Tell whether the rules' review of a very short offer stands: a name and a price leave no wording to judge by.

    `text`: folded; `after`: where its last object ends; `rules`: their points.
    """
    return len(text) <= SHORTEST_TALK and rules >= limits.review and bool(PRICED.fullmatch(text, after))


def floor(points: float, limits: Points) -> list[Factor]:
    """Return what keeps a short offer that the rules review from being a mention."""
    if points >= limits.review:
        return []
    return [Factor(SHORT_OFFER, "短广告：按规则列入待核", round(limits.review - points, 1))]


def total(factors: Sequence[Factor]) -> float:
    """Return the score, 0 to 100."""
    return round(min(100.0, max(0.0, sum(factor.weight for factor in factors))), 1)
