"""XML from strangers: nothing is expanded, loaded or kept that the file does not hold itself. Pure.

Sizes are bounded before parsing; entities, and with them every "billion laughs", are refused outright; a broken file gives
what could be read before the break.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LARGEST: Final = 8 * 1024 * 1024  # bytes unpacked: the 20,000 addresses that one run looks at take a quarter of it
GZIP: Final = b"\x1f\x8b"  # RFC 1952, 2.3.1
DEEPEST: Final = 16  # elements within elements that are looked into: feeds have five


def unpack(body: bytes) -> bytes:
    """A body that may be a .gz file, unpacked as far as `LARGEST`."""
    if not body.startswith(GZIP):
        return body[:LARGEST]
    try:
        return zlib.decompressobj(wbits=31).decompress(body, LARGEST)  # 31: a gzip head, by zlib's own manual
    except zlib.error:
        return b""


def elements(body: bytes, names: Collection[str]) -> Iterator[etree._Element]:
    """Elements of these names (without namespace), each complete, in order; what they held is dropped afterwards."""
    body = unpack(body).lstrip()
    if b"<!ENTITY" in body.replace(b"\0", b"").upper():  # the zeros of UTF-16 left out
        return
    parsed = etree.iterparse(
        BytesIO(body), events=("start", "end"), recover=True, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    depth = 0
    try:
        for event, element in parsed:
            depth += 1 if event == "start" else -1
            if event == "start" or depth > DEEPEST:
                continue
            if local_name(element) in names:
                yield element
                element.clear()
                _drop_before(element)
    except etree.LxmlError:  # what came before the break has been told
        return


def _drop_before(element: etree._Element) -> None:
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace; empty for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def text_of(element: etree._Element, *names: str) -> str:
    """The text of the first child of one of these names; empty when there is none."""
    for name in names:
        for child in element:
            if local_name(child) == name and child.text and child.text.strip():
                return str(child.text.strip())
    return ""
