from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from storage.referral import campaigns, reporting
from storage.referral.campaign_records import HandedIn, NewFigure
from storage.referral.exceptions import Absent, ReferringError
from storage.review import audit
from tests.storage.making import HOUR, NOW
from tests.storage.referral.answering import CLERK, TODAY, campaign


@pytest.fixture
def made(db):
    return campaign(db, NOW)


def states(db, made, day=TODAY):
    return {(one.due.name, one.unit.name): one.state for one in reporting.standings(db, made.id, day)}


def give(db, made, due, unit, **facts):
    given = HandedIn(made.dues[due].id, made.units[unit].id, facts.pop("on", TODAY), **facts)
    return reporting.hand_in(db, given, CLERK, NOW)


def test_who_has_reported_and_who_has_not(db, made):
    give(db, made, 0, 0)
    give(db, made, 0, 1, electronic=False, zero=True)
    give(db, made, 1, 0)
    give(db, made, 1, 1, electronic=False, paper=True)
    found = states(db, made)
    assert found["阶段报告", "东镇"] == "reported"
    assert found["阶段报告", "西乡"] == "zero"
    assert found["阶段报告", "县公安局"] == "overdue"
    assert found["成果表", "东镇"] == "paper_missing"
    assert found["成果表", "西乡"] == "electronic_missing"
    assert found["成果表", "县公安局"] == "soon"
    assert found["总结报告", "东镇"] == "waiting"
    assert states(db, made, date(2026, 5, 26))["总结报告", "东镇"] == "overdue"
    missing = [(one.due.name, one.unit.name) for one in reporting.missing(db, made.id, TODAY)]
    assert ("阶段报告", "西乡") not in missing
    assert ("成果表", "东镇") in missing


def test_late_is_told(db, made):
    give(db, made, 0, 0, on=date(2026, 3, 3))
    give(db, made, 0, 1, on=date(2026, 3, 4))
    late = {one.unit.name: one.late for one in reporting.standings(db, made.id, TODAY) if one.due.name == "阶段报告"}
    assert late == {"东镇": False, "西乡": True, "县公安局": False}


def test_a_later_row_counts_and_a_mistake_is_withdrawn(db, made):
    give(db, made, 1, 0)
    give(db, made, 1, 0, paper=True)
    assert states(db, made)["成果表", "东镇"] == "reported"
    reporting.withdraw(db, made.dues[1].id, made.units[0].id, "登记错了单位", CLERK, NOW + HOUR)
    assert states(db, made)["成果表", "东镇"] == "soon"
    assert [one.withdrawn for one in reporting.handed_in(db, made.id)] == [True, False, False]
    with pytest.raises(ReferringError, match="无从撤销"):
        reporting.withdraw(db, made.dues[1].id, made.units[0].id, "再撤", CLERK, NOW)
    with pytest.raises(ReferringError, match="须写明原因"):
        reporting.withdraw(db, made.dues[1].id, made.units[0].id, "", CLERK, NOW)


@pytest.mark.parametrize(
    ("facts", "said"), [({"on": date(2026, 3, 6)}, "晚于今天"), ({"electronic": False}, "电子件、纸质件还是零报告")]
)
def test_what_makes_no_sense_is_refused(db, made, facts, said):
    with pytest.raises(ReferringError, match=said):
        give(db, made, 0, 0, **facts)
    assert reporting.handed_in(db, made.id) == []


def test_units_and_dues_belong_together(db, made):
    other = campaign(db, NOW, name="另一个行动")
    with pytest.raises(Absent, match="没有编号为"):
        reporting.hand_in(db, HandedIn(made.dues[0].id, other.units[0].id, TODAY), CLERK, NOW)
    with pytest.raises(Absent):
        reporting.hand_in(db, HandedIn(2**70, other.units[0].id, TODAY), CLERK, NOW)
    with pytest.raises(Absent):
        reporting.standings(db, 99, TODAY)


def test_reminders_of_open_campaigns(db, made):
    give(db, made, 0, 0)
    found = {one.due.name: one for one in reporting.reminders(db, TODAY)}
    assert set(found) == {"阶段报告", "成果表"}
    assert (found["阶段报告"].days, [one.unit.name for one in found["阶段报告"].missing]) == (-2, ["西乡", "县公安局"])
    assert found["成果表"].days == 2
    campaigns.close(db, made.id, CLERK, NOW)
    assert reporting.reminders(db, TODAY) == []


def test_figures_that_only_people_know(db, made):
    unit = made.units[0].id

    def enter(value, column=1, source="县局统计台账"):
        given = NewFigure(made.id, unit, column, value, source)
        return reporting.enter_figure(db, given, CLERK, NOW)

    enter(Decimal(12))
    enter(Decimal(15))
    enter(Decimal("0.35"), 14)
    assert [(one.column, one.value) for one in reporting.figures(db, made.id)] == [
        (1, Decimal(15)), (14, Decimal("0.35")),
    ]  # fmt: skip
    enter(None)
    assert [one.column for one in reporting.figures(db, made.id)] == [14]
    assert len(reporting.figures(db, made.id, all_versions=True)) == 4
    assert audit.recent(db, limit=1)[0].action == "campaign.figure"
    for value, column, source, said in (
        (Decimal(1), 16, "台账", "没有第 16 栏"),
        (Decimal(1), 1, " ", "来源"),
        (Decimal("1.5"), 2, "台账", "应为整数"),
        (Decimal(-1), 2, "台账", "不能小于 0"),
        (Decimal("Infinity"), 14, "台账", "不是一个数"),
    ):
        with pytest.raises(ReferringError, match=said):
            enter(value, column, source)
