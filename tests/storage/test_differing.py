"""Two verdicts compared: what is the same, what differs, what that means for a lead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.columns import clean
from storage.differing import FactorChange, Term, agree, as_stored, differences, is_lead, kind_of, says_nothing
from storage.records import DetectionRecord
from tests.storage.making import detection, hit

TEXT = "出鸟\n出售猫头鹰,活体"
OWL = hit(TEXT, "猫头鹰")
NOTHING = DetectionRecord("none", 0.0, "none", (), "lex-1")


def explained(*factors, **facts):
    explanation = {"factors": [{"name": n, "label": n, "weight": w} for n, w in factors], "suppressed": []}
    return replace(detection(hits=[OWL]), explanation=explanation, **facts)


def test_the_same_reasons_in_another_order_or_under_another_version_agree():
    one = explained(("trade", 20.0), ("price", 5.0))
    assert agree(one, explained(("price", 5.0), ("trade", 20.0), lexicon_version="lex-2"))
    assert not agree(one, explained(("trade", 20.0), ("price", 6.0)))
    assert not agree(one, replace(one, score=81.0))
    assert not agree(one, replace(one, hits=(replace(OWL, clause="另一条"),)))
    assert not agree(one, replace(one, departments=("agriculture",)))
    assert not agree(one, NOTHING)


def test_nothing_agrees_with_nothing_however_it_is_told():
    told = replace(NOTHING, explanation={"suppressed": [{"term": "象牙", "rule": "被普通词盖住"}], "factors": []})
    assert says_nothing(None)
    assert says_nothing(told)
    assert agree(None, told)
    assert agree(NOTHING, None)
    assert not agree(None, detection("mention", 10.0, hits=[OWL]))


@given(st.text(), st.floats(allow_nan=False), st.integers(-5, 5))
@settings(max_examples=50)
def test_what_is_stored_is_what_is_compared(text, weight, whole):
    made = replace(OWL, matched=text, weight=whole, detail={"folded": (text,)})
    record = replace(detection(hits=[made]), explanation={"factors": [{"label": text, "weight": weight}]})
    stored = as_stored(record)
    assert as_stored(stored) == stored
    assert agree(stored, as_stored(replace(record, lexicon_version="lex-2")))
    assert stored.hits[0].matched == clean(text)
    assert isinstance(stored.hits[0].detail["folded"], list)


def test_differences_name_terms_and_factors():
    toad = hit(TEXT, "活体", entry="sp-2")
    before = explained(("trade", 20.0), ("news", -10.0))
    after = replace(explained(("trade", 25.0), ("price", 5.0)), hits=(toad, replace(toad, start=0, end=2)))
    told = differences(before, after)
    assert told.gained == (Term("sp-2", "活体", 2),)
    assert told.lost == (Term("sp-1", "猫头鹰", 1),)
    assert set(told.factors) == {
        FactorChange("trade", 20.0, 25.0),
        FactorChange("news", -10.0, 0.0),
        FactorChange("price", 0.0, 5.0),
    }
    assert type(told).of_facts(told.as_facts()) == told
    assert differences(None, None).factors == ()


@pytest.mark.parametrize(
    ("verdict", "score", "after", "lapsed", "kind"),
    [
        ("review", 40.0, ("alert", 60.0), False, "raised"),
        ("review", 40.0, ("review", 41.0), False, "raised"),
        ("alert", 60.0, ("review", 61.0), False, "lowered"),
        ("alert", 60.0, ("alert", 60.0), False, "reworded"),
        ("alert", 60.0, ("mention", 20.0), False, "lapsed"),
        ("review", 40.0, ("none", 0.0), False, "lapsed"),
        ("none", 0.0, ("review", 40.0), True, "restored"),
        ("mention", 9.0, ("none", 0.0), True, "reworded"),
    ],
)
def test_kinds(verdict, score, after, lapsed, kind):
    record = detection(*after)
    assert kind_of(verdict, score, record, lapsed=lapsed) == kind
    assert is_lead(record) is (after[0] in {"alert", "review"})
