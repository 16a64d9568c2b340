"""Every way in which a page can fail is told in words, and the pages around it are read."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from crawler.failures import explain, explain_status
from tests.crawling import Watch
from tests.site import pages
from tests.site.fixture import serve

READ = (
    "ok", "redirect-chain?n=5", "gzip", "gbk-utf8-header", "gbk-broken", "utf8-gbk-meta", "gb2312-gbk", "big5",
    "nocharset", "broken-html", "nul", "surrogate", "meta-refresh", "flaky?fails=1", "429",
)  # fmt: skip
FAILED = {
    "500": ("http_error", "服务器内部错误（500）"),
    "403": ("http_error", "拒绝访问（403）"),
    "no-such": ("soft_404", "信息在读取前已消失：HTTP 404"),
    "gone": ("soft_404", "信息在读取前已消失：HTTP 410"),
    "soft404": ("soft_404", "主题不存在"),
    "missing-home": ("soft_404", "跳转到了首页"),
    "truncated": ("truncated", "网页传输不完整"),
    "reset": ("connection", "对方中断了连接"),
    "reset-midway": ("truncated", "网页传输不完整"),
    "slow?s=30": ("timeout", "超时未答复"),
    "drip?n=30&s=1": ("timeout", "超时未答复"),
    "loop": ("redirect_loop", "重定向次数过多"),
    "redirect-chain?n=12": ("redirect_loop", "重定向次数过多"),
    "big": ("too_large", "大小上限"),
    "bomb": ("too_large", "展开后超过大小上限"),
    "login-wall": ("login_wall", "您需要登录后才能继续本操作"),
    "captcha": ("captcha", "安全验证"),
    "empty": ("parse_error", "没有读到标题和正文"),
    "pdf": ("not_html", "application/pdf"),
    "binary": ("not_html", "application/octet-stream"),
    "binary-as-html": ("not_html", "不是网页"),
    "picture.png": ("not_html", "image/png"),
}
GARBLED = {
    "gbk-broken": (pages.TITLE, "\ufffd" + pages.BODY),
    "gb2312-gbk": (pages.TITLE + pages.ONLY_GBK, pages.BODY),
    "big5": (pages.TRADITIONAL, "實木餐桌"),
}


def address(site, paths):
    return f"{site.url}/list?" + "&".join(f"to={quote('/' + path, safe='')}" for path in paths)


def test_a_crawl_through_all_failures(tmp_path):
    with serve() as site:
        gentle = {"timeout": 10, "retries": 1, "concurrency": 4, "max_bytes": 1 << 20}
        watch = Watch(tmp_path, address(site, [*READ, *FAILED]), politeness=gentle)
        first = watch.run()
        assert (first.code, first.status, first.errors) == (1, "failed", "")
        assert f"{len(FAILED)} 个网页读取失败（共请求 {len(READ) + len(FAILED) + 1} 个）" in first.reasons
        check_issues(watch.issues())
        check_listings(watch)
        assert first.tally["bytes"] < 16 << 20, "the page of 50 MB was not downloaded to its end"
        check_retries(site, watch)


def check_issues(issues):
    assert set(issues) == set(FAILED)
    for path, (kind, words) in FAILED.items():
        assert issues[path][0] == kind, path
        assert words in issues[path][1], path


def check_listings(watch):
    query = "SELECT l.key, s.title, s.body FROM listings l JOIN snapshots s ON s.listing_id = l.id"
    stored = {key[1:]: (title, body) for key, title, body in watch.rows(query)}
    assert set(stored) == set(READ)
    for path in set(READ) - {"surrogate", "broken-html", "nul"}:
        assert stored[path] == GARBLED.get(path, (pages.TITLE, pages.BODY)), path
    assert stored["nul"][0] == pages.TITLE
    assert stored["broken-html"][1].startswith(pages.BODY)
    assert stored["surrogate"][0].startswith("出售闲置餐桌，象")
    assert stored["surrogate"][0].endswith("牙白，九成新")


def check_retries(site, watch):
    """What failed is tried again, although no list page leads there; what vanished is not."""
    watch.start = address(site, ["ok"])
    site.control(clear_log=True)
    watch.run()
    vanished = {path for path, (kind, _) in FAILED.items() if kind == "soft_404"}
    asked = {path.removeprefix("/") for path in site.paths()}
    assert set(FAILED) - vanished <= asked
    assert not vanished & asked


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (DownloadTimeoutError("x"), "timeout", "超时"),
        (CannotResolveHostError("x"), "dns", "域名"),
        (DownloadConnectionRefusedError("x"), "connection", "拒绝连接"),
        (DownloadCancelledError("x"), "too_large", "大小上限"),
        (ResponseDataLossError("x"), "truncated", "不完整"),
        (IgnoreRequest("Forbidden by robots.txt"), "robots", "不允许访问"),
        (IgnoreRequest("unreadable robots.txt"), "robots", "读不到"),
        (IgnoreRequest("max redirections reached"), "redirect_loop", "循环"),
        (IgnoreRequest("offsite: other.example"), "redirect_loop", "站外"),
        (DownloadFailedError("[<Failure OpenSSL.SSL.Error: certificate verify failed>]"), "connection", "证书"),
        (DownloadFailedError("ConnectionLost: Connection to the other side was lost"), "connection", "中断"),
        (RuntimeError("whatever\nsecond line"), "connection", "连接失败（RuntimeError）"),
        (None, "connection", "连接失败"),
    ],
)
def test_failed_downloads_are_explained(error, kind, words):
    assert explain(error)[0] == kind
    assert words in explain(error)[1]


@pytest.mark.parametrize(
    ("cause", "kind", "words"),
    [
        (DownloadTimeoutError("x"), "timeout", "没有答复 robots.txt：超时"),
        (DownloadConnectionRefusedError("x"), "connection", "拒绝连接"),
        (DownloadCancelledError("x"), "robots", "robots.txt 读不到（网页超过大小上限"),
        (IgnoreRequest("robots.txt answered 500"), "robots", "按不允许访问处理"),
    ],
)
def test_a_site_that_is_down_is_not_said_to_bar_us(cause, kind, words):
    error = IgnoreRequest("unreadable robots.txt")
    error.__cause__ = cause
    assert explain(error)[0] == kind
    assert words in explain(error)[1]


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "login_wall", "需要登录"),
        (403, "http_error", "403"),
        (503, "http_error", "503"),
        (418, "http_error", "418"),
    ],
)
def test_statuses_are_explained(status, kind, words):
    assert explain_status(status)[0] == kind
    assert words in explain_status(status)[1]


def test_a_site_that_goes_down_is_left_alone_and_read_next_time(tmp_path):
    with serve() as site:
        ids = site.control(reset=True, fill=60)["ids"]
        site.control(fail={str(one): "reset" for one in ids})
        watch = Watch(tmp_path, f"{site.url}/board/")
        down = watch.run()
        assert (down.code, down.status) == (1, "failed")
        assert "连续多个网页没有答复" in down.reasons
        asked = [path for path in site.paths() if "/item/" in path]
        assert 15 <= len(asked) < 30, "it was not asked for every page of a dead site"
        site.control(fail=dict.fromkeys(map(str, ids)))
        up = watch.run()
        assert up.status == "complete"
        assert watch.rows("select count(*) from listings") == [(60,)]


def test_a_run_ends_at_its_time_limit_and_says_so(tmp_path):
    with serve() as site:
        site.control(reset=True, fill=30)
        watch = Watch(tmp_path, f"{site.url}/board/")
        # a minute is the shortest that can be configured
        ran = watch.run(
            before="import crawler.settings as s; o = s.settings_for\ns.settings_for = lambda *a: o(*a) | {'CLOSESPIDER_TIMEOUT': 1, 'DOWNLOAD_DELAY': 0.3}"
        )
        assert ran.status == "partial"
        assert "运行时间达到上限" in ran.reasons
        assert 0 < watch.rows("select count(*) from listings")[0][0] < 30
