"""Row spider: reads sites whose list pages show everything; no item page is opened to read it.

Item pages are only asked whether they are still there: those of listings that the lists no longer show, and of leads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lxml import etree

from crawler.answers import AnswerReader
from crawler.exchanges import HOPS
from crawler.items import Fetch, Offers, Problem, Sighting
from crawler.lists import ListReader
from crawler.reading.board import Row
from crawler.reading.row_offer import RowReader
from crawler.reading.walls import diagnose, is_short
from crawler.spider import ListingSpider
from crawler.walk import offer_changed

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from scrapy import Request

    from crawler.answers import Answer, Wanted
    from crawler.config import Site
    from crawler.items import Gone, Listing
    from crawler.ledger import Remembered
    from crawler.lists import Read
    from crawler.platforms.recipe import Recipe
    from crawler.reading.page import Page
    from crawler.spider import Item
    from crawler.walk import Walk

AGAIN = 20  # unchanged rows of a run that are read all the same: enough for a share, some milliseconds of work
LACK = "列表的各行中没有读到标题和正文，页面结构可能已改变"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands."""

    answer: Answer
    page: Page
    element: Any


@dataclass(slots=True)
class Unread:
    """What rows lack that are as they were: nothing of them is stored anew, so that nothing else would count it."""

    rows: int = 0
    empty: dict[str, int] = field(default_factory=lambda: {"title": 0, "body": 0})

    def note(self, listing: Listing | None) -> None:
        """Count one row."""
        self.rows += 1
        for name in self.empty:
            self.empty[name] += not getattr(listing, name, "")


class RowLists(ListReader):
    """Lists whose rows know the answer that they are part of, and are signed by all that they show."""

    def __init__(self, site: Site, recipe: Recipe) -> None:
        super().__init__(site, recipe)
        # rows are read again where the same markup is to be read in another way
        self.way = recipe.item.model_dump_json().encode()

    def read(self, answer: Answer) -> Read:
        """Rows and the next page."""
        read = super().read(answer)
        rows = tuple(self._placed(row, answer, read.page) for row in read.board.rows)
        return replace(read, board=replace(read.board, rows=rows))

    def _placed(self, row: Row, answer: Answer, page: Page) -> Row:
        markup = etree.tostring(row.part, encoding="utf-8", with_tail=False)
        # as long as other rows' signatures
        offer = hashlib.blake2b(self.way + markup, digest_size=8).hexdigest()
        signature = f"{offer}:{row.signature.partition(':')[2]}"
        return Row(row.url, row.key, row.title, signature, pinned=row.pinned, part=Place(answer, page, row.part))


class PresenceReader(AnswerReader):
    """Tells of an item page whether it is still there, and nothing else of it."""

    def __init__(self, site: Site, rows: RowReader) -> None:
        super().__init__(site)
        self.reader = rows.reader
        self.recipe = rows.reader.recipe

    def _read_page(self, answer: Answer, wanted: Wanted) -> Sighting | Gone | Problem:  # type: ignore[override]
        page = answer.page(self.site.encoding)
        wall = diagnose(page, self.recipe) if is_short(page) else None
        if wall is not None and wall.kind in {"gone", "soft_404"}:
            return self._missing(answer, wanted, wall.reason)
        if wall is not None:
            return self.problem(answer, wanted, "captcha" if wall.kind == "captcha" else "login_wall", wall.reason)
        if wanted.known is None:  # failed on an earlier day, when item pages were still read
            return self._missing(answer, wanted, "本站的信息现在只从列表读取")
        return Sighting(self.site.name, ((wanted.key, None),), answer.seen_at, checked=True)


class RowSpider(ListingSpider):
    """Reads the boards of one site, whose rows are the listings."""

    def __init__(self, *, site: Site, **more: Any) -> None:
        super().__init__(site=site, **more)
        self.rows = RowReader.of(site)
        self.reader = PresenceReader(site, self.rows)
        self.lists = RowLists(site, self.reader.recipe)
        self.unread = Unread()

    def _visit(
        self,
        rows: list[Row],
        known: Mapping[str, Remembered],
        encoding: str,  # noqa: ARG002 -- of item requests
    ) -> Generator[Item | Request, None, int]:
        """Listings that are new or say something else than before; tells how many."""
        offers: list[Listing] = []
        unchanged: list[tuple[str, str | None]] = []
        for row in rows:
            before = known.get(row.key)
            if before is not None and _is_unchanged(row, before):
                if self.unread.rows < AGAIN:
                    self.unread.note(self._read_row(row, before))
                unchanged.append((row.key, row.signature if row.signature != before.row_signature else None))
                continue
            listing = self._read_row(row, before)
            if listing is None:
                continue
            if listing.fetch.known_digest is not None and listing.fetch.known_digest == listing.digest:
                self.unread.note(listing)
                unchanged.append((row.key, row.signature if before and row.signature != before.row_signature else None))
            else:
                offers.append(listing)
        if offers:
            yield Offers(tuple(offers))
        if unchanged:
            yield Sighting(self.site.name, tuple(unchanged), self.now(), checked=True)
        if rows and not offers and not unchanged:
            place: Place = rows[0].part
            self.list_problems["parse_error"] = LACK
            yield self._count(Problem(self.site.name, place.answer.url, "parse_error", LACK, self.now(), page="list"))
        return len(offers)

    def _read_row(self, row: Row, before: Remembered | None) -> Listing | None:
        place: Place = row.part
        there = before is not None and before.gone_at is None
        fetch = Fetch(
            url=place.answer.url,
            fetched_at=place.answer.seen_at,
            status=place.answer.status,
            row_signature=row.signature,
            known_digest=before.digest if before is not None and there else None,
            exchanges=place.answer.exchanges,
            returning=before is not None and not there,
        )
        return self.rows.read(row, place.element, place.page, fetch)

    def _list_request(self, url: str, walk: Walk, encoding: str = "utf-8") -> Request:
        """The list page is what a hit is proved by: what goes over the wire is kept for it."""
        request = super()._list_request(url, walk, encoding)
        request.meta.setdefault(HOPS, [])
        return request


def _is_unchanged(row: Row, before: Remembered) -> bool:
    """The row's markup is as it was: reading it would tell nothing new."""
    return before.gone_at is None and before.row_signature is not None and not offer_changed(row, before)
