"""Structured: schema.org JSON-LD, microdata and OpenGraph, read through extruct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.fields.price import read_price
from crawler.fields.text import block_text, line_text
from crawler.items import Price

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.reading.page import Page

MAX_SCRIPT = 500_000  # characters of one JSON-LD script: a shop with 200 variants needs 150,000
MAX_ITEMPROPS = 2_000  # microdata of a list page of 200 cards; reading costs a copy of each element
MAX_TEXT = 200_000  # characters of one stated text, as in the body of a listing
OFFERS = ("Product", "ProductGroup", "IndividualProduct", "Vehicle", "Car", "Offer", "AggregateOffer")
_ARTICLES = (
    "DiscussionForumPosting", "SocialMediaPosting", "Article", "NewsArticle", "BlogPosting", "Posting", "QAPage",
    "Question", "CreativeWork",
)  # fmt: skip
_SIGNS = ("ld+json", "itemscope", "og:title", "og:type")


@dataclass(frozen=True, slots=True)
class Structured:
    """What a page states about its own offer."""

    title: str = ""
    body: str = ""
    price: Price | None = None
    seller: str = ""
    region: str = ""
    date: str = ""
    images: tuple[str, ...] = ()
    kind: str = ""
    """The schema.org type that was read (an OpenGraph ``product`` or ``article`` counts); empty when none was."""


def read_structured(page: Page) -> Structured:
    """Facts about the page's main thing; empty ones where it states none or states them brokenly.

    Of several things of one kind the main one is the one that the page's title or heading names: the others are
    rows of a list, or related offers.
    """
    if not any(sign in page.text for sign in _SIGNS):
        return Structured()
    graph = _open_graph(page)
    things = [*_things(_json_ld(page.root)), *_things(_microdata(page))]
    headings = _headings(page, graph)
    main = next((thing for kinds in (OFFERS, _ARTICLES) if (thing := _main(things, kinds, headings))), None)
    return _read(main, page, graph) if main is not None else graph


def _json_ld(root: HtmlElement) -> Iterator[Any]:
    # imported late: it costs a second, and only sites without selectors need it
    from extruct.jsonld import JsonLdExtractor

    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "") and len(script.text or "") <= MAX_SCRIPT:
            try:  # one broken script does not cost the others
                yield JsonLdExtractor().extract_items(script)
            except (ValueError, RecursionError):
                continue


def _microdata(page: Page) -> list[Any]:
    if "itemscope" not in page.text or page.text.count("itemprop") > MAX_ITEMPROPS:
        return []
    from extruct.w3cmicrodata import MicrodataExtractor

    try:
        return [_flat(item) for item in MicrodataExtractor().extract_items(page.root, page.url)]
    except (ValueError, RecursionError):  # an address that is none; properties that refer to each other
        return []


def _flat(item: Any, depth: int = 0) -> Any:
    """Microdata in the shape of JSON-LD: properties beside ``@type``."""
    if isinstance(item, list):
        return [_flat(one, depth) for one in item]
    if not isinstance(item, dict) or depth > 6:  # real documents nest three or four deep
        return item
    properties = item.get("properties")
    inner = {name: _flat(value, depth + 1) for name, value in properties.items()} if properties else {}
    return {"@type": item.get("type"), **inner}


def _things(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 6:  # real documents nest three or four deep
        return
    if isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage", "itemOffered"):
            yield from _things(data.get(name), depth + 1)
    elif data is not None and not isinstance(data, str | int | float):
        for count, one in enumerate(data):
            if count < 200:  # a page about one offer states far fewer
                yield from _things(one, depth + 1)


def _main(things: list[dict[str, Any]], kinds: tuple[str, ...], headings: str) -> dict[str, Any] | None:
    own = [thing for thing in things if _is(thing, kinds)]
    named = [thing for thing in own if (name := _key(_name(thing))) and name in headings]
    if named:
        return named[0]
    return own[0] if len(own) == 1 else None


def _headings(page: Page, graph: Structured) -> str:
    return _key(" ".join((page.title, graph.title, *(line_text(one)[:500] for one in page.root.iter("h1")))))


def _key(text: str) -> str:
    return "".join(text.split()).lower()


def _name(thing: dict[str, Any]) -> str:
    return _text(thing.get("name")) or _text(thing.get("headline"))


def _is(thing: dict[str, Any], kinds: tuple[str, ...]) -> bool:
    return any(str(kind).rpartition("/")[2] in kinds for kind in _many(thing.get("@type")))


def _read(thing: dict[str, Any], page: Page, graph: Structured) -> Structured:
    offer = _first(thing.get("offers"))
    offer = offer if isinstance(offer, dict) else thing
    place = _get(_first(_get(offer, "availableAtOrFrom")), "address")
    return Structured(
        title=_name(thing) or graph.title,
        body=next((said for name in ("articleBody", "text", "description") if (said := _lines(thing.get(name)))), ""),
        price=_price(offer) or graph.price,
        seller=_text(offer.get("seller")) or _text(thing.get("author")),
        region=_text(offer.get("areaServed")) or _text(place),
        date=next((said for name in ("datePublished", "dateCreated") if (said := _text(thing.get(name)))), graph.date),
        images=_images(thing.get("image"), page) or graph.images,
        kind=str(next(iter(_many(thing.get("@type"))), "")).rpartition("/")[2],
    )


def _open_graph(page: Page) -> Structured:
    found: dict[str, str] = {}
    for meta in page.root.iter("meta"):
        name, content = meta.get("property") or meta.get("name"), meta.get("content")
        if name and content and name.startswith(("og:", "product:", "article:")):
            found.setdefault(name, content)
    said = {"price": found.get("product:price:amount"), "priceCurrency": found.get("product:price:currency")}
    kind = found.get("og:type", "").partition(".")[0]
    return Structured(
        title=_text(found.get("og:title")),
        body=_lines(found.get("og:description")),
        price=_price(said),
        date=_text(found.get("article:published_time")),
        images=_images(found.get("og:image"), page),
        kind=kind if kind in {"product", "article"} else "",
    )


def _price(offer: dict[str, Any]) -> Price | None:
    specification = _first(offer.get("priceSpecification"))
    for amount in (offer.get("price"), offer.get("lowPrice"), _get(specification, "price")):
        price = read_price(_text(amount)[:100])  # a longer one is prose
        if price is not None:
            return _with_currency(
                price, _text(offer.get("priceCurrency")) or _text(_get(specification, "priceCurrency"))
            )
    return None


def _with_currency(price: Price, code: str) -> Price:
    code = code.upper()
    if price.amount is None or not (len(code) == 3 and code.isascii() and code.isalpha()):
        return price
    return Price(f"{price.text} {code}", price.amount, code, price.unit, price.negotiable)


def _images(value: Any, page: Page) -> tuple[str, ...]:
    said = [_get(one, "url") or _get(one, "contentUrl") if isinstance(one, dict) else one for one in _many(value)]
    links = (page.link(one) for one in said[:60] if isinstance(one, str) and one.strip())  # as many as a listing keeps
    return tuple(dict.fromkeys(url for url in links if url))


def _text(value: Any) -> str:
    return line_text(_lines(value))


def _lines(value: Any) -> str:
    for _ in range(4):  # {"seller": [{"name": {"@value": …}}]} is the deepest sensible shape
        value = _first(value)
        if isinstance(value, dict):
            value = (
                value.get("name") or value.get("@value") or value.get("addressLocality") or value.get("addressRegion")
            )
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    text = _without_markup(str(value)[:MAX_TEXT])
    return "\n".join(filter(None, map(line_text, text.splitlines())))


def _without_markup(text: str) -> str:
    if "<" not in text:
        return text
    from lxml import etree, html

    try:
        return block_text(html.fragment_fromstring(text.replace("\0", ""), create_parent="div"))
    except (etree.ParserError, ValueError):  # control characters, nothing but a comment
        return text


def _many(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value is None else [value]


def _first(value: Any) -> Any:
    return next(iter(_many(value)), None)


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
