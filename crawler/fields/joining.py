"""Joining the links that pages write most, with nothing to resolve, to where they stand; far cheaper than in general."""

from __future__ import annotations

import re
from functools import lru_cache

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?(?=[/?#]|$)", re.ASCII)
# no dots as steps, no parameters, no fragment, no white space
_PLAIN = re.compile(r"(?:/[\w~%-][\w~%.-]*)+/?(?:\?[\w~%&=.,+-]+)?", re.ASCII)
_LONGEST = 1500  # characters; together with an origin it stays below what anybody takes for an address


def join_plain(base: str, href: str) -> str | None:
    """What ``urljoin(base, href)`` says for a plain absolute path; None for all else, which is for others to join."""
    if len(href) > _LONGEST or _PLAIN.fullmatch(href) is None:
        return None
    origin = _origin(base)
    return origin + href if origin else None


@lru_cache(maxsize=64)  # a page is followed by others of the same site
def _origin(base: str) -> str:
    """Scheme and host, where these can be put before a path; else empty."""
    found = _ORIGIN.match(base)
    return found[0] if found else ""
