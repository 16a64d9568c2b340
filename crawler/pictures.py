"""Pictures: a listing's images, fetched as politely as pages, for evidence only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request

from crawler.exchanges import HOPS
from crawler.failures import explain, explain_status
from crawler.strangers import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.items import Exchange

LARGEST = 10 * 1024 * 1024  # bytes of one picture: what a telephone takes is smaller
ACCEPT = "image/webp,image/png,image/jpeg,image/gif,*/*;q=0.5"
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One image, content coding undone."""

    url: str
    media_type: str
    content: bytes


@dataclass(slots=True)
class Fetched:
    """What came of a listing's images."""

    pictures: list[Picture] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(URL, Chinese reason)."""
    chains: list[list[Exchange]] = field(default_factory=list)
    """For each picture asked for: the exchanges of that request, redirects first."""

    @property
    def exchanges(self) -> list[Exchange]:
        """All of them in turn; neighbours need not have to do with each other."""
        return [one for chain in self.chains for one in chain]

    @property
    def urls(self) -> list[str]:
        """Of the pictures."""
        return [one.url for one in self.pictures]

    @property
    def size(self) -> int:
        """Bytes of all exchanges' bodies."""
        return sum(len(one.body) for one in self.exchanges)


async def fetch(crawler: Crawler, urls: Sequence[str], *, room: int, going: Callable[[], bool]) -> Fetched:
    """The images, one after the other, through all of the run's politeness.

    Args:
        crawler: the run.
        urls: absolute addresses.
        room: bytes for all of them together; what is over it is not fetched.
        going: asked before each; False when the run is ending.
    """
    fetched = Fetched()
    for url in urls:
        if not going():
            fetched.failures.append((url, "采集提前结束，未取"))
        elif fetched.size >= room:
            fetched.failures.append((url, "超过一次固定的大小上限，未取"))
        elif urlsplit(url).scheme not in {"http", "https"}:
            fetched.failures.append((url[:200], "不是网址"))
        else:
            await _fetch_one(crawler, url, fetched, min(LARGEST, room - fetched.size))
    return fetched


async def _fetch_one(crawler: Crawler, url: str, fetched: Fetched, most: int) -> None:
    hops: list[Exchange] = []
    meta = {HOPS: hops, EVIDENCE: True, "download_maxsize": most}
    assert crawler.engine is not None
    try:
        request = Request(url, headers={"Accept": ACCEPT}, meta=meta, dont_filter=True)
        response = await crawler.engine.download_async(request)
    except Exception as error:  # noqa: BLE001 -- whatever a picture meets is said in its capture
        fetched.failures.append((url, explain(error)[1]))
    else:
        _take(url, response, fetched)
    if hops:
        fetched.chains.append(hops)


def _take(url: str, response: Response, fetched: Fetched) -> None:
    kind = media_type(response.body)
    if response.status != 200:
        fetched.failures.append((url, explain_status(response.status)[1]))
    elif kind is None:
        fetched.failures.append((url, "不是图片" if response.body else "空文件"))
    else:
        fetched.pictures.append(Picture(url, kind, response.body))


def media_type(content: bytes) -> str | None:
    """What the first bytes say it is; servers' own words are not to be trusted. None: no picture (SVG is none)."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "image/avif" if content[4:12] in {b"ftypavif", b"ftypavis"} else None
