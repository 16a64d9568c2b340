"""The frame of the console in a real browser: log-in, forced change, keys, log-out, without script, and pictures."""

from __future__ import annotations

import pytest

from storage.review import decisions
from tests.console import filling
from tests.console.browsing import chromium, log_in, shoot, window
from tests.console.serving import PASSWORD

FRESH = "新的口令-很好记-2026"


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser, served):
    with window(browser, served.url) as opened:
        yield opened


def test_first_day_of_an_administrator(served, page, tmp_path):
    served.person("demo_wang", "admin", "reviewer", "auditor", must_change=True)
    page.goto("/people")
    assert page.url.endswith("/login?next=/people")
    shoot(page, tmp_path, "login")
    log_in(page, "demo_wang", "not this one")
    assert page.locator(".problem").inner_text() == "账号或密码不正确。"
    assert page.input_value("[name=name]") == "demo_wang"
    shoot(page, tmp_path, "login-wrong")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/password")
    assert page.locator("nav.main-nav").count() == 0
    page.goto("/people")
    assert page.url.endswith("/password")
    page.fill("[name=old]", PASSWORD)
    page.fill("[name=new]", FRESH)
    page.fill("[name=again]", FRESH)
    shoot(page, tmp_path, "password")
    page.click("main button[type=submit]")
    page.wait_for_url(served.url + "/")
    assert page.locator("h1").inner_text() == "demo_wang先生，您好"
    shoot(page, tmp_path, "start")
    for name in ("people", "account", "audit"):
        page.goto(f"/{name}")
        shoot(page, tmp_path, name)
    page.goto("/nothing-here")
    shoot(page, tmp_path, "error-404")
    page.click("text=退出")
    page.wait_for_url("**/login")
    page.goto("/account")
    assert "/login" in page.url
    assert [one for one in page.complaints if "404" not in one and "422" not in one] == []


def test_people_are_made_and_given_a_password(served, page, tmp_path):
    served.person("demo_wang", "admin")
    log_in(page, "demo_wang", PASSWORD)
    page.goto("/people")
    page.fill("[name=name]", "demo_zhao")
    page.fill("[name=display_name]", "<script>alert(1)</script>")
    page.check("[name=roles][value=reviewer]")
    page.click("main button.primary")
    password = page.locator("#handed-over").inner_text()
    shoot(page, tmp_path, "person")
    assert "<script>alert(1)</script>" in page.locator("h1").inner_text()
    page.click("text=退出")
    log_in(page, "demo_zhao", password)
    page.wait_for_url("**/password")
    assert page.complaints == []


def test_keys(served, page, tmp_path):
    served.person("demo_wang", "admin")
    log_in(page, "demo_wang", PASSWORD)
    page.wait_for_url(served.url + "/")
    page.keyboard.press("?")
    overlay = page.locator("dialog#keys")
    assert overlay.is_visible()
    shoot(page, tmp_path, "keys")
    assert "打开：人员" in overlay.inner_text()
    page.keyboard.press("g")
    page.keyboard.press("p")
    assert page.url == served.url + "/"  # a dialog is open
    page.keyboard.press("Escape")
    assert not overlay.is_visible()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/people")
    page.focus("[name=name]")
    page.keyboard.type("gh?")
    assert page.url.endswith("/people")
    assert page.input_value("[name=name]") == "gh?"
    assert not overlay.is_visible()


SEEN = """one => {
  const [inner, outer] = [one.getBoundingClientRect(), document.getElementById("keys").getBoundingClientRect()];
  return inner.top >= outer.top && inner.bottom <= outer.bottom;
}"""
"""Whether a part of the overlay of keys stands in its window."""


def test_the_overlay_of_keys_opens_at_its_top(served, page, tmp_path):
    first, _ = filling.fill(served.db, 2)
    served.person("demo_li", "reviewer")
    log_in(page, "demo_li", PASSWORD)
    page.wait_for_url(served.url + "/")
    page.goto(f"/leads/{first}")
    overlay, close = page.locator("dialog#keys"), page.locator("dialog#keys button")
    for shut in (lambda: page.keyboard.press("Escape"), lambda: page.keyboard.press("Enter"), close.click):
        page.keyboard.press("?")
        assert overlay.evaluate("one => one.scrollHeight > one.clientHeight")
        assert overlay.evaluate("one => one.scrollTop") == 0
        assert overlay.evaluate("one => one.contains(document.activeElement)")
        for shown in ("h2", "button", "td:text('确认违法线索')", "td:text('待补充')"):
            assert overlay.locator(shown).evaluate(SEEN), shown
        shoot(page, tmp_path, "keys-of-a-lead")
        overlay.evaluate("one => one.scrollTo(0, one.scrollHeight)")
        assert close.evaluate(SEEN)
        shut()
        overlay.wait_for(state="hidden")
    assert decisions.history(served.db, first) == ()
    assert page.complaints == []


def test_keys_of_an_input_method_do_nothing(served, page):
    served.person("demo_wang", "admin")
    log_in(page, "demo_wang", PASSWORD)
    page.wait_for_url(served.url + "/")
    for settings in ("{key: '?', isComposing: true}", "{key: '?', keyCode: 229}", "{key: '?', ctrlKey: true}",
                     "{key: '?', repeat: true}"):  # fmt: skip
        page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{bubbles: true, ...{settings}}}))")
        assert not page.locator("dialog#keys").is_visible(), settings
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: '?'}))")
    assert page.locator("dialog#keys").is_visible()


def test_without_script(served, browser):
    served.person("demo_wang", "admin")
    with window(browser, served.url, script=False) as page:
        log_in(page, "demo_wang", PASSWORD)
        page.wait_for_url(served.url + "/")
        assert not page.locator(".needs-script").is_visible()
        page.click("nav >> text=人员")
        assert page.locator("td >> text=demo_wang先生").is_visible()
        page.click("text=退出")
        page.wait_for_url("**/login")


def test_parts_of_a_page_are_replaced_and_the_way_back_works(served, page):
    served.person("demo_shen", "auditor", "admin")
    log_in(page, "demo_shen", PASSWORD)
    page.goto("/audit")
    page.evaluate("document.documentElement.dataset.same = 'yes'")
    page.select_option("[name=action]", "account.create")
    page.click("text=筛选")
    page.wait_for_url("**/audit?*action=account.create*")
    assert page.locator("#found tbody tr").count() == 1
    assert page.evaluate("document.documentElement.dataset.same") == "yes"  # the page was not loaded again
    assert page.input_value("[name=action]") == "account.create"
    page.go_back()
    page.wait_for_function("document.querySelectorAll('#found tbody tr').length === 2")
    assert page.url.endswith("/audit")
    assert page.complaints == []


def test_a_part_that_is_refused_leaves_the_page_and_says_so(served, page):
    served.person("demo_shen", "auditor")
    log_in(page, "demo_shen", PASSWORD)
    page.goto("/audit")
    page.evaluate("window.wangdun.swap('/audit?since=x', {part: '#found'})")
    page.wait_for_selector("#notices .problem")
    assert "日期应写成" in page.locator("#notices").inner_text()
    assert page.locator("#found tbody tr").count() == 2


def test_a_session_that_ended_leads_to_the_log_in(served, page):
    served.person("demo_shen", "auditor")
    log_in(page, "demo_shen", PASSWORD)
    page.goto("/audit")
    served.clock.go_on(minutes=31)
    page.click("text=筛选")
    page.wait_for_url("**/login?next=%2Faudit")


def test_a_form_is_sent_once(served, page):
    served.person("demo_wang", "admin")
    log_in(page, "demo_wang", PASSWORD)
    page.goto("/account")
    page.fill("[name=name]", "周报程序")
    page.check("[name=scopes]")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate(
        "for (let i = 0; i < 3; i++) document.querySelector('form[action=\"/account/tokens\"] button').click()"
    )
    page.wait_for_selector("#fresh-token")
    assert len(sent) == 1


def test_what_takes_long_is_dimmed_until_it_is_there(served, page):
    first, second = filling.fill(served.db, 2)
    served.person("demo_li", "reviewer")
    log_in(page, "demo_li", PASSWORD)
    page.goto(f"/leads/{first}")
    held = []
    page.route("**/skip", lambda route: held.append(route))  # noqa: PLW0108 -- the library marks functions; a method it cannot
    page.keyboard.press("n")
    page.wait_for_selector("#content[aria-busy=true]")
    assert page.locator("h1").get_attribute("data-title") == f"线索 {first}"
    held.pop().continue_()
    page.wait_for_selector(f"h1[data-title='线索 {second}']")
    assert page.locator("[aria-busy]").count() == 0
    page.keyboard.press("n")
    page.wait_for_selector("#content[aria-busy=true]")
    held.pop().abort()
    page.wait_for_selector("#notices .problem")
    assert page.locator("[aria-busy]").count() == 0
    assert page.locator("h1").get_attribute("data-title") == f"线索 {second}"


def test_undo_after_a_batch_leads_to_taking_back_all_of_it(served, page):
    first, second, _ = ids = filling.fill(served.db, 3)
    served.person("demo_li", "reviewer")
    log_in(page, "demo_li", PASSWORD)
    page.wait_for_url(served.url + "/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/queue/bulk")
    page.check("[name=do][value=needs_info]")
    page.click("#bulk button[type=submit]")
    page.wait_for_selector("text=待补充：3 条")
    for place in (f"/leads/{first}?done={second}", "/queue?status=needs_info"):  # into the page, and as a page
        page.goto(place)
        page.keyboard.press("z")
        page.wait_for_selector("text=不能只撤销其中一条")
        assert [decisions.history(served.db, lead)[-1].kind for lead in ids] == ["needs_info"] * 3
    page.keyboard.press("Z")
    page.wait_for_selector("text=已撤销：3 条")
    assert [decisions.history(served.db, lead)[-1].kind for lead in ids] == ["undo"] * 3
