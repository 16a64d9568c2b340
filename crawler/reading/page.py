"""Page: the bytes of one answer, decoded and parsed once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lxml import etree, html

from crawler.fields.charset import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

# huge_tree stays off: libxml2's own limits on depth and node size are wanted here
_PARSER = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
_EMPTY = b"<html><body></body></html>"
MAX_TAGS = 100_000  # opening and closing; the largest real pages hold 20,000, and XPath can cost the square of them


@dataclass(frozen=True)
class Page:
    """One decoded, parsed page."""

    url: str
    """The address that answered."""
    text: str
    encoding: str
    root: HtmlElement
    source: bytes
    """The text as UTF-8."""

    @cached_property
    def _asked(self) -> dict[str, bool]:
        return {}

    def mentions(self, name: str) -> bool:
        """The source holds `name` (ASCII) somewhere."""
        known = self._asked.get(name)
        if known is None:
            known = self._asked[name] = name.encode() in self.source
        return known

    @cached_property
    def base(self) -> str:
        """What relative links are relative to: ``<base href>``, else the page's own address."""
        for element in self.root.iter("base"):
            href = (element.get("href") or "").strip()
            if href:
                return join(self.url, href) or self.url
        return self.url

    def link(self, href: str) -> str | None:
        """The absolute address that `href` means on this page; None when it is not a web address."""
        return join(self.base, href)

    @cached_property
    def canonical(self) -> str | None:
        """What ``<link rel=canonical>`` says, absolute."""
        for element in self.root.iter("link"):
            if "canonical" in (element.get("rel") or "").lower().split():
                return self.link(element.get("href") or "")
        return None

    @cached_property
    def title(self) -> str:
        """The ``<title>``, on one line."""
        found = self.root.find(".//title")
        return " ".join((found.text_content() if found is not None else "").split())


def parse(body: bytes, url: str, *, content_type: str | None = None, encoding: str | None = None) -> Page:
    """Decode and parse `body`; broken or empty HTML gives a page without content, never an error."""
    text, used = decode(body, content_type, encoding)
    data = _bounded(text).encode("utf-8", "replace")
    try:
        root = html.document_fromstring(data or _EMPTY, parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):  # nothing but comments, or a lone doctype
        root = html.document_fromstring(_EMPTY, parser=_PARSER)
    return Page(url=url, text=text, encoding=used, root=root, source=data)


def _bounded(text: str) -> str:
    """`text` up to its hundred-thousandth tag."""
    parts = text.split("<", MAX_TAGS)
    return text if len(parts) <= MAX_TAGS else text[: -len(parts[-1]) - 1]


def join(base: str, href: str) -> str | None:
    """`href` made absolute, percent-escapes and letter case untouched; None when it is no http(s) address.

    The fragment is dropped. Nothing else is normalised: some servers tell ``%b0`` from ``%B0``.
    """
    try:
        url = urljoin(base, re.sub(r"[\t\r\n]", "", href.strip()))
    except ValueError:  # e.g. an unclosed IPv6 bracket
        return None
    url = url.partition("#")[0]
    return url if url.startswith(("http://", "https://")) and len(url) <= 2048 else None  # longer ones are traps


def without_parameters(url: str, names: Iterable[str]) -> str:
    """`url` without the query parameters `names`; everything else byte for byte as it was."""
    path, mark, query = url.partition("?")
    if not mark:
        return url
    dropped = set(names)
    kept = [part for part in re.split("[&;](?:amp;)?", query) if part and part.partition("=")[0] not in dropped]
    return path + "?" + "&".join(kept) if kept else path


def with_parameters(url: str, values: dict[str, str]) -> str:
    """`url` with those of the plain ASCII query `values` that it does not have yet."""
    present = {part.partition("=")[0] for part in url.partition("?")[2].split("&")}
    added = "&".join(f"{name}={value}" for name, value in values.items() if name not in present)
    return f"{url}{'&' if '?' in url else '?'}{added}" if added else url
