"""Values: what a JSON value says as a text, a price, a date, pictures. Wrong types say nothing, never raise."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crawler.fields.image import image_urls
from crawler.fields.price import read_price
from crawler.fields.text import block_text, line_text
from crawler.reading.json_paths import find
from crawler.reading.page import join, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.items import Price
    from crawler.reading.json_rules import JsonPicks, Unit

MOST_PICTURES = 60  # as many as a listing keeps
LONGEST = 200_000  # characters of one text: as much as a listing's body
MILLISECONDS = 10**11  # a larger number of seconds would lie in the year 5138
_YEARS = (631_152_000, 4_133_980_800)  # 1990 to 2101, as in dates that are written out
_PARTS = {"元": Decimal(1), "角": Decimal(10), "分": Decimal(100)}
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_MARKUP = re.compile(r"<[A-Za-z!/]|&(?:#\d|#x|[A-Za-z]{2,8};)")
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
_NAMES = ("name", "label", "key", "title", "k", "attr", "attr_name")
_TOLD = ("value", "text", "val", "v", "content", "attr_value")


def as_text(value: Any) -> str:
    """A text or a number as text; empty for anything else. Lone surrogates and controls are taken out."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    if isinstance(value, str):
        cut = value[:LONGEST].translate(_CONTROLS)
        return cut.encode("utf-8", "replace").decode() if not cut.isascii() else cut
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def matched(picks: JsonPicks, document: Any) -> Iterator[tuple[Any, str]]:
    """Every value at `picks` that says something, with what it says, the first pick's first."""
    for pick in picks:
        for value in find(document, pick.path):
            text = as_text(value)
            if pick.match is not None and text:
                found = re.search(pick.match, text)
                text = (found.group(1) if found.re.groups else found.group()) or "" if found else ""
                value = text  # noqa: PLW2901 -- the part is what counts
            if text.strip():
                yield value, text


def line(picks: JsonPicks, document: Any) -> str:
    """The first text at `picks`, on one line, markup undone; empty when there is none."""
    return next((said for _, text in matched(picks, document) if (said := line_text(_plain(text)))), "")


def lines(picks: JsonPicks, document: Any) -> list[str]:
    """Every text at `picks`, on one line each."""
    return [said for _, text in matched(picks, document) if (said := line_text(_plain(text)))]


def blocks(picks: JsonPicks, document: Any) -> list[str]:
    """Every text at `picks` with its line breaks, markup undone."""
    return [said for _, text in matched(picks, document) if (said := _plain(text))]


def price(picks: JsonPicks, document: Any, unit: Unit | None, currency: str | None) -> Price | None:
    """The first price at `picks`; a bare number counts in `unit`, without one in `currency`."""
    for _, text in matched(picks, document):
        found = read_price(_in_yuan(text.strip(), unit))
        if found is not None:
            bare = found.currency is None and found.amount is not None
            return replace(found, currency=currency) if bare else found
    return None


def price_text(picks: JsonPicks, document: Any, unit: Unit | None) -> str:
    """The price as a list page would show it."""
    return next((_in_yuan(text.strip(), unit) for _, text in matched(picks, document)), "")


def _in_yuan(text: str, unit: Unit | None) -> str:
    if not _NUMBER.fullmatch(text):
        return text
    if unit is None or text.startswith("-"):  # -1 stands for "none" more often than for a debt
        return text.partition("-")[0]
    amount = Decimal(text) / _PARTS[unit]
    return f"{amount.normalize():f}元"


def moment(value: Any) -> datetime | None:
    """The time that a number of seconds or milliseconds since 1970 means; None when it is no such number."""
    text = as_text(value).strip()
    if not _NUMBER.fullmatch(text) or len(text) < 9:  # 20261016 is a date that is written out
        return None
    number = Decimal(text)
    seconds = number / 1000 if number >= MILLISECONDS else number
    return datetime.fromtimestamp(float(seconds), UTC) if _YEARS[0] <= seconds < _YEARS[1] else None


def pictures(picks: JsonPicks, document: Any, base: str) -> tuple[str, ...]:
    """Addresses of pictures, absolute, each once."""
    found = (join(base, text) for _, text in matched(picks, document))
    return tuple(dict.fromkeys(url for url in found if url))[:MOST_PICTURES]


def pictures_within(picks: JsonPicks, document: Any, base: str) -> tuple[str, ...]:
    """Addresses of the pictures in texts with markup."""
    trees = [_tree(text) for _, text in matched(picks, document) if "<" in text]
    return image_urls(trees, base)


def pairs(picks: JsonPicks, document: Any) -> Iterator[tuple[str, str]]:
    """Names with values: of an object, or of a list of objects or pairs."""
    for pick in picks:
        for value in find(document, pick.path):
            yield from _pairs(value)


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for one in value[:100]:  # twice as many as a listing keeps
            yield from _pair(one)
    elif isinstance(value, dict):
        named = list(_pair(value))
        yield from named or ((name, text) for name, one in value.items() if (text := line_text(as_text(one))))


def _pair(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list) and len(value) == 2:
        name, told = value
    elif isinstance(value, dict):
        name = next((value[one] for one in _NAMES if one in value), None)
        told = next((value[one] for one in _TOLD if one in value), None)
    else:
        return
    said = line_text(as_text(name)), line_text(_plain(as_text(told)))
    if all(said):
        yield said


def _plain(text: str) -> str:
    """A text without markup, its lines kept."""
    if _MARKUP.search(text):
        return block_text(_tree(text))
    return "\n".join(filter(None, map(line_text, text.splitlines())))


def _tree(text: str) -> HtmlElement:
    root = parse(f"<body><div>{text}</div>".encode("utf-8", "replace"), "http://none.invalid/", encoding="utf8").root
    body = root.find("body")
    return body if body is not None else root
