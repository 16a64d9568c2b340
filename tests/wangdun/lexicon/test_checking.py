from __future__ import annotations

from wangdun.lexicon.checking import check

GOOD = """
entries:
  - term: 闽江山鸡套
    kind: gear
    category: hunting_gear
    agency: forestry
    strength: strong
    requires: [trade]
    tests: {must: ['闽江山鸡套 现货 包邮 100一个 私聊'], must_not: ['今天天气不错']}
"""


def looked(tmp_path, text, name="local.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    steps = []
    found, tried = check([], [path], lambda done, total: steps.append((done, total)))
    assert steps == [(number + 1, tried) for number in range(tried)]
    return [(one.level, f"{one.place} {one.message}") for one in found], tried


def test_a_good_file_has_no_findings_and_its_examples_are_tried(tmp_path):
    assert looked(tmp_path, GOOD) == ([], 2)


def test_examples_that_do_not_hold_are_errors_with_their_place(tmp_path):
    broken = GOOD.replace("闽江山鸡套 现货 包邮 100一个 私聊", "闽江山鸡套").replace(
        "今天天气不错", "闽江山鸡套 现货 包邮 100一个 私聊"
    )
    found, tried = looked(tmp_path, broken)
    assert tried == 2
    assert [level for level, _ in found] == ["error", "error"]
    assert "local.yaml:3 词条“闽江山鸡套”的正例没有列入（结论未到“待核”，须有语境：交易用语）" in found[0][1]
    assert "反例被列入（命中 闽江山鸡套）" in found[1][1]


def test_unknown_cue_groups_are_errors_with_the_nearest(tmp_path):
    found, _ = looked(tmp_path, "entries: [{term: 山鸡套甲, requires: [trad, hunting]}]\n")
    assert found == [("error", "local.yaml:1 词条“山鸡套甲”的 requires 中没有语境组 trad，是否应为 trade？")]


def test_names_that_collide_are_told(tmp_path):
    text = "entries:\n  - {term: 山鸡套甲, aliases: [山鸡套乙], exclude_near: [山鸡套甲]}\n  - {term: 山鸡套乙, exclude: [山鸡套乙]}\n"
    found, _ = looked(tmp_path, text)
    said = [message for _, message in found]
    assert any("排除词“山鸡套甲”正是它自己的写法" in one for one in said)
    assert any("local.yaml:3 “山鸡套乙”在同一文件的 local.yaml:2 已有" in one for one in said)
    assert any("普通词“山鸡套乙”正是它自己的写法" in one for one in said)


def test_an_exempt_form_without_the_word_is_told(tmp_path):
    found, _ = looked(tmp_path, "entries: [{term: 山鸡套甲, scope: {exempt: [小型夹子]}}]\n")
    assert found == [("warning", "local.yaml:1 词条“山鸡套甲”的豁免写法“小型夹子”不含本词，不起作用")]


def test_a_broken_file_hides_no_other(tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("entries: [{trem: 象牙}]\n", encoding="utf-8")
    other.write_text("entries: nothing\n", encoding="utf-8")
    found, tried = check([], [one, other], lambda done, total: None)
    assert tried == 0
    assert any("one.yaml 第 1 行" in one.message and "term" in one.message for one in found)
    assert any("other.yaml 第 1 行" in one.message for one in found)


def test_a_file_in_force_is_not_applied_twice(tmp_path, monkeypatch):
    path = tmp_path / "local.yaml"
    path.write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    assert check([path], [Path("local.yaml")], lambda done, total: None) == ([], 2)


def test_entries_that_a_file_changes_are_tried_again(tmp_path):
    found, tried = looked(
        tmp_path, "change: [{term: 猎套, strength: weak, unlawful_remove: [猎套], requires: [secrecy]}]\n"
    )
    assert tried >= 2
    assert any("词条“猎套”的正例没有列入" in message for _, message in found)


def test_an_emoji_that_stands_for_nothing_is_told(tmp_path):
    found, _ = looked(tmp_path, "entries: [{term: 山鸡套甲, emoji: ['🐔🎺套', '🐔套']}]\n")
    assert found == [
        ("error", "local.yaml:1 词条“山鸡套甲”的写法“🐔🎺套”里，🎺 不在 characters.yaml 的 pictures 中，不起作用")
    ]
