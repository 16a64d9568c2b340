"""A real Chromium for tests of pages: what a reviewer's browser would do, and pictures of it."""

from __future__ import annotations

from contextlib import contextmanager

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
SIZES = {"small": (1280, 720), "large": (1920, 1080)}
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@contextmanager
def chromium():
    """A browser with nothing in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser, url, *, size="small", script=True):
    """A page in a context of its own; `page.complaints` is what its console said."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=url, viewport={"width": width, "height": height}, java_script_enabled=script, locale="zh-CN"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints = page.complaints = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()


def log_in(page, name, password):
    """Through the form, as a person would."""
    page.goto("/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")


def shoot(page, folder, name):
    """A picture of what is visible, in both sizes."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder / f"{name}-{size}.png")
    page.set_viewport_size(dict(zip(("width", "height"), SIZES["small"], strict=True)))
