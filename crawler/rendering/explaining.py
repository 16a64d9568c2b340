"""Explaining: why a page was not drawn, in Chinese, and whether another try may do better."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as TooLate

from crawler.browser.explaining import ERRORS, FINAL
from crawler.browser.policy import host_of
from crawler.failures import Undrawable, Undrawn

if TYPE_CHECKING:
    from crawler.items import ProblemKind
    from crawler.rendering.commission import Commission
    from crawler.rendering.provider import GuardedProvider
    from crawler.rendering.visit import Visit

REFUSED: dict[str, ProblemKind] = {"域名无法解析": "dns", "连接超时": "timeout"}
"""What the tunnel says about a host → kind; other words are about the connection."""
DOWNLOAD = ("Download is starting", "Failed to download")


def explain_error(
    error: Exception, visit: Visit | None, provider: GuardedProvider, commission: Commission
) -> Undrawn | Undrawable:
    """What became of a page.

    Args:
        error: what was raised while it was drawn.
        visit: the page's, where it came so far.
        provider: the browser's, with how it ended and what the tunnel did not carry.
        commission: the bounds.
    """
    if isinstance(error, Undrawn | Undrawable):
        return error
    if provider.ended == "megabytes":
        provider.ended = ""
        return Undrawn("too_large", f"网页占用内存过多（超过 {commission.browsing.megabytes} MB），浏览器已重新启动")
    if visit is not None and visit.fate:
        return visit.undrawn()
    if provider.tunnel.left <= 0:
        return Undrawable("too_large", f"网页的数据量超过上限（{commission.browsing.traffic} MB）")
    return _of_library(error, visit, provider, commission.browsing.seconds)


def _of_library(
    error: Exception, visit: Visit | None, provider: GuardedProvider, seconds: float
) -> Undrawn | Undrawable:
    said = str(error)
    if isinstance(error, TooLate | TimeoutError):
        return Undrawn("timeout", f"网页没有在 {seconds:g} 秒内绘制完成")
    if isinstance(error, OSError):
        return Undrawable("connection", said)
    if any(word in said for word in DOWNLOAD):
        return Undrawable("not_html", "该地址给出的是下载文件，不是网页")
    if visit is not None and visit.policy.strayed and "ERR_ABORTED" in said:
        return Undrawable("redirect_loop", f"{visit.policy.strayed}，没有跟随")
    if "ERR_SOCKS_CONNECTION_FAILED" in said and visit is not None:
        return _unreached(visit.url, provider)
    return _of_network(said)


def _of_network(said: str) -> Undrawn | Undrawable:
    if "crashed" in said:
        return Undrawn("parse_error", "网页使浏览器崩溃")
    known = next((words for word, words in ERRORS if word in said), "")
    if known in FINAL:
        return Undrawable("redirect_loop", known)
    if "closed" in said:
        return Undrawn("connection", "浏览器意外结束，已重新启动")
    found = re.search(r"net::[A-Z_]{3,60}", said)
    return Undrawn("connection", f"连接失败（{known or (found[0] if found else said[:100])}）")


def _unreached(url: str, provider: GuardedProvider) -> Undrawn | Undrawable:
    """The tunnel did not carry: to the page's own host for a reason of the network, to another because it leads away."""
    reason = provider.tunnel.refusals.pop(host_of(url), "")
    if not reason:
        return Undrawable("redirect_loop", "跳转到站外，未跟随")
    if "内网" in reason:
        return Undrawable("redirect_loop", "指向内部网络的地址，未访问")
    kind = REFUSED.get(reason, "connection")
    return Undrawn(kind, reason)
