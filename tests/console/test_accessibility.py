"""axe-core looks at every page: contrast, labels, order, names of controls."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.access import ROLES, RULES
from tests import databases
from tests.console.browsing import chromium, log_in, window
from tests.console.serving import PASSWORD, serving

AXE = Path(__file__).parent / "accessibility" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = sorted(
    route.removeprefix("GET ")
    for route, rule in RULES.items()
    if route.startswith("GET ") and "{" not in route and "/api/" not in route and not rule.anonymous
)
MORE = ("/people/1", "/nothing-here")


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
    db = databases.fresh(tmp_path_factory.mktemp("axe") / "console.sqlite")
    with serving(db) as running, chromium() as browser, window(browser, running.url) as opened:
        running.person("demo_wang", *ROLES)
        yield opened
    db.close()


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


@pytest.mark.parametrize("path", [*PAGES, *MORE])
def test_pages(page, axe, path):
    page.goto(path)
    if "/login" in page.url:
        log_in(page, "demo_wang", PASSWORD)
        page.wait_for_selector("nav.main-nav")
        page.goto(path)
    serious = [fault for fault in faults(page, axe) if fault.startswith(("serious", "critical"))]
    assert serious == []


def test_the_overlay_of_keys(page, axe):
    page.goto("/account")
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    assert faults(page, axe) == []
