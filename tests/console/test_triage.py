"""Reviewers at work in a real browser: by keyboard, without script, two at once, with hostile listings, and pictures."""

from __future__ import annotations

import re

import pytest

from storage.evidence import custody
from storage.review import decisions, queue
from storage.review.filters import Filters
from tests.console import filling
from tests.console.browsing import chromium, log_in, shoot, window
from tests.console.serving import PASSWORD, serving
from tests.storage.review.making import lead_ids

REASONS = ("not_object.brand", "not_object.toy", "not_trade.news", "lawful.permit", "outside.old")
STROKES = {
    "not_object.brand": "11",
    "not_object.toy": "12",
    "not_trade.news": "21",
    "lawful.permit": "31",
    "outside.old": "42",
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser, served):
    with window(browser, served.url) as opened:
        yield opened


def enter(served, page, name: str = "demo_li", *roles: str) -> None:
    served.person(name, *(roles or ("reviewer",)))
    log_in(page, name, PASSWORD)
    page.wait_for_url(served.url + "/")


def at_lead(page, lead: int) -> None:
    page.wait_for_selector(f'[data-title="线索 {lead}"]')


def loaded(page, selector: str) -> None:
    """The picture is there, decoded; the policy of the page lets no text be run that could wait for it."""
    page.locator(selector).evaluate("image => image.decode()")
    assert page.locator(selector).evaluate("image => image.naturalWidth") == 80


def press(page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_twenty_leads_by_keyboard_alone(served, page):
    ids = filling.fill(served.db, 20)
    enter(served, page)
    press(page, "gl")
    page.wait_for_url("**/queue")
    page.keyboard.press("s")
    for place, lead in enumerate(ids):
        at_lead(page, lead)
        served.clock.go_on(seconds=9)
        if place % 4 == 0:
            page.keyboard.press("c")
        elif place % 4 == 1:
            page.keyboard.press("m")
            page.keyboard.type("c 5 i 要看原图")  # keys do nothing while typing
            page.keyboard.press("Escape")
            page.keyboard.press("i")
        else:
            press(page, STROKES[REASONS[place % 5]])
    page.wait_for_selector("text=没有符合条件的线索")
    assert "/queue" in page.url
    made = [decisions.history(served.db, lead) for lead in ids]
    assert [len(steps) for steps in made] == [1] * 20
    for place, (step,) in enumerate(made):
        if place % 4 == 0:
            assert step.kind == "confirm"
        elif place % 4 == 1:
            assert (step.kind, step.note) == ("needs_info", "c 5 i 要看原图")
        else:
            assert (step.kind, step.reason) == ("dismiss", REASONS[place % 5])
        assert step.seconds == 9.0
    assert page.complaints == []


def test_a_digit_waits_in_sight_for_the_second_and_decides_nothing_alone(served, page):
    first, second, third = filling.fill(served.db, 3)
    enter(served, page)
    page.goto(f"/leads/{first}")
    for digit in "12345":
        press(page, (digit, "Escape"))
    assert page.locator(".awaited").count() == 0
    page.keyboard.press("1")
    assert "已按 1" in page.locator(".awaited").inner_text()
    page.wait_for_timeout(1_500)  # longer than between the strokes of other keys
    page.keyboard.press("5")
    at_lead(page, second)
    assert [step.reason for step in decisions.history(served.db, first)] == ["not_object.word"]
    page.keyboard.press("1")
    page.keyboard.press("n")  # no such pair: it ends the waiting, and is no key by itself
    press(page, "5")
    assert "已按 5" in page.locator(".awaited").inner_text()
    page.keyboard.press("Escape")
    press(page, "1")
    page.evaluate(f"window.wangdun.swap('/leads/{third}')")
    at_lead(page, third)
    assert page.locator(".awaited").count() == 0
    press(page, "51")
    page.wait_for_selector("#notices >> text=写明理由")
    assert [decisions.history(served.db, lead) for lead in (second, third)] == [(), ()]


def test_a_note_outlives_the_session(served, page):
    first, second = filling.fill(served.db, 2)
    enter(served, page)
    page.goto(f"/leads/{first}")
    page.fill("#f-note", "已电话核实")
    served.clock.go_on(minutes=31)
    page.click("button[value=needs_info]")
    assert "登录已过期" in page.locator("#sign-in").inner_text()
    page.fill("#sign-in [name=name]", "demo_li")
    page.fill("#sign-in [name=password]", "wrong")
    page.click("#sign-in button")
    page.wait_for_selector("#sign-in >> text=账号或密码不正确")
    page.fill("#sign-in [name=password]", PASSWORD)
    page.click("#sign-in button")
    page.wait_for_selector("#notices >> text=已登录为 demo_li先生")
    assert page.url.endswith(f"/leads/{first}")
    assert page.locator("#sign-in").count() == 0
    assert page.input_value("#f-note") == "已电话核实"
    page.keyboard.press("Escape")
    page.click("button[value=needs_info]")
    at_lead(page, second)
    assert [(step.kind, step.note) for step in decisions.history(served.db, first)] == [("needs_info", "已电话核实")]


def test_a_note_outlives_signing_in_again_in_another_window(served, page):
    first, second = filling.fill(served.db, 2)
    enter(served, page)
    page.goto(f"/leads/{first}")
    page.fill("#f-note", "已电话核实")
    other = page.context.new_page()
    other.goto("/account")
    other.click("text=退出")
    other.wait_for_url("**/login")
    log_in(other, "demo_li", PASSWORD)
    other.wait_for_url(served.url + "/")
    page.click("button[value=needs_info]")
    page.wait_for_selector("#notices >> text=请再提交一次")
    assert page.input_value("#f-note") == "已电话核实"
    page.click("button[value=needs_info]")
    at_lead(page, second)
    assert decisions.history(served.db, first)[0].note == "已电话核实"


def test_what_was_typed_is_not_thrown_away_unasked(served, page):
    first, second = filling.fill(served.db, 2)
    enter(served, page)
    page.goto(f"/leads/{first}")
    asked = []
    answers = iter((False, False, False, True))
    page.on("dialog", lambda box: (asked.append(box.message), box.accept() if next(answers) else box.dismiss()))
    page.fill("#f-note", "问过卖家")
    page.keyboard.press("Escape")
    press(page, "nqv")
    assert len(asked) == 3
    assert "还没有保存" in asked[0]
    assert page.input_value("#f-note") == "问过卖家"
    page.keyboard.press("n")
    at_lead(page, second)
    page.select_option("#f-category", "hunting_gear")
    page.fill("#f-subject", "鸟网")
    page.fill("#f-note", "先记一笔")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+M")
    page.wait_for_selector(".note-text >> text=先记一笔")
    assert (page.input_value("#f-category"), page.input_value("#f-subject")) == ("hunting_gear", "鸟网")
    assert len(asked) == 4
    answers = iter((False,))
    page.keyboard.press("n")
    assert len(asked) == 5
    page.keyboard.press("i")
    page.wait_for_url("**/queue?done=*")
    assert decisions.history(served.db, second)[1].subject == "鸟网"
    assert len(asked) == 5


def test_the_title_follows_to_the_queue(served, page):
    (lead,) = filling.fill(served.db, 1)
    enter(served, page)
    page.goto(f"/leads/{lead}")
    press(page, "11")
    page.wait_for_selector("text=没有符合条件的线索")
    page.wait_for_function("document.title.startsWith('线索 ·')")


def test_undo_and_enter_in_a_field(served, page):
    first, second = filling.fill(served.db, 2)
    enter(served, page)
    page.goto("/queue")
    press(page, "s")
    at_lead(page, first)
    page.keyboard.press("t")
    page.keyboard.type("猎鹰")
    page.keyboard.press("Enter")  # leaves the field, and decides nothing
    assert decisions.history(served.db, first) == ()
    page.keyboard.press("c")
    at_lead(page, second)
    assert "上一条" in page.locator(".just-done").inner_text()
    page.keyboard.press("z")
    at_lead(page, first)
    assert [(step.kind, step.undone) for step in decisions.history(served.db, first)] == [
        ("confirm", True),
        ("undo", False),
    ]
    assert decisions.history(served.db, first)[0].subject == "猎鹰"
    page.keyboard.press("u")
    page.keyboard.type(str(second))
    page.keyboard.press("Enter")
    page.wait_for_selector(".just-done >> text=重复")
    assert queue.row(served.db, first, served.clock()).status == "duplicate"


def test_input_methods_decide_nothing(served, page):
    (lead,) = filling.fill(served.db, 1)
    enter(served, page)
    page.goto(f"/leads/{lead}")
    for settings in (
        "{key: 'c', isComposing: true}",
        "{key: 'c', keyCode: 229}",
        "{key: 'c', ctrlKey: true}",
        "{key: 'c', repeat: true}",
    ):
        page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{bubbles: true, ...{settings}}}))")
    assert decisions.history(served.db, lead) == ()


def test_two_reviewers_at_one_lead(served, browser, tmp_path):
    (lead,) = filling.fill(served.db, 1)
    with window(browser, served.url) as one, window(browser, served.url) as other:
        enter(served, one)
        enter(served, other, "demo_wang")
        one.goto(f"/leads/{lead}")
        other.goto(f"/leads/{lead}")
        assert "demo_li先生 正在研判" in other.locator(".decide").inner_text()
        shoot(other, tmp_path, "held")
        served.clock.go_on(minutes=11)
        other.reload()
        press(other, "21")
        other.wait_for_url("**/queue**")
        one.keyboard.press("m")
        one.keyboard.type("已电话核实")
        one.keyboard.press("Escape")
        one.keyboard.press("c")
        one.wait_for_selector("text=您的决定没有写入")
        shown = one.locator("main").inner_text()
        for text in ("demo_wang先生", "排除", "新闻、科普、普法宣传"):
            assert text in shown
        assert one.input_value("#f-note") == "已电话核实"
        shoot(one, tmp_path, "conflict")
        one.keyboard.press("Shift+M")
        at_lead(one, lead)
    assert [step.kind for step in decisions.history(served.db, lead)] == ["dismiss", "note"]
    assert decisions.history(served.db, lead)[1].note == "已电话核实"


def test_rows_filters_and_bulk(served, page, tmp_path):
    filling.fill(served.db, 6)
    enter(served, page)
    page.goto("/queue")
    press(page, "jjk")
    assert page.locator("tr.chosen").inner_text().count("第1号") == 1
    shoot(page, tmp_path, "queue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/leads/1**")
    page.keyboard.press("q")
    page.wait_for_url("**/queue**")
    page.keyboard.press("/")
    page.keyboard.type("第3号")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    assert page.locator("tr[data-row]").count() == 1
    page.keyboard.press("Shift+B")
    page.wait_for_url("**/queue/bulk**")
    shoot(page, tmp_path, "bulk")
    page.check("[name=do][value=dismiss]")
    page.select_option("[name=reason]", "outside")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.fill("[name=note]", "同一批转载")
    page.click("button.danger")
    page.wait_for_selector("text=批量研判完成")
    assert "将对 1 条线索作出同一决定：排除（不归本地或本次行动管（不细分））" in asked[0]
    assert [row.status for row in queue.page(served.db, Filters(text="第3号"), served.clock()).rows] == ["dismissed"]
    page.keyboard.press("Shift+Z")
    page.wait_for_selector("text=批量研判已撤销")
    assert [row.status for row in queue.page(served.db, Filters(text="第3号"), served.clock()).rows] == ["new"]
    assert page.complaints == []


def test_without_script(served, browser):
    first, second = filling.fill(served.db, 2)
    with window(browser, served.url, script=False) as page:
        enter(served, page)
        page.goto("/queue")
        page.click("text=开始研判")
        page.wait_for_url(f"**/leads/{first}**")
        page.fill("[name=note]", "无脚本")
        page.click("text=玩具、模型")
        page.wait_for_url(f"**/leads/{second}**")
        page.click(".just-done button")
        page.wait_for_url(f"**/leads/{first}**")
        page.focus("#f-subject")
        page.keyboard.press("Enter")
        assert page.url.rstrip("?").endswith(f"/leads/{first}")
    assert [step.kind for step in decisions.history(served.db, first)] == ["dismiss", "undo"]


HOSTILE = (
    '<script>document.title="x"</script><svg onload=alert(1)><img src=x onerror=alert(2)></textarea></title>'
    '<a href="javascript:alert(3)">x</a>{{ 7*7 }}{% raw %}${7*7}&#60;b&#62;<style>*{display:none}</style>'
    "<form action=//127.0.0.1:9><input name=note>"
)


def test_hostile_listings_are_harmless_text(served, page, tmp_path):
    place = filling.site_and_run(served.db)
    turned = "\u202e鹰头猫售出\u202c \u2066隔离 象\u200b\u200b牙 \x1b[31m \x00\ud800 \u202eabc"
    huge = "猫头鹰" + "长" * 300_000 + "\n" + "a" * 50_000
    zalgo = "猫头鹰 Z" + "\u0301" * 500
    hits = lead_ids(
        served.db, *place,
        filling.ad("1", title=HOSTILE, body=f"猫头鹰 {HOSTILE}", seller=HOSTILE, price_text=HOSTILE, region=HOSTILE, score=90.0,
                   replies=(HOSTILE,), hit_facts={"term": HOSTILE, "clause": HOSTILE, "detail": {"folded": HOSTILE}}),
        filling.ad("2", title=turned, body=f"猫头鹰 {turned}", seller=turned, score=80.0),
        filling.ad("3", title="长", body=huge, score=70.0),
        filling.ad("4", title=zalgo, body=zalgo, score=60.0),
    )  # fmt: skip
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    enter(served, page)
    page.goto("/queue")
    assert HOSTILE[:40] in page.locator("tr[data-row] .what a").first.inner_text()
    shoot(page, tmp_path, "hostile-queue")
    for number, lead in enumerate(hits, 1):
        page.goto(f"/leads/{lead}")
        assert (
            page.locator(".original script, .original svg, .original img, .original style, .original form").count() == 0
        )
        assert page.locator(".decide").is_visible()
        assert page.locator("h1").bounding_box()["height"] < 200
        shoot(page, tmp_path, f"hostile-{number}")
    page.goto(f"/leads/{hits[0]}")
    assert HOSTILE in page.locator(".original").inner_text()
    assert "49" not in page.locator(".original").inner_text()
    page.goto(f"/leads/{hits[1]}")
    text = page.locator(".original").inner_text()
    assert "强制右至左" in text
    assert "零宽空格×2" in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", page.content())
    page.goto(f"/leads/{hits[2]}")
    assert "略去" in page.locator(".original .gap").first.inner_text()
    assert len(page.content()) < 300_000
    assert dialogs == []
    assert page.complaints == []


def test_pictures_are_blurred_until_asked_for(browser, db, tmp_path):
    with serving(db, facts=filling.facts_in(tmp_path / "data")) as served, window(browser, served.url) as page:
        lead = filling.one(db)
        filling.seal_pictures(db, tmp_path / "data", "1")
        enter(served, page)
        page.goto("/queue")
        loaded(page, "img.thumb")
        page.goto(f"/leads/{lead}")
        picture = page.locator(".strip img")
        loaded(page, ".strip img")
        style = "element => getComputedStyle(element).filter"
        assert picture.evaluate(style) == "blur(14px) grayscale(1)"
        page.keyboard.press("b")
        assert picture.evaluate(style) == "grayscale(1)"
        page.keyboard.press("k")
        assert picture.evaluate(style) == "none"
        shoot(page, tmp_path, "lead-pictures")
        page.keyboard.press("b")
        page.keyboard.press("k")
        assert picture.evaluate(style) == "blur(14px) grayscale(1)"
        page.keyboard.press("v")
        page.wait_for_selector("text=13800001234")
        page.click("text=核验 >> visible=true")
        page.wait_for_selector("text=全部相符")
        assert [link.action for link in custody.newest(db, 1)] == ["verified"]
        assert page.complaints == []
