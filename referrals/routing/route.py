"""Who leads, who supports, and why: pure, and never without an answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from referrals.routing import parties, words
from referrals.routing.facts import Facts, Other, Part, Route, Support

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from referrals.routing.facts import Deadline
    from referrals.routing.rules import Duty, Rules
    from storage.referral.records import ReferredLead

OBJECTS = {
    ("animal_product", "forestry"): "陆生野生动物制品",
    ("animal_product", "agriculture"): "水生野生动物制品",
    ("plant", "forestry"): "林业分管的野生植物",
    ("plant", "agriculture"): "农业分管的野生植物",
    ("plant_product", "forestry"): "林业分管的野生植物制品",
    ("plant_product", "agriculture"): "农业分管的野生植物制品",
}
INTENTS: dict[str, tuple[str, ...]] = {"sell": ("sell",), "buy": ("buy",), "serve": ("serve",), "service": ("service",)}
MOST_NAMED = 30  # leads by number in one sentence; `Route.parts` names all
GEAR = frozenset({"hunting_gear", "fishing_gear"})
VENUES = {"discuz": "forum", "phpbb": "forum", "mybb": "forum", "xiuno": "forum", "nodebb": "forum", "spirit": "forum",
          "ecshop": "shop", "opencart": "shop", "oscar": "shop", "shopify": "shop", "woocommerce": "shop", "osclass": "platform"}  # fmt: skip
"""Software of a site -> what kind of place it is."""


def route(facts: Facts, rules: Rules) -> Route:
    """The department for one lead."""
    fitting = [duty for duty in rules.leads if duty.when.holds(facts)]
    best = fitting[0] if fitting else rules.fallback
    reasons = _supports(facts, rules, best.department)
    return Route(
        lead=best.department,
        support=tuple(one.department for one in reasons),
        clause=best.clause,
        template=best.template,
        deadlines=timers(rules, best.department, best.deadlines),
        explanation=_explained(facts, best, reasons),
        rule=best.id,
        others=_equals(fitting),
        reasons=reasons,
    )


def of_leads(facts: Sequence[Facts], rules: Rules) -> Route:
    """The department for several leads of one referral: the strongest rule decides, values add up.

    Raises:
        ValueError: no leads.
    """
    if not facts:
        raise ValueError("no leads")
    routes = [(one, route(one, rules)) for one in _added_up(facts)]
    parts = _parts(routes)
    if len(routes) == 1:
        return replace(routes[0][1], parts=parts)
    votes = Counter(found.lead for _, found in routes)
    ranks = {duty.id: duty.rank for duty in rules.leads}

    def strength(pair: tuple[Facts, Route]) -> tuple[tuple[int, int], int, str, str, str]:
        found = pair[1]
        return (ranks.get(found.rule, (-1, 0)), votes[found.lead], found.lead, found.rule, found.explanation)

    _, chosen = max(routes, key=strength)
    return replace(_joined(chosen, routes, rules), parts=parts)


def timers(rules: Rules, department: str, own: Mapping[str, Deadline] | None = None) -> dict[str, Deadline]:
    """All timers of a department, a rule's `own` before its general ones."""
    return {**rules.deadlines.get(department, {}), **(own or {})}


def facts_of(lead: ReferredLead, province: str = "") -> Facts:
    """What a stored lead says."""
    agency = next((one for one in lead.departments if one in {"forestry", "agriculture"}), None)
    acts = [*INTENTS.get(lead.intent, ())]
    if "postal" in lead.departments:
        acts.append("ship")
    if "customs" in lead.departments:
        acts.append("import_export")
    return Facts(
        category=lead.category,
        agency=agency,
        acts=tuple(acts),
        venue=VENUES.get(lead.platform, words.UNKNOWN),
        verdict=lead.verdict,
        # a trap's text names the animals it is for: that makes it no offer of them
        flags=() if lead.category in GEAR else tuple(flag for flag in words.FLAGS if flag in lead.flags),
        value=lead.price_amount,
        province=province,
        lead_id=lead.lead_id,
        parties=parties.of(lead),
    )


def object_said(facts: Facts) -> str:
    """陆生野生动物制品."""
    general = words.CATEGORIES.get(facts.category, facts.category)
    return OBJECTS.get((facts.category, facts.agency or ""), general)


def _supports(facts: Facts, rules: Rules, lead: str) -> tuple[Support, ...]:
    """Each department once, for its most specific reason, in the fixed order of departments."""
    found: dict[str, Duty] = {}
    for duty in rules.supports:
        if duty.department == lead or not duty.when.holds(facts):
            continue
        known = found.get(duty.department)
        if known is None or duty.when.given > known.when.given:
            found[duty.department] = duty
    return tuple(
        Support(code, found[code].clause, found[code].because, found[code].id)
        for code in words.DEPARTMENTS
        if code in found
    )


def _equals(fitting: Sequence[Duty]) -> tuple[Other, ...]:
    if not fitting:
        return ()
    best = fitting[0]
    return tuple(
        Other(duty.department, duty.id, f"规则 {duty.id}（{duty.place}）同样适用，由{_name(duty.department)}主办")
        for duty in fitting[1:]
        if duty.rank == best.rank and (duty.department, duty.template) != (best.department, best.template)
    )


def _explained(facts: Facts, best: Duty, reasons: Iterable[Support]) -> str:
    said = f"{_described(facts)}。"
    if not best.id:
        said += "没有规则适用于这种情形，按兜底规则处理，请人工核定。"
    return f"{said}因{best.because}，依据{best.clause}，由{_name(best.department)}主办{_helpers_said(reasons)}。"


def _described(facts: Facts) -> str:
    parts = [f"标的为{object_said(facts)}"]
    if facts.acts:
        parts.append(f"行为为{words.listed(_ordered(facts.acts, words.ACTS), words.ACTS)}")
    if facts.venue != words.UNKNOWN:
        parts.append(f"发现于{words.VENUES.get(facts.venue, facts.venue)}")
    if facts.flags:
        parts.append(f"涉及{words.listed(_ordered(facts.flags, words.FLAGS), words.FLAGS)}")
    if facts.value is not None:
        parts.append(f"标价 {_plain(facts.value)} 元（标价不等于案值，须核价）")
    return "，".join(parts)


def _ordered(codes: Iterable[str], known: Mapping[str, str]) -> list[str]:
    given = set(codes)
    return [*(code for code in known if code in given), *sorted(given.difference(known))]


def _plain(value: Decimal) -> str:
    return f"{value:,.2f}".removesuffix(".00") if value.is_finite() else "不明"


def _name(department: str) -> str:
    return words.DEPARTMENTS.get(department, department)


def _added_up(facts: Sequence[Facts]) -> list[Facts]:
    """Offers of one party count together where they concern the same kind of thing."""
    keys = [
        (party, one.agency or "", frozenset(one.flags))
        for one, party in zip(facts, parties.grouped(facts), strict=True)
    ]
    sums: dict[tuple[int, str, frozenset[str]], Decimal] = {}
    for one, key in zip(facts, keys, strict=True):
        if one.value is not None:
            sums[key] = sums.get(key, Decimal(0)) + one.value
    return [
        replace(one, value=sums.get(key)) if one.value is not None else one
        for one, key in zip(facts, keys, strict=True)
    ]


def _parts(routes: Sequence[tuple[Facts, Route]]) -> tuple[Part, ...]:
    groups: defaultdict[str, list[Facts]] = defaultdict(list)
    for one, found in routes:
        if one.lead_id:
            groups[found.lead].append(one)
    return tuple(
        Part(code, tuple(one.lead_id for one in groups[code]), len(set(parties.grouped(groups[code]))))
        for code in words.DEPARTMENTS
        if code in groups
    )


def _joined(chosen: Route, pairs: Sequence[tuple[Facts, Route]], rules: Rules) -> Route:
    routes = [found for _, found in pairs]
    reasons: dict[str, Support] = {}
    for found in sorted(routes, key=lambda one: (one is not chosen, one.rule, one.explanation)):
        for one in found.reasons:
            reasons.setdefault(one.department, one)
        if found.lead != chosen.lead:
            own = Support(found.lead, found.clause, "本次移送的部分线索属其主管", found.rule)
            reasons.setdefault(found.lead, own)
    kept = tuple(reasons[code] for code in words.DEPARTMENTS if code in reasons and code != chosen.lead)
    return replace(
        chosen,
        support=tuple(one.department for one in kept),
        deadlines=timers(rules, chosen.lead, chosen.deadlines),
        explanation=_told(chosen, routes, kept),
        others=(*chosen.others, *_differing(chosen, pairs)),
        reasons=kept,
    )


def _told(chosen: Route, routes: Sequence[Route], kept: Sequence[Support]) -> str:
    counts = Counter(found.lead for found in routes)
    shares = "、".join(f"{counts[code]} 条属{_name(code)}主办" for code in words.DEPARTMENTS if code in counts)
    text = f"共 {len(routes)} 条线索，逐条看，{shares}；合并移送，按其中最重的一条由{_name(chosen.lead)}主办："
    text += chosen.explanation.removesuffix(f"{_helpers_said(chosen.reasons)}。")
    return f"{text}{_helpers_said(kept)}。"


def _helpers_said(reasons: Iterable[Support]) -> str:
    return "".join(f"；因{one.because}，依据{one.clause}，由{_name(one.department)}协办" for one in reasons)


def _differing(chosen: Route, pairs: Sequence[tuple[Facts, Route]]) -> tuple[Other, ...]:
    """One for each other department: which leads would be its own."""
    groups: defaultdict[str, list[tuple[Facts, Route]]] = defaultdict(list)
    for one, found in pairs:
        if found.lead != chosen.lead:
            groups[found.lead].append((one, found))
    return tuple(_other(code, groups[code]) for code in words.DEPARTMENTS if code in groups)


def _other(code: str, pairs: Sequence[tuple[Facts, Route]]) -> Other:
    known = [str(one.lead_id) for one, _ in pairs if one.lead_id]
    ids = "、".join(known[:MOST_NAMED]) + ("…" if len(known) > MOST_NAMED else "")
    rules = "、".join(sorted({found.rule for _, found in pairs}))
    return Other(code, rules, f"其中 {len(pairs)} 条{ids and f'（线索 {ids}）'}单独看由{_name(code)}主办")
