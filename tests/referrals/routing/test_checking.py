from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given, settings

from referrals.routing import checking, route, rules, words
from referrals.routing.facts import Facts
from tests.referrals.routing.test_route import facts
from tests.referrals.routing.test_rules import write

ALL = [*words.DEPARTMENTS]


def problems(tmp_path, text: str, departments=ALL):
    return checking.problems(rules.load(write(tmp_path, "version: 1\n" + text)), departments)


def test_shipped_table_has_no_conflict_no_gap_and_no_idle_rule():
    assert checking.problems(rules.load(), ALL) == []


def test_equally_specific_rules_with_other_leads_are_a_conflict(tmp_path):
    found = problems(
        tmp_path,
        """rules:
  - {id: a, lead: customs, priority: 50, when: {category: [plant]}, because: x, clause: y}
  - {id: b, lead: postal, priority: 50, when: {acts: [sell]}, because: x, clause: y}
""",
    )
    (one,) = [problem for problem in found if problem.kind == "conflict"]
    assert one.serious
    assert one.place == "duties.yaml:4"
    assert (
        "规则 a（duties.yaml:3）与 b 同样具体而结论不同：海关用案件线索移送函、邮政管理局用案件线索移送函"
        in one.message
    )
    assert "标的为野生植物" in one.message
    assert "行为为出售" in one.message
    both = route.route(Facts("plant", "forestry", ("sell",)), rules.load(tmp_path / "duties.yaml"))
    assert both.lead == "customs"
    assert [other.rule for other in both.others] == ["b"]


def test_rules_that_never_meet_do_not_conflict(tmp_path):
    found = problems(
        tmp_path,
        """rules:
  - {id: a, lead: customs, priority: 50, when: {category: [plant]}, because: x, clause: y}
  - {id: b, lead: postal, priority: 50, when: {category: [plant_product]}, because: x, clause: y}
  - {id: c, lead: customs, priority: 50, when: {acts: [ship], value_at_least: 5}, because: x, clause: y}
  - {id: d, lead: postal, priority: 50, when: {without: [ship], province: [福建]}, because: x, clause: y}
""",
    )
    assert [problem.message for problem in found if problem.kind == "conflict"] == []


def test_gap_is_told_with_an_example(tmp_path):
    (gap,) = problems(
        tmp_path,
        """base: none
fallback: {lead: agriculture, because: x, clause: y}
rules:
  - {id: a, lead: forestry, when: {category: [terrestrial_animal, aquatic_animal, plant, animal_product, plant_product, hunting_gear, fishing_gear, food_use]}, because: x, clause: y}
""",
    )
    assert (gap.kind, gap.serious) == ("gap", False)
    assert "按兜底由农业农村局主办" in gap.message
    assert "未点名的标的" in gap.message


def test_rule_that_never_wins_and_support_that_never_helps(tmp_path):
    found = problems(
        tmp_path,
        """base: none
fallback: {lead: forestry, because: x, clause: y}
rules:
  - {id: always, lead: forestry, priority: 3, because: x, clause: y}
  - {id: never, lead: customs, when: {category: [plant], acts: [sell]}, because: x, clause: y}
  - {id: idle, support: forestry, because: x, clause: y}
  - {id: cannot, support: postal, when: {acts: [sell], without: [sell]}, because: x, clause: y}
""",
    )
    assert [(one.kind, one.message.split()[1]) for one in found] == [
        ("unreachable", "never"),
        ("unreachable", "idle"),
        ("unreachable", "cannot"),
    ]


def test_departments_that_the_configuration_does_not_know(tmp_path):
    found = problems(
        tmp_path,
        "rules: []\n",
        departments=["forestry", "agriculture", "market_supervision", "public_security", "cyberspace", "post"],
    )
    said = {problem.message for problem in found if problem.kind == "department"}
    assert "规则 customs：设置里没有部门 customs" in said
    assert "规则 courier：设置里没有部门 postal，是不是 post？" in said


@cache
def reachable() -> frozenset[int]:
    table = rules.load()
    return frozenset(case.fits for case in checking._cases((*table.leads, *table.supports)))


@settings(max_examples=200, deadline=None)
@given(facts)
def test_no_combination_of_facts_escapes_the_check(one):
    table = rules.load()
    if one.category not in words.CATEGORIES:
        one = replace(one, category="plant")
    mask = sum(1 << number for number, duty in enumerate((*table.leads, *table.supports)) if duty.when.holds(one))
    assert mask in reachable()
