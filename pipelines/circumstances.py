"""Circumstances: who collects, with what, under which rules; what a record of an online extraction has to say."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import metadata
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from storage.evidence.clock import read_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from crawler.items import Exchange

NOTICE = "网络监测线索，供核查"
UNKNOWN = "未测定"
FETCHED = "HTTP GET，未登录，不发送 Cookie，不执行网页脚本"
DRAWN = "无界面浏览器（Chromium）打开，未登录，不带以前的 Cookie，执行网页脚本；不取图片、字体、影音和别的网站的内容"
AS_FETCHED = {
    "headers": "答复头按收到的顺序和写法保存，行首行尾空白除外，折行已合并；请求头按发出的顺序和写法保存",
    "body": "内容编码（如 gzip）保持原样；分块传输已合并，Transfer-Encoding 头改名为 X-Archive-Orig-Transfer-Encoding",
}
AS_DRAWN = {
    "headers": "按浏览器交出的顺序保存；与正文不再相符的头（Content-Encoding 等）改名为 X-Archive-Orig-…",
    "body": "浏览器解开内容编码后的正文；网页脚本自己请求的数据一并保存；脚本绘制后的网页另存为 conversion 记录",
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stays the same for all that one run secures."""

    version: str
    """Of this software."""
    config_sha256: str
    lexicon_version: str
    operator: str = ""
    """The monitoring unit."""
    user_agent: str = ""
    robots_reason: str | None = None
    """Why robots.txt is not obeyed, in writing; None when it is."""
    site: dict[str, Any] = field(default_factory=dict)
    """JSON-ready: the settings of the site that shape what is read."""

    def facts(self, *chains: Sequence[Exchange]) -> dict[str, Any]:
        """All of it with what the exchanges of each request add (redirects first, its answer last); JSON-ready."""
        last = next((chain[-1] for chain in reversed(chains) if chain), None)
        return {
            "notice": NOTICE,
            "software": f"网盾 wangdun {self.version}（{_libraries()}）",
            "operator": self.operator,
            "user_agent": self.user_agent,
            "site": self.site,
            "robots": self._robots(),
            "lexicon_version": self.lexicon_version,
            "config_sha256": self.config_sha256,
            "clock": read_clock() | (_offset(last) if last else {}),
            "environment": {**_environment(), "exit_ip": UNKNOWN},
            "network": _network(last) if last else {},
            "redirects": [hop for chain in chains for hop in _redirects(chain)],
            "method": DRAWN if last and last.drawn else FETCHED,
            "as_kept": AS_DRAWN if last and last.drawn else AS_FETCHED,
        }

    def _robots(self) -> dict[str, Any]:
        if self.robots_reason is None:
            return {"policy": "obey", "decision": "allowed", "told": "遵守 robots.txt，该网址允许访问"}
        return {"policy": "ignore", "decision": "overridden", "reason": self.robots_reason}


@cache
def _libraries() -> str:
    return "、".join(f"{name} {metadata.version(name)}" for name in ("scrapy", "twisted", "warcio"))


@cache
def _environment() -> dict[str, Any]:
    return {
        "os": platform.platform(),
        "machine": platform.machine(),
        "python": sys.version.split()[0],
        "hostname": platform.node(),
    }


def _network(exchange: Exchange) -> dict[str, Any]:
    names = ("ip", "protocol", "tls", "cipher", "certificate_sha256")
    return {name: getattr(exchange, name) for name in names}


def _redirects(chain: Sequence[Exchange]) -> Iterator[dict[str, Any]]:
    """Only within one request does an exchange follow from the one before it."""
    for here, there in pairwise(chain):
        how = f"HTTP {here.status}" if 300 <= here.status < 400 else "网页内跳转（meta refresh）"
        yield {"from": here.url, "to": there.url, "how": how}


def _offset(exchange: Exchange) -> dict[str, Any]:
    """What the server's clock said; positive seconds: ours is ahead. Its Date header counts whole seconds."""
    said = next((value for name, value in exchange.response_headers if name.lower() == "date"), None)
    theirs = _read_date(said)
    if theirs is None:
        return {"server_date": said, "server_offset": None}
    return {"server_date": said, "server_offset": round((exchange.answered_at - theirs).total_seconds(), 3)}


def _read_date(text: str | None) -> datetime | None:
    try:
        read = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError):  # no date
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)  # "-0000": UTC by an unknown clock
