"""Proposals for pages drawn by script: where in a site's JSON the things stand that a browser showed.

What was drawn tells what is what: a value that equals a link's title is the title, one that stands in its address is
the number. Only rules that read again what was drawn are proposed.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.fields.text import line_text
from crawler.reading.discovery import discover_list, says
from crawler.reading.json_document import read_json
from crawler.reading.json_paths import fill
from crawler.reading.json_values import as_text, moment
from crawler.reading.walls import diagnose, is_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.platforms.recipe import Recipe
    from crawler.reading.page import Page

LEAST = 2  # rows that must be found again among the drawn ones
MOST_NODES = 20_000  # of a document that are looked at
MOST_ROWS = 60  # of a list that are compared
DEEP = 8  # levels; real answers keep their list at the second to fifth
_KEY = re.compile(r"[A-Za-z_]\w{0,40}", re.ASCII)
_VARIABLE = re.compile(
    r"(?:window\.|var |let |const )(__\w{1,40}__|[A-Za-z_]\w{2,40})\s{0,3}=\s{0,3}(?:[{\[]|JSON\.parse)"
)
_NAMES = {
    "price": re.compile(r"price|jiage|amount|money", re.IGNORECASE),
    "seller": re.compile(r"seller|author|user_?name|nick|publisher|owner|shop_?name", re.IGNORECASE),
    "contact": re.compile(r"phone|mobile|^tel|contact|we_?chat|weixin", re.IGNORECASE),
    "date": re.compile(r"publish|create|post(?:ed)?_|add_?time|pub_?time|^time$|^date$", re.IGNORECASE),
    "region": re.compile(r"city|region|area|location|province", re.IGNORECASE),
    "activity": re.compile(r"repl(?:y|ie)|comment|update|modif|last", re.IGNORECASE),
}
_OTHER = re.compile(r"old|origin|market|discount|avatar|view|click", re.IGNORECASE)
_PAGE = re.compile(r"p|pn|page|cur(?:rent)?_?page|page_?(?:no|num|number|index)", re.IGNORECASE)
_OFFSET = re.compile(r"offset|skip|start|from", re.IGNORECASE)
_MORE = re.compile(r"has_?(?:more|next)|more|next_?page", re.IGNORECASE)
_TOTAL = re.compile(r"total|total_?(?:count|num|size)|count", re.IGNORECASE)


def is_drawn_by_script(page: Page, recipe: Recipe) -> bool:
    """The page shows next to nothing without its scripts, and is no notice."""
    return discover_list(page) is None and "<script" in page.text and is_short(page) and diagnose(page, recipe) is None


def sources(page: Page) -> Iterator[tuple[str, Any]]:
    """The documents in a page's scripts, each by the name by which it is read: the ids first, then the variables."""
    from crawler.reading.json_document import assigned

    for script in list(page.root.iter("script"))[:100]:  # as many as are ever of use
        name, text = script.get("id") or "", script.text or ""
        document = read_json(text) if name and "json" in (script.get("type") or "") else None
        if isinstance(document, dict | list):
            yield f"#{name}", document
        for variable in dict.fromkeys(_VARIABLE.findall(text[:200_000])):
            document = assigned(text, variable)
            if isinstance(document, dict | list):
                yield f"window.{variable}", document


def drawn_links(page: Page) -> dict[str, str]:
    """Title → address of the rows of a drawn list."""
    found = discover_list(page)
    pairs = [(_folded(says(link)), page.link(link.get("href") or "")) for link in found.links] if found else []
    return {title: url for title, url in reversed(pairs) if title and url}


def propose_json_list(document: Any, url: str, links: Mapping[str, str]) -> dict[str, Any]:
    """The ``json.list`` that reads the drawn `links` from `document`, which came from `url`; empty when none does."""
    best: tuple[int, dict[str, Any]] = (0, {})
    for path, rows in _lists(document):
        rules, count = _row_rules(rows[:MOST_ROWS], url, links)
        if count > best[0]:
            best = count, {"rows": f"{path}[*]", **rules, **_paging(document, url)}
    return best[1]


def propose_json_item(document: Any, url: str, key: str, title: str) -> dict[str, Any]:
    """The ``json.item`` that reads the offer called `title` from `document`; empty when it does not hold it.

    `url` is where the document came from; empty for one that stands in the item's page itself.
    """
    wanted = _folded(title)
    for path, thing in _things(document):
        leaves = dict(_leaves(thing))
        # of things within things the one that holds the title itself
        named = next(
            (name for name, value in leaves.items() if "." not in name and _folded(as_text(value)) == wanted), None
        )
        body = _longest(leaves, named)
        if named and body:
            rules: dict[str, Any] = {"url": _template(url, {"key": key})} if url else {}
            rules |= {"root": path or ".", "title": named, "body": body}
            return rules | _fields(leaves, ("price", "seller", "contact", "date", "region")) | _pictures(thing)
    return {}


def _row_rules(rows: list[Any], url: str, links: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    leaves = [dict(_leaves(row)) for row in rows]
    titles = Counter(name for one in leaves for name, value in one.items() if _folded(as_text(value)) in links)
    if not titles or titles.most_common(1)[0][1] < LEAST:
        return {}, 0
    title = titles.most_common(1)[0][0]
    found = [(one, links[said]) for one in leaves if (said := _folded(as_text(one.get(title)))) in links]
    key = next((name for name in _by_name(found[0][0]) if _reads(name, found, url)), None)
    if key is None:
        return {}, 0
    rules = {"key": key, "url": _template(found[0][1], {key: as_text(found[0][0][key])}, base=url), "title": title}
    return rules | _fields(found[0][0], ("price", "activity")), len(found)


def _by_name(leaves: Mapping[str, Any]) -> list[str]:
    """Fields that may be the number, those that are called so first."""
    return sorted(
        (name for name in leaves if _KEY.search(name)), key=lambda name: (not name.lower().endswith("id"), len(name))
    )


def _reads(name: str, found: list[tuple[dict[str, Any], str]], url: str) -> bool:
    """The address of the first row, with the field in place of its value, gives the addresses of all."""
    first, address = found[0]
    value = as_text(first.get(name))
    template = _template(address, {name: value}, base=url)
    if not value or f"{{{name}}}" not in template:
        return False
    made = (fill(template, {name: as_text(one.get(name))}) for one, _ in found)
    return all(one is not None and urljoin(url, one) == there for one, (_, there) in zip(made, found, strict=True))


def _template(address: str, values: Mapping[str, str], base: str = "") -> str:
    """`address` with names in braces for `values`, without the host where that is also `base`'s."""
    parts = urlsplit(address)
    same = not base or parts.netloc == urlsplit(base).netloc
    root = "" if same else f"{parts.scheme}://{parts.netloc}"
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    for name, value in values.items():
        rest = (
            re.sub(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", f"{{{name}}}", rest, count=1)
            if value
            else rest
        )
    return root + rest


def _fields(leaves: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        fit = (
            one
            for one, value in leaves.items()
            if _NAMES[name].search(one.rpartition(".")[2]) and _fits(name, one, value)
        )
        field = next(fit, None)
        if field is None and name == "seller":
            field = next(
                (one for one in leaves if re.fullmatch(r"(?:seller|user|author|owner)\.(?:name|nick\w*)", one)), None
            )
        if field is not None:
            found[name] = field
        if name == "price" and field is not None and re.search(r"fen|cent", field, re.IGNORECASE):
            found["unit"] = "分"
    return found


def _fits(name: str, field: str, value: Any) -> bool:
    text = as_text(value)
    if not text or _OTHER.search(field):
        return False
    if name == "price":
        return bool(re.search(r"\d|议", text)) and len(text) <= 40
    if name == "date":
        return moment(value) is not None or bool(re.match(r"(?:19|20)\d\d[-/.年]", text))
    return len(text) <= 60


def _longest(leaves: Mapping[str, Any], title: str | None) -> str:
    """The field with the longest text that is no address: the body."""
    texts = {
        name: value for name, value in leaves.items() if isinstance(value, str) and name != title and " " not in name
    }
    best = max(texts, key=lambda name: len(texts[name]), default="")
    return best if best and len(texts[best]) >= 8 and not texts[best].startswith(("http", "/")) else ""


def _pictures(thing: Mapping[str, Any]) -> dict[str, str]:
    for name, value in thing.items():
        if re.search(r"image|img|pic|photo", name, re.IGNORECASE) and isinstance(value, list) and value:
            first = value[0]
            inner = next((key for key in ("url", "src", "path") if isinstance(first, dict) and key in first), "")
            if isinstance(first, str) or inner:
                return {"images": f"{name}[*]" + (f".{inner}" if inner else "")}
    return {}


def _paging(document: Any, url: str) -> dict[str, Any]:
    asked = dict(parse_qsl(urlsplit(url).query))
    names = {name: value for name, value in asked.items() if value.isascii() and value.isdecimal()}
    page = next((name for name in names if _PAGE.fullmatch(name)), None)
    offset = next((name for name in names if _OFFSET.fullmatch(name)), None)
    if page is None and offset is None:
        return {}
    told = list(_leaves(document, DEEP))
    following: dict[str, Any] = {"page": page} if page else {"offset": offset}
    if page and names[page] == "0":
        following["first"] = 0
    more = next(
        (one for one, value in told if _MORE.fullmatch(one.rpartition(".")[2]) and isinstance(value, bool)), None
    )
    total = next((one for one, value in told if _TOTAL.fullmatch(one.rpartition(".")[2]) and type(value) is int), None)
    return {"next": following | ({"more": more} if more else {}), **({"total": total} if total else {})}


def _lists(document: Any) -> Iterator[tuple[str, list[Any]]]:
    for path, value in _walk(document):
        if isinstance(value, list) and sum(isinstance(one, dict) for one in value[:MOST_ROWS]) >= LEAST:
            yield path, value


def _things(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((path, value) for path, value in _walk(document) if isinstance(value, dict))


def _walk(document: Any) -> Iterator[tuple[str, Any]]:
    """Every value within, by its path, the outer ones first; lists are not entered but for their first place."""
    queue: list[tuple[str, Any, int]] = [("", document, 0)]
    for path, value, depth in queue:  # grows while it is walked
        yield path, value
        if depth >= DEEP or len(queue) > MOST_NODES:
            continue
        if isinstance(value, dict):
            queue.extend((_step(path, name), inner, depth + 1) for name, inner in value.items() if _name(name))
        elif isinstance(value, list) and value:
            queue.append((f"{path}[0]", value[0], depth + 1))


def _leaves(thing: Any, depth: int = 3, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(thing, dict) and depth:
        for name, value in list(thing.items())[:200]:  # as many fields as no real offer has
            if _name(name):
                yield from _leaves(value, depth - 1, _step(path, name))
    elif path and not isinstance(thing, dict | list):
        yield path, thing


def _name(text: str) -> str:
    """How a key is written in a path; empty for one that cannot be."""
    if _KEY.fullmatch(text):
        return text
    return f'"{text}"' if 0 < len(text) <= 40 and text.isprintable() and not set(text) & set('"\\{}') else ""


def _step(path: str, name: str) -> str:
    return f"{path}.{_name(name)}" if path else _name(name)


def _folded(text: str) -> str:
    return line_text(text)[:300]
