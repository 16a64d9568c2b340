"""Why a page was not drawn, in words, and whether it is asked for again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.async_api import Error
from playwright.async_api import TimeoutError as TooLate

from crawler.failures import Undrawable, Undrawn, explain
from crawler.rendering.explaining import explain_error
from crawler.rendering.rules import Browsing

COMMISSION = SimpleNamespace(browsing=Browsing(seconds=30, megabytes=700, traffic=4))


def told(error, *, fate="", strayed="", ended="", left=1, refusals=None):
    """(kind, reason, whether it is asked for again)."""
    policy = SimpleNamespace(strayed=strayed)
    visit = SimpleNamespace(
        fate=fate, policy=policy, url="http://a.cn/x", undrawn=lambda: Undrawn("parse_error", "网页使浏览器崩溃")
    )
    provider = SimpleNamespace(ended=ended, tunnel=SimpleNamespace(left=left, refusals=dict(refusals or {})))
    found = explain_error(error, visit, provider, COMMISSION)
    return (*explain(found), isinstance(found, Undrawn))


@pytest.mark.parametrize(
    ("error", "state", "kind", "words", "again"),
    [
        (TimeoutError(), {}, "timeout", "30 秒", True), (TooLate("x"), {}, "timeout", "30 秒", True),
        (Error("Page crashed"), {}, "parse_error", "崩溃", True), (Error("x"), {"fate": "crash"}, "parse_error", "崩溃", True),
        (Error("has been closed"), {}, "connection", "意外结束", True), (Error("has been closed"), {"ended": "megabytes"}, "too_large", "700 MB", True),
        (Error("net::ERR_CONNECTION_RESET"), {"left": 0}, "too_large", "4 MB", False), (Error("net::ERR_CONNECTION_RESET at x"), {}, "connection", "对方中断了连接", True),
        (Error("net::ERR_TOO_MANY_REDIRECTS"), {}, "redirect_loop", "循环", False), (Error("Download is starting"), {}, "not_html", "下载文件", False),
        (RuntimeError("Failed to download x: canceled"), {}, "not_html", "下载文件", False), (Error("net::ERR_SOMETHING_NEW at x"), {}, "connection", "net::ERR_SOMETHING_NEW", True),
        (Error("net::ERR_SOCKS_CONNECTION_FAILED"), {"refusals": {"a.cn": "域名无法解析"}}, "dns", "域名无法解析", True),
        (Error("net::ERR_SOCKS_CONNECTION_FAILED"), {"refusals": {"a.cn": "拒绝连接"}}, "connection", "拒绝连接", True),
        (Error("net::ERR_SOCKS_CONNECTION_FAILED"), {"refusals": {"a.cn": "内网地址，不允许访问"}}, "redirect_loop", "内部网络", False),
        (Error("net::ERR_SOCKS_CONNECTION_FAILED"), {"refusals": {"b.cn": "不是网页自己的请求"}}, "redirect_loop", "站外", False),
        (Error("net::ERR_ABORTED"), {"strayed": "网页要跳到别的网站"}, "redirect_loop", "别的网站", False), (OSError("没有找到浏览器"), {}, "connection", "没有找到浏览器", False),
        (Undrawable("too_large", "大"), {}, "too_large", "大", False),
    ],
)  # fmt: skip
def test_reasons(error, state, kind, words, again):
    found = told(error, **state)
    assert (found[0], found[2]) == (kind, again)
    assert words in found[1]
