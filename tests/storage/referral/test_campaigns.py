from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from storage.referral import campaigns, reporting
from storage.referral.campaign_records import HandedIn, NewDue, NewUnit, StageDates
from storage.referral.exceptions import Absent, ReferringError
from storage.review import audit
from tests.storage.making import HOUR, NOW
from tests.storage.referral.answering import CLERK, TODAY, campaign, plan


def test_what_was_planned_comes_back(db):
    made = campaign(db, NOW)
    assert campaigns.get(db, made.id) == made
    assert [one.name for one in made.stages] == ["检查摸底", "整治规范", "全面总结"]
    assert [(one.name, one.kind) for one in made.units] == [
        ("东镇", "township"), ("西乡", "township"), ("县公安局", "department"),
    ]  # fmt: skip
    assert [(one.name, one.due_on, one.paper) for one in made.dues] == [
        ("阶段报告", date(2026, 3, 3), False), ("成果表", date(2026, 3, 7), True), ("总结报告", date(2026, 5, 25), False),
    ]  # fmt: skip
    assert made.stage_on(TODAY).name == "整治规范"
    assert made.stage_on(date(2027, 1, 1)) is None
    assert audit.recent(db, limit=1)[0].action == "campaign.create"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"name": ""}, "名称应为"),
        ({"name": "2026"}, "不能只是数字"),
        ({"ends_on": date(2025, 1, 1)}, "早于开始日"),
        ({"stages": (StageDates("摸底", date(2025, 1, 1), date(2026, 2, 1)),)}, "不在专项行动的起止日之内"),
        ({"units": (NewUnit("东镇"), NewUnit("东镇"))}, "“东镇”写了 2 次"),
        ({"units": (NewUnit("东镇", "village"),)}, "种类应为"),
        ({"dues": (NewDue("表", "form", date(2026, 3, 1)),)}, "种类应为"),
        ({"dues": (NewDue("表", "other", date(2029, 3, 1)),)}, "期限"),
    ],
)
def test_what_makes_no_sense_in_a_plan_is_told(facts, said):
    assert any(said in one for one in campaigns.mistakes(plan(**facts)))


def test_a_plan_that_makes_no_sense_is_refused(db):
    with pytest.raises(ReferringError, match="早于开始日"):
        campaign(db, NOW, ends_on=date(2025, 1, 1))
    assert campaigns.everyone(db) == []


def test_a_name_is_taken_once(db):
    campaign(db, NOW)
    with pytest.raises(ReferringError, match="已有名为“网盾行动”的专项行动"):
        campaign(db, NOW)


def test_found_by_name_part_and_number(db):
    made = campaign(db, NOW)
    other = campaign(db, NOW, name="候鸟保护行动")
    assert campaigns.named(db, "候鸟").id == other.id
    assert campaigns.named(db, str(made.id)).id == made.id
    with pytest.raises(Absent, match="有 2 个专项行动的名称含“行动”"):
        campaigns.named(db, "行动")
    with pytest.raises(Absent, match="是不是“候鸟保护行动”"):
        campaigns.named(db, "侯鸟保护")
    with pytest.raises(Absent):
        campaigns.named(db, "9" * 400)
    assert [one.id for one in campaigns.everyone(db)] == [other.id, made.id]


def test_a_change_keeps_units_and_what_they_handed_in(db):
    made = campaign(db, NOW)
    west = made.units[1]
    reporting.hand_in(db, HandedIn(made.dues[0].id, west.id, TODAY), CLERK, NOW)
    fresh = plan(
        units=(NewUnit("西乡"), NewUnit("南街道"), NewUnit("县公安局", "department")),
        dues=(NewDue("阶段报告", "stage_report", date(2026, 3, 9)), NewDue("图片", "pictures", date(2026, 4, 1))),
        stages=(),
    )
    changed = campaigns.change(db, made.id, fresh, CLERK, NOW + HOUR)
    assert [(one.name, one.left_at is None) for one in changed.units] == [
        ("西乡", True), ("南街道", True), ("县公安局", True), ("东镇", False),
    ]  # fmt: skip
    assert changed.units[0].id == west.id
    assert [(one.name, one.due_on.day) for one in changed.dues] == [("阶段报告", 9), ("图片", 1)]
    assert changed.stages == ()
    back = campaigns.change(db, made.id, plan(), CLERK, NOW + HOUR)
    assert all(one.left_at is None for one in back.units[:3])


def test_what_was_handed_in_is_not_taken_out_of_the_plan(db):
    made = campaign(db, NOW)
    reporting.hand_in(db, HandedIn(made.dues[0].id, made.units[0].id, TODAY), CLERK, NOW)
    with pytest.raises(ReferringError, match="“阶段报告”已有单位报送"):
        campaigns.change(db, made.id, replace(plan(), dues=()), CLERK, NOW)
    assert campaigns.get(db, made.id) == made


def test_a_closed_campaign_changes_no_more(db):
    made = campaign(db, NOW)
    assert campaigns.close(db, made.id, CLERK, NOW + HOUR).closed_at == NOW + HOUR
    assert campaigns.everyone(db, open_only=True) == []
    for deed in (
        lambda: campaigns.close(db, made.id, CLERK, NOW),
        lambda: campaigns.change(db, made.id, plan(), CLERK, NOW),
        lambda: reporting.hand_in(db, HandedIn(made.dues[0].id, made.units[0].id, TODAY), CLERK, NOW),
    ):
        with pytest.raises(ReferringError, match="已关闭"):
            deed()
    assert campaigns.reopen(db, made.id, CLERK, NOW).closed_at is None
    with pytest.raises(ReferringError, match="没有关闭"):
        campaigns.reopen(db, made.id, CLERK, NOW)
