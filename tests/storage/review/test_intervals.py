from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from storage.review.intervals import Kappa, kappa, stratified, wilson


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_as_others_compute_it(hits, of):
    hits = min(hits, of)
    expected = binomtest(hits, of).proportion_ci(0.95, "wilson")
    share = wilson(hits, of)
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= share.low <= share.value <= share.high <= 1


def test_nothing_is_known_of_nothing():
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
    assert (stratified([]).low, stratified([]).high) == (0.0, 1.0)


def test_strata_count_by_their_size():
    share = stratified([(900, wilson(0, 50)), (100, wilson(25, 50))])
    assert share.value == pytest.approx(0.05)
    assert 0 < share.low < 0.05 < share.high < 0.15
    assert stratified([(10, wilson(3, 7))]) == wilson(3, 7)


def test_kappa():
    assert kappa([]) is None
    assert kappa([("a", "a")] * 5) is None
    assert kappa([("a", "a"), ("b", "b")]) == Kappa(1.0, 1.0, 1.0)
    assert kappa([("a", "b"), ("b", "a")]).value == -1.0
    # Cohen's own sort of table: 20, 5, 10, 15
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    found = kappa(pairs)
    assert found.value == pytest.approx(0.4)
    # by hand: A = 0.10972, B = 0.10188, C = 0.01, standard error 0.126996
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * 0.126996, abs=1e-5)


@given(st.lists(st.tuples(st.sampled_from("vh"), st.sampled_from("vh")), max_size=60))
def test_laws_of_kappa(pairs):
    found = kappa(pairs)
    if found is None:
        assert len({name for pair in pairs for name in pair}) < 2
        return
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (found.value == pytest.approx(1)) == all(one == other for one, other in pairs)
    turned = kappa([(other, one) for one, other in pairs])
    assert (turned.value, turned.low, turned.high) == pytest.approx((found.value, found.low, found.high))
