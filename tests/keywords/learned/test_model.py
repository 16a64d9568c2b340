from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.exceptions import TablesError
from keywords.fold import code_points
from keywords.learned.features import BITS, wording
from keywords.learned.model import FORMAT, MODEL, Model, blank, load_model

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 2 * 1024 * 1024  # bytes: what the product may carry


def small() -> Model:
    """Every n-gram of 象牙手串 speaks for, every one of 新闻 against."""
    table = np.zeros(1 << BITS, dtype=np.int8)
    table[wording(code_points("新闻")).numbers] = -5
    table[wording(code_points("象牙手串")).numbers] = 7
    return Model({"bias": -3.5, "points": 20.25}, table, 0.125, {"懂的来": 4.5}, {"listings": {"甲": 3}, "rows": 3})


def written(path: Path, **changes: Any) -> Path:
    """A well-formed file with some parts replaced; None leaves a part out."""
    meta = {"format": FORMAT, "names": {"bias": 1.0}, "step": 1.0, "anchors": {}, "facts": {}}
    parts = {"places": np.array([5, 2], dtype=np.uint32), "weights": np.array([1, -1], dtype=np.int8), "meta": meta}
    parts |= changes
    if not isinstance(parts["meta"], bytes):
        parts["meta"] = json.dumps(parts["meta"]).encode()
    parts["meta"] = np.frombuffer(parts["meta"], dtype=np.uint8)
    np.savez(path, **{name: part for name, part in parts.items() if part is not None})
    return path


def test_a_model_comes_back_bit_by_bit(tmp_path: Path) -> None:
    model = small()
    model.save(tmp_path / "a.npz")
    back = load_model(tmp_path / "a.npz")
    assert np.array_equal(back.table, model.table)
    assert back.table.dtype == np.int8
    assert (back.names, back.step, back.anchors, back.facts) == (model.names, model.step, model.anchors, model.facts)
    assert back.version == model.version
    back.save(tmp_path / "b.npz")
    assert (tmp_path / "b.npz").read_bytes() == (tmp_path / "a.npz").read_bytes()


def test_the_packaged_model_is_small_and_comes_back(tmp_path: Path) -> None:
    assert MODEL.stat().st_size < LARGEST
    model = load_model()
    model.save(tmp_path / "again.npz")
    assert load_model(tmp_path / "again.npz").version == model.version
    assert (tmp_path / "again.npz").stat().st_size == MODEL.stat().st_size


def test_any_changed_weight_is_another_version() -> None:
    model = small()
    table = model.table.copy()
    table[int(np.flatnonzero(table)[0])] += 1
    others = [
        Model(model.names, table, model.step, model.anchors, model.facts),
        Model({**model.names, "bias": -3.4}, model.table, model.step, model.anchors, model.facts),
        Model(model.names, model.table, 0.25, model.anchors, model.facts),
        Model(model.names, model.table, model.step, {}, model.facts),
    ]
    assert len({model.version, *(other.version for other in others)}) == 5
    assert Model(model.names, model.table, model.step, model.anchors, {}).version == model.version


@pytest.mark.parametrize("length", [0, 1, 3, 20, 1000, -1, -30])
def test_a_file_that_was_cut_off_is_refused_in_chinese(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes(MODEL.read_bytes()[:length])
    with pytest.raises(TablesError, match=r"学习模型 .*无法读取.*make train"):
        load_model(path)


@pytest.mark.parametrize("content", [b"hello", b"\x93NUMPY", b"\0" * 5000, b"PK\x03\x04" + b"x" * 500])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(TablesError, match="无法读取"):
        load_model(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TablesError, match="无法读取"):
        load_model(tmp_path / "none.npz")


@pytest.mark.parametrize("number", [0, FORMAT + 1, "1", None])
def test_another_format_is_refused_with_both_numbers(tmp_path: Path, number: object) -> None:
    meta = {"format": number, "names": {}, "step": 1.0, "anchors": {}, "facts": {}}
    with pytest.raises(TablesError, match=rf"格式是 {number}，需要 {FORMAT}"):
        load_model(written(tmp_path / "m.npz", meta=meta))


@pytest.mark.parametrize("part", ["places", "weights", "meta"])
def test_a_missing_part_is_refused(tmp_path: Path, part: str) -> None:
    path = written(tmp_path / "whole.npz")
    assert load_model(path).table[[5, 7]].tolist() == [1, -1]
    with np.load(path) as whole:
        np.savez(tmp_path / "part.npz", **{name: whole[name] for name in whole.files if name != part})
    with pytest.raises(TablesError, match="无法读取"):
        load_model(tmp_path / "part.npz")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    with pytest.raises(TablesError, match="无法读取"):
        load_model(written(tmp_path / "m.npz", weights=np.array([{}, {}], dtype=object)))


@pytest.mark.parametrize(
    "changes",
    [
        {"places": np.array([1 << 22], dtype=np.uint32), "weights": np.array([1], dtype=np.int8)},
        {"weights": np.array([1, 2, 3], dtype=np.int8)},
        {"places": np.array([1.5, 2.0])},
        {"meta": b"[]"},
        {"meta": b"{"},
        {"meta": {"format": FORMAT}},
    ],
    ids=["out of range", "more weights", "no numbers", "a list", "no JSON", "no names"],
)
def test_parts_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(TablesError, match="学习模型"):
        load_model(written(tmp_path / "m.npz", **changes))


def test_damage_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    whole, path, chance = MODEL.read_bytes(), tmp_path / "m.npz", random.Random(4)
    refused = 0
    for _ in range(120):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            load_model(path)
        except TablesError:
            refused += 1
    assert refused > 100


def test_the_opinion_is_the_sum_of_names_and_wording() -> None:
    model, said = small(), wording(code_points("新闻说象牙手串"))
    opinion = model.opinion({"bias": 1.0, "points": 2.0, "unknown": 9.0}, said)
    assert opinion.named == pytest.approx(-3.5 + 40.5)
    shares = model.table[said.numbers].astype(float).sum() * 0.125
    assert opinion.wording == pytest.approx(shares * 8 / np.sqrt(said.numbers.size + 30))
    assert opinion.points == opinion.named + opinion.wording
    assert opinion.reasons == ()


@given(st.text("新闻说象牙手串好", max_size=40), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_reasons_are_strongest_first_and_do_not_overlap(text: str, most: int) -> None:
    model, said = small(), wording(code_points(text))
    reasons = model.opinion({}, said, most=most).reasons
    sizes = [abs(reason.points) for reason in reasons]
    assert sizes == sorted(sizes, reverse=True)
    for sign in (1, -1):
        same = [reason for reason in reasons if reason.points * sign > 0]
        assert len(same) <= most
        covered = [at for reason in same for at in range(reason.start, reason.start + reason.length)]
        assert len(covered) == len(set(covered))
    assert all(reason.length > 1 and reason.points for reason in reasons)


def test_a_blank_model_says_nothing() -> None:
    opinion = blank({"懂的来": 4.5}).opinion({"bias": 1.0, "points": 3.0}, wording(code_points("出象牙")), most=3)
    assert (opinion.points, opinion.reasons) == (0.0, ())
    assert blank({"懂的来": 4.5}).anchors == {"懂的来": 4.5}
