from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from keywords.entries import anchor_entry, read_entry
from keywords.exceptions import TablesError
from keywords.fold import code_points
from keywords.learned.features import wording
from keywords.learned.kinds import INTENTS, KINDS, LABELS, WATER, Kinds, intent_of, load_kinds, placed
from keywords.learned.model import MODEL
from keywords.learned.solve import Row
from keywords.learned.sorting import fit_kinds

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 2 * 1024 * 1024  # bytes, together with the judge of offers
OFFERS = [
    ("求购一只 价高", "buy", "forestry"),
    ("出售一只 包邮", "sell", "forestry"),
    ("本店现杀 订座", "serve", "agriculture"),
    ("代做标本 上门", "service", "agriculture"),
    ("网上看到的", "none", "forestry"),
]  # fmt: skip


def fitted() -> Kinds:
    offers = []
    for text, intent, department in OFFERS * 12:
        row = Row({"bias": 1.0}, wording(code_points(text)).numbers, offer=True, weight=1.0, source="made")
        offers.append(({"intent": intent, "lead_department": department}, row))
    return fit_kinds(offers)


def test_what_was_fitted_is_told_apart() -> None:
    kinds = fitted()
    for text, intent, department in OFFERS:
        logits = kinds.logits({"bias": 1.0}, wording(code_points(text)).numbers)
        assert set(logits) == set(LABELS)
        assert intent_of(logits) == intent
        assert (logits[WATER] > 0) == (department == "agriculture")


def test_it_comes_back_bit_by_bit(tmp_path: Path) -> None:
    kinds = fitted()
    kinds.save(tmp_path / "a.npz")
    back = load_kinds(tmp_path / "a.npz")
    assert back.version == kinds.version
    back.save(tmp_path / "b.npz")
    fitted().save(tmp_path / "c.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes() == (tmp_path / "c.npz").read_bytes()


def test_the_packaged_ones_are_small_and_sound() -> None:
    assert KINDS.stat().st_size + MODEL.stat().st_size < LARGEST
    kinds = load_kinds()
    assert kinds.numbers.tolist() == sorted(set(kinds.numbers.tolist()))
    assert intent_of(kinds.logits({"bias": 1.0}, np.empty(0, dtype=np.uint32))) in INTENTS


@pytest.mark.parametrize("length", [0, 1, 20, 1000, -1, -30])
def test_a_file_that_was_cut_off_is_refused_in_chinese(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes(KINDS.read_bytes()[:length])
    with pytest.raises(TablesError, match=r"学习模型 .*make train"):
        load_kinds(path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TablesError, match="学习模型"):
        load_kinds(MODEL)
    with pytest.raises(TablesError, match="学习模型"):
        load_kinds(tmp_path / "none.npz")


def test_damage_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    whole, path, chance = KINDS.read_bytes(), tmp_path / "m.npz", random.Random(4)
    refused = 0
    for _ in range(120):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            load_kinds(path)
        except TablesError:
            refused += 1
    assert refused > 100


def test_duty_is_guessed_only_where_no_object_is_named() -> None:
    named = read_entry({"id": "x:虎骨", "term": "虎骨", "agency": "forestry"}, ())
    assert placed(named, {WATER: 9.0}) is named
    assert placed(anchor_entry(), {WATER: 9.0}).agency == "agriculture"
    assert placed(anchor_entry(), {WATER: -9.0}).agency == "forestry"
