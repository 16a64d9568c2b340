"""Campaigns and feedback for tests; persons, units and cases are invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from storage.referral import campaigns
from storage.referral.campaign_records import Campaign, NewDue, NewUnit, Plan, StageDates
from storage.referral.feedback_records import NewFeedback, Seized
from storage.review.audit import Actor

CLERK = Actor(None, "命令行")
TODAY = date(2026, 3, 5)


def plan(name: str = "网盾行动", **facts: Any) -> Plan:
    given = {
        "starts_on": date(2026, 1, 10),
        "ends_on": date(2026, 5, 31),
        "basis": "某县网盾行动实施方案",
        "stages": (
            StageDates("检查摸底", date(2026, 1, 10), date(2026, 2, 28)),
            StageDates("整治规范", date(2026, 3, 1), date(2026, 4, 30)),
            StageDates("全面总结", date(2026, 5, 1), date(2026, 5, 31)),
        ),
        "units": (NewUnit("东镇"), NewUnit("西乡", contact="李同志 13800001111"), NewUnit("县公安局", "department")),
        "dues": (
            NewDue("阶段报告", "stage_report", date(2026, 3, 3)),
            NewDue("成果表", "results_form", date(2026, 3, 7), paper=True),
            NewDue("总结报告", "final_report", date(2026, 5, 25), remind_days=5),
        ),
        "facts": {"牵头单位": "县林业局"},
    }
    return Plan(name, **given | facts)


def campaign(db, now, **facts: Any) -> Campaign:
    return campaigns.create(db, plan(**facts), CLERK, now)


def case(unit: str = "东镇", title: str = "非法出售猫头鹰案", **facts: Any) -> NewFeedback:
    given = {
        "happened_on": date(2026, 2, 1), "case_number": "县公立〔2026〕1号", "filed": True, "people": 2,
        "confiscated": Decimal("1.25"), "fined": Decimal("0.5"),
    }  # fmt: skip
    return NewFeedback(unit, title, **given | facts)


def owl(amount: str = "3", batch: str = "") -> Seized:
    return Seized("animal", "猫头鹰", Decimal(amount), "只", batch)


def ivory(amount: str, unit: str, batch: str = "第一批") -> Seized:
    return Seized("product", "象牙制品", Decimal(amount), unit, batch)
