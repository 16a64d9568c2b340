"""Entries: what sitemaps and feeds say about one page. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urldefrag, urljoin, urlsplit

from crawler.sources.xml import elements, local_name, text_of

if TYPE_CHECKING:
    from lxml import etree

MOST: Final = 20_000  # entries of one file: a sitemap may hold 50,000, of which the newest are asked for anyway
LONGEST: Final = 2000  # characters of an address: servers take no longer ones
SAME: Final = 0.5  # share of entries with one and the same time, from which on that is when the file was made
ENOUGH: Final = 10  # entries below which shares say nothing


@dataclass(frozen=True, slots=True)
class Entry:
    """One page."""

    url: str
    """Absolute, without a fragment."""
    changed_at: datetime | None = None
    """UTC; None when not said, or not to be believed."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap file holds."""

    pages: tuple[Entry, ...] = ()
    maps: tuple[Entry, ...] = ()
    """Further sitemaps, of an index."""


def read_sitemap(body: bytes, url: str, zone: tzinfo) -> Sitemap:
    """A sitemap or an index of sitemaps (sitemaps.org/protocol.html), plain or as .gz; empty when it is neither."""
    pages: list[Entry] = []
    maps: list[Entry] = []
    for element in elements(body, {"url", "sitemap"}):
        entry = _entry(url, text_of(element, "loc"), text_of(element, "lastmod"), zone)
        if entry is not None:
            (maps if local_name(element) == "sitemap" else pages).append(entry)
        if len(pages) + len(maps) >= MOST:
            break
    return Sitemap(believable(pages), tuple(maps))


def read_feed(body: bytes, url: str, zone: tzinfo) -> tuple[Entry, ...]:
    """The entries of a feed: RSS 0.9x, 1.0, 2.0 or Atom (RFC 4287); empty when it is none."""
    found: list[Entry] = []
    for element in elements(body, {"item", "entry"}):
        changed = text_of(element, "updated", "modified", "pubdate", "date", "published")
        entry = _entry(url, _link(element), changed, zone)
        if entry is not None:
            found.append(entry)
        if len(found) >= MOST:
            break
    return believable(found)


def _link(element: etree._Element) -> str:
    links = [child for child in element if local_name(child) == "link"]
    for link in links:
        if link.get("href") and link.get("rel", "alternate") == "alternate":
            return str(link.get("href"))
        if link.text and link.text.strip():
            return str(link.text.strip())
    guid = text_of(element, "guid")
    return guid if guid.startswith(("http://", "https://")) else ""


def _entry(base: str, link: str, changed: str, zone: tzinfo) -> Entry | None:
    if not link or len(link) > LONGEST:
        return None
    try:
        url = urldefrag(urljoin(base, link)).url
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f]", url):
        return None
    return Entry(url, read_time(changed, zone))


def read_time(text: str, zone: tzinfo) -> datetime | None:
    """A time as sitemaps (W3C date and time), Atom (RFC 3339) and RSS (RFC 822) write it, in UTC; None when it is none.

    A day without a time is its beginning; a time without a zone is the site's.
    """
    text = text.strip()[:40]  # the longest form there is has 31 characters
    try:
        found = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def believable(entries: list[Entry]) -> tuple[Entry, ...]:
    """The entries without times that are only when the file was made: then most of them have the same."""
    times = [entry.changed_at for entry in entries if entry.changed_at is not None]
    if len(times) >= ENOUGH and max(times.count(one) for one in {max(times), times[0]}) > len(times) * SAME:
        return tuple(Entry(entry.url) for entry in entries)
    return tuple(entries)
