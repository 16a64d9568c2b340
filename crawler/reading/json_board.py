"""Board from JSON: a list in JSON becomes rows and a next page, as a list page does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from crawler.fields.text import line_text
from crawler.reading.board import MAX_ROWS, Board, Row, clean_url, key_of, signature_of
from crawler.reading.json_paths import fill, find, places_of
from crawler.reading.json_values import as_text, line, lines, price_text
from crawler.reading.page import join, with_parameters, without_parameters

if TYPE_CHECKING:
    from crawler.platforms.recipe import Recipe
    from crawler.reading.json_rules import JsonList, JsonNext

LONGEST_KEY = 200  # characters: the column's width
LONGEST_NUMBER = 9  # digits of a page number or an offset


def read_json_board(document: Any, url: str, rules: JsonList, recipe: Recipe) -> Board:
    """Rows without repeats, the pinned ones first, and the next page where there is one.

    Args:
        document: the whole answer.
        url: where it came from.
        rules: where things stand in it.
        recipe: how addresses of the site are cleaned.
    """
    found = find(document, rules.rows)
    if len(found) == 1 and isinstance(found[0], list):  # rows: data.list, without [*]
        found = found[0]
    rows: dict[str, Row] = {}
    for value in found[:MAX_ROWS]:
        row = _row(value, url, rules, recipe)
        if row is not None:
            rows.setdefault(row.key, row)
    ordered = sorted(rows.values(), key=lambda row: not row.pinned)
    following = _next(document, url, rules.next, len(found)) if rules.next else None
    return Board(tuple(ordered), following, total=_whole(find(document, rules.total)) if rules.total else None)


def _row(value: Any, url: str, rules: JsonList, recipe: Recipe) -> Row | None:
    written = fill(rules.url, {path: _first(value, path) for path in places_of(rules.url)})
    address = join(url, written) if written else None
    if address is None:
        return None
    address = clean_url(address, recipe)
    title = line(rules.title, value)
    return Row(
        url=address,
        key=_key(value, rules) or key_of(address, recipe),
        title=title,
        signature=signature_of(title, price_text(rules.price, value, rules.unit), lines(rules.activity, value)),
        pinned=bool(rules.pinned) and _is_true(find(value, rules.pinned or ".")),
    )


def _key(value: Any, rules: JsonList) -> str:
    written = line(rules.key, value)
    return written if len(written) <= LONGEST_KEY and written.isprintable() else ""


def _first(value: Any, path: str) -> str:
    return next((text for one in find(value, path) if (text := line_text(as_text(one)))), "")


def _next(document: Any, url: str, rules: JsonNext, count: int) -> str | None:
    if not count or (rules.more and not _is_true(find(document, rules.more))):
        return None
    if rules.address:
        written = _first(document, rules.address)
        found = join(url, written) if written else None
        return found if found != url else None
    if rules.cursor and rules.parameter:
        cursor = _first(document, rules.cursor)
        return _with(url, rules.parameter, cursor) if cursor and cursor != _asked(url, rules.parameter) else None
    if rules.offset:
        return _with(url, rules.offset, str(_number(url, rules.offset, 0) + count))
    number = _number(url, rules.page or "", rules.first)
    pages = _whole(find(document, rules.pages)) if rules.pages else None
    if pages is not None and number + 1 - rules.first >= pages:
        return None
    return _with(url, rules.page or "", str(number + 1))


def _asked(url: str, name: str) -> str:
    return next((value for key, value in parse_qsl(urlsplit(url).query) if key == name), "")


def _number(url: str, name: str, otherwise: int) -> int:
    text = _asked(url, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else otherwise


def _with(url: str, name: str, value: str) -> str | None:
    made = with_parameters(without_parameters(url, [name]), {name: quote(value.encode("utf-8", "replace"), safe="")})
    return join(url, made)


def _whole(values: list[Any]) -> int | None:
    text = as_text(values[0]).strip() if values else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _is_true(values: list[Any]) -> bool:
    """True, any number but zero, and any text that does not say no."""
    value = values[0] if values else None
    return value is True or as_text(value).strip().lower() not in {"", "0", "false", "no", "none", "null"}
