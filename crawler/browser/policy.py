"""Policy: which requests of a page are let through. Pure: addresses in, reasons out.

The page's own site may send what it likes. Others may give pictures, styles, fonts and scripts, for without them the
page does not look as a person sees it; nothing may be sent to them, and the page may not lead there.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

PARTS = frozenset({"image", "stylesheet", "font", "script"})
"""What a page may take from other sites; names as Chromium's DevTools protocol has them, in lower case."""
INNER = frozenset({"data", "blob", "about"})  # never leave the browser
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
MOST_NAVIGATIONS = 12  # of the page itself: real chains have two or three, Scrapy's own limit here is eight
MOST_URL = 2000  # characters of an address that are noted down: what is longer carries data, not a place
SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "gob", "mil", "net", "ne", "or", "org"})
NAT64 = 0x64FF9B << 96  # 64:ff9b::/96 holds an IPv4 address in its last 32 bits (RFC 6052)


class Policy:
    """What one page may ask for."""

    def __init__(self, url: str, most_requests: int) -> None:
        self.host = host_of(url)
        self.most_requests = most_requests
        self.asked = 0
        self.navigations = 0
        self.approved = {place_of(url)}
        """(host, port) of all requests that were let through: there is no way to any other."""

    def judge(self, url: str, kind: str, *, is_page: bool) -> str:
        """Chinese reason why the request is not let through; empty when it is. `is_page`: the page itself moves."""
        scheme = urlsplit_scheme(url)
        if scheme in INNER and not is_page:
            return ""
        reason = self._judge(url, scheme, kind, is_page=is_page)
        if not reason:
            self.asked += 1
            self.approved.add(place_of(url))
        return reason

    def _judge(self, url: str, scheme: str, kind: str, *, is_page: bool) -> str:
        if scheme not in {"http", "https"} or not host_of(url):
            return "不是网页地址"
        own = same_site(host_of(url), self.host)
        if is_page:
            self.navigations += 1
            if not own:
                return "网页要跳到别的网站"
            return "网页不停跳转" if self.navigations > MOST_NAVIGATIONS else ""
        if not own and kind not in PARTS:
            return "发往别的网站，不是网页的图片、样式、字体或脚本"
        return "网页的请求太多" if self.asked >= self.most_requests else ""

    def is_own(self, url: str) -> bool:
        """Whether the address belongs to the page's own site."""
        return same_site(host_of(url), self.host)


def urlsplit_scheme(url: str) -> str:
    """Scheme of any text, in lower case."""
    return url.partition(":")[0].lower()


def host_of(url: str) -> str:
    """Host name in lower case, as it is written in ASCII; empty where there is none that could be read."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host if host.isascii() else host.encode("idna").decode()
    except ValueError:  # UnicodeError is one
        return ""


def place_of(url: str) -> tuple[str, int]:
    """Host and port."""
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    return host_of(url), port or PORTS.get(urlsplit_scheme(url), 0)


def same_site(one: str, other: str) -> bool:
    """Whether two hosts are run by the same people, as far as their names tell: ``www.a.com.cn`` and ``img.a.com.cn``."""
    return one == other or (bool(one) and registrable(one) == registrable(other) != "")


def registrable(host: str) -> str:
    """The part of a name that somebody had to register; the host itself where it is an address or has one label."""
    if as_address(host) is not None:
        return host
    labels = host.split(".")
    under = len(labels) > 2 and len(labels[-1]) == 2 and (labels[-2] in SECOND_LEVEL or len(labels[-2]) == 2)
    return ".".join(labels[-3 if under else -2 :])


def as_address(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is written as; None for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the open internet, in whatever wrapping."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and int(address) >> 32 << 32 == NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not getattr(address, "is_site_local", False)
