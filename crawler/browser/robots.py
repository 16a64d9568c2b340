"""Robots: may the browser open a page at all? The same rules as in a crawl, from the same parser.

A robots.txt that cannot be read allows nothing (RFC 9309, 2.3.1.4); one that is not there allows everything.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from scrapy.robotstxt import ProtegoRobotParser

from crawler.browser.policy import host_of, is_public, place_of

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from typing import IO

PATIENCE = 20.0  # seconds for an answer
LONGEST = 512 * 1024  # bytes: RFC 9309, 2.5, asks for 500 KiB at least
FRESH = 3600.0  # seconds for which rules are remembered; RFC 9309, 2.4, allows a day
LONGEST_DELAY = 60.0  # seconds, as in a crawl: more would hold up everything for days


@dataclass(frozen=True, slots=True)
class Ruling:
    """What robots.txt says about one page."""

    reason: str = ""
    """Chinese: why the page may not be opened; empty when it may."""
    is_final: bool = True
    """False where robots.txt could not be read, and perhaps can be later."""
    delay: float = 0.0
    """Seconds that the site asks to leave between two pages."""


class Robots:
    """Remembers each host's rules for an hour."""

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self._known: dict[str, tuple[float, Any]] = {}

    def judge(self, url: str) -> Ruling:
        """May the page be opened? Never raises for what a site answers."""
        root = "/".join(url.split("/")[:3])
        until, rules = self._known.get(root, (0.0, None))
        if time.monotonic() >= until:
            try:
                body = _fetch(f"{root}/robots.txt", self.user_agent)
            except (OSError, HTTPException, ValueError):
                return Ruling("robots.txt 读不到，按不允许访问处理", is_final=False)
            rules = ProtegoRobotParser(robotstxt_body=body, spider=None)
            self._known[root] = time.monotonic() + FRESH, rules
        if not rules.allowed(url, self.user_agent):
            return Ruling("robots.txt 不允许访问")
        delay = float(rules.rp.crawl_delay(self.user_agent) or 0.0)
        return Ruling(delay=min(max(delay, 0.0), LONGEST_DELAY))


class _NotInside(HTTPRedirectHandler):
    """A robots.txt may be kept elsewhere, but not on addresses inside our own network."""

    def redirect_request(  # noqa: PLR0913, PLR0917 -- as the library calls it
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Raises OSError."""
        if place_of(newurl) != place_of(req.full_url):
            host, port = place_of(newurl)
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            if not all(is_public(ip_address(str(one[4][0]).partition("%")[0])) for one in found):
                raise OSError("robots.txt leads inside")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(url: str, user_agent: str) -> bytes:
    """The text; empty where there is none. Raises OSError, HTTPException, ValueError."""
    if urlsplit(url).scheme not in {"http", "https"} or not host_of(url):
        raise ValueError(url)
    opener = build_opener(ProxyHandler({}), _NotInside, HTTPSHandler(context=_as_the_crawl()))
    request = Request(url, headers={"User-Agent": user_agent})  # noqa: S310 -- checked above
    deadline = time.monotonic() + PATIENCE
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            body = b""
            while len(body) < LONGEST and (part := answer.read1(LONGEST - len(body))):
                body += part
                if time.monotonic() > deadline:
                    raise TimeoutError
            return body
    except HTTPError as error:
        error.close()
        if error.code >= 500:
            raise
        return b""


def _as_the_crawl() -> ssl.SSLContext:
    """County sites' certificates are often out of date; the crawl reads them, and the facts name the certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
