"""Unchanged: a listing that says what it said before goes no further."""

from __future__ import annotations

from typing import Any

from crawler.items import Listing, Sighting


class Unchanged:
    """Turns a listing equal to its newest snapshot into a sighting: nothing new is judged or stored."""

    def process_item(self, item: Any) -> Any:
        """A sighting in place of an unchanged listing; everything else as it is."""
        if not isinstance(item, Listing) or item.fetch.known_digest is None:
            return item
        if item.digest != item.fetch.known_digest:
            return item
        fetch = item.fetch
        # the words are the same, the page need not be: only by its newest validators can it be told unmodified later
        validators = (fetch.etag, fetch.last_modified)
        rows = ((item.key, fetch.row_signature),)
        return Sighting(item.site, rows, fetch.fetched_at, checked=True, validators=validators)
