"""Policy: which requests of a drawn page are let through. Stricter than for captures: only what its text needs.

The page and its data come from the site itself, scripts and styles also from its sister hosts and from hosts that the
configuration allows. Pictures, fonts, films and everything of others stay out: nobody looks at this browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.browser.policy import INNER, host_of, place_of, same_site, urlsplit_scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

DATA = frozenset({"xhr", "fetch"})
PARTS = frozenset({"script", "stylesheet"})
"""Kinds of requests by Playwright's names; everything else is not needed to read a page."""
MOST_MOVES = 8  # of the page itself, as many as redirects in a crawl


class PagePolicy:
    """What one drawn page may ask for."""

    def __init__(
        self,
        hosts: Collection[str],
        allow: Collection[str],
        most: int,
        permits: Callable[[str], bool],
        *,
        asked: int = 0,
    ) -> None:
        """`asked`: what an earlier try of the page has spent of `most` requests."""
        self.hosts = frozenset(host.lower() for host in hosts)
        self.allow = frozenset(allow)
        self.most = most
        self.permits = permits
        """Whether robots.txt lets the page itself move to an address."""
        self.asked = asked
        self.moves = 0
        self.is_settled = False
        """The page has been drawn: it may move no more."""
        self.strayed = ""
        """Chinese reason why the page was not let where it wanted to go; empty when it never was stopped."""

    def judge(self, url: str, kind: str, *, is_page: bool) -> str:
        """Chinese reason why the request is not let through; empty when it is."""
        if urlsplit_scheme(url) in INNER and not is_page:
            return ""
        if urlsplit_scheme(url) not in {"http", "https"} or not host_of(url):
            return "不是网页地址"
        if is_page:
            self.strayed = self._judge_move(url)
            return self.strayed
        reason = self._judge_part(url, kind)
        self.asked += not reason
        return reason

    def _judge_move(self, url: str) -> str:
        self.moves += 1
        if host_of(url) not in self.hosts:
            return "网页要跳到别的网站"
        if self.is_settled:
            return "网页在读取时要跳走"
        if self.moves > MOST_MOVES:
            return "网页不停跳转"
        if self.moves > 1 and not self.permits(url):
            return "网页要跳到 robots.txt 不允许的地址"
        self.asked += 1
        return ""

    def _judge_part(self, url: str, kind: str) -> str:
        host = host_of(url)
        own = host in self.hosts or any(same_site(host, one) for one in self.hosts)
        if kind not in DATA | PARTS:
            return "读取文字不需要"
        if not own and (host not in self.allow or kind not in PARTS):
            return "发往别的网站"
        return "网页的请求太多" if self.asked >= self.most else ""


class Approved:
    """The places that requests of a run's pages were let through to: the tunnel carries to no other."""

    def __init__(self, url: str) -> None:
        self.approved = {place_of(url)}

    def add(self, url: str) -> None:
        """A request to `url` was let through."""
        self.approved.add(place_of(url))
