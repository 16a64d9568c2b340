"""Addresses of the pictures that belong to an offer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from crawler.fields.joining import join_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

_MOST = 60  # a goods page with more repeats itself; the first ones are the seller's choice
_LONGEST = 2000  # characters of an address; longer ones are data, not addresses
_SOURCES = (  # the full picture first, the placeholder's attribute last
    "zoomfile", "file", "data-original", "data-src", "data-lazy-src", "data-lazyload", "data-lazy", "data-echo",
    "data-zoom-image", "data-large", "srcset", "data-srcset", "data-lazy-srcset", "src",
)  # fmt: skip
_PLACEHOLDER = re.compile(
    r"(?:none|spacer|blank|placeholder|loading|lazy(?:load)?|transparent|pixel|1x1|gr[ae]y|clear|dot|no_?(?:pic|photo|image|img))"
    r"(?:[-_.]\w{0,20})?\.(?:gif|png|jpe?g|svg|webp)",
    re.IGNORECASE,
)
_ORNAMENTS = frozenset({
    "smiley", "smilies", "smileys", "smilie", "emotion", "emotions", "emoticon", "emoticons", "emoji", "emojis", "face",
    "faces", "expression", "avatar", "avatars", "useravatar", "icon", "icons", "favicon", "filetype", "rank", "ranks",
})  # fmt: skip
_ORNAMENT_NAME = re.compile(r"(?:avatar|favicon|smil(?:ey|ie)|emoji|icon)(?:[-_.]|\d|$)", re.IGNORECASE)
_ORNAMENT_CLASS = re.compile(r"(?:^|[\s_-])(?:avatar|emoji|emoticon|smil(?:ey|ie)s?|icon)(?:$|[\s_-])", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|avif|heic|tiff?)$", re.IGNORECASE)
_BACKGROUND = re.compile(r"url\(\s{0,9}(['\"]?)([^'\"()\s]{1,2000})\1\s{0,9}\)", re.IGNORECASE)
_TINY = re.compile(r"(?:^|;)(?:width|height):[012](?:px)?(?:;|$)", re.IGNORECASE)
_META = frozenset({"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image"})


def image_urls(elements: Iterable[HtmlElement], base_url: str) -> tuple[str, ...]:
    """Absolute http(s) addresses of the pictures in some elements, in page order, each once, at most 60.

    Placeholders, smilies, avatars, icons and counting pixels are left out. Percent-escapes are kept as written.
    """
    found: dict[str, None] = {}
    for element in elements:
        for written in _written(element):
            url = _absolute(written or "", base_url)
            if url is not None and not _is_ornament(url):
                found.setdefault(url)
            if len(found) >= _MOST:
                return tuple(found)
    return tuple(found)


def _written(root: HtmlElement) -> Iterator[str | None]:
    """Addresses as the page writes them, one for each picture."""
    spare: set[HtmlElement] = set()  # thumbnails whose link shows the picture itself, other formats of a picture
    for element in root.iter("*"):
        tag = element.tag
        if tag == "img" and element not in spare and not _is_tiny(element):
            yield _best(element)
        elif tag == "picture" and any(_best(image) for image in element.iter("img")):
            spare.update(element.iter("source"))
        elif tag == "source" and element not in spare:
            yield _best(element, ("srcset", "data-srcset"))
        elif tag == "a" and _PICTURE.search(_path_of(element.get("href", ""))):
            thumbnails = list(element.iter("img"))
            if thumbnails and not any(map(_is_tiny, thumbnails)):
                spare.update(thumbnails)
                yield element.get("href", "")
        elif tag == "meta" and (element.get("property") or element.get("name") or element.get("itemprop")) in _META:
            yield element.get("content", "")
        elif tag == "link" and element.get("rel") == "image_src":
            yield element.get("href", "")
        if "background" in element.get("style", ""):
            yield from (match[2] for match in _BACKGROUND.finditer(element.get("style", "")))


def _best(element: HtmlElement, names: tuple[str, ...] = _SOURCES) -> str | None:
    """The first address that is a picture."""
    for name in names:
        value = element.get(name)
        url = _largest(value) if value and name.endswith("srcset") else value
        if url and not _is_placeholder(url):
            return url
    return None


def _largest(srcset: str) -> str | None:
    """The address with the largest descriptor of a srcset, the first of equals."""
    sizes: dict[str, float] = {}
    url = ""
    for token in srcset[:20_000].split():  # ten addresses of the longest kind
        if url:
            descriptor, _, following = token.partition(",")  # "1x,b.jpg": some pages leave out the space
            sizes[url] = _size(descriptor)
            url = following
        else:
            url = token.rstrip(",")
            sizes.setdefault(url, 1.0)
            url = "" if token.endswith(",") else url
    if url:
        sizes.setdefault(url, 1.0)
    return max(sizes, key=sizes.__getitem__, default=None)


def _size(descriptor: str) -> float:
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)[wxh]", descriptor)
    return float(match[1]) if match else 1.0


def _is_placeholder(url: str) -> bool:
    url = url.strip()
    return url[:5].lower() == "data:" or _PLACEHOLDER.fullmatch(_path_of(url).rpartition("/")[2]) is not None


def _is_tiny(element: HtmlElement) -> bool:
    """A counting pixel, or an ornament by its own account (Discuz marks smilies with `smilieid`)."""
    if element.get("smilieid") or _ORNAMENT_CLASS.search(element.get("class", "")[:300]):
        return True
    sides = (element.get("width", ""), element.get("height", ""))
    return any(side.strip() in {"0", "1", "2", "1px"} for side in sides) or bool(
        _TINY.search("".join(element.get("style", "").split()))
    )


@lru_cache(maxsize=256)  # each is asked for some three times in a row
def _path_of(url: str) -> str:
    """Path of an address, without query; empty when it cannot be split."""
    try:
        return urlsplit(url.strip()[:_LONGEST]).path
    except ValueError:
        return ""


def _absolute(written: str, base_url: str) -> str | None:
    """Absolute http(s) address; spaces become %20 as in a browser, nothing else is touched."""
    if plain := join_plain(base_url, written):
        return plain
    url = re.sub(r"[\t\r\n]", "", written.strip()).replace(" ", "%20").partition("#")[0]
    if not url or len(url) > _LONGEST:
        return None
    try:
        whole = url if re.match(r"https?://", url, re.IGNORECASE) else urljoin(base_url, url)
        parts = urlsplit(whole)
        whole.encode()
    except ValueError:  # a broken IPv6 host, a lone surrogate
        return None
    return whole if parts.scheme in {"http", "https"} and parts.netloc else None


def _is_ornament(url: str) -> bool:
    if _is_placeholder(url):
        return True
    *folders, name = _path_of(url).lower().split("/")
    return not _ORNAMENTS.isdisjoint(folders) or _ORNAMENT_NAME.match(name) is not None
