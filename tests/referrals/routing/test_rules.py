from __future__ import annotations

from typing import get_args

import pytest

from referrals.exceptions import RulesError
from referrals.routing import route, rules, schema
from referrals.routing.facts import Facts

IVORY = Facts("hunting_gear", "forestry", ("sell",))


def write(tmp_path, text: str):
    path = tmp_path / "duties.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def said(tmp_path, text: str) -> list[str]:
    with pytest.raises(RulesError) as caught:
        rules.load(write(tmp_path, text))
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


def test_county_file_adds_a_rule_that_goes_first(tmp_path):
    found = rules.load(
        write(
            tmp_path,
            """
version: 1
rules:
  - id: gear-here
    lead: market_supervision
    priority: 9
    when: {category: [hunting_gear]}
    because: 本县由市场监管局统一查处猎具
    clause: 本县方案第三条
""",
        )
    )
    answer = route.route(IVORY, found)
    assert (answer.lead, answer.rule, answer.clause) == ("market_supervision", "gear-here", "本县方案第三条")
    assert answer.deadlines["receipt"].days == 3
    assert route.route(Facts("aquatic_animal"), found).lead == "agriculture"
    assert found.version != rules.load().version


def test_same_id_replaces_and_remove_takes_away(tmp_path):
    found = rules.load(
        write(
            tmp_path,
            """
version: 1
remove: [assist-market-gear]
deadlines: {agriculture: {receipt: {name: 回执, days: 9}}}
fallback: {lead: public_security, because: 本县约定, clause: 本县方案}
rules:
  - {id: hunting-gear, lead: agriculture, when: {category: [hunting_gear]}, because: 本县约定, clause: 本县方案第四条, confirmed: false}
""",
        )
    )
    ids = [duty.id for duty in (*found.leads, *found.supports)]
    assert ids.count("hunting-gear") == 1
    assert "assist-market-gear" not in ids
    answer = route.route(IVORY, found)
    assert (answer.lead, answer.clause) == ("agriculture", "本县方案第四条（以正式文本为准）")
    assert (answer.deadlines["receipt"].days, answer.deadlines["decision"].days) == (9, 15)
    assert route.route(Facts("new"), found).lead == "public_security"


def test_file_may_stand_for_itself(tmp_path):
    found = rules.load(
        write(
            tmp_path,
            """
version: 1
base: none
fallback: {lead: forestry, because: 牵头, clause: 方案}
rules:
  - {id: only, lead: customs, when: {province: [福建]}, because: 沿海, clause: 方案}
""",
        )
    )
    assert [duty.id for duty in found.leads] == ["only"]
    assert route.route(Facts("plant", province="福建省"), found).lead == "customs"
    assert route.route(Facts("plant", province="海南省"), found).lead == "forestry"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 1\nruls: []\n", ["duties.yaml:2  ruls：没有这个设置，是不是 rules？"]),
        (
            "version: 1\nrules:\n  - id: a\n    lead: forestri\n    because: x\n    clause: y\n",
            ["duties.yaml:4  rules[0].lead：没有这个部门：forestri，是不是 forestry？"],
        ),
        (
            "version: 1\nrules:\n  - id: a\n    lead: forestry\n    because: x\n    clause: y\n    when: {acts: [sel]}\n",
            ["duties.yaml:7  rules[0].when.acts：没有这个行为：sel，是不是 sell？"],
        ),
        (
            "version: 1\nrules:\n  - id: a\n    lead: forestry\n    because: x\n    clause: y\n    when:\n      categry: [plant]\n",
            ["duties.yaml:8  rules[0].when.categry：没有这个设置，是不是 category？"],
        ),
        (
            "version: 1\nrules:\n  - id: a\n    lead: forestry\n    support: customs\n    because: x\n    clause: y\n",
            ["duties.yaml:3  rules[0]：lead（主办）和 support（协办）须写且只写一个"],
        ),
        (
            "version: 1\nrules:\n  - {id: a, lead: customs, because: x, clause: y}\n  - {id: a, lead: postal, because: x, clause: y}\n",
            ["duties.yaml:4  规则编号重复：a（第 3 行已有）"],
        ),
        ("version: 1\nremove: [land-animal]\n", ["duties.yaml:2  remove：没有这条规则：land-animal，是不是 land-animals？"]),
        ("version: 1\nbase: none\n", ["duties.yaml:1  缺少 fallback：没有规则适用时由谁主办"]),
        ("version: 1\nversion: 1\n", ["duties.yaml:2  键重复：version"]),
        ("version: 1\nname: [\n", ["duties.yaml:3  不是合法的 YAML（请检查缩进、冒号后的空格、引号和括号；只用空格，不用制表符）"]),
        ("- 1\n", ["duties.yaml:1  应为一组设置（version、rules …）"]),
        ("version: 1\na: &x [1]\nb: *x\n", ["duties.yaml:3  不支持引用（*名字），请逐项写出"]),
        (f"version: {'[' * 40}1{']' * 40}\n", ["duties.yaml:1  嵌套太深，不是正常的规则文件"]),
        (
            "version: 1\ndeadlines:\n  postal:\n    recipt: {name: 回执, days: 3}\n",
            ["duties.yaml:4  deadlines.postal.recipt：只能是 " + "、".join(get_args(schema.Timer)) + " 之一，现在是 'recipt'，是不是 receipt？"],
        ),
        (
            "version: 1\ndeadlines: {postal: {receipt: {name: 回执, days: 3, hours: 2}}}\n",
            ["duties.yaml:2  deadlines.postal.receipt：days（天）和 hours（小时）须写且只写一个"],
        ),
    ],
)  # fmt: skip
def test_mistakes_are_told_by_line_with_what_was_meant(tmp_path, text, expected):
    assert said(tmp_path, text) == expected


def test_all_mistakes_are_told_at_once(tmp_path):
    found = said(
        tmp_path, "version: 1\nrules:\n  - {id: A, lead: x, because: '', clause: y}\n  - {id: b, lead: customs}\n"
    )
    assert [line.partition("  ")[0] for line in found] == ["duties.yaml:3"] * 3 + ["duties.yaml:4"] * 2


def test_files_that_are_no_tables(tmp_path):
    missing = tmp_path / "none.yaml"
    with pytest.raises(RulesError, match=r"none\.yaml  分工规则文件读不出来"):
        rules.load(missing)
    path = tmp_path / "gbk.yaml"
    path.write_bytes("version: 1\nname: 分工\n".encode("gbk"))
    with pytest.raises(RulesError, match=r"gbk\.yaml:2  不是 UTF-8"):
        rules.load(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(RulesError, match="超过 256 KB"):
        rules.load(path)


def test_shipped_table_names_where_each_rule_stands():
    lines = rules.SHIPPED.read_text(encoding="utf-8").splitlines()
    for duty in (*rules.load().leads, *rules.load().supports):
        name, _, line = duty.place.partition(":")
        assert name == "rules.yaml"
        assert f"id: {duty.id}" in lines[int(line) - 1]
