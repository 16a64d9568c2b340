"""Every page: axe-core looks at contrast, labels, order, names of controls; and it fits two screens and A4 paper."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from console.access import ROLES, RULES
from storage.referral import campaigns, drafts, feedback
from storage.referral.feedback_records import NewFeedback, Seized
from storage.review.audit import Actor
from tests import databases
from tests.console import filling
from tests.console.browsing import SIZES, chromium, log_in, window
from tests.console.referring import confirmed, plan, referring
from tests.console.serving import PASSWORD, SETUP
from tests.storage.referral.making import wanted
from tests.storage.review.making import lead_ids
from tests.storage.review.test_permits import FARM, OTHER, claiming

AXE = Path(__file__).parent / "accessibility" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = sorted(
    route.removeprefix("GET ")
    for route, rule in RULES.items()
    if route.startswith("GET ") and not {"{", "."} & set(route) and "/api/" not in route and not rule.anonymous
    if rule.action is None  # those that are written down are files
)
MORE = (
    "/people/1", "/nothing-here", "/leads/1", "/leads/4", "/queue?status=confirmed", "/referrals/1", "/referrals/1/change",
    "/referrals/new?lead=1&lead=2&department=public_security&template=crime", "/feedback/1", "/feedback/new?referral=1",
    "/campaigns/1", "/campaigns/1/change", "/campaigns/1/cell?column=9",
)  # fmt: skip

PAPER = {"width": 673, "height": 1000}  # A4 without its margins, 96 dots an inch
BESIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""What stands beside the window, to be scrolled to."""
CUT = """[...document.querySelectorAll('main *')].filter(one => one.getClientRects().length && one.clientWidth > 1
  && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible').map(one => one.className)"""
"""What paper would cut off: nobody can scroll it."""
CONTROLS = """[...document.querySelectorAll('button, kbd, .button')].filter(one => one.getClientRects().length)
  .map(one => one.textContent.trim())"""


@pytest.fixture(scope="module")
def axe() -> str:
    if AXE.exists():
        return AXE.read_text(encoding="utf-8")
    message = "axe-core 未安装：运行 make tools（需要 npm）"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    return pytest.skip(message)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("axe")
    db = databases.fresh(folder / "console.sqlite")
    with referring(db, folder) as running, chromium() as browser, window(browser, running.url) as opened:
        fill(running, folder, running.person("demo_wang", *ROLES))
        yield opened
    db.close()


def fill(running, folder, number: int) -> None:
    """A campaign, a referral, what came of it."""
    db, now, who = running.db, running.clock(), Actor(number, "demo_wang先生")
    leads = confirmed(db, folder, number, 3)
    lead_ids(db, *filling.site_and_run(db, "farm"), claiming("1", FARM, OTHER, seller="鸟" * 60, title="出鸟" * 90))
    campaigns.create(db, plan(), SETUP, now)
    drafts.draft(db, wanted(*leads[:2], campaign_id=1), who, now)
    owl = Seized("animal", "猫头鹰", Decimal(3), "只")
    given = NewFeedback(
        "东镇",
        "张某案",
        date(2026, 10, 20),
        campaign_id=1,
        filed=True,
        people=2,
        seizures=(owl,),
        typical="张某（化名）",
    )
    feedback.add(db, given, who, now)


def faults(page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['impact']} {one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]


def test_the_log_in(page, axe):
    page.goto("/login")
    assert faults(page, axe) == []
    log_in(page, "demo_wang", "wrong")
    assert faults(page, axe) == []
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.main-nav")


def look_at(page, path):
    page.goto(path)
    if "/login" in page.url:
        log_in(page, "demo_wang", PASSWORD)
        page.wait_for_selector("nav.main-nav")
        page.goto(path)


@pytest.mark.parametrize("path", [*PAGES, *MORE])
def test_pages(page, axe, path):
    look_at(page, path)
    serious = [fault for fault in faults(page, axe) if fault.startswith(("serious", "critical"))]
    assert serious == []


def test_the_overlay_of_keys(page, axe):
    page.goto("/account")
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    assert faults(page, axe) == []


@pytest.mark.parametrize("path", [*PAGES, *MORE])
def test_pages_fit_both_screens_and_paper(page, path):
    look_at(page, path)
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(BESIDE) <= 0, (width, height)
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    try:
        assert page.evaluate(BESIDE) <= 0
        assert page.evaluate(CUT) == []
        assert page.evaluate(CONTROLS) == []
    finally:
        page.emulate_media(media="screen")
