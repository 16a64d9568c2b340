from __future__ import annotations

from console.access import ACTIONS
from console.wording import detail_text


def test_a_decision_is_told_in_words():
    told = {"decision": 18, "status": "pending", "before": "new", "reason": "legal.permit"}
    assert detail_text(told, {"legal.permit": "许可已核实"}) == (
        "决定编号：18；现状：待复核；原为：待研判；理由：许可已核实"
    )
    assert detail_text({"undoes": 6, "reason": None}) == "撤销的决定编号：6；理由：无"


def test_a_code_means_what_its_place_says():
    assert detail_text({"kind": "dismiss", "decided": 3}) == "类型：排除；已处理条数：3"
    assert detail_text({"before": ["reviewer"], "after": []}) == "原为：审核员；改为：无"
    assert detail_text({"name": "new"}) == "名称：new"  # somebody's own word


def test_what_is_not_known_is_shown_as_it_is():
    assert detail_text({"later": "x", "reason": "gone"}) == "later：x；理由：gone"
    assert detail_text({"tried": "lead.reveal"}) == f"所用功能：{ACTIONS['lead.reveal']}"
