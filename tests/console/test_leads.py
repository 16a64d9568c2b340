from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from storage.models import Snapshot
from storage.review import audit, decisions, leasing, queue
from tests.console import filling
from tests.console.serving import csrf_of, serving
from tests.storage.review.making import lead_ids


@pytest.fixture
def li(served):
    return served.signed_in("demo_li", "reviewer")


@pytest.fixture
def wang(served):
    return served.signed_in("demo_wang", "reviewer", "approver")


def seen_on(html: str) -> str:
    return re.search(r'name="seen" value="(\d*)"', html)[1]


def decide(browser, lead: int, do: str, **form):
    seen = seen_on(browser.get(f"/leads/{lead}").text)
    return browser.post(f"/leads/{lead}/decide", do=do, seen=seen, **form)


def status(served, lead: int) -> str:
    return queue.row(served.db, lead, served.clock()).status


def test_a_lead_shows_all_that_explains_it(served, li):
    lead = filling.one(served.db)
    page = li.get(f"/leads/{lead}").text
    assert re.search(r'<mark class="on-hit"[^>]*><a class="to-hit"[^>]*>1</a>猫头鹰</mark>', page)
    for text in (
        "交易意图",
        "+20.0",
        "林中客1",
        "3000元/只",
        "主办 林业",
        "协办 市场监管",
        "名录",
        "尚无人研判",
        "为您保留到",
    ):
        assert text in page


def test_nothing_and_no_such_lead(li):
    assert li.get("/leads/999").status_code == 404
    assert li.get("/leads/0").status_code == 422


def test_addresses_typed_by_hand_do_no_harm(served, li):
    lead = filling.one(served.db)
    assert li.get(f"/leads/{lead}?skip=²..-1.x.{'9' * 30}&done=7").status_code == 200
    for query in ("done=²", "done=9999999999999999999", "status=x"):
        assert li.get(f"/leads/{lead}?{query}").status_code == 422, query
    for form in ({"seen": "²"}, {"seen": "9" * 19}, {"back": "status=x"}):
        assert li.post(f"/leads/{lead}/decide", do="confirm", **form).status_code == 422, form
    for do in ("", "nothing", "dismiss:nothing", "approve", "undo", "refer"):
        assert li.post(f"/leads/{lead}/decide", do=do).status_code == 422, do
    assert decisions.history(served.db, lead) == ()


def test_only_addresses_of_the_web_become_links(served, li):
    lead = filling.one(served.db)
    assert "原网页" in li.get(f"/leads/{lead}").text
    with served.db.write() as connection:
        connection.execute(update(Snapshot).values(url="javascript:alert(1)"))
    page = li.get(f"/leads/{lead}").text
    assert 'href="javascript' not in page
    assert "原网页" not in page


def test_contacts_are_masked_until_they_are_asked_for_and_that_is_written_down(served, li):
    lead = filling.one(served.db)
    page = li.get(f"/leads/{lead}").text
    assert "13800001234" not in page
    assert "demo_owl" not in page
    assert "138****1234" in page
    revealed = li.post(f"/leads/{lead}/reveal").text
    assert "13800001234" in revealed
    assert "demo_owl" in revealed
    (entry,) = audit.recent(served.db, limit=1)
    assert (entry.action, entry.kind, entry.object_id) == ("lead.reveal", "lead", str(lead))


def test_roles_without_need_to_know_cannot_reveal_or_decide(served):
    lead = filling.one(served.db)
    monitor = served.signed_in("demo_zhao", "monitor")
    page = monitor.get(f"/leads/{lead}").text
    assert "13800001234" not in page
    assert "您的角色只能查看" in page
    assert monitor.post(f"/leads/{lead}/reveal").status_code == 403
    assert monitor.post(f"/leads/{lead}/decide", do="confirm").status_code == 403
    assert leasing.held(served.db, lead, served.clock()) is None


def test_a_confirmation_corrects_and_goes_on_to_the_next(served, li):
    first, second = filling.fill(served.db, 2)
    answer = decide(li, first, "confirm", category="hunting_gear", subject="猎鹰", note="看过\r\n图片", opened=str(
        int(served.clock().timestamp()) - 12))  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/leads/{second}?")
    row = queue.row(served.db, first, served.clock())
    assert (row.status, row.category) == ("pending", "hunting_gear")  # 94 is above the score of grave leads
    (step,) = decisions.history(served.db, first)
    assert (step.kind, step.subject, step.note, step.seconds) == ("confirm", "猎鹰", "看过\n图片", 12.0)
    page = li.get(answer.headers["location"]).text
    assert f'上一条 <a href="/leads/{first}">' in page


def test_a_note_for_the_time_being_hands_corrections_back_and_needs_info_keeps_them(served, li):
    lead = filling.one(served.db)
    answer = decide(li, lead, "note", category="hunting_gear", subject="鸟网<b>", note="先记下")
    page = li.get(answer.headers["location"]).text
    assert 'value="hunting_gear" selected' in page
    assert 'value="鸟网&lt;b&gt;"' in page
    assert "data-unsaved" in page
    assert "data-unsaved" not in li.get(f"/leads/{lead}").text
    decide(li, lead, "needs_info", category="hunting_gear", subject="鸟网")
    row = queue.row(served.db, lead, served.clock())
    assert (row.status, row.category) == ("needs_info", "hunting_gear")
    assert decisions.state(served.db, lead).subject == "鸟网"


def test_without_script_a_note_comes_back_with_the_refusal(served, li):
    lead = filling.one(served.db)
    form = {"do": "needs_info", "note": "已电话核实</textarea><b>", "csrf": "of another session"}
    stale = li.client.post(f"/leads/{lead}/decide", data=form)
    assert (stale.status_code, stale.headers["x-wangdun-stale"]) == (403, "1")
    served.clock.go_on(minutes=31)
    over = li.client.post(f"/leads/{lead}/decide", data=form)
    assert over.status_code == 401
    for answer in (stale, over):
        assert "没有提交" in answer.text
        assert "已电话核实&lt;/textarea&gt;&lt;b&gt;</textarea>" in answer.text
    foreign = li.client.post(f"/leads/{lead}/decide", data=form, headers={"origin": "http://127.0.0.1:9"})
    assert "已电话核实" not in foreign.text
    assert "登录已过期" in li.get("/login").text
    assert "登录已过期" not in served.browser().get("/login").text
    assert decisions.history(served.db, lead) == ()


def test_an_unchanged_category_is_no_correction(served, li):
    lead = filling.one(served.db, score=60.0)
    decide(li, lead, "confirm", category="terrestrial_animal")
    assert status(served, lead) == "confirmed"
    assert decisions.history(served.db, lead)[0].category is None


def test_a_dismissal_needs_a_reason_and_keeps_what_was_typed(served, li):
    lead = filling.one(served.db)
    answer = decide(li, lead, "dismiss", note="玩具店")
    assert answer.status_code == 422
    assert "请选择理由" in answer.text
    assert "玩具店</textarea>" in answer.text
    assert decide(li, lead, "dismiss:not_object.toy", note="玩具店").status_code == 303
    assert status(served, lead) == "dismissed"
    page = li.get(f"/leads/{lead}").text
    assert "玩具、模型、图案、游戏道具" in page
    assert "重新研判" in page


def test_another_reason_has_to_be_written_down(served, li):
    lead = filling.one(served.db)
    for note in ("", " \r\n"):
        answer = decide(li, lead, "dismiss:other", note=note)
        assert answer.status_code == 422
        assert "选“其他”须在备注中写明理由" in answer.text
    assert status(served, lead) == "new"
    assert decide(li, lead, "dismiss:other", note="同行试探").status_code == 303
    assert status(served, lead) == "dismissed"


def test_contacts_are_shown_however_many_leads_were_put_aside(served, li):
    lead = filling.one(served.db)
    answer = li.post(f"/leads/{lead}/reveal", skip=".".join(map(str, range(100_000, 100_060))))
    assert answer.status_code == 200
    assert "13800001234" in answer.text


def test_undo_takes_the_last_decision_back(served, li):
    first, _ = filling.fill(served.db, 2)
    decide(li, first, "dismiss:outside")
    answer = li.post("/undo")
    assert answer.headers["location"] == f"/leads/{first}"
    assert status(served, first) == "new"
    assert "已撤销" in li.get(f"/leads/{first}").text
    assert li.post("/undo").status_code == 422


def test_needs_info_is_not_offered_again_at_once(served, li):
    first, second = filling.fill(served.db, 2)
    answer = decide(li, first, "needs_info", note="要价格")
    assert answer.headers["location"].startswith(f"/leads/{second}?")
    assert status(served, first) == "needs_info"


def test_skipping_goes_through_the_queue_without_turning_back(served, li):
    ids = filling.fill(served.db, 3)
    seen, answer = [], li.post("/queue/next")
    while (match := re.match(r"/leads/(\d+)", answer.headers["location"])) is not None:
        seen.append(int(match[1]))
        page = li.get(answer.headers["location"]).text
        skip = re.search(r'name="skip" value="([^"]*)"', page)[1]
        answer = li.post(f"/leads/{seen[-1]}/skip", skip=skip)
    assert seen == ids
    assert answer.headers["location"] == "/queue"


def test_the_next_lead_stays_within_the_queue_that_was_filtered(served, li):
    place = filling.site_and_run(served.db)
    first, _, third = lead_ids(
        served.db, *place, filling.ad("1", score=90.0), filling.ad("2", word="白鹭", body="白鹭", score=80.0),
        filling.ad("3", score=70.0),
    )  # fmt: skip
    answer = decide(li, first, "dismiss:outside", back="term=猫头鹰")
    assert answer.headers["location"].startswith(f"/leads/{third}?")


def test_two_reviewers_collide_and_no_note_is_lost(served, li, wang):
    lead = filling.one(served.db)
    page = li.get(f"/leads/{lead}").text
    assert "demo_li先生 正在研判这条线索" in wang.get(f"/leads/{lead}").text
    served.clock.go_on(minutes=11)  # the lease of li is over
    assert decide(wang, lead, "dismiss:not_trade.news", note="科普文章").status_code == 303
    answer = li.post(f"/leads/{lead}/decide", do="confirm", seen=seen_on(page), note="联系过 <b>卖家</b>")
    assert answer.status_code == 409
    for text in (
        "demo_wang先生",
        "排除",
        "新闻、科普、普法宣传",
        "2026-11-02 09:11",
        "联系过 &lt;b&gt;卖家&lt;/b&gt;</textarea>",
    ):
        assert text in answer.text, text
    assert status(served, lead) == "dismissed"
    assert li.post(f"/leads/{lead}/decide", do="note", note="联系过 <b>卖家</b>").status_code == 303
    assert [step.kind for step in decisions.history(served.db, lead)] == ["dismiss", "note"]


def test_who_holds_the_lead_is_told_when_somebody_else_decides(served, li, wang):
    lead = filling.one(served.db)
    li.get(f"/leads/{lead}")
    answer = wang.post(f"/leads/{lead}/decide", do="confirm", seen="")
    assert answer.status_code == 409
    assert "demo_li先生 正在研判" in answer.text
    assert status(served, lead) == "new"


def test_duplicates_are_merged_and_taken_apart(served, li):
    first, second = filling.fill(served.db, 2)
    assert decide(li, second, "duplicate", duplicate_of="x").status_code == 422
    assert decide(li, second, "duplicate", duplicate_of=f"#{first}").status_code == 303
    assert status(served, second) == "duplicate"
    assert "合并为一组" in li.get(f"/leads/{first}").text
    assert decide(li, second, "unmerge").headers["location"] == f"/leads/{second}"
    assert status(served, second) == "new"


def test_the_second_reviewer_is_never_the_first(served, li, wang):
    lead = filling.one(served.db, score=94.0)
    decide(wang, lead, "confirm", note="活体")
    assert status(served, lead) == "pending"
    own = wang.get("/second").text
    assert "您提请的，等待他人复核" in own
    assert decide(wang, lead, "approve").status_code == 422
    assert "不能复核自己的决定" in wang.get(f"/leads/{lead}").text
    assert decide(li, lead, "approve").status_code == 422  # no approver
    sun = served.signed_in("demo_sun", "approver")
    assert "活体" in sun.get("/second").text
    served.clock.go_on(minutes=11)
    page = sun.get(f"/leads/{lead}?status=pending").text
    assert 'value="approve"' in page
    assert 'value="confirm"' not in page
    assert (
        decide(sun, lead, "approve", back="status=pending").headers["location"] == f"/queue?status=pending&done={lead}"
    )
    assert status(served, lead) == "confirmed"


def test_a_refusal_gives_the_lead_back(served, wang):
    lead = filling.one(served.db, score=94.0)
    decide(wang, lead, "confirm")
    decide(served.signed_in("demo_sun", "approver"), lead, "refuse", note="看不出是活体")
    assert status(served, lead) == "new"
    assert "看不出是活体" in wang.get(f"/leads/{lead}").text


@pytest.mark.parametrize(("confirm", "score", "becomes"), [
    ("never", 99.0, "confirmed"), ("always", 20.0, "pending"), ("serious", 84.0, "confirmed"), ("serious", 85.0, "pending"),
])  # fmt: skip
def test_the_configuration_says_what_needs_a_second_person(db, confirm, score, becomes):
    with serving(db, second={"confirm": confirm}) as served:
        lead = filling.one(db, score=score)
        decide(served.signed_in("demo_li", "reviewer"), lead, "confirm")
        assert status(served, lead) == becomes


def test_versions_and_near_duplicates_are_shown(served, li):
    place = filling.site_and_run(served.db)
    (first,) = lead_ids(served.db, *place, filling.ad("1"))
    lead_ids(
        served.db,
        *place,
        filling.ad("1", body="出售猫头鹰,已售,第1号,微信 demo_owl 电话13800001234", price_text="面议"),
    )
    (other,) = lead_ids(served.db, *place, filling.ad("7", seller="别人"))
    page = li.get(f"/leads/{first}").text
    assert re.search(r'class="new-text"><span class="sign">\+</span><span class="foreign">出售猫头鹰,已售', page)
    assert re.search(r'gone-text">3000元/只</td><td class="foreign new-text">面议', page)
    assert "同一联系方式" in page
    assert f'href="/leads/{other}"' in page


def test_forms_without_the_pages_token_are_refused(served, li):
    lead = filling.one(served.db)
    answer = li.client.post(f"/leads/{lead}/decide", data={"do": "confirm"})
    assert answer.status_code == 403
    assert csrf_of(li.get("/account").text)
    assert status(served, lead) == "new"
