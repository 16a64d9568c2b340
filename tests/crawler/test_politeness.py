"""What a site is asked, how often, and by whom."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from crawler.politeness import read_retry_after
from tests.crawling import Watch
from tests.site import pages

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def times(site):
    """Moments of the requests, oldest first, robots.txt included."""
    return [datetime.fromisoformat(entry["time"]) for entry in site.log()]


def gaps(moments):
    return [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]


@pytest.mark.parametrize("kind", ["deny", "error", "big"])
def test_a_barred_list_is_not_read(site, tmp_path, kind):
    """Barred, or robots.txt unreadable: then nothing is allowed (RFC 9309, 2.3.1.4)."""
    site.control(fill=3, robots=kind)
    watch = Watch(tmp_path, [f"{site.url}/board/", f"{site.url}/board/?page=2"], politeness={"concurrency": 4})
    ran = watch.run()
    assert (ran.code, ran.status) == (1, "failed")
    assert "robots.txt 不允许访问列表页" in ran.reasons
    assert set(site.paths()) == {"/robots.txt"}, "neither of the two requests that waited for it went out"
    assert {kind for kind, _ in watch.issues().values()} == {"robots"}
    assert watch.rows("SELECT status, reason FROM runs") == [("failed", ran.reasons)]


def test_barred_items_are_recorded(site, tmp_path):
    site.control(fill=3, robots="deny-items")
    watch = Watch(tmp_path, f"{site.url}/board/")
    ran = watch.run()
    assert site.paths() == ["/robots.txt", "/board/"]
    assert ran.status == "partial"
    assert watch.issues() == {f"board/item/{number}": ("robots", "robots.txt 不允许访问") for number in (1, 2, 3)}


@pytest.mark.parametrize("kind", ["html", "missing", "forbidden", "allow"])
def test_a_robots_file_without_rules_forbids_nothing(site, tmp_path, kind):
    site.control(fill=1, robots=kind)
    assert Watch(tmp_path, f"{site.url}/board/").run().tally["listings_new"] == 1


def test_robots_are_passed_over_only_with_a_written_reason(site, tmp_path):
    site.control(fill=1, robots="deny")
    watch = Watch(tmp_path, f"{site.url}/board/", {"robots": {"obey": False}})
    refused = watch.run()
    assert refused.code == 2
    assert "理由" in refused.reasons
    assert site.paths() == []
    watch.keys["robots"]["reason"] = "站点书面同意（演示）"
    assert watch.run().tally["listings_new"] == 1
    assert "/robots.txt" not in site.paths()


def test_one_request_at_a_time_with_a_delay_and_an_honest_name(site, tmp_path):
    site.control(fill=3)
    watch = Watch(tmp_path, f"{site.url}/board/", {"delay": 0.4}, crawler={"contact": "demo@example.org 演示"})
    assert watch.run().status == "complete"
    assert {entry["headers"]["User-Agent"] for entry in site.log()} == {"Wangdun/0.1.0 (+demo@example.org)"}
    assert not any({"Cookie", "Referer"} & set(entry["headers"]) for entry in site.log())
    assert min(gaps(times(site))[1:]) > 0.15, "half the delay at least: the delay varies by half"


def test_crawl_delay_and_retry_after_are_obeyed(site, tmp_path):
    site.control(robots="delay")
    watch = Watch(tmp_path, f"{site.url}/list?to=/429&to=/ok", politeness={"retries": 2})
    ran = watch.run()
    assert (ran.status, ran.tally["listings_new"]) == ("complete", 2)
    assert site.paths().count("/429") == 2
    assert min(gaps(times(site))[1:]) > 0.9, "robots.txt asks for one second"


@contextmanager
def elsewhere(target):
    """A server whose list leads back to itself, to `target`, and through redirects to `target`."""
    rows = [pages.row("/away", "去别处"), pages.row(f"{target}/ok", "在别处"), pages.row("/here", "在这里")]
    texts = {
        "/": pages.list_page(rows, f"{target}/list"), "/here": pages.item_page(), "/robots.txt": "",
    }  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", f"{target}/ok")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(texts[self.path].encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_run_does_not_leave_its_site(site, tmp_path):
    """Neither by a link, nor by a redirect, nor by the next page of a list."""
    with elsewhere(site.url.replace("127.0.0.1", "localhost")) as start:
        watch = Watch(tmp_path, f"{start}/")
        ran = watch.run()
    assert ran.tally["listings_new"] == 1
    assert site.log() == []
    issues = watch.issues()
    assert issues["away"] == ("redirect_loop", "跳转到站外，未跟随")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"7", 7), (b" 120 ", 120), (b"99999999999", 999999), (b"Sat, 21 Nov 2026 12:01:00 GMT", 60),
        (b"Sat, 21 Nov 2026 11:00:00 GMT", 0), (b"-5", 0), (b"soon", 0), (b"\xff", 0), (b"", 0), (None, 0),
        (b"Sat, 99 Nov 2026 11:00:00 GMT", 0), ("٣".encode(), 0),
    ],
)  # fmt: skip
def test_retry_after(value, seconds):
    assert read_retry_after(value, NOW) == seconds
