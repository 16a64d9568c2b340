from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keywords.learned import fit as fitting
from keywords.learned.validate import BLOCK, cross_validated, divide

if TYPE_CHECKING:
    import pytest

ORDINARY = [
    ("made", line) for line in ("今天下班顺路去菜市场买了排骨", "象牙白连衣裙 现货 包邮", "穿山甲牌电钻 380元") * 10
]


def item(body: str) -> dict[str, Any]:
    return {
        "title": "",
        "body": body,
        "label": "lead",
        "intent": "sell",
        "lead_department": "forestry",
        "price": None,
        "contact": None,
    }


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
