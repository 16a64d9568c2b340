from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.fold import code_points
from keywords.learned.features import wording
from keywords.learned.fit import POINTS, REVIEW, packed
from keywords.learned.model import load_model
from keywords.learned.solve import CUES_AGAINST, CUES_FOR, FOR, Row, fit

if TYPE_CHECKING:
    from collections.abc import Mapping


def row(offer: bool, text: str = "好", **named: float) -> Row:
    return Row({"bias": 1.0, **named}, wording(code_points(text)).numbers, offer, 1.0, "made")


def weights(rows: list[Row]) -> dict[str, float]:
    fitted = fit(rows)
    return dict(zip(fitted.names, fitted.weights.tolist(), strict=False))


def test_the_packaged_weights_keep_their_signs() -> None:
    _assert_signs(load_model().names)


def _assert_signs(names: Mapping[str, float]) -> None:
    for name, weight in names.items():
        kind, _, cue = name.partition("_")
        said = kind in {"cue", "cues", "near"}
        if name.startswith(FOR) or (said and cue in CUES_FOR):
            assert weight >= 0, name
        if said and cue in CUES_AGAINST:
            assert weight <= 0, name


def test_lacking_trade_speaks_for_nothing() -> None:
    assert load_model().names["untraded"] <= 0


@pytest.mark.parametrize("name", ["points", "strength_2", "objects", "cue_sell", "near_price", "cues_wild", "anchors"])
def test_evidence_for_an_offer_never_gets_a_negative_weight(name: str) -> None:
    rows = [row(offer=False, **{name: 1.0}), row(offer=True)] * 20
    assert weights(rows)[name] == 0.0
    rows = [row(offer=True, **{name: 1.0}), row(offer=False)] * 20
    assert weights(rows)[name] > 0.5


@pytest.mark.parametrize("name", ["cue_news", "near_toy", "cues_game"])
def test_evidence_against_an_offer_never_gets_a_positive_weight(name: str) -> None:
    rows = [row(offer=True, **{name: 1.0}), row(offer=False)] * 20
    assert weights(rows)[name] == 0.0
    rows = [row(offer=False, **{name: 1.0}), row(offer=True)] * 20
    assert weights(rows)[name] < -0.5


def test_wording_is_learned_and_what_one_text_says_is_not() -> None:
    rows = [row(offer=True, text="懂的来"), row(offer=False, text="真长见识")] * 10 + [row(offer=True, text="独一份")]
    model = packed(fit(rows), 0.0, {}, {})
    said = {text: model.opinion({}, wording(code_points(text))).points for text in ("懂的来", "真长见识", "独一份")}
    assert said["懂的来"] > 1 > -1 > said["真长见识"]
    assert said["独一份"] == 0.0


def test_the_threshold_lies_where_a_person_looks() -> None:
    fitted = fit([row(offer=True, text="懂的来", cue_sell=1.0), row(offer=False)] * 20)
    model, weight = packed(fitted, 0.5, {}, {}), dict(zip(fitted.names, fitted.weights, strict=False))
    assert model.names["bias"] == pytest.approx(POINTS * (weight["bias"] - 0.5) + REVIEW, abs=0.01)


def test_packing_loses_less_than_a_point() -> None:
    fitted = fit([row(offer=True, text="懂的来私聊"), row(offer=False, text="新闻说今天")] * 20)
    model = packed(fitted, 0.0, {}, {})
    for text in ("懂的来", "新闻说", "私聊新闻"):
        exact = fitted.logits([row(offer=True, text=text)])[0] * POINTS + REVIEW
        assert model.opinion({"bias": 1.0}, wording(code_points(text))).points == pytest.approx(exact, abs=1.0)


@pytest.mark.parametrize("offer", [True, False])
def test_listings_of_one_kind_alone_are_no_failure(offer: bool) -> None:
    fitted = fit([row(offer=offer, text="懂的来"), row(offer=offer, text="真长见识")] * 5)
    assert all(abs(weight) < 100 for weight in fitted.weights.tolist())
    assert (fitted.logits([row(offer=offer, text="懂的来")])[0] > 0) == offer
