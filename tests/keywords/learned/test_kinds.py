from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from keywords.entries import anchor_entry
from keywords.exceptions import TablesError
from keywords.learned.kinds import INTENTS, LABELS, WATER, Kinds, intent_of, load_kinds, placed
from keywords.learned.solve import Row
from keywords.learned.sorting import fit_kinds

if TYPE_CHECKING:
    from pathlib import Path

    from keywords.detector import Detector


def small() -> Kinds:
    table = np.array([[10, 0, 0, 0, 0, 0], [0, 10, 0, 0, 0, 20]], dtype=np.int8)
    names = {"bias": [0.5, 0.0, 0.0, 0.0, 0.0, -1.0]}
    return Kinds(names, np.array([3, 9], dtype=np.uint32), table, np.full(len(LABELS), 0.1))


def test_only_known_wordings_and_findings_count() -> None:
    kinds = small()
    known = kinds.logits({"bias": 1.0, "unknown": 5.0}, np.array([3, 4, 100], dtype=np.uint32))
    assert known["sell"] > 0.5
    assert known["buy"] == 0.0
    assert known[WATER] == -1.0
    assert kinds.logits({}, np.empty(0, dtype=np.uint32)) == dict.fromkeys(LABELS, 0.0)


def test_the_likeliest_intent_wins_and_water_is_none() -> None:
    assert intent_of({**dict.fromkeys(INTENTS, 0.0), "serve": 1.0, WATER: 9.0}) == "serve"


@pytest.mark.parametrize(("logit", "agency"), [(1.0, "agriculture"), (-1.0, "forestry")])
def test_talk_without_an_object_gets_a_likely_agency(logit: float, agency: str) -> None:
    assert placed(anchor_entry(), {WATER: logit}).agency == agency


def test_saved_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    kinds = small()
    kinds.save(tmp_path / "one.npz")
    kinds.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    again = load_kinds(tmp_path / "one.npz")
    assert again.version == kinds.version
    numbers = np.array([3, 9], dtype=np.uint32)
    assert again.logits({"bias": 1.0}, numbers) == kinds.logits({"bias": 1.0}, numbers)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x00" * 100])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kinds.npz"
    path.write_bytes(content)
    with pytest.raises(TablesError, match=r"kinds\.npz"):
        load_kinds(path)


def test_fitting_tells_what_it_was_shown() -> None:
    offers = []
    for number in range(60):
        intent = INTENTS[number % len(INTENTS)]
        wet = number % 2
        numbers = np.array([10 + number % len(INTENTS), 20 + wet], dtype=np.uint32)
        department = "agriculture" if wet else "forestry"
        offers.append(({"intent": intent, "lead_department": department}, Row({"bias": 1.0}, numbers, True, 1.0, "")))
    kinds = fit_kinds(offers)
    for item, row in offers:
        logits = kinds.logits(row.named, row.numbers)
        assert intent_of(logits) == item["intent"]
        assert (logits[WATER] > 0) == (item["lead_department"] == "agriculture")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("求购猫头鹰，活的，价高者先，联系demo_12", "buy"),
        ("本店野味火锅，果子狸现杀，包间预订 13800001111", "serve"),
        ("出售画眉一对，带笼，350元，微信demo_12", "sell"),
    ],
)
def test_the_product_tells_what_sort_of_offer_it_is(detector: Detector, text: str, intent: str) -> None:
    assert detector.detect(text).intent == intent
