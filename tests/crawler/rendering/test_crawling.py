"""Whole runs of a site that is drawn by script: by a browser, from its JSON, and what a killed run leaves."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from crawler.browser import finding, guard
from storage.evidence import warc
from tests.crawling import Watch
from tests.pipelines.test_seal import kept
from tests.wangdun.running import PATIENCE

JSON_LIST = {
    "rows": "data.list[*]", "key": "id", "url": "/app/item/{id}", "title": "title", "price": "price_fen", "unit": "分",
    "activity": "replied_at", "order": "newest", "total": "data.total",
}  # fmt: skip
JSON_ITEM = {
    "root": "data", "title": "title", "body": "description", "price": "price_fen", "unit": "分", "seller": "seller.name",
    "contact": "phone", "date": "created_at", "images": "images[*].url", "gone": {"path": "code", "match": "404"},
}  # fmt: skip
NEXT = {"page": "page", "more": "data.has_more"}
BY_JSON = {
    "list": None,
    "item": None,
    "json": {"list": {**JSON_LIST, "next": NEXT}, "item": {**JSON_ITEM, "url": "/app/api/item/{key}"}},
}
STATE = {
    "list": {**JSON_LIST, "rows": "props.pageProps.data.list[*]", "total": "props.pageProps.data.total"},
    "item": {**JSON_ITEM, "root": "props.pageProps.data", "gone": {"path": "props.pageProps.code", "match": "404"}},
}
OFFERS = """SELECT s.title, s.body, s.price_text, s.price_amount, s.price_currency, s.seller, s.posted_at, s.images
            FROM snapshots s JOIN listings l ON l.id = s.listing_id ORDER BY s.title"""
GEAR = {"title": "出售猎夹", "body": "大号捕兽夹，30元一个，加微信 demo_gear", "price": "30元", "seller": "演示卖家"}


@pytest.fixture(scope="module")
def program():
    """Chromium; without one, CI fails and a person's tests are skipped."""
    if not finding.find() and os.environ.get("CI") == "true":
        pytest.fail(finding.absence())
    return finding.find() or pytest.skip(finding.absence())


def crawl(folder, start, keys, **politeness):
    folder.mkdir()
    watch = Watch(folder, start, keys, politeness={"timeout": 60, **politeness})
    ran = watch.run()
    assert (ran.status, ran.reasons) == ("complete", ""), ran.errors
    return watch, ran


def held(kind):
    """Keys of a site whose pages hold their JSON in a script."""
    source = {"next": "#__NEXT_DATA__", "variable": "window.__INITIAL_STATE__"}[kind]
    rules = {name: {**rule, "source": source} for name, rule in STATE.items()}
    return {
        "list": None,
        "item": None,
        "json": {**rules, "list": {**rules["list"], "url": f"/app/state/{kind}/item/{{id}}"}},
    }


def test_json_gives_what_a_page_gives(site, tmp_path):
    """One board as plain pages, from its interface by all ways of paging, and out of scripts."""
    site.control(fill=9)
    plain = crawl(tmp_path / "plain", f"{site.url}/board/", {})[0].rows(OFFERS)
    assert len(plain) == 9
    for number, following in enumerate(
        (
            NEXT,
            {"page": "page", "pages": "data.pages"},
            {"offset": "offset"},
            {"cursor": "data.cursor", "parameter": "cursor"},
            {"address": "data.next"},
        )
    ):
        site.control(clear_log=True)
        keys = {**BY_JSON, "json": {**BY_JSON["json"], "list": {**BY_JSON["json"]["list"], "next": following}}}
        watch, ran = crawl(tmp_path / str(number), f"{site.url}/app/api/items?size=4", keys)
        assert watch.rows(OFFERS) == plain
        assert (ran.tally["requests"], len(site.paths())) == (13, 13), following
        assert watch.rows("SELECT key, url FROM listings WHERE key = '7'") == [("7", f"{site.url}/app/item/7")]


@pytest.mark.parametrize("kind", ["next", "variable"])
def test_json_within_pages(site, tmp_path, kind):
    site.control(fill=9)
    plain = crawl(tmp_path / "plain", f"{site.url}/board/", {})[0].rows(OFFERS)
    watch, _ = crawl(tmp_path / "held", f"{site.url}/app/state/{kind}", held(kind))
    assert watch.rows(OFFERS) == plain


def test_wrapped_in_a_call(site, tmp_path):
    site.control(fill=3)
    watch, _ = crawl(tmp_path / "a", f"{site.url}/app/api/items?callback=cb", BY_JSON)
    assert watch.titles() == ["第1号 闲置转让", "第2号 闲置转让", "第3号 闲置转让"]


def test_json_through_several_runs(site, tmp_path):
    """Unchanged rows are not read again, changed ones are, and what the interface says is gone is gone."""
    site.control(fill=25)
    watch, _ = crawl(tmp_path / "a", f"{site.url}/app/api/items", BY_JSON)
    site.control(clear_log=True, edit={"25": {"price": "9元"}})
    second = watch.run()
    assert (second.status, second.tally["listings_changed"]) == ("complete", 1)
    assert [path for path in site.paths() if "/item/" in path] == ["/app/api/item/25"]
    site.control(delete=[3])
    third = watch.run("--full")
    assert (third.status, third.tally["listings_gone"]) == ("complete", 1)
    assert watch.rows("SELECT key FROM listings WHERE gone_at IS NOT NULL") == [("3",)]


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/login-wall", "login_wall", "需要登录"),
        ("/ok", "parse_error", "不是 JSON"),
        ("/app/api/item/99", "soft_404", "不存在"),
        ("/500", "http_error", "500"),
    ],
)
def test_what_is_no_list_is_told(site, tmp_path, path, kind, words):
    watch = Watch(tmp_path, f"{site.url}{path}", BY_JSON)
    ran = watch.run()
    assert ran.status == "failed"
    ((found, reason),) = watch.issues().values()
    assert found == kind
    assert words in reason


def test_a_browser_reads_what_plain_pages_say(program, site, tmp_path):
    """The list by scrolling and its items drawn; the list by pressing and its items from JSON."""
    site.control(fill=6)
    plain = crawl(tmp_path / "plain", f"{site.url}/board/", {})[0].rows(OFFERS)
    by_scroll = {"render": {"lists": {"wait": "div.row", "scroll": 20}, "items": {"wait": "h1"}}}
    watch, ran = crawl(tmp_path / "scroll", f"{site.url}/app/scroll?size=4", by_scroll)
    assert watch.rows(OFFERS) == plain
    assert ran.tally["extra"]["pages_list"] == 1
    item = {**JSON_ITEM, "url": "/app/api/item/{key}", "key": r"/item/(\d+)$"}
    mixed = {"render": {"lists": {"more": "button.more"}}, "json": {"item": item}}
    assert crawl(tmp_path / "more", f"{site.url}/app/more?size=4", mixed)[0].rows(OFFERS) == plain


def test_a_drawn_hit_is_sealed_as_sent_and_as_drawn(program, site, tmp_path):
    site.control(fill=1, add=[GEAR])
    watch, _ = crawl(tmp_path / "a", f"{site.url}/app/scroll", {"render": "browser"})
    page, files = next((capture, files) for capture, files in kept(watch) if capture.kind == "page")
    content = files["page.warc.gz"]
    assert "执行网页脚本" in page.facts["method"]
    assert not any("脚本" in lack["what"] for lack in page.facts["not_captured"])
    assert warc.check(content) == []
    found = records(content)
    assert [kind for kind, *_ in found] == [
        "warcinfo",
        "response",
        "request",
        "conversion",
        "response",
        "request",
        "metadata",
    ]
    assert "出售猎夹".encode() not in found[1][2]
    assert "<h1>出售猎夹</h1>".encode() in found[3][2]
    assert found[3][3] == found[1][1], "what was drawn refers to what was sent"
    assert "大号捕兽夹".encode() in found[4][2]


def records(content):
    """(type, id, block, refers to) of each record."""
    from io import BytesIO

    from warcio.archiveiterator import ArchiveIterator

    return [
        (
            one.rec_type,
            one.rec_headers.get_header("WARC-Record-ID"),
            one.content_stream().read(),
            one.rec_headers.get_header("WARC-Refers-To"),
        )
        for one in ArchiveIterator(BytesIO(content))
    ]


def below(pid):
    """Processes of a run that are a browser's."""
    found = []
    for one in guard.descendants(pid):
        try:
            if b"--headless" in Path(f"/proc/{one}/cmdline").read_bytes():
                found.append(one)
        except OSError:
            continue
    return found


def wait_for(look):
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def alive(pids):
    return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_killed_run_leaves_no_browser(program, site, tmp_path):
    watch = Watch(
        tmp_path,
        f"{site.url}/app/unsettled",
        {"render": {"lists": {"scroll": 500}}},
        crawler={"browser": {"seconds": 300}},
    )
    process = watch.begin()
    try:
        wait_for(lambda: len(below(process.pid)) >= 3)
        tree = guard.descendants(process.pid)
        assert len(below(process.pid)) >= 3
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    wait_for(lambda: not alive(tree))
    assert alive(tree) == []


def test_a_killed_browser_is_started_anew(program, site, tmp_path):
    site.control(fill=8)
    keys = {"render": {"lists": {"wait": "div.row"}, "items": {"wait": "h1"}}}
    watch = Watch(tmp_path, f"{site.url}/app/scroll", keys, {"retries": 3, "timeout": 60})
    process = watch.begin()
    wait_for(lambda: any(path.startswith("/app/item/") for path in site.paths()))
    for pid in below(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert len(watch.titles()) == 8
