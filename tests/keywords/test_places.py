from __future__ import annotations

import pytest

from keywords.places import PROVINCES, nearest_province, province_named, short


def test_there_are_34_divisions_and_all_know_their_short_name() -> None:
    assert len(set(PROVINCES)) == 34
    for province in PROVINCES:
        assert province_named(province) == province
        assert province_named(short(province)) == province


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("福建", "福建省"),
        (" 福建 省", "福建省"),
        ("广西", "广西壮族自治区"),
        ("新疆自治区", "新疆维吾尔自治区"),
        ("内蒙", "内蒙古自治区"),
        ("北京", "北京市"),
    ],
)
def test_names_are_brought_to_the_official_one(written: str, name: str) -> None:
    assert province_named(written) == name


@pytest.mark.parametrize("text", ["", "省", "福州", "亚特兰蒂斯省", "\ud800", "省" * 10_000])
def test_what_is_no_province_is_none(text: str) -> None:
    assert province_named(text) is None


def test_the_nearest_is_offered() -> None:
    assert nearest_province("福健省") == "福建省"
    assert nearest_province("xyz") is None
