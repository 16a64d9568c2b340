from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.record.comparing import MOST_SHOWN, Line, Look, compare
from tests.referrals.making import NOW, look


def test_nothing_changed_is_said():
    found = compare(look(), look())
    assert found.changed == ()
    assert found.lines == ()
    assert "均未见变化" in found.summary


def test_each_change_has_its_word():
    found = compare(
        look(region=""),
        look(title="出鸟（已售）", price="", region="邻县", text="出售猫头鹰\n已出\n微信 demo_owl\n勿扰"),
    )
    verdicts = {row[0]: row[3] for row in found.rows}
    assert verdicts["标题"] == "已变化"
    assert verdicts["价格"] == "已无"
    assert verdicts["所在地"] == "新增"
    assert verdicts["卖家"] == "一致"
    assert verdicts["正文"] == "已变化（见文字对照）"
    assert found.lines == (Line("changed", "活体", "已出"), Line("added", "", "勿扰"))
    assert found.summary == "与首次采集相比，下列内容已变化：标题、价格、所在地、正文。"


def test_a_page_that_is_gone_shows_all_as_removed():
    found = compare(
        look(), look(reached="HTTP 404", title="", text="", price="", seller="", contacts="", region="", images=0)
    )
    assert {line.change for line in found.lines} == {"removed"}
    assert "页面状态" in found.changed


def test_hostile_lengths_are_bounded():
    first = "\n".join(f"行{number % 7}" for number in range(20_000))
    started = time.process_time()
    found = compare(
        look(text=first), look(text="\n".join(f"别{number % 5}" for number in range(20_000)) + "甲" * 10**6)
    )
    assert time.process_time() - started < 20  # unbounded it would be hours
    assert len(found.lines) == MOST_SHOWN
    assert found.left_out > 0
    assert found.cut
    assert all(len(line.after) < 500 for line in found.lines)


def test_a_difference_beyond_what_is_compared_is_not_called_equal():
    long = "\n".join(f"行{number}" for number in range(500))
    found = compare(look(text=long), look(text=long + "\n新"))
    assert found.cut
    assert "正文" in found.changed


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("甲乙丙丁"), max_size=12), st.lists(st.sampled_from("甲乙丙丁"), max_size=12))
def test_equal_texts_alone_have_no_differing_lines(first, now):
    found = compare(look(text="\n".join(first)), look(text="\n".join(now)))
    assert (found.lines == ()) == (first == now)


def test_what_was_not_obtained_is_not_called_gone():
    nothing = Look(NOW, "本次提取", "未能打开：拒绝连接", obtained=False)
    found = compare(look(), nothing)
    assert {row[3] for row in found.rows} == {"未能取得，无法比较"}
    assert (found.lines, found.changed) == ((), ())
    assert "未能取得，无法比较（未能打开：拒绝连接）" in found.summary
    assert "变化：" not in found.summary
