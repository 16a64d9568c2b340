"""Links: the feeds that a page names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crawler.reading.page import Page

FEEDS: Final = 3  # of one page: boards name their own, perhaps in two formats, and that of the whole site
FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml")


def feed_links(page: Page) -> tuple[str, ...]:
    """Absolute addresses of the feeds that a page names in its head, in order, no more than `FEEDS`."""
    links = page.root.xpath("//link[@rel and @type and @href]")
    fitting = [link.get("href") for link in links if _is_feed(link.get("rel"), link.get("type"))]
    return tuple(url for href in fitting[:FEEDS] if (url := page.link(href)))


def _is_feed(rel: str, kind: str) -> bool:
    return "alternate" in rel.lower().split() and kind.partition(";")[0].strip().lower() in FEED_TYPES
