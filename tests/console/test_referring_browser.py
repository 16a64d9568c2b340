"""A referral's whole way in a real browser: confirmed, drafted, approved by another, sent, answered, counted; pictures."""

from __future__ import annotations

import pytest

from storage.referral import campaigns, queries, results
from storage.review import queue
from tests.console import filling
from tests.console.browsing import chromium, log_in, shoot, window
from tests.console.referring import plan, referring
from tests.console.serving import PASSWORD, SETUP, START
from tests.storage.evidence.making import draft as capture


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def served(db, tmp_path):
    with referring(db, tmp_path) as running:
        campaigns.create(db, plan(), SETUP, START)
        yield running


def enter(served, page, name: str, *roles: str) -> None:
    served.person(name, *roles)
    log_in(page, name, PASSWORD)
    page.wait_for_url(served.url + "/")


def seal_all(db, folder, count: int) -> None:
    from storage import sites
    from storage.config import StorageConfig
    from storage.evidence.objects import Objects
    from storage.evidence.sealing import seal

    objects = Objects.of(StorageConfig(data_dir=folder / "data"))
    for key in range(1, count + 1):
        seal(db, objects, capture(sites.find(db, "demo"), str(key)), actor="采集程序", now=START)


def test_from_a_confirmed_lead_to_the_results_form(served, browser, tmp_path):
    first, second = filling.fill(served.db, 2, seller="林中客")
    seal_all(served.db, tmp_path, 2)
    with window(browser, served.url) as li, window(browser, served.url) as zhao:
        enter(served, li, "demo_li", "reviewer", "handler", "approver")
        enter(served, zhao, "demo_zhao", "approver", "reviewer")
        for lead in (first, second):  # the second person agrees where the risk is high
            li.goto(f"/leads/{lead}")
            li.keyboard.press("c")
            li.wait_for_selector(
                f'.just-done a[href="/leads/{lead}"], a:has-text("第 {lead} 号"), .tag:has-text("第 {lead} 号")'
            )
            zhao.goto(f"/leads/{lead}")
            zhao.keyboard.press("a")
            zhao.wait_for_load_state("networkidle")
            assert queue.row(served.db, lead, served.clock()).status == "confirmed"
        li.goto(f"/leads/{first}")
        shoot(li, tmp_path, "lead")
        li.goto("/queue?status=confirmed")
        for box in li.locator("input[name=lead]").all():
            box.check()
        shoot(li, tmp_path, "selected")
        li.keyboard.press("Escape")
        li.click("text=移送所选")
        li.wait_for_selector("#draft")
        shoot(li, tmp_path, "draft-form")
        li.click("#draft button.primary")
        li.wait_for_url("**/referrals/1")
        assert "须由另一位复核员审核" in li.locator(".acts").inner_text()
        assert li.locator("button[value=approve]").count() == 0
        zhao.goto("/")
        assert "待审核" in zhao.locator(".notice-list").inner_text()
        zhao.click(".notice-list a")
        shoot(zhao, tmp_path, "to-approve")
        zhao.once("dialog", lambda dialog: dialog.accept())
        zhao.keyboard.press("a")
        zhao.wait_for_selector("text=已审核待发")
        li.reload()
        with li.expect_download() as download:
            li.click("text=案件线索移送函.docx")
        assert download.value.path().stat().st_size == queries.get(served.db, 1).files[0].size
        li.once("dialog", lambda dialog: dialog.accept())
        li.click("button[value=send]")
        li.wait_for_selector("#f-do")
        assert queue.row(served.db, first, served.clock()).status == "referred"
        li.select_option("#f-do", "file")
        li.fill("#f-ref", "示公立〔2026〕1号")
        li.fill("#f-person", "周警官")
        li.click("form:has(#f-do) button.primary")
        li.wait_for_selector(".tag:has-text('已立案')")
        li.keyboard.press("f")
        li.wait_for_url("**/feedback/new?referral=1")
        li.fill("#f-title", "林某非法出售珍贵、濒危野生动物案")
        li.check("[name=criminal]")
        li.fill("#f-people", "2")
        li.locator("[name=name]").first.fill("猫头鹰")
        li.locator("[name=amount]").first.fill("3")
        shoot(li, tmp_path, "feedback")
        li.click("form[action='/feedback/new'] button.primary")
        li.wait_for_url("**/referrals/1")
        shoot(li, tmp_path, "referral")
        li.keyboard.press("g")
        li.keyboard.press("x")
        li.wait_for_url("**/campaigns")
        shoot(li, tmp_path, "campaigns")
        li.click("text=2026年“网盾行动” >> nth=0")
        li.wait_for_selector(".results")
        shoot(li, tmp_path, "campaign")
        assert int(results.compute(served.db, 1).total.value(9)) == 3
        li.locator(".results tr.sum td:nth-of-type(9) a").click()
        li.wait_for_selector("text=猫头鹰 3 只")
        shoot(li, tmp_path, "cell")
        li.click("text=办理结果 1")
        li.wait_for_url("**/feedback/1")
        assert li.input_value("#f-title") == "林某非法出售珍贵、濒危野生动物案"
        for path in ("referrals", "feedback", "reports/analysis", "campaigns/1/change"):
            li.goto(f"/{path}")
            shoot(li, tmp_path, path.replace("/", "-"))
        assert li.complaints == zhao.complaints == []


def test_without_script(served, browser, tmp_path):
    from tests.console.referring import confirmed

    with window(browser, served.url, script=False) as li, window(browser, served.url, script=False) as zhao:
        enter(served, li, "demo_li", "handler")
        enter(served, zhao, "demo_zhao", "approver")
        confirmed(served.db, tmp_path, 1, 2)
        li.goto("/queue?status=confirmed")
        li.click("text=移送此卖家 >> nth=0")
        li.click("#draft button.primary")
        li.wait_for_url("**/referrals/1")
        zhao.goto("/referrals/1")
        zhao.click("button[value=approve]")
        zhao.wait_for_selector("text=已审核待发")
        li.goto("/referrals/1")
        li.click("summary:has-text('撤回')")
        li.fill("#f-note-withdraw", "对方已在办理")
        li.click("button[value=withdraw]")
        li.wait_for_selector("text=对方已在办理")
        assert queries.one(served.db, 1).status == "withdrawn"


def test_hostile_words_do_nothing(served, browser, tmp_path):
    from tests.console.referring import confirmed
    from tests.console.test_triage import HOSTILE

    dialogs = []
    with window(browser, served.url) as page:
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        enter(served, page, "demo_li", "handler")
        confirmed(served.db, tmp_path, 1, 1, title=HOSTILE, seller=HOSTILE)
        page.goto("/referrals/new?lead=1")
        page.fill("#f-title", HOSTILE[:150])
        page.fill("[name='field.补充说明']", HOSTILE + "\u202e鹰头猫 \u200b")
        page.click("#draft button.primary")
        page.wait_for_url("**/referrals/1")
        shoot(page, tmp_path, "hostile")
        for path in ("/referrals/1", "/referrals/1/change", "/referrals"):
            page.goto(path)
            assert page.locator("main script, main svg, main img, main style").count() == 0
        assert dialogs == []
        assert page.complaints == []
