"""What the figures of a run say: each finding, and the status that follows."""

from __future__ import annotations

import pytest

from crawler.config import Expect
from storage.records import RunTally
from wangdun.health import Facts, judge

USUAL = (RunTally(pages=103, listings_seen=100), RunTally(pages=120, listings_new=20, listings_seen=90))


def facts(tally=None, **more):
    given = {"expect": Expect(), "before": (), "list_problems": {}, "covered": True}
    return Facts(tally=tally or RunTally(pages=101, listings_new=100), **{**given, **more})


def found(given):
    """Status and {kind: (level, reason)}."""
    status, findings = judge(given)
    return status, {finding.kind: (finding.level, finding.reason) for finding in findings}


def test_a_good_run_has_nothing_to_say():
    assert judge(facts(before=USUAL)) == ("complete", ())


def test_a_first_run_needs_no_history():
    assert judge(facts()) == ("complete", ())


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("login_wall", "登录墙"), ("captcha", "验证码"), ("soft_404", "列表页已不存在"),
        ("robots", "robots.txt 不允许访问列表页"), ("timeout", "列表页读取失败"), ("internal", "列表页读取失败"),
    ],
)  # fmt: skip
def test_an_unreadable_list_fails_the_run(kind, words):
    status, findings = found(facts(list_problems={kind: "原话"}, covered=False, before=USUAL))
    assert status == "failed"
    assert findings[kind][0] == "error"
    assert words in findings[kind][1]
    assert "原话" in findings[kind][1]


def test_a_trap_is_worth_a_word_only():
    status, findings = found(facts(list_problems={"trap": "循环"}))
    assert (status, findings) == ("complete", {"trap": ("warning", "循环")})


def test_an_empty_list_fails_where_there_were_listings():
    empty = RunTally(pages=1)
    status, findings = found(facts(empty, list_problems={"empty_list": "空"}, before=USUAL, covered=False))
    assert (status, findings) == ("failed", {"empty_list": ("error", "空（以往约 105 条）")})
    status, findings = found(facts(empty, list_problems={"empty_list": "空"}, covered=False))
    assert (status, findings) == ("failed", {"empty_list": ("error", "空")})


def test_one_empty_list_among_full_ones_is_a_warning():
    status, findings = found(facts(list_problems={"empty_list": "空"}, covered=False))
    assert (status, findings["empty_list"][0]) == ("partial", "warning")


def test_zero_listings_is_an_alarm_not_a_success():
    status, findings = found(facts(RunTally(pages=3), before=USUAL))
    assert (status, set(findings)) == ("failed", {"zero_listings"})
    assert "以往约 105 条" in findings["zero_listings"][1]


def test_half_of_the_usual_is_a_warning_unless_the_walk_ended_early():
    few = RunTally(pages=40, listings_new=40)
    assert found(facts(few, before=USUAL))[1].keys() == {"yield_drop"}
    assert judge(facts(few, before=USUAL, early_stop=True)) == ("complete", ())
    assert judge(facts(RunTally(pages=60, listings_seen=60), before=USUAL)) == ("complete", ())


def test_known_listings_looked_at_again_do_not_count():
    checked = RunTally(pages=250, listings_unchanged=200, listings_seen=20, extra={"listed": 20})
    assert judge(facts(RunTally(pages=1, listings_seen=20, extra={"listed": 20}), before=[checked])) == ("complete", ())
    blind = RunTally(pages=250, listings_unchanged=200, extra={"listed": 0})
    assert found(facts(blind, before=USUAL))[1].keys() == {"zero_listings"}


def test_expectations_of_the_configuration():
    expect = Expect(listings=(50, 80))
    status, findings = found(facts(RunTally(pages=41, listings_new=40), expect=expect))
    assert (status, findings["below_expected"][0]) == ("failed", "error")
    assert "读到 40 条信息，少于设定的最少 50 条" in findings["below_expected"][1]
    status, findings = found(facts(expect=expect))
    assert (status, findings["above_expected"]) == ("complete", ("warning", "读到 100 条信息，多于设定的最多 80 条"))
    assert judge(facts(RunTally(listings_new=60), expect=expect)) == ("complete", ())
    early = facts(RunTally(pages=1, listings_seen=20), expect=expect, early_stop=True)
    assert judge(early) == ("complete", ())


def test_failed_pages():
    status, findings = found(facts(RunTally(pages=100, listings_new=97, errors=2)))
    assert (status, findings["errors"][0]) == ("partial", "warning")
    status, findings = found(facts(RunTally(pages=100, listings_new=70, errors=25)))
    assert (status, findings) == ("failed", {"many_errors": ("error", "25 个网页读取失败（共请求 100 个）")})
    assert found(facts(RunTally(pages=4, listings_new=1, errors=3)))[0] == "partial", "three pages prove nothing"


def test_empty_titles_and_bodies_fail_the_run():
    tally = RunTally(pages=11, listings_new=10, empty_fields={"title": 0.0, "body": 0.6})
    status, findings = found(facts(tally))
    assert status == "failed"
    assert findings["empty_field"] == ("error", "60% 的信息没有读到正文，页面结构可能已改变")
    assert judge(facts(tally, expect=Expect(empty=0.7)))[0] == "complete"


def test_a_field_that_is_empty_more_often_than_before():
    before = (RunTally(listings_new=10, empty_fields={"price": 0.1}),)
    worse = RunTally(pages=11, listings_new=10, empty_fields={"price": 0.6})
    status, findings = found(facts(worse, before=before))
    assert (status, findings) == ("complete", {"empty_field": ("warning", "60% 的信息没有读到价格（以往 10%）")})
    assert judge(facts(worse)) == ("complete", ()), "a site without prices is no news"
    few = RunTally(pages=4, listings_new=3, empty_fields={"price": 1.0, "body": 1.0})
    assert judge(facts(few, before=[few])) == ("complete", ()), "three listings prove nothing"


def test_limits_are_told():
    status, findings = judge(facts(reached={"pages", "items"}, covered=False))
    assert status == "partial"
    assert [(one.level, one.reason[:4]) for one in findings] == [("warning", "列表页数"), ("warning", "信息页数")]


def test_a_run_that_could_not_go_on():
    status, findings = found(facts(failure="磁盘已满", covered=False, before=USUAL, interrupted=True))
    assert (status, findings["storage"]) == ("failed", ("error", "磁盘已满"))


def test_an_interrupted_run_is_not_blamed_for_what_it_did_not_see():
    assert judge(facts(RunTally(pages=1), interrupted=True, covered=False, before=USUAL)) == ("interrupted", ())


def test_the_worst_comes_first():
    tally = RunTally(pages=30, listings_new=3, errors=1)
    _, findings = judge(facts(tally, expect=Expect(listings=(50, None)), before=USUAL, covered=False))
    assert [finding.level for finding in findings] == ["error", "warning", "warning"]


def test_rows_that_still_say_nothing_fail_the_run():
    quiet = RunTally(pages=3, listings_seen=45)
    status, findings = found(facts(quiet, unread=(20, {"title": 0, "body": 20})))
    assert (status, findings) == ("failed", {"empty_field": ("error", "100% 的信息没有读到正文，页面结构可能已改变")})
    for unread in ((20, {"title": 0, "body": 10}), (4, {"title": 4, "body": 4}), (0, {})):
        assert found(facts(quiet, unread=unread)) == ("complete", {})
    read = RunTally(pages=3, listings_new=45, empty_fields={"body": 0.0})
    assert found(facts(read, unread=(20, {"title": 0, "body": 20}))) == ("complete", {})
