from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from keywords.fold import code_points
from keywords.learned import fit as fitting
from keywords.learned.features import wording
from keywords.learned.fit import (
    CUES_AGAINST,
    CUES_FOR,
    FOR,
    POINTS,
    REVIEW,
    Row,
    Trainer,
    coin,
    fit,
    fit_for_ads,
    made_texts,
    ordinary_lines,
    packed,
    read_sources,
    text_of,
)
from keywords.learned.model import load_model
from keywords.learned.validate import BLOCK, cross_validated, divide
from keywords.lexicon.schema import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ORDINARY = [
    ("made", line)
    for line in ("今天下班顺路去菜市场买了排骨", "象牙白连衣裙 现货 包邮", "老虎机的故事", "穿山甲牌电钻 380元", "画眉笔 三支装", "孩子看完纪录片说猫头鹰很可爱") * 5
]  # fmt: skip


def item(body: str, label: str = "lead", **facts: Any) -> dict[str, Any]:
    return {"title": "", "body": body, "label": label, "price": None, "contact": None} | facts


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, list[dict[str, Any]]]:
    """A few of the labelled listings, and few made-up texts."""
    monkeypatch.setattr(fitting, "MADE", 8)
    return {name: items[:40] for name, items in read_sources().items() if name in {"training", "animals"}}


def row(offer: bool, text: str = "", **named: float) -> Row:
    return Row({"bias": 1.0, **named}, wording(code_points(text)).numbers, offer, 1.0, "made")


def weights(rows: list[Row]) -> dict[str, float]:
    fitted = fit(rows)
    return dict(zip(fitted.names, fitted.weights.tolist(), strict=False))


def test_two_fits_are_the_same_to_the_byte(small: Mapping[str, list[dict[str, Any]]], tmp_path: Path) -> None:
    for name in ("a", "b"):
        Trainer(small, ORDINARY).model().save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    model = load_model(tmp_path / "a")
    assert model.facts["listings"] == {"animals": 40, "training": 40}
    assert model.facts["ordinary"] == len(ORDINARY)
    assert np.count_nonzero(model.table) > 1000
    _assert_signs(model.names)


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


def test_the_same_side_of_the_coin_for_the_same_text() -> None:
    lines = [f"第{number}行" for number in range(1000)]
    assert 400 < sum(map(coin, lines)) < 600
    assert [coin(line) for line in lines] == [coin(line) for line in lines]
    assert isinstance(coin("\ud800"), bool)


def test_ordinary_lines_come_in_two_halves(tmp_path: Path) -> None:
    lines = [f"第{number}行" for number in range(200)]
    (tmp_path / "some.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    for_fitting, for_measuring = (list(ordinary_lines(tmp_path, held_out=held_out)) for held_out in (False, True))
    assert {name for name, _ in for_fitting} == {"some"}
    assert sorted(for_fitting + for_measuring) == sorted(("some", line) for line in lines)
    assert all(coin(line) for _, line in for_fitting)
    assert not any(coin(line) for _, line in for_measuring)


def test_account_names_do_not_resemble_each_other() -> None:
    text = text_of(item("出象牙 微信demo_wx_07 或 demo_qq"))
    assert "demo" not in text
    assert text.startswith("\n出象牙 微信w")
    assert text == text_of(item("出象牙 微信demo_wx_07 或 demo_qq"))
    assert text_of(item("demo_a")) != text_of(item("demo_b"))


def test_made_up_texts_are_about_what_is_an_offer_by_itself() -> None:
    assert fit_for_ads(Entry(term="象牙", strength="strong"))
    for facts in ({"strength": "medium"}, {"kind": "codeword"}, {"common": True}, {"term": "虎"}):
        assert not fit_for_ads(Entry(**{"term": "象牙", "strength": "strong", **facts}))
    made = list(made_texts(5))
    assert made == list(made_texts(5))
    assert made != list(made_texts(6))
    assert {one.offer for one in made} == {True, False}


def test_no_texts_no_fit(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "keywords.learned.fit", "--texts", str(tmp_path), "--output", str(tmp_path / "m")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{tmp_path} 中没有 *.txt.gz 普通文本" in done.stderr
    assert not (tmp_path / "m").exists()


def test_each_listing_is_held_out_once_with_its_neighbours() -> None:
    sources = {"a": [{"id": number} for number in range(7 * BLOCK + 3)], "b": [{"id": -1}]}
    seen: list[int] = []
    for fold in range(3):
        kept, held_out = divide(sources, fold, 3)
        ids = [one["id"] for one in held_out["a"]]
        seen += ids
        assert sorted(ids + [one["id"] for one in kept["a"]]) == list(range(7 * BLOCK + 3))
        blocks = {one // BLOCK for one in ids}
        assert ids == [number for number in range(7 * BLOCK + 3) if number // BLOCK in blocks]
    assert sorted(seen) == list(range(7 * BLOCK + 3))
    assert [len(divide(sources, fold, 3)[1]["b"]) for fold in range(3)] == [1, 0, 0]


def test_a_model_has_not_seen_what_it_is_measured_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MADE", 4)
    first = [item(f"长耳朵的宝贝{number} 懂的来") for number in range(BLOCK)]
    second = [item(f"野画眉{number} 老地方见 300一只") for number in range(BLOCK)]
    folds = list(cross_validated({"a": [*first, *second]}, ORDINARY, 2))
    assert [fold.held_out["a"] for fold in folds] == [first, second]
    assert ["懂的来" in fold.model.anchors for fold in folds] == [False, True]
    assert ["老地方" in fold.model.anchors for fold in folds] == [True, False]
    assert [fold.model.facts["listings"] for fold in folds] == [{"a": BLOCK}] * 2
