"""Answers: what one HTTP answer to a request for an item page means. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.failures import explain_status
from crawler.items import Fetch, Gone, Listing, Problem, Sighting
from crawler.reading.board import clean_url
from crawler.reading.json_answer import json_of
from crawler.reading.json_offer import JsonReader
from crawler.reading.offer import Reader
from crawler.reading.page import Page, parse
from crawler.reading.walls import diagnose, is_short

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.config import Site
    from crawler.items import Exchange, ProblemKind
    from crawler.ledger import Remembered

_HTML = re.compile(r"html|xml|text/plain", re.IGNORECASE)
_GONE = (404, 410)
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32)])  # no text encoding uses them but the wide ones; ESC may
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")  # how UTF-16 begins
_OFFER = re.compile(
    r"出售|求购|收购|转让|低价|急出|有货|现货|包邮|批发|\d\s?元|价格|[出收][^，。\s]{1,8}[只条斤对个件]"
)
SHORT_BODY = 200  # characters: notices are shorter; a terse offer without a notice's words still passes


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, free of the engine that fetched it."""

    url: str
    status: int
    body: bytes
    seen_at: datetime
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False, repr=False)
    cut: bool = False
    """A browser drew it, and it went on below what was drawn."""

    def page(self, encoding: str | None = None) -> Page:
        """The body, decoded and parsed."""
        return parse(self.body, self.url, content_type=self.content_type, encoding=encoding)

    @property
    def is_page(self) -> bool:
        """The answer is something that people read in a browser as text."""
        head = self.body[:1024].lstrip().lower()
        declared = self.content_type is None or _HTML.search(self.content_type) is not None
        controls = len(head) - len(head.translate(None, _CONTROLS))
        is_text = controls * 50 <= len(head) or self.body.startswith(_WIDE)
        return (declared or head.startswith((b"<!doctype html", b"<html"))) and is_text


@dataclass(frozen=True, slots=True)
class Wanted:
    """The item page that was asked for."""

    url: str
    key: str
    row_signature: str | None = None
    known: Remembered | None = None


class AnswerReader:
    """Turns answers for one site's item pages into items."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.reader = Reader.of(site)
        self.recipe = self.reader.recipe
        rules = site.json_.item if site.json_ else None
        self.json = JsonReader(site, self.recipe, rules) if rules else None

    def read(self, answer: Answer, wanted: Wanted) -> Listing | Sighting | Gone | Problem:
        """What the answer shows: the offer, "unchanged", "no longer there", or a problem."""
        if answer.status == 304:
            return self._unmodified(answer, wanted)
        if answer.status in _GONE:
            return self._missing(answer, wanted, f"HTTP {answer.status}")
        if answer.status >= 300:
            return self.problem(answer, wanted, *explain_status(answer.status))
        if self.json is not None:
            return self._read_json(self.json, answer, wanted)
        return self._read_html(answer, wanted)

    def _unmodified(self, answer: Answer, wanted: Wanted) -> Sighting:
        rows = ((wanted.key, wanted.row_signature),)
        known = wanted.known
        if known is None or not (answer.etag or answer.last_modified):
            return Sighting(self.site.name, rows, answer.seen_at, checked=True)
        # what such an answer says of the page replaces what is known of it (RFC 9111, 4.3.4)
        renewed = (answer.etag or known.etag, answer.last_modified or known.last_modified)
        return Sighting(self.site.name, rows, answer.seen_at, checked=True, validators=renewed)

    def _read_html(self, answer: Answer, wanted: Wanted) -> Listing | Gone | Problem:
        if not answer.is_page:
            return self.problem(answer, wanted, "not_html", f"不是网页（{(answer.content_type or '未知类型')[:80]}）")
        if self._was_sent_away(answer, wanted):
            return self._missing(answer, wanted, "信息页跳转到了首页、列表页或另一条信息")
        return self._read_page(answer, wanted)

    def problem(self, answer: Answer, wanted: Wanted, kind: ProblemKind, reason: str) -> Problem:
        """A problem with the item page."""
        return Problem(
            self.site.name, wanted.url, kind, reason, answer.seen_at, key=wanted.key, exchanges=answer.exchanges
        )

    def _read_json(self, reader: JsonReader, answer: Answer, wanted: Wanted) -> Listing | Gone | Problem:
        document, page = json_of(answer, reader.rules.source, self.site.encoding)
        said = reader.is_gone(document)
        if said:
            return self._missing(answer, wanted, f"网站答复：{said[:120]}")
        fetch = self._fetch(answer, wanted)
        listing = reader.read(document, fetch, key=wanted.key, url=clean_url(wanted.url, self.recipe))
        if listing is not None:
            return listing
        wall = diagnose(page, self.recipe)
        if wall is not None and wall.kind in {"gone", "soft_404"}:
            return self._missing(answer, wanted, wall.reason)
        if wall is not None:
            return self.problem(answer, wanted, "captcha" if wall.kind == "captcha" else "login_wall", wall.reason)
        reason = "没有读到 JSON" if document is None else "JSON 中没有读到标题和正文，其结构可能已改变"
        return self.problem(answer, wanted, "parse_error", reason)

    def _read_page(self, answer: Answer, wanted: Wanted) -> Listing | Gone | Problem:
        page = answer.page(self.site.encoding)
        listing = self.reader.read(page, self._fetch(answer, wanted), key=wanted.key)
        moved = self._was_moved(answer, wanted)
        if listing is not None and (listing.body or listing.images or listing.price) and self._is_sure(listing, moved):
            return listing
        wall = diagnose(answer.page(self.site.encoding), self.recipe)
        if wall is not None and wall.kind in {"gone", "soft_404"}:
            return self._missing(answer, wanted, wall.reason)
        if wall is not None and (listing is None or not listing.body or moved or is_short(page)):
            kind: ProblemKind = "captcha" if wall.kind == "captcha" else "login_wall"
            return self.problem(answer, wanted, kind, wall.reason)
        if listing is None:
            return self.problem(answer, wanted, "parse_error", "网页上没有读到标题和正文，页面结构可能已改变")
        return listing

    def _is_sure(self, listing: Listing, moved: bool) -> bool:  # noqa: FBT001 -- internal
        """Without selectors a notice reads like a very short offer, and a log-in page reads like a long one."""
        if not self.recipe.readable:
            return True
        if moved:
            return False
        offers = listing.price is not None or listing.contacts or _OFFER.search(listing.body)
        return bool(offers) or len(listing.body) >= SHORT_BODY

    def _was_moved(self, answer: Answer, wanted: Wanted) -> bool:
        return urlsplit(answer.url).path.rstrip("/") != urlsplit(wanted.url).path.rstrip("/")

    def _fetch(self, answer: Answer, wanted: Wanted) -> Fetch:
        return Fetch(
            url=answer.url,
            fetched_at=answer.seen_at,
            status=answer.status,
            etag=answer.etag,
            last_modified=answer.last_modified,
            row_signature=wanted.row_signature,
            known_digest=wanted.known.digest if wanted.known and wanted.known.gone_at is None else None,
            exchanges=answer.exchanges,
            returning=bool(wanted.known and wanted.known.gone_at is not None),
        )

    def _missing(self, answer: Answer, wanted: Wanted, reason: str) -> Gone | Problem:
        if wanted.known is not None:
            return Gone(self.site.name, wanted.key, wanted.url, answer.seen_at, reason, answer.exchanges)
        return self.problem(answer, wanted, "soft_404", f"信息在读取前已消失：{reason}")

    def _was_sent_away(self, answer: Answer, wanted: Wanted) -> bool:
        if answer.url == wanted.url:
            return False
        arrived = urlsplit(answer.url)
        if arrived.path in {"", "/", "/index.php", "/index.html"} and not arrived.query:
            return True
        own, asked = self.recipe.key_of(answer.url), self.recipe.key_of(wanted.url)
        return answer.url in self.site.start or bool(own and asked and own != asked)
