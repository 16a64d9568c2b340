"""What the spider yields: frozen facts about one listing, one sighting, one problem."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from crawler.fields.counters import without_counters

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

ContactKind = Literal["phone", "wechat", "qq", "telegram", "email"]
ProblemKind = Literal[
    "timeout",
    "dns",
    "connection",
    "http_error",
    "too_large",
    "truncated",
    "redirect_loop",
    "not_html",
    "login_wall",
    "captcha",
    "soft_404",
    "robots",
    "parse_error",
    "empty_list",
    "trap",
    "limit",
    "internal",
]


@dataclass(frozen=True, slots=True)
class Price:
    """A price as the page shows it, read."""

    text: str
    """As written, white space folded, e.g. ``3000元/只``."""
    amount: Decimal | None = None
    """In units of `currency`; None when to be negotiated (面议) or unreadable."""
    currency: str | None = None
    """ISO 4217, e.g. ``CNY``."""
    unit: str | None = None
    """What the amount buys: ``只``, ``斤``, ``公斤``; None when not stated."""
    negotiable: bool = False
    """The page says 面议, 电议, 私聊 or shows 0."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a seller."""

    kind: ContactKind
    value: str
    """Normalised: half-width digits, lower-case e-mail, no separators."""
    text: str
    """Exactly as written, disguise included."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer, as they went over the wire. Text of headers is Latin-1: byte for byte."""

    url: str
    """Asked for, before any redirect that the answer itself demands."""
    method: str
    request_headers: tuple[tuple[str, str], ...]
    status: int
    """0 when no answer came; then `failure` says why."""
    reason: str
    response_headers: tuple[tuple[str, str], ...]
    """In the order of the wire, names as sent."""
    body: bytes
    """As transferred (content coding kept, transfer coding removed)."""
    asked_at: datetime
    answered_at: datetime
    protocol: str = "HTTP/1.1"
    ip: str | None = None
    """Of the server that answered."""
    certificate_sha256: str | None = None
    """Fingerprint (hex) of the server's TLS certificate; None without TLS."""
    failure: str = ""
    tls: str | None = None
    """Version of the protocol, e.g. ``TLSv1.3``; None without TLS."""
    cipher: str | None = None
    note: str = ""
    """What the exchange does not show by itself, e.g. tries before it; Chinese."""
    is_part: bool = False
    """The page's own scripts asked for it: it is no step on the way to the page."""
    drawn: bytes = b""
    """The document that a browser made of the body by running its scripts (HTML, UTF-8); empty where none did."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """How and when a page was seen."""

    url: str
    """The URL that answered, after redirects."""
    fetched_at: datetime
    status: int = 200
    etag: str | None = None
    last_modified: str | None = None
    row_signature: str | None = None
    """Hash of what the list page said about this item; None when it was reached without a list page."""
    known_digest: str | None = None
    """`Listing.digest` of the newest stored snapshot; None when the listing is not stored yet."""
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False, repr=False)
    """Every hop to the page, in order; never stored with the listing: only evidence keeps it."""
    returning: bool = False
    """The page was missing when it was last looked at; `known_digest` is None then."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One offer on one page: what was offered, by whom, where, when."""

    site: str
    key: str
    """Stable identity of the listing within its site, e.g. the thread number."""
    url: str
    """Address without session noise, good for a person to open."""
    title: str
    body: str
    """The offer's own text, lines separated by ``\\n``; no navigation, no replies, no hidden noise."""
    fetch: Fetch
    price: Price | None = None
    seller: str | None = None
    contacts: tuple[Contact, ...] = ()
    region: str | None = None
    posted_at: datetime | None = None
    """Aware; None when the page shows no date."""
    images: tuple[str, ...] = ()
    """Absolute URLs."""
    replies: tuple[str, ...] = ()
    """Only where the site asks for them."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Other labelled facts the page shows, in page order."""

    @property
    def text(self) -> str:
        """What detection reads: title, newline, body, then each reply on its own line."""
        return "\n".join((self.title, self.body, *self.replies))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what a change of means a new snapshot.

        The date is left out because pages show it relative to now ("3 天前"), counters because every visit raises
        them (浏览：120次), image queries because they carry cache-busters.
        """
        price = self.price and (self.price.text, str(self.price.amount), self.price.currency, self.price.unit)
        images = [urlsplit(url)._replace(query="", fragment="").geturl() for url in self.images]
        body, replies = without_counters(self.body), [without_counters(reply) for reply in self.replies]
        attributes = [pair for pair in self.attributes if without_counters("：".join(pair))]
        facts = [self.title, body, price, self.seller, self.region, images, replies, attributes]
        # surrogatepass: a lone surrogate on a page must not stop the run
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Offers:
    """Listings that one list page shows in full: they go through the stages together."""

    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Known listings that a list page (or a 304 answer) showed unchanged."""

    site: str
    rows: tuple[tuple[str, str | None], ...]
    """(key, row signature) of each; the signature is None when it is as stored, or when no list page was read."""
    seen_at: datetime
    checked: bool = False
    """True when the item page itself answered "not modified", or said what it said before."""
    validators: tuple[str | None, str | None] | None = None
    """(ETag, Last-Modified) of the item page's newest answer; None when no answer brought any."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A known listing whose page is no longer there."""

    site: str
    key: str
    url: str
    seen_at: datetime
    reason: str
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A page that could not be read, kept as data: it does not stop the run."""

    site: str
    url: str
    kind: ProblemKind
    reason: str
    """Chinese, for the monitoring staff."""
    seen_at: datetime
    key: str | None = None
    """Of the listing, where the failed page was an item: it will be tried again in the next run."""
    page: Literal["list", "item", "robots"] = "item"
    detail: dict[str, str] = field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False, repr=False)
