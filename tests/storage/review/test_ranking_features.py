from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.review.ranking_features import Case, Facts, Past, examples, features, probability
from tests.storage.making import NOW

FACTS = Facts(1, 1, 7, 60.0, "alert", "sell", "plant", ("protected",), (("sp-1", "exact"),), 2, True, False, "出兰花")
texts = st.text(max_size=40)
facts = st.builds(
    Facts,
    lead_id=st.integers(1, 9), site_id=st.integers(1, 3), seller_id=st.none() | st.integers(1, 3), score=st.floats(0, 100),
    verdict=st.sampled_from(("alert", "review")), intent=st.sampled_from(("sell", "buy")), category=texts,
    flags=st.lists(texts, max_size=3).map(tuple),
    terms=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(("exact", "pinyin"))), max_size=4).map(tuple),
    hits=st.integers(0, 10**6), has_price=st.booleans(), has_picture=st.booleans(), text=st.text(max_size=60),
)  # fmt: skip
cases = st.lists(st.tuples(facts, st.booleans(), st.integers(0, 4)), min_size=1, max_size=12).map(
    lambda found: [
        Case(one, right, NOW + timedelta(days=day)) for one, right, day in sorted(found, key=lambda row: row[2])
    ]
)


def numbers_of(found):
    return [numbers for _, numbers in examples(found, Past())]


@settings(max_examples=50)
@given(cases, st.data())
def test_nothing_of_the_answer_or_of_later_decisions_leaks_into_a_lead(found, data):
    place = data.draw(st.integers(0, len(found) - 1))
    before = numbers_of(found)[: place + 1]
    turned = [
        replace(case, right=not case.right) if number >= place or case.at == found[place].at else case
        for number, case in enumerate(found)
    ]
    after = numbers_of(turned)
    assert after[place] == before[place]


@settings(max_examples=50)
@given(facts, cases, st.dictionaries(st.text(max_size=5), st.floats(-1e6, 1e6), max_size=5))
def test_any_lead_has_a_probability(one, found, weights):
    past = Past()
    list(examples(found, past))
    numbers = features(one, past)
    assert 0 < probability(weights, numbers) < 1
    assert all(-10 < value < 10 for value in numbers.values())
    kept = Past.of_facts(past.as_facts())
    assert not any(name.startswith("seller") for name in past.as_facts())
    assert features(replace(one, seller_id=None), kept) == features(replace(one, seller_id=None), past)


def test_what_was_decided_before_is_seen():
    first = Case(FACTS, False, NOW)
    later = Case(replace(FACTS, lead_id=2), True, NOW + timedelta(days=1))
    (_, one), (_, other) = examples([first, later], Past())
    assert (one["seller"], one["site"], one["entry.mean"]) == (0, 0, 0)
    assert max(other["seller"], other["site"], other["entry.best"]) < 0
    assert one["category=plant"] == one["channel=exact"] == one["flag=protected"] == 1
