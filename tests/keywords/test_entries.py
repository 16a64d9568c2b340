from __future__ import annotations

import pytest

from keywords.entries import holds_here, level_text, read_entry

FACTS = {"id": "g:网", "term": "地笼网", "kind": "gear", "strength": "strong", "unlawful": ["地笼网"], "verified": True}


@pytest.mark.parametrize(
    ("scope", "places", "here"),
    [
        ({}, ("福建省",), True),
        ({"region": "全国"}, ("福建省",), True),
        ({"provinces": ["福建省"]}, (), True),
        ({"provinces": ["福建省"]}, ("福建省",), True),
        ({"provinces": ["福建省"]}, ("甘肃省",), False),
        ({"provinces": ["福建省"]}, ("长江流域",), True),
        ({"waters": ["长江流域重点水域"]}, ("福建省",), False),
        ({"waters": ["长江流域重点水域"]}, ("福建省", "长江"), True),
        ({"provinces": ["福建省"], "waters": ["鄱阳湖"]}, ("江西省", "鄱阳湖"), True),
        ({"region": "辽宁省、天津市"}, ("天津市",), True),
        ({"region": "辽宁省、天津市"}, ("福建省",), False),
    ],
)
def test_where_a_ban_holds(scope: dict[str, object], places: tuple[str, ...], here: bool) -> None:
    assert holds_here(scope, places) is here


def test_a_ban_of_elsewhere_weighs_less_and_says_so() -> None:
    facts = FACTS | {"scope": {"provinces": ["福建省"], "clause": "省通告第二条"}}
    here, there = read_entry(facts, ("福建省",)), read_entry(facts, ("甘肃省",))
    assert (here.strength, here.unlawful, here.here) == ("strong", frozenset({"地笼网"}), True)
    assert (there.strength, there.unlawful, there.here) == ("medium", frozenset(), False)
    assert here.clause == "省通告第二条；福建省"
    assert there.clause == "省通告第二条；福建省；本地不在适用范围"


def test_the_clause_names_conditions_exemptions_and_doubt() -> None:
    scope = {"region": "全国", "condition": "网目小于60毫米", "exempt": ["小型捕鼠夹"]}
    entry = read_entry(FACTS | {"scope": scope, "source": "某办法", "date": "2020-01-01", "verified": False}, ())
    assert entry.clause == "某办法 2020-01-01；全国；网目小于60毫米；不禁用：小型捕鼠夹；未经正式文本核对"
    assert entry.exempt == ("小型捕鼠夹",)


def test_protection_reads_as_a_level() -> None:
    assert level_text({"level": "国家一级"}) == "国家一级"
    assert level_text({"protection": {"cn": "二级", "wild_only": True, "cites": "II", "cites_date": "2017-04-21"}}) == (
        "国家二级（仅限野外种群），CITES 附录II（据2017-04-21版）"
    )
    assert level_text({"protection": {"sanyou": True}}) == "三有"
    assert level_text({}) == ""
