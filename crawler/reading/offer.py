"""Offer: an item page becomes a Listing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.fields.contact import read_contacts
from crawler.fields.date import read_date
from crawler.fields.image import image_urls
from crawler.fields.price import read_price
from crawler.fields.text import block_text, line_text
from crawler.items import Contact, Listing, Price
from crawler.platforms.selectors import first_nodes, first_text, texts
from crawler.reading.board import clean_url, key_of
from crawler.reading.readable import drop_recommended, readable_text
from crawler.reading.structured import Structured, read_structured

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.config import Site
    from crawler.items import Fetch
    from crawler.platforms.recipe import Recipe
    from crawler.platforms.selectors import Picks
    from crawler.reading.page import Page

MAX_BODY = 200_000  # characters: the longest real offers hold some thousand; the rest is a trap or a whole book
MAX_TITLE = 500
MAX_FIELD = 200
MAX_REPLIES = 200  # replies of one page


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the item pages of one site."""

    site: Site
    recipe: Recipe

    @classmethod
    def of(cls, site: Site) -> Reader:
        """The reader for `site`; its recipe is laid out once here, not for each page."""
        return cls(site, site.recipe)

    def read(
        self, page: Page, fetch: Fetch, *, key: str | None = None, url: str | None = None, title: str = ""
    ) -> Listing | None:
        """The offer on `page`; None when the page shows neither a title nor a text.

        `url` and `title` are what a list said, for a page that does not. The page's tree is changed: noise is cut out.
        """
        facts = self._structured(page)
        _cut_out(page, self.recipe.item.remove)
        if self.recipe.readable:
            drop_recommended(page.root)
        else:
            page.settle()
        shown = first_text(self.recipe.item.title, page.root, page) or facts.title or title or self._page_title(page)
        title = shown[:MAX_TITLE]
        body = self._body(page, facts)[:MAX_BODY]
        if not title and not body:
            return None
        item, root = self.recipe.item, page.root
        return Listing(
            site=self.site.name,
            key=key or key_of(fetch.url, self.recipe),
            url=url or clean_url(self._address(page, fetch), self.recipe),
            title=title,
            body=body,
            fetch=fetch,
            price=self._price(page, facts),
            seller=(first_text(item.seller, root, page) or facts.seller or "")[:MAX_FIELD] or None,
            contacts=self._contacts(page, title, body),
            region=(first_text(item.region, root, page) or facts.region or "")[:MAX_FIELD] or None,
            posted_at=self._date(page, facts, fetch.fetched_at),
            images=_images(item.images, page) or facts.images,
            replies=self._replies(page),
            attributes=_attributes(item.attributes, page),
        )

    def _structured(self, page: Page) -> Structured:
        return read_structured(page) if self.recipe.structured else Structured()

    def _page_title(self, page: Page) -> str:
        return page.title if self.recipe.readable else ""

    def _body(self, page: Page, facts: Structured) -> str:
        parts = [_first_block(self.recipe.item.body, page)]
        if not parts[0] and self.recipe.readable:
            parts[0] = _both(facts, readable_text(page, replies=self.site.replies))
        parts[0] = parts[0] or facts.body
        parts.extend(_blocks(self.recipe.item.more, page))
        return "\n".join(part for part in dict.fromkeys(parts) if part)

    def _address(self, page: Page, fetch: Fetch) -> str:
        canonical = page.canonical
        if canonical is None or urlsplit(canonical).hostname != urlsplit(fetch.url).hostname:
            return fetch.url  # a page may name any other site as its own
        same = self.recipe.key_of(canonical) == self.recipe.key_of(fetch.url) is not None
        return canonical if same else fetch.url

    def _price(self, page: Page, facts: Structured) -> Price | None:
        for text in texts(self.recipe.item.price, page.root, page):
            price = read_price(text)
            if price is not None:
                bare = price.currency is None and price.amount is not None
                return replace(price, currency=self.recipe.currency) if bare else price
        return facts.price

    def _contacts(self, page: Page, title: str, body: str) -> tuple[Contact, ...]:
        said = "\n".join(texts(self.recipe.item.contact, page.root, page))
        found = {(one.kind, one.value): one for one in read_contacts(f"{said}\n{title}\n{body}")}
        return tuple(found.values())

    def _date(self, page: Page, facts: Structured, now: datetime) -> datetime | None:
        zone = ZoneInfo(self.site.timezone or self.recipe.date.timezone)
        order = self.site.date_order or self.recipe.date.order
        for text in texts(self.recipe.item.date, page.root, page):
            when = read_date(text, now, timezone=zone, order=order)
            if when is not None:
                return when
        return read_date(facts.date, now, timezone=zone, order=order) if facts.date else None

    def _replies(self, page: Page) -> tuple[str, ...]:
        if not self.site.replies:
            return ()
        return tuple(_blocks(self.recipe.item.replies, page)[:MAX_REPLIES])


def _cut_out(page: Page, picks: Picks) -> None:
    for pick in picks:
        for element in pick.found(page.root, page):
            if not isinstance(element, str) and element.getparent() is not None:
                element.drop_tree()
                page.changed()


def _block(node: Any) -> str:
    if isinstance(node, str):
        return line_text(node)
    # a <br> selected alone has no text of its own
    return block_text(node)


def _first_block(picks: Picks, page: Page) -> str:
    for pick in picks:
        for node in pick.found(page.root, page):
            text = pick.matched(_block(node))
            if text:
                return text
    return ""


def _blocks(picks: Picks, page: Page) -> list[str]:
    return [text for pick in picks for node in pick.found(page.root, page) if (text := pick.matched(_block(node)))]


def _both(facts: Structured, readable: str) -> str:
    """What the page states about its offer, and what it shows: a stated text is often cut, a shown one often noisy."""
    if not facts.kind or facts.body[:40] in readable:
        return readable if len(readable) >= len(facts.body) else facts.body
    lines = [line for line in readable.splitlines() if line not in facts.body]
    return "\n".join((facts.body, *lines))


def _images(picks: Picks, page: Page) -> tuple[str, ...]:
    nodes = first_nodes(picks, page.root, page)
    links = [url for node in nodes if isinstance(node, str) and (url := page.link(node))]
    elements = [node for node in nodes if not isinstance(node, str)]
    return (*links, *image_urls(elements, page.base))


def _attributes(picks: Picks, page: Page) -> tuple[tuple[str, str], ...]:
    pairs = []
    for row in first_nodes(picks, page.root, page):
        cells = [] if isinstance(row, str) else [line_text(cell) for cell in row if isinstance(cell.tag, str)]
        pair = (cells[0], cells[1]) if len(cells) >= 2 else _split_label(row)
        if pair is not None and pair[0]:
            pairs.append((pair[0].rstrip("：: ")[:MAX_FIELD], pair[1][:1000]))  # a longer value is body text
    return tuple(pairs[:50])  # no real table of facts has more rows


def _split_label(row: Any) -> tuple[str, str] | None:
    found = re.match(r"([^：:]{1,20})[：:](.*)", line_text(row))
    return (found[1].strip(), found[2].strip()) if found else None
