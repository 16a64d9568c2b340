"""Document: JSON as sites send it: bare, wrapped in a function call, or written into the scripts of a page.

Whatever stands there, the answer is a document or None; nothing is run. Of a key that is given twice the last counts,
NaN and infinities are null, whole numbers too long for one are kept as text.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.reading.page import Page

LONGEST = 16 << 20  # characters; a list of a thousand full offers has five million
DIGITS = 25  # of a number: identifiers have up to twenty
_WRAPPED = re.compile(r"\s*(?:/\*\*/)?\s*[\w$.\[\]]{1,100}\s*\(")
_GUARD = re.compile(r"\s*(?:\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);)\s*")  # against being included as a script
# a string (perhaps without its end: tried again from each of its quotes it would cost the square), or no JSON
_UNDEFINED = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|\bundefined\b', re.DOTALL)
_VARIABLE = re.compile(r"[\w$]+(?:\.[\w$]+)*")
_PARSED = re.compile(r"\s*JSON\s*\.\s*parse\s*\(\s*")
TRIES = 10  # places that set one variable
_SCRIPTS = 200  # of a page; the busiest have a hundred


def read_json(text: str) -> Any:
    """The document that `text` is, without the call around it (JSONP); None when it is none."""
    body = text.lstrip("\ufeff")
    guard = _GUARD.match(body)
    body = body[guard.end() :] if guard else body
    found = _WRAPPED.match(body)
    if found:
        end = body.rfind(")")
        body = body[found.end() : end] if end >= found.end() else body[found.end() :]
    return _loads(body)


def embedded(page: Page, name: str) -> Any:
    """The document that a page's scripts hold; None when there is none.

    Args:
        page: the page.
        name: ``#id`` of a ``<script>`` whose text is the document, or the variable that is set to it.
    """
    scripts = list(islice(page.root.iter("script"), _SCRIPTS))
    if name.startswith("#"):
        own = (one for one in scripts if one.get("id") == name[1:])
        return next((document for one in own if (document := read_json(one.text or "")) is not None), None)
    for script in scripts:
        document = assigned(script.text or "", name)
        if document is not None:
            return document
    return None


def assigned(script: str, name: str) -> Any:
    """What a script sets the variable `name` to, where that is a document; None when it is not."""
    short = name.removeprefix("window.")
    if short not in script:
        return None
    setting = re.compile(rf"(?<![\w$]){re.escape(short)}\s{{0,9}}=(?!=)\s{{0,9}}")
    for found in islice(setting.finditer(script), TRIES):
        document = _first(script, found.end())
        if document is not None:
            return document
    return None


def is_name(text: str) -> bool:
    """Whether `text` can be given to `embedded`."""
    return bool(re.fullmatch(r"#[^\s#]{1,100}", text)) or bool(_VARIABLE.fullmatch(text))


def _first(script: str, place: int) -> Any:
    """The document that begins at `place`, whatever follows it."""
    quoted = _PARSED.match(script, place)
    if quoted:
        inner = _first(script, quoted.end())
        return _loads(inner) if isinstance(inner, str) else None
    if script[place : place + 1] not in {"{", "[", '"'}:
        return None
    text = script[place : place + LONGEST]
    for read in (str, _known):
        try:
            return _DECODER.raw_decode(read(text))[0]
        except (ValueError, RecursionError):  # cut off, nested without end, or JavaScript that is no JSON
            continue
    return None


def _loads(text: str) -> Any:
    if len(text) > LONGEST:
        return None
    for read in (str, _known):
        try:
            return _DECODER.decode(read(text).strip())
        except (ValueError, RecursionError):  # no JSON, or nested without end
            continue
    return None


def _known(text: str) -> str:
    """JavaScript's ``undefined`` as null, outside of strings."""
    return _UNDEFINED.sub(lambda found: found[0] if found[0].startswith('"') else "null", text)


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= DIGITS else text


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text[:DIGITS] if "e" not in text.lower() else text)
    except InvalidOperation:
        return None
    return (
        number if number.is_finite() and abs(number.adjusted()) <= DIGITS else None
    )  # 1e999999 would be a million digits


_DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_decimal, parse_constant=lambda _: None, strict=False)
