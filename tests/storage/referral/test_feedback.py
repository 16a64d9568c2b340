from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from storage.exceptions import StorageError
from storage.referral import feedback
from storage.referral.exceptions import Absent, ReferringError, Stale
from storage.referral.feedback_records import ImportedFile, Seized, Wanted
from storage.review import audit
from tests.storage.making import HOUR, NOW
from tests.storage.referral.answering import CLERK, TODAY, campaign, case, ivory, owl
from tests.storage.review.making import lead_ids, offer

FILE = ImportedFile("反馈.xlsx", "ab" * 32)


def test_what_was_written_down_comes_back(db, site_id, run_id):
    (lead,) = lead_ids(db, site_id, run_id, offer("1"))
    given = case(
        campaign_id=campaign(db, NOW).id,
        criminal=True,
        seizures=(owl(), ivory("1.250", "千克")),
        lead_ids=(lead, lead),
        typical="某人在网上出售猫头鹰",
        pictures=("0" * 64,),
        publish="after_meeting",
    )
    made = feedback.add(db, given, CLERK, NOW)
    found = feedback.get(db, made.id)
    assert found == made
    assert (found.unit, found.title, found.happened_on) == ("东镇", "非法出售猫头鹰案", date(2026, 2, 1))
    assert (found.confiscated, found.fined, found.people) == (Decimal("1.25"), Decimal("0.5"), 2)
    assert found.seizures == (owl(), ivory("1.250", "千克"))
    assert (found.lead_ids, found.pictures, found.publish) == ((lead,), ("0" * 64,), "after_meeting")
    assert found.counts
    assert [one.id for one in feedback.of_lead(db, lead)] == [made.id]
    (entry,) = audit.recent(db, limit=1)
    assert (entry.action, entry.object_id, entry.detail["unit"]) == ("feedback.add", str(made.id), "东镇")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"people": -1}, "处理人员"),
        ({"gangs": 10**12}, "犯罪团伙"),
        ({"confiscated": Decimal(-1)}, "没收违法所得（万元）不能小于 0"),
        ({"fined": Decimal("NaN")}, "罚款和罚金（万元）不是一个数"),
        ({"fined": Decimal("1E+99999")}, "太大"),
        ({"fined": Decimal("0.1234567")}, "小数最多 6 位"),
        ({"criminal": True, "filed": False}, "刑事案件必须同时是已立案的"),
        ({"happened_on": date(2026, 3, 6)}, "日期 2026-03-06"),
        ({"title": " "}, "没有写案件名称"),
        ({"publish": "maybe"}, "公开与否"),
        ({"pictures": ("../etc/passwd",)}, "图片的 SHA-256"),
        ({"seizures": (Seized("animal", "猫头鹰", Decimal(1), "千克"),)}, "野生动物的单位应为 只、头、尾"),
        ({"seizures": (Seized("gear", "铁夹", Decimal("1.5"), "个"),)}, "数量应为整数"),
        ({"seizures": (Seized("gear", "铁夹", Decimal(0), "个"),)}, "数量应大于 0"),
        ({"seizures": (Seized("bird", "鸟", Decimal(1), "只"),)}, "种类应为"),
        ({"seizures": (ivory("2", "件"), ivory("0.3", "千克"))}, "同时按件和千克计"),
        ({"seizures": (ivory("2", "件", ""), ivory("0.3", "千克", ""))}, "“象牙制品”同时按件和千克计"),
        ({"seizures": (owl("1", "甲"), owl("2", "甲"))}, "第 2 行与第 1 行是同一批次的同一物品"),
    ],
)
def test_mistakes_are_told(facts, said):
    assert any(said in one for one in feedback.mistakes(case(**facts), TODAY))


def test_nothing_wrong_is_written(db):
    with pytest.raises(ReferringError, match=r"处理人员.*；犯罪团伙"):
        feedback.add(db, case(people=-1, gangs=-1), CLERK, NOW)
    assert feedback.find(db, Wanted(all_versions=True)) == []


def test_all_mistakes_are_told_at_once():
    wrong = feedback.mistakes(case(people=-1, gangs=-1, fined=Decimal(-2)), TODAY)
    assert len(wrong) == 3


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"campaign_id": 99}, "没有编号为 99 的专项行动"),
        ({"referral_id": 2**70}, "的移送"),
        ({"lead_ids": (7, 8)}, "没有编号为 7、8 的线索"),
    ],
)
def test_what_it_hangs_on_must_exist(db, facts, said):
    with pytest.raises(Absent, match=said):
        feedback.add(db, case(**facts), CLERK, NOW)


def test_the_unit_is_one_of_the_campaign(db):
    number = campaign(db, NOW).id
    with pytest.raises(Absent, match="没有填报单位“东乡”，是不是“"):
        feedback.add(db, case("东乡", campaign_id=number), CLERK, NOW)


def test_a_correction_takes_the_place_and_the_old_row_stays(db):
    first = feedback.add(db, case(people=2), CLERK, NOW)
    second = feedback.correct(db, first.id, case(people=3), CLERK, NOW + HOUR)
    assert (second.supersedes, second.counts, second.people) == (first.id, True, 3)
    assert not feedback.get(db, first.id).counts
    assert [one.people for one in feedback.history(db, first.id)] == [2, 3]
    assert [one.people for one in feedback.history(db, second.id)] == [2, 3]
    assert [one.id for one in feedback.find(db, Wanted())] == [second.id]
    with pytest.raises(Stale, match=f"已被第 {second.id} 条更正"):
        feedback.correct(db, first.id, case(people=4), CLERK, NOW + HOUR)


def test_what_is_taken_back_counts_no_more(db):
    first = feedback.add(db, case(), CLERK, NOW)
    with pytest.raises(ReferringError, match="须写明原因"):
        feedback.void(db, first.id, " ", CLERK, NOW)
    gone = feedback.void(db, first.id, "录错了单位", CLERK, NOW + HOUR)
    assert (gone.void, gone.counts, gone.note) == (True, False, "录错了单位")
    assert feedback.find(db, Wanted()) == []
    assert len(feedback.find(db, Wanted(all_versions=True))) == 2
    for number in (first.id, gone.id):
        with pytest.raises(Stale):
            feedback.void(db, number, "再作废", CLERK, NOW + HOUR)
    with pytest.raises(Absent):
        feedback.void(db, 2**80, "没有", CLERK, NOW)


def test_the_database_itself_refuses_to_change_a_row(db):
    made = feedback.add(db, case(seizures=(owl(),)), CLERK, NOW)
    for statement in ("UPDATE feedback SET people = 9", "DELETE FROM seizures"):
        with pytest.raises(StorageError), db.write() as connection:
            connection.execute(text(statement))
    assert feedback.get(db, made.id) == made


def test_a_batch_told_in_pieces_is_not_told_in_kilograms_later(db):
    feedback.add(db, case(seizures=(ivory("2", "件"),)), CLERK, NOW)
    with pytest.raises(ReferringError, match="按另一种单位计过"):
        feedback.add(db, case(title="同案再查获", seizures=(ivory("0.3", "千克"),)), CLERK, NOW)
    other_batch = case(title="同案再查获", seizures=(ivory("0.3", "千克", "第二批"),))
    assert feedback.add(db, other_batch, CLERK, NOW).counts


def test_a_correction_may_change_the_measure(db):
    made = feedback.add(db, case(seizures=(ivory("2", "件"),)), CLERK, NOW)
    again = feedback.correct(db, made.id, case(seizures=(ivory("0.3", "千克"),)), CLERK, NOW)
    assert again.seizures[0].unit == "千克"


def test_many_rows_or_none(db):
    rows = [case(case_number=str(number), source=f"反馈.xlsx 案件 第 {number} 行") for number in range(3)]
    rows[2] = replace(rows[2], people=-1)
    with pytest.raises(ReferringError, match=r"反馈\.xlsx 案件 第 2 行：处理人员"):
        feedback.add_all(db, rows, CLERK, NOW, file=FILE)
    assert feedback.find(db, Wanted()) == []
    assert feedback.imported(db, FILE.sha256) is None
    assert len(feedback.add_all(db, rows[:2], CLERK, NOW, file=FILE)) == 2


def test_the_same_file_twice_is_refused_unless_wanted(db):
    feedback.add_all(db, [case()], CLERK, NOW, file=FILE)
    known = feedback.imported(db, FILE.sha256)
    assert (known.who, known.rows, known.name) == ("命令行", 1, "反馈.xlsx")
    with pytest.raises(ReferringError, match="由命令行在 03-05 16:30 导入过（1 条）"):
        feedback.add_all(db, [case()], CLERK, NOW + HOUR, file=FILE)
    assert len(feedback.find(db, Wanted())) == 1
    feedback.add_all(db, [case()], CLERK, NOW + HOUR, file=FILE, again=True)
    assert len(feedback.find(db, Wanted())) == 2


def test_find_by_what_is_wanted(db):
    number = campaign(db, NOW).id
    one = feedback.add(db, case("东镇", "出售象牙 100%案", campaign_id=number, typical="…"), CLERK, NOW)
    two = feedback.add(db, case("西乡", "收购野猪案", campaign_id=number, case_number="乙2"), CLERK, NOW)

    def ids(**wanted):
        return [row.id for row in feedback.find(db, Wanted(**wanted))]

    assert ids() == [two.id, one.id]
    assert ids(unit="东镇") == [one.id]
    assert ids(text="100%") == [one.id]
    assert ids(text="%") == [one.id]
    assert ids(case_number="乙2") == [two.id]
    assert ids(typical=True) == [one.id]
    assert ids(campaign_id=number + 1) == []
    assert [row.id for row in feedback.find(db, Wanted(), before=two.id, limit=1)] == [one.id]
