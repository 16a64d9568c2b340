from __future__ import annotations

from dataclasses import replace

import pytest

from storage.referral import drafts, flow, queries
from storage.referral.exceptions import Absent, AlreadyReferred, ReferringError, Stale
from storage.review import accounts, audit
from storage.review.audit import Actor
from tests.storage.making import NOW, dump, rows
from tests.storage.referral.making import PATTERN, confirmed, drafted, sent, wanted
from tests.storage.review.making import SYSTEM, account, lead_ids, offer


def test_a_draft_has_a_number_and_holds_the_text_that_was_confirmed(db, hanna, leads):
    made = drafted(db, hanna, leads[2], leads[0])
    assert (made.number, made.status, made.drafter) == ("网移〔2026〕1号", "draft", "hanna同志")
    assert made.lead_ids == (leads[2], leads[0])
    assert (made.copies, made.routing["rule"], made.fields) == (("market_supervision",), "r1", {"办理要求": "依法核查"})
    case = queries.get(db, made.id)
    assert [(lead.position, lead.lead_id, lead.key) for lead in case.leads] == [(1, leads[2], "3"), (2, leads[0], "1")]
    assert [(step.kind, step.actor) for step in case.steps] == [("draft", "hanna同志")]
    assert made.step_id == case.steps[0].id
    (entry,) = audit.recent(db, limit=1)
    assert (entry.action, entry.kind, entry.object_id) == ("referral.draft", "referral", str(made.id))
    assert entry.detail["number"] == made.number
    assert rows(db, "deliveries", "event", "referral_id") == [("referral.draft", made.id)]


def test_numbers_count_for_each_pattern(db, hanna, leads):
    numbers = [
        drafted(db, hanna, leads[0]).number,
        drafted(db, hanna, leads[1]).number,
        drafted(db, hanna, leads[2], number="公移〔{year}〕{n:03}号", department="public_security").number,
        drafted(db, hanna, leads[3]).number,
    ]
    assert numbers == ["网移〔2026〕1号", "网移〔2026〕2号", "公移〔2026〕001号", "网移〔2026〕3号"]


REFUSED = {
    "nothing": ({"lead_ids": ()}, "没有选中任何线索"),
    "twice": ({"lead_ids": (1, 1)}, "只能列一次"),
    "absent": ({"lead_ids": (1, 999, 2**70)}, "没有编号为 999、1180591620717411303424 的线索"),
    "department": ({"department": "forest"}, "'forest'"),
    "figures only": ({"department": "township"}, "'township'"),
    "copy": ({"copies": ("forestry",)}, "不能再列为抄送"),
    "title": ({"title": " "}, "标题"),
    "receiver": ({"receiver": ""}, "主送单位"),
    "seller": ({"seller_id": 99}, "没有编号为 99 的卖家"),
    "campaign": ({"campaign_id": 99}, "没有编号为 99 的专项行动"),
    "pattern": ({"number": "网移〔{jahr}〕{n}号"}, "{jahr}"),
    "no counter": ({"number": "网移〔{year}〕号"}, "序号"),
}


def test_what_cannot_be_drafted_is_named_and_changes_nothing(db, hanna, leads):
    before = dump(db)
    for name, (facts, said) in REFUSED.items():
        with pytest.raises(ReferringError) as caught:
            drafts.draft(db, replace(wanted(leads[0]), **facts), hanna.actor(), NOW)
        assert said in str(caught.value), name
    assert dump(db) == before


def test_only_confirmed_leads_are_referred(db, site_id, run_id, hanna, leads):
    (new,) = lead_ids(db, site_id, run_id, offer("9"))
    with pytest.raises(ReferringError, match=f"{new}（待研判）"):
        drafted(db, hanna, leads[0], new)
    assert rows(db, "referrals") == []


def test_who_may_not_draft_is_told(db, anna_without_roles, leads):
    with pytest.raises(ReferringError, match="没有移送办案员"):
        drafted(db, anna_without_roles, leads[0])
    with pytest.raises(ReferringError, match="账号不存在或已停用"):
        drafts.draft(db, wanted(leads[0]), SYSTEM, NOW)
    accounts.disable(db, anna_without_roles.id, SYSTEM, NOW)
    with pytest.raises(ReferringError, match="账号不存在或已停用"):
        drafts.draft(db, wanted(leads[0]), Actor(anna_without_roles.id, "x"), NOW)


@pytest.fixture
def anna_without_roles(db):
    return account(db, "mona", "monitor")


def test_a_dossier_holds_the_leads_of_its_seller_alone(db, site_id, run_id, hanna):
    own, other = (
        confirmed(db, site_id, run_id, hanna, key, seller=name)[0] for key, name in (("s1", "甲"), ("s2", "乙"))
    )
    seller = queries.seller_of(db, own)
    before = dump(db)
    with pytest.raises(ReferringError, match=f"线索 {other} 不是卖家 {seller}（seller）的线索"):
        drafts.draft(db, wanted(own, other, seller_id=seller), hanna.actor(), NOW)
    assert dump(db) == before
    assert drafted(db, hanna, own, seller_id=seller).seller_id == seller


def test_a_lead_that_is_in_a_referral_says_so(db, hanna, arno, leads):
    first = drafted(db, hanna, leads[0])
    with pytest.raises(AlreadyReferred, match=f"线索 {leads[0]} 已在移送中：网移〔2026〕1号（某县林业局，拟稿"):
        drafted(db, hanna, leads[1], leads[0])
    again = drafted(db, hanna, leads[0], again="补充新证据")
    assert queries.get(db, again.id).steps[0].detail["again"] == "补充新证据"
    assert [one.id for one in queries.of_lead(db, leads[0])] == [first.id, again.id]
    assert drafts.earlier(db, [leads[0], leads[1]])[leads[0]][0].number == first.number


def test_another_department_may_be_drafted_for_until_the_lead_is_sent(db, hanna, arno, leads):
    drafted(db, hanna, leads[0])
    drafted(db, hanna, leads[0], department="public_security", copies=())
    sent(db, hanna, arno, leads[1])
    with pytest.raises(AlreadyReferred, match="已送出"):
        drafted(db, hanna, leads[1], department="public_security", copies=())


def test_a_withdrawn_referral_sets_its_leads_free_and_keeps_its_number(db, hanna, leads):
    made = drafted(db, hanna, leads[0])
    with pytest.raises(ReferringError, match="理由"):
        flow.withdraw(db, made.id, hanna.actor(), NOW, seen=made.step_id, note=" ")
    made = flow.withdraw(db, made.id, hanna.actor(), NOW, seen=made.step_id, note="重复")
    assert made.status == "withdrawn"
    assert drafted(db, hanna, leads[0]).number == "网移〔2026〕2号"


def test_a_change_replaces_the_content_and_keeps_what_it_was(db, hanna, arno, leads):
    made = drafted(db, hanna, leads[0], leads[1])
    approved = flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id)
    changed = drafts.change(
        db, made.id, wanted(leads[3], leads[0], title="新标题"), hanna.actor(), NOW, seen=approved.step_id
    )
    assert (changed.status, changed.title, changed.approved_by) == ("draft", "新标题", None)
    assert (changed.lead_ids, changed.number) == ((leads[3], leads[0]), made.number)
    before = queries.get(db, made.id).steps[-1].detail["before"]
    assert (before["leads"], before["title"]) == (leads[:2], made.title)
    assert drafted(db, hanna, leads[1]).status == "draft"  # it was set free
    with pytest.raises(Stale, match="hanna同志 已于 03-05 16:30 对 网移〔2026〕1号 作出“修改”"):
        drafts.change(db, made.id, wanted(leads[0]), hanna.actor(), NOW, seen=approved.step_id)


def test_a_change_to_a_department_that_counts_otherwise_takes_a_new_number(db, hanna, leads):
    made = drafted(db, hanna, leads[0])
    other = wanted(leads[0], number="公移〔{year}〕{n}号", department="public_security", copies=())
    changed = drafts.change(db, made.id, other, hanna.actor(), NOW, seen=made.step_id)
    assert changed.number == "公移〔2026〕1号"
    assert queries.get(db, made.id).steps[-1].detail["before"]["number"] == "网移〔2026〕1号"
    changed = drafts.change(db, made.id, replace(other, title="再改"), hanna.actor(), NOW, seen=changed.step_id)
    assert changed.number == "公移〔2026〕1号"


def test_what_was_sent_cannot_be_changed_or_withdrawn(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0])
    with pytest.raises(ReferringError, match="现在是“已送出”，不能修改"):
        drafts.change(db, made.id, wanted(leads[0]), hanna.actor(), NOW, seen=made.step_id)
    with pytest.raises(ReferringError, match="不能撤回"):
        flow.withdraw(db, made.id, hanna.actor(), NOW, seen=made.step_id, note="x")
    with pytest.raises(Absent):
        drafts.change(db, 999, wanted(leads[0]), hanna.actor(), NOW, seen=1)


def test_a_hostile_title_and_fields_stay_text(db, hanna, leads):
    nasty = "=cmd|' /C calc'!A0\x00\ud800<w:fldSimple>{{文号}}"
    made = drafted(db, hanna, leads[0], title=nasty, fields={"说明": nasty})
    assert made.title == nasty.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    assert made.fields["说明"] == made.title
    assert PATTERN.format(year=2026, n=1) == made.number
