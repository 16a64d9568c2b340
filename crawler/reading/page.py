"""Page: the bytes of one answer, decoded and parsed once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from lxml import etree, html

from crawler.fields.charset import decode
from crawler.fields.joining import join_plain
from crawler.platforms.outline import outline_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from crawler.platforms.outline import Outline

# huge_tree stays off: libxml2's own limits on depth and node size are wanted here
_PARSER = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
# one class for all: by default the parser asks Python for each element's own, which only forms would need
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
_EMPTY = b"<html><body></body></html>"
MAX_ATTRIBUTES = 500  # of one tag; real ones carry some dozen, and the parser compares each with all before it
LONG_TAG = 4 * MAX_ATTRIBUTES  # characters: in fewer there is no room for more attributes
_LONG = re.compile(f"<[^<>]{{{LONG_TAG - 1}}}")
MAX_DEPTH = 120  # of counted tags; the parser gives up at 256 elements, real pages stay below 60
_UNCOUNTED = frozenset(  # need no end tag
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "p", "li", "td",
     "th", "tr", "dt", "dd", "option", "html", "head", "body"]
)  # fmt: skip
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
    memory: dict[str, list[Any]] | None = field(default=None, init=False, repr=False, compare=False)
    """What the beginnings of selectors found; None while the tree may still change."""
    outlines: dict[Any, Outline | None] | None = field(default=None, init=False, repr=False, compare=False)
    """Of a part of a page, which is asked for ten things one after the other; None for whole pages."""

    def outline(self, root: Any) -> Outline | None:
        """The outline of a part that is small enough; None of all else."""
        if self.outlines is None:
            return None
        if root not in self.outlines:
            self.outlines[root] = outline_of(root)
        return self.outlines[root]

    def changed(self) -> None:
        """Something was cut out of the tree: the outline is made anew."""
        if self.outlines is not None:
            self.outlines.clear()

    def part(self, element: HtmlElement) -> Page:
        """The same page, of which only `element` is looked at."""
        made = Page(self.url, self.text, self.encoding, element, self.source)
        # what the whole page says; asked once, not for each of its rows
        made.__dict__.update(_asked=self._asked, base=self.base, canonical=None, outlines={})
        return made

    def settle(self) -> None:
        """From now on nothing is cut out of the tree: what was found once need not be looked for again."""
        object.__setattr__(self, "memory", {})

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
        return join_plain(self.base, href) or join(self.base, href)

    @cached_property
    def canonical(self) -> str | None:
        """What ``<link rel=canonical>`` says, absolute."""
        if b"canonical" not in self.source.lower():  # nearly always; a third of the cost of walking the tree
            return None
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
    root = _tree(data)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in _PARSER.error_log):
        data = _flattened(data.decode()).encode()  # 256 nested tags in one post would hide the whole page
        root = _tree(data)
    return Page(url=url, text=text, encoding=used, root=root, source=data)


def _tree(data: bytes) -> HtmlElement:
    try:
        return html.document_fromstring(data or _EMPTY, parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):  # nothing but comments, or a lone doctype
        return html.document_fromstring(_EMPTY, parser=_PARSER)


def _bounded(text: str) -> str:
    """`text` up to its hundred-thousandth tag, without tags of absurdly many attributes."""
    if text.count("<") <= MAX_TAGS and not _has_long_tag(text):  # every real page
        return text
    parts = text.split("<", MAX_TAGS)
    if len(parts) > MAX_TAGS:
        parts.pop()
    return "<".join(part for part in parts if len(part) < LONG_TAG or not _is_absurd(part))


def _has_long_tag(text: str) -> bool:
    """Leaps from the last tag's end within reach to the next: a stretch that holds none is rare, and looked at closely."""
    at, end = 0, len(text) - LONG_TAG
    while at <= end:
        at = text.rfind(">", at, at + LONG_TAG) + 1
        if not at:
            return _LONG.search(text) is not None
    return False


def _flattened(text: str) -> str:
    """`text` without the tags that nest deeper than `MAX_DEPTH`; nothing else is lost."""
    first, *parts = text.split("<")
    kept, depth = [first], 0
    for part in parts:
        found = re.match(r"(/?)([A-Za-z][\w:-]*)", part)
        if found is None or found[2].lower() in _UNCOUNTED:
            kept.append("<" + part)
            continue
        depth = max(depth - 1, 0) if found[1] else depth + 1
        too_deep = depth >= MAX_DEPTH if found[1] else depth > MAX_DEPTH
        kept.append(part.partition(">")[2] if too_deep else "<" + part)
    return "".join(kept)


def _is_absurd(part: str) -> bool:
    tag = part.partition(">")[0]
    if len(tag) < LONG_TAG:
        return False
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", tag)
    return len(re.findall(r"[\s/=]+", bare)) > 2 * MAX_ATTRIBUTES  # each has a separator and an equals sign


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
    parts = re.split("([&;](?:amp;)?)", query)  # each parameter, then what separates it from the next
    kept: list[str] = []
    for place in range(0, len(parts), 2):
        if not parts[place] or parts[place].partition("=")[0] not in dropped:
            kept.append((parts[place - 1] if kept else "") + parts[place])
    return f"{path}?{''.join(kept)}" if kept else path


def with_parameters(url: str, values: dict[str, str]) -> str:
    """`url` with those of the plain ASCII query `values` that it does not have yet."""
    present = {part.partition("=")[0] for part in url.partition("?")[2].split("&")}
    added = "&".join(f"{name}={value}" for name, value in values.items() if name not in present)
    return f"{url}{'&' if '?' in url else '?'}{added}" if added else url
