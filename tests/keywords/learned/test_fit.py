from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from keywords.learned import fit as fitting
from keywords.learned.fit import Trainer, coin, fit_for_ads, made_texts, ordinary_lines, read_sources, text_of
from keywords.learned.model import load_model
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


def test_two_fits_are_the_same_to_the_byte(small: Mapping[str, list[dict[str, Any]]], tmp_path: Path) -> None:
    for name in ("a", "b"):
        Trainer(small, ORDINARY).model().save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    model = load_model(tmp_path / "a")
    assert model.facts["listings"] == {"animals": 40, "training": 40}
    assert model.facts["ordinary"] == len(ORDINARY)
    assert np.count_nonzero(model.table) > 100


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
