"""Offer from JSON: the JSON of an item becomes a Listing, as an item page does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crawler.fields.contact import read_contacts
from crawler.fields.date import read_date
from crawler.fields.text import line_text
from crawler.items import Listing
from crawler.reading import json_values as values
from crawler.reading.json_paths import find
from crawler.reading.offer import MAX_BODY, MAX_FIELD, MAX_REPLIES, MAX_TITLE

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.config import Site
    from crawler.items import Contact, Fetch
    from crawler.platforms.recipe import Recipe
    from crawler.reading.json_rules import JsonItem

_MESSAGES = ("msg", "message", "error", "errmsg", "error_msg", "errorMessage", "info", "detail", "reason")
MAX_ATTRIBUTES = 50  # as many as of a page


@dataclass(frozen=True, slots=True)
class JsonReader:
    """Reads the offers of one site that come as JSON."""

    site: Site
    recipe: Recipe
    rules: JsonItem

    def read(self, document: Any, fetch: Fetch, *, key: str, url: str) -> Listing | None:
        """The offer in `document`; None when it holds neither a title nor a text.

        Args:
            document: the whole answer.
            fetch: how it was fetched.
            key: of the listing.
            url: of the page on which a person sees it.
        """
        rules, root = self.rules, self._root(document)
        title = values.line(rules.title, root)[:MAX_TITLE]
        texts = [*values.blocks(rules.body, root)[:1], *values.blocks(rules.more, root)]
        body = "\n".join(dict.fromkeys(texts))[:MAX_BODY]
        if not title and not body:
            return None
        return Listing(
            site=self.site.name,
            key=key,
            url=url,
            title=title,
            body=body,
            fetch=fetch,
            price=values.price(rules.price, root, rules.unit, self.recipe.currency),
            seller=values.line(rules.seller, root)[:MAX_FIELD] or None,
            contacts=self._contacts(root, title, body),
            region=values.line(rules.region, root)[:MAX_FIELD] or None,
            posted_at=self._date(root, fetch.fetched_at),
            images=values.pictures(rules.images, root, url) or values.pictures_within(rules.body, root, url),
            replies=tuple(values.blocks(rules.replies, root)[:MAX_REPLIES]) if self.site.replies else (),
            attributes=self._attributes(root),
        )

    def is_gone(self, document: Any) -> str:
        """What the answer says where it says that the offer is no longer there; empty when it does not."""
        gone = self.rules.gone
        if gone is None:
            return ""
        said = next((text for one in find(document, gone.path) if (text := line_text(values.as_text(one)))), "")
        return said if said and re.fullmatch(gone.match, said[:500]) else ""

    def _root(self, document: Any) -> Any:
        return next(iter(find(document, self.rules.root)), None)

    def _contacts(self, root: Any, title: str, body: str) -> tuple[Contact, ...]:
        said = "\n".join(values.lines(self.rules.contact, root))
        found = {(one.kind, one.value): one for one in read_contacts(f"{said}\n{title}\n{body}")}
        return tuple(found.values())

    def _date(self, root: Any, now: datetime) -> datetime | None:
        zone = ZoneInfo(self.site.timezone or self.recipe.date.timezone)
        order = self.site.date_order or self.recipe.date.order
        for value, text in values.matched(self.rules.date, root):
            when = values.moment(value) or read_date(line_text(text), now, timezone=zone, order=order)
            if when is not None:
                return when
        return None

    def _attributes(self, root: Any) -> tuple[tuple[str, str], ...]:
        found = [(name[:MAX_FIELD], told[:1000]) for name, told in values.pairs(self.rules.attributes, root)]
        return tuple(found[:MAX_ATTRIBUTES])


def messages(document: Any) -> list[str]:
    """What an answer says to people in place of what was asked for: its error message, where such things stand."""
    if not isinstance(document, dict):
        return []
    places = [document, *(inner for inner in document.values() if isinstance(inner, dict))][:20]
    said = (line_text(values.as_text(place.get(name)))[:300] for place in places for name in _MESSAGES)
    return [text for text in said if text]
