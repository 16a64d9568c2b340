from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.routing import route, rules, words
from referrals.routing.facts import Facts
from storage.words import VERDICTS
from tests.referrals.cases import lead

SHIPPED = rules.load()
facts = st.builds(
    Facts,
    category=st.sampled_from([*words.CATEGORIES, "something_new"]),
    agency=st.sampled_from([None, "forestry", "agriculture"]),
    acts=st.lists(st.sampled_from([*words.ACTS]), unique=True).map(tuple),
    venue=st.sampled_from([*words.VENUES]),
    verdict=st.sampled_from([*VERDICTS]),
    flags=st.lists(st.sampled_from([*words.FLAGS]), unique=True).map(tuple),
    value=st.sampled_from(
        [None, Decimal(0), Decimal(9999), Decimal(10000), Decimal(20000), Decimal("NaN"), Decimal("Infinity")]
    ),
    province=st.sampled_from(["", "福建省", "海南"]),
)


@pytest.mark.parametrize(
    ("given_facts", "lead_department", "template"),
    [
        (Facts("terrestrial_animal", "forestry", ("sell",)), "forestry", "lead"),
        (Facts("plant", "forestry", ("sell",)), "forestry", "lead"),
        (Facts("hunting_gear", "forestry", ("sell",)), "forestry", "lead"),
        (Facts("aquatic_animal", "agriculture", ("sell",)), "agriculture", "lead"),
        (Facts("plant", "agriculture", ("buy",)), "agriculture", "lead"),
        (Facts("fishing_gear", "agriculture", ("sell",)), "agriculture", "lead"),
        (Facts("animal_product", "agriculture", ("sell",)), "agriculture", "lead"),
        (Facts("animal_product", None, ("sell",)), "forestry", "lead"),
        (Facts("context"), "forestry", "lead"),
        (Facts("terrestrial_animal", "forestry", ("serve",)), "market_supervision", "lead"),
        (Facts("terrestrial_animal", "forestry", ("sell",), "restaurant"), "market_supervision", "lead"),
        (Facts("hunting_gear", "forestry", ("advertise",)), "market_supervision", "lead"),
        (Facts("animal_product", "forestry", ("service",), "platform"), "market_supervision", "lead"),
        (Facts("animal_product", "forestry", ("sell", "import_export")), "customs", "lead"),
        (Facts("animal_product", "forestry", ("ship",)), "postal", "postal"),
        (Facts("animal_product", "forestry", ("sell",), "courier"), "postal", "postal"),
        (Facts("animal_product", "forestry", ("sell",), flags=("worst",)), "public_security", "crime"),
        (
            Facts("terrestrial_animal", "forestry", ("sell",), flags=("protected",), value=Decimal(20000)),
            "public_security",
            "crime",
        ),
        (
            Facts("terrestrial_animal", "forestry", ("sell",), flags=("protected",), value=Decimal(19999)),
            "forestry",
            "lead",
        ),
        (Facts("terrestrial_animal", "forestry", ("sell",), flags=("protected",)), "forestry", "lead"),
    ],
)
def test_shipped_rules_split_duties_as_the_plans_do(given_facts, lead_department, template):
    found = route.route(given_facts, SHIPPED)
    assert (found.lead, found.template) == (lead_department, template)
    assert found.rule
    assert found.others == ()


def test_explanation_names_reason_clause_and_every_department():
    found = route.route(Facts("animal_product", "forestry", ("ship", "sell"), "forum", value=Decimal(3000)), SHIPPED)
    assert found.support == ("market_supervision", "cyberspace", "postal")
    assert found.explanation.startswith(
        "标的为陆生野生动物制品，行为为出售、寄递运输，发现于论坛社区，标价 3,000 元（标价不等于案值，须核价）。"
    )
    assert (
        "因标的为陆生野生动物制品，依据“网盾行动”联合方案职责分工：林业局负责陆生野生动物，由林业局主办"
        in found.explanation
    )
    assert "由市场监管局协办" in found.explanation
    assert "由网信办协办" in found.explanation
    assert found.explanation.endswith("由邮政管理局协办。")


def test_clause_that_was_not_compared_says_so():
    found = route.route(Facts("animal_product", "forestry", ("sell",), flags=("worst",)), SHIPPED)
    assert found.clause.endswith("（以正式文本为准）")
    assert "以正式文本为准" not in route.route(Facts("hunting_gear", "forestry", ("sell",)), SHIPPED).clause


def test_police_timers_are_those_of_the_regulation():
    found = route.route(Facts("animal_product", "forestry", ("sell",), flags=("worst",)), SHIPPED).deadlines
    assert (found["transfer"].hours, found["review"].days, found["onward"].hours) == (24, 3, 24)
    assert (found["reconsider"].days, found["reconsidered"].days) == (3, 3)
    assert "310" in found["transfer"].basis


def test_what_no_rule_covers_falls_back_and_says_so():
    found = route.route(Facts("something_new"), SHIPPED)
    assert (found.lead, found.rule) == ("forestry", "")
    assert "没有规则适用" in found.explanation


@settings(max_examples=150, deadline=None)
@given(facts, st.randoms(use_true_random=False))
def test_every_combination_is_answered_whatever_its_order(one, random):
    found = route.route(one, SHIPPED)
    assert found.lead in words.DEPARTMENTS
    assert found.lead not in found.support
    assert len(set(found.support)) == len(found.support)
    assert set(found.support) <= set(words.DEPARTMENTS)
    assert found.template in words.TEMPLATES
    assert found.explanation.endswith("。")
    acts, flags = list(one.acts), list(one.flags)
    random.shuffle(acts)
    random.shuffle(flags)
    assert route.route(replace(one, acts=tuple(acts), flags=tuple(flags)), SHIPPED) == found


@settings(max_examples=60, deadline=None)
@given(st.lists(facts, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_several_leads_have_one_answer_whatever_their_order(many, random):
    found = route.of_leads(many, SHIPPED)
    leading = {one.lead for one in (route.route(each, SHIPPED) for each in many)}
    shuffled = list(many)
    random.shuffle(shuffled)
    again = route.of_leads(shuffled, SHIPPED)
    assert (again.lead, again.support, again.clause, again.rule) == (
        found.lead,
        found.support,
        found.clause,
        found.rule,
    )
    assert leading - {found.lead} <= set(found.support) or found.lead == "public_security"


def test_values_of_one_seller_add_up_to_the_threshold():
    one = Facts("terrestrial_animal", "forestry", ("sell",), flags=("protected",), value=Decimal(8000), parties=("a",))
    assert route.route(one, SHIPPED).lead == "forestry"
    assert route.of_leads([one, one], SHIPPED).lead == "forestry"
    found = route.of_leads([one, one, one], SHIPPED)
    assert (found.lead, found.template) == ("public_security", "crime")
    assert "24,000 元" in found.explanation
    tied = [replace(one, parties=("b",)), replace(one, parties=("b", "c")), replace(one, parties=("c",))]
    assert route.of_leads(tied, SHIPPED).lead == "public_security"


def test_values_of_different_or_unknown_sellers_never_add_up():
    one = Facts("terrestrial_animal", "forestry", ("sell",), flags=("protected",), value=Decimal(19000))
    strangers = [replace(one, parties=(f"account:{number}",)) for number in range(3)]
    assert route.of_leads(strangers, SHIPPED).lead == "forestry"
    found = route.of_leads([one, one, one], SHIPPED)
    assert found.lead == "forestry"
    assert "57,000" not in found.explanation


def test_parts_tell_which_leads_belong_together_and_of_how_many_parties():
    net = Facts("fishing_gear", "agriculture", ("sell",), lead_id=6)
    ivory = Facts("animal_product", "forestry", ("sell",), flags=("worst",), lead_id=22, parties=("account:1",))
    found = route.of_leads([net, replace(net, lead_id=7), replace(net, category="context", lead_id=9), ivory], SHIPPED)
    told = [(part.department, part.leads, part.parties) for part in found.parts]
    assert told == [("forestry", (9,), 1), ("agriculture", (6, 7), 2), ("public_security", (22,), 1)]
    assert [one.said for one in found.others] == [
        "其中 1 条（线索 9）单独看由林业局主办",
        "其中 2 条（线索 6、7）单独看由农业农村局主办",
    ]
    assert "规则" not in found.explanation
    assert "逐条看，1 条属林业局主办" in found.explanation
    assert found.as_dict()["parts"][1] == {"department": "agriculture", "leads": [6, 7], "parties": 2}


def test_gear_that_names_its_prey_is_no_offer_of_protected_animals():
    trap = lead(category="hunting_gear", subject="捕兽夹", flags=("protected", "food"))
    assert route.facts_of(trap).flags == ()
    assert "public_security" not in route.of_leads([route.facts_of(trap)], SHIPPED).support


def test_leads_of_another_department_make_it_support():
    gear, ivory = (
        Facts("fishing_gear", "agriculture", ("sell",)),
        Facts("animal_product", "forestry", ("sell",), flags=("worst",)),
    )
    found = route.of_leads([gear, ivory, gear], SHIPPED)
    assert found.lead == "public_security"
    assert "agriculture" in found.support
    assert "2 条属农业农村局主办" in found.explanation
    assert [(one.lead, one.rule) for one in found.others] == [("agriculture", "fishing-gear")]


def test_clause_with_a_semicolon_is_told_whole_for_several_leads():
    one = Facts("hunting_gear", "forestry", ("advertise",))
    found = route.of_leads([one, one], SHIPPED)
    assert (
        "市场监管局查处虚假违法广告；《野生动物保护法》第三十二条（以正式文本为准），由市场监管局主办；因"
        in found.explanation
    )
    assert found.explanation.count("由林业局协办") == 1


def test_no_leads_are_refused():
    with pytest.raises(ValueError, match="no leads"):
        route.of_leads([], SHIPPED)


def test_facts_are_read_from_a_stored_lead():
    stored = lead(
        departments=("market_supervision", "agriculture", "postal", "customs"),
        intent="buy",
        platform="ecshop",
        flags=("food", "new"),
    )
    found = route.facts_of(stored, "福建")
    assert found == Facts(
        "animal_product",
        "agriculture",
        ("buy", "ship", "import_export"),
        "shop",
        "alert",
        ("food",),
        Decimal(3000),
        "福建",
        101,
        ("account:7", "phone:13800001234", "wechat:demo_owl88"),
    )
    unknown = route.facts_of(
        lead(departments=("market_supervision",), intent="none", platform="manual", price_amount=None)
    )
    assert (unknown.agency, unknown.acts, unknown.venue, unknown.value) == (None, (), "unknown", None)


def test_route_is_json_ready():
    import json

    found = route.route(Facts("animal_product", "forestry", ("sell",)), SHIPPED).as_dict()
    assert json.loads(json.dumps(found))["reasons"][0]["department"] == "market_supervision"
