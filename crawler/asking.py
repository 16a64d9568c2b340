"""Asking: how the lists and items of one site are asked for: where, with which headers, by what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from crawler.answers import Answer
from crawler.exchanges import HOPS
from crawler.reading.json_paths import fill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scrapy.http import Response

    from crawler.config import Site

RENDER = "render"
"""Key of `Request.meta`: a browser draws the page; ``lists`` or ``items``, as in the site's ``render:``."""
CUT = "render_cut"
"""Key of `Request.meta`: set when a drawn page went on below what was drawn."""
JSON = {"Accept": "application/json,text/plain;q=0.9,*/*;q=0.5"}


class Asking:
    """What a site's configuration says about its requests."""

    def __init__(self, site: Site) -> None:
        render, rules = site.render, site.json_
        self.start = site.start[0]
        self.list_meta: dict[str, Any] = {RENDER: "lists"} if render and render.lists.by == "browser" else {}
        self.item_meta: dict[str, Any] = {RENDER: "items"} if render and render.items.by == "browser" else {}
        self.list_headers = JSON if rules and rules.list and not rules.list.source else {}
        self._item = rules.item if rules else None

    def item_url(self, url: str, key: str) -> str:
        """Where the facts of the item are whose page is at `url`."""
        if self._item is None or self._item.url is None:
            return url
        found = re.search(self._item.key, url) if self._item.key else None
        filled = fill(self._item.url, {"key": (found[1] if found.re.groups else found[0]) if found else key})
        return urljoin(self.start, filled) if filled else url

    def item_headers(self, conditions: Mapping[str, str]) -> dict[str, str]:
        """Headers of a request for an item; `conditions` are not for what a browser draws."""
        if self.item_meta:
            return {}
        is_json = self._item is not None and self._item.source is None
        return {**conditions, **(JSON if is_json else {})}


def answer_of(response: Response, seen_at: datetime) -> Answer:
    """What came back, free of the engine that fetched it."""
    return Answer(
        url=response.url,
        status=response.status,
        body=response.body,
        seen_at=seen_at,
        content_type=_header(response, "Content-Type"),
        etag=_header(response, "ETag"),
        last_modified=_header(response, "Last-Modified"),
        exchanges=tuple(response.meta.get(HOPS, ())),
        cut=bool(response.meta.get(CUT)),
    )


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1")[:500] if value else None  # longer validators are not real
