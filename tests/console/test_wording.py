from __future__ import annotations

from console.access import ACTIONS
from console.codes import WORDS
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


def test_what_is_kept_of_many_or_of_a_number_is_named():
    assert detail_text({"bulk": "fa51"}) == "批量编号：fa51"
    assert detail_text({"source": "12315", "source_number": "GD-1"}) == "来源：12315；来源编号：GD-1"
    assert detail_text({"undone": "send"}) == f"撤销的步骤：{WORDS['step']['send']}"
    assert detail_text({"paper": True, "zero": True}) == "纸质版：是；零报告：是"
    assert detail_text({"paper": "驯养繁殖许可证"}) == "证件：驯养繁殖许可证"
    assert detail_text({"files": [{"name": "a.pdf", "sha256": "9f"}]}) == "文件：名称 a.pdf，SHA-256 9f"


def test_what_is_not_known_is_shown_as_it_is():
    assert detail_text({"later": "x", "reason": "gone"}) == "later：x；理由：gone"
    assert detail_text({"tried": "lead.reveal"}) == f"所用功能：{ACTIONS['lead.reveal']}"
