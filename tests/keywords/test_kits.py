from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.kits import KitMatcher, Part
from keywords.results import Verdict
from tests.detectors import special

if TYPE_CHECKING:
    from keywords.detector import Detector

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}
FACTS = [
    {
        "entry": 7,
        "at_least": 3,
        "within": 20,
        "requires": ["fishing"],
        "exclude_near": ["房车"],
        "parts": [["逆变器", "升压器"], ["电瓶"], ["抄网"], ["电极"]],
    }
]
MATCHER = KitMatcher(FACTS)
WORDS = ["逆变器", "升压器", "电瓶", "抄网", "电极"]
OFFER = "逆变机头一个 12v 带两根竿 抄网一把 下河抓鱼 700 打电话"


def seen(text: str) -> list[tuple[int, int]]:
    """Every place of every word, as the automaton reports them."""
    return [(at, at + len(word)) for word in WORDS for at in range(len(text)) if text.startswith(word, at)]


def complete(text: str) -> list[list[str]]:
    return [[text[part.start : part.end] for part in parts] for _, parts in MATCHER.complete(text, seen(text))]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("逆变器配电瓶送抄网", ["逆变器", "电瓶", "抄网"]),
        ("抄网一把电极两根升压器", ["抄网", "电极", "升压器"]),
        ("逆变器配电瓶", None),
        ("逆变器升压器电瓶", None),  # two names of the same part
        ("逆变器" + "好" * 20 + "电瓶抄网", None),
        ("逆变器" + "好" * 9 + "电瓶" + "好" * 4 + "抄网", ["逆变器", "电瓶", "抄网"]),  # 20 characters in all
        ("逆变器" + "好" * 9 + "电瓶" + "好" * 5 + "抄网", None),
        ("电极" + "好" * 30 + "逆变器电瓶抄网", ["逆变器", "电瓶", "抄网"]),
        ("逆变器电瓶抄网房车", None),
        ("房车" + "好" * 20 + "逆变器电瓶抄网", ["逆变器", "电瓶", "抄网"]),
    ],
)
def test_enough_different_parts_close_together_make_a_device(text: str, parts: list[str] | None) -> None:
    assert complete(text) == ([] if parts is None else [parts])


def test_the_parts_say_which_kit_and_where() -> None:
    ((kit, parts),) = MATCHER.complete("出逆变器电瓶抄网", seen("出逆变器电瓶抄网"))
    assert (kit.entry, kit.requires) == (7, frozenset({"fishing"}))
    assert parts == [Part(1, 4, 0), Part(4, 6, 1), Part(6, 8, 2)]


def test_its_words_are_those_of_all_parts() -> None:
    assert set(MATCHER.words) == set(WORDS)


@given(st.lists(st.sampled_from([*WORDS, "好", "好好好好", "房车"]), max_size=14).map("".join))
@settings(max_examples=150, deadline=None)
def test_what_is_found_keeps_the_rules(text: str) -> None:
    for kit, parts in MATCHER.complete(text, seen(text)):
        assert len({part.kind for part in parts}) >= kit.at_least
        assert parts[-1].end - parts[0].start <= kit.within
        assert parts == sorted(parts)


@given(st.permutations(["逆变器", "电瓶", "抄网"]))
def test_any_order_is_the_same_device(words: list[str]) -> None:
    assert complete("".join(words)) == [list(words)]


def test_the_product_shows_each_part_where_it_stands(rules: Detector) -> None:
    result = rules.detect(OFFER)
    hits = [hit for hit in result.hits if hit.channel == "kit"]
    assert {"逆变机头", "12v", "两根竿"} <= {hit.matched for hit in hits}
    assert all(OFFER[hit.start : hit.end] == hit.matched for hit in result.hits)
    assert {hit.term for hit in hits} == {"电鱼器"}
    assert result.verdict in FLAGGED
    assert result.departments[0] == "agriculture"


def test_parts_may_be_cut_up(rules: Detector) -> None:
    text = "逆*变*机*头 12v 带两根竿 抄 网 下河抓鱼 700"
    hits = [hit for hit in rules.detect(text).hits if hit.channel == "kit"]
    assert "逆*变*机*头" in {hit.matched for hit in hits}
    assert all(text[hit.start : hit.end] == hit.matched for hit in hits)


@pytest.mark.parametrize(
    "text",
    [
        "刹车线 卡扣 弹片 五金大全",  # nobody speaks of hunting
        "房车逆变器 12V转220V 停电应急 送抄网 带两根竿 下河抓鱼",  # a camper's
        "抄网一把 下河抓鱼 700 打电话",  # too few
    ],
)
def test_harmless_parts_stay_harmless(rules: Detector, text: str) -> None:
    assert "kit" not in {hit.channel for hit in rules.detect(text).hits}


def test_a_part_is_not_the_context_that_the_parts_require(rules: Detector) -> None:
    assert "kit" not in {hit.channel for hit in rules.detect("逆变器 12v 电池 铜排 太阳能").hits}


def test_the_channel_can_be_turned_off() -> None:
    quiet = special(learned=False, channels={"kit": False})
    assert "kit" not in {hit.channel for hit in quiet.detect(OFFER).hits}


@pytest.mark.parametrize("piece", ["逆变器电瓶", "逆变器电瓶抄网房车", "电极", "逆变器电瓶抄网", "抄网" + "好" * 30])
def test_a_megabyte_of_parts_ends(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    places = list(itertools.islice(_places(text), 200_000))  # more than the automaton hands on
    found = list(MATCHER.complete(text, places))
    assert all(parts[-1].end - parts[0].start <= kit.within for kit, parts in found)


def _places(text: str) -> list[tuple[int, int]]:
    import re

    return [found.span() for found in re.finditer("|".join(WORDS), text)]


def test_a_megabyte_of_parts_ends_in_the_product(rules: Detector) -> None:
    text = "逆变机头12v抄网下河" * 100_000
    result = rules.detect(text)
    assert all(text[hit.start : hit.end] == hit.matched for hit in result.hits)
    assert json.dumps(result.as_dict())
