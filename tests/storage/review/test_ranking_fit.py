from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from storage.review.ranking_features import Case, Past, features, probability
from storage.review.ranking_fit import Figures, auc_of, first_of, fit, measure, split, weights_of
from tests.storage.making import NOW
from tests.storage.review.test_ranking_features import FACTS


def decided(count: int, *, telling: bool, seed: int = 1) -> list[Case]:
    """Decisions that follow the entry (toys are wrong) if it is telling; the score never says anything."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        toy = dice.random() < 0.5
        right = not toy if telling and dice.random() < 0.9 else dice.random() < 0.5
        facts = replace(
            FACTS, lead_id=number, score=dice.uniform(50, 90), seller_id=dice.randrange(20),
            terms=(("toy" if toy else "owl", "exact"),), text="毛绒玩具" if toy else "活体现货",
        )  # fmt: skip
        made.append(Case(facts, right, NOW + timedelta(minutes=number)))
    return made


def test_a_model_that_helps_is_surely_better():
    figures = measure(decided(400, telling=True))
    assert (figures.held_back, figures.learned_from) == (80, 320)
    assert figures.auc.model.value > 0.8
    assert figures.auc.score.value < 0.65
    assert figures.is_better
    assert figures.auc.gain.value == pytest.approx(figures.auc.model.value - figures.auc.score.value)
    assert figures.first[0].count == 20
    assert figures.first[0].found.model.value > figures.first[0].found.score.value
    assert Figures.of_facts(figures.as_facts()) == figures
    assert measure(decided(400, telling=True)) == figures  # the same decisions, the same figures


def test_a_model_of_chance_is_not():
    figures = measure(decided(400, telling=False))
    assert not figures.is_better
    assert figures.auc.gain.low <= 0


def test_what_cannot_be_measured_is_not_better():
    cases = [replace(case, right=number < 320) for number, case in enumerate(decided(400, telling=True))]
    figures = measure(cases)
    assert (figures.auc, figures.is_better, figures.first) == (None, False, ())
    assert Figures.of_facts(figures.as_facts()) == figures


def test_one_bulk_is_one_look():
    cases = [
        replace(case, bulk_id="b" if number < 200 else None) for number, case in enumerate(decided(300, telling=True))
    ]
    assert sum(weights_of(cases)[:200]) == pytest.approx(20)
    assert set(weights_of(cases)[200:]) == {1.0}
    older, held = split(cases)
    assert len(held) == 20
    assert all(case.bulk_id is None for case in held)
    assert max(case.at for case in older) < min(case.at for case in held)


def test_a_model_is_plain_numbers_and_orders_without_the_library():
    cases = decided(300, telling=True)
    weights, past = fit(cases)
    assert all(isinstance(name, str) and isinstance(value, float) for name, value in weights.items())
    toy, owl = (replace(FACTS, seller_id=None, terms=((name, "exact"),)) for name in ("toy", "owl"))
    kept = Past.of_facts(past.as_facts())
    assert probability(weights, features(owl, kept)) > probability(weights, features(toy, kept))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40))
def test_auc_as_others_compute_it(pairs):
    truth, by = np.array([one for one, _ in pairs]), np.array([float(two) for _, two in pairs])
    if len(set(truth)) < 2:
        return
    assert auc_of(truth, by) == pytest.approx(roc_auc_score(truth, by))
    assert auc_of(truth, -by) == pytest.approx(1 - auc_of(truth, by))
    found = [first_of(truth, by, count) for count in range(len(truth) + 1)]
    assert found == sorted(found)
    assert found[-1] == truth.sum()
