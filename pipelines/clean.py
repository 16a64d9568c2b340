"""Clean: a listing leaves with text that every later stage can hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crawler.items import Listing, Offers

# NUL cannot be stored by PostgreSQL, a lone surrogate by neither database; one for one, so that offsets stay true
_UNSTORABLE = {0: "\ufffd", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


class Clean:
    """Replaces what no database can hold."""

    def process_item(self, item: Any) -> Any:
        """The listing, storable; other items as they are."""
        if isinstance(item, Offers):
            return item if all(map(_is_clean, item.listings)) else Offers(tuple(map(self.process_item, item.listings)))
        if not isinstance(item, Listing) or _is_clean(item):
            return item
        return replace(
            item,
            title=_storable(item.title),
            body=_storable(item.body),
            seller=_storable(item.seller) if item.seller else None,
            region=_storable(item.region) if item.region else None,
            replies=tuple(map(_storable, item.replies)),
            attributes=tuple((_storable(name), _storable(value)) for name, value in item.attributes),
        )


def _is_clean(item: Listing) -> bool:
    text = f"{item.text}{item.seller}{item.region}{item.attributes}"
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(text: str) -> str:
    return text.translate(_UNSTORABLE)
