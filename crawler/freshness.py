"""Freshness: how a run asks for pages that name listings only when they changed, and notes what each visit found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from crawler.answers import Answer
    from crawler.ledger import Remembered, RememberedBoard
    from crawler.walk import Walk

BoardKind = Literal["list", "feed", "sitemap"]
FULL: Final = timedelta(days=1)  # a server that says "not modified" by mistake hides new rows no longer than this


@dataclass(slots=True)
class BoardRead:
    """What one visit of a board found."""

    url: str
    """As configured or discovered, before any redirect."""
    kind: BoardKind
    at: datetime
    found: int = 0
    """Listings that were new or had changed."""
    rows: int = 0
    full: bool = True
    """False when the server said "not modified"."""
    etag: str | None = None
    last_modified: str | None = None


@dataclass(slots=True)
class Boards:
    """The boards of one run."""

    known: Mapping[str, RememberedBoard]
    sure: bool = False
    """A list that is as it was may be taken as read: the run before read all, and this one reads by itself."""
    reads: dict[str, BoardRead] = field(default_factory=dict)
    """By URL."""
    asked: set[str] = field(default_factory=set)
    """Boards of which only what is new was asked for."""

    def of_list(self, walk: Walk, now: datetime) -> dict[str, str]:
        """Headers for the next page of a list: only of its first page can be told that it is as it was.

        Where the order of the rows says nothing, the pages after an unchanged one may hold new rows.
        """
        if not self.sure or walk.pages or walk.order == "none":
            return {}
        return self.conditions(walk.start, now)

    def conditions(self, url: str, now: datetime) -> dict[str, str]:
        """Headers with which an unchanged board need not be sent again; none when it shall be sent in full."""
        before = self.known.get(url)
        if before is None or not before.trusted or not timedelta(0) <= now - before.full_at < FULL:
            return {}
        headers = conditions(before.etag, before.last_modified)
        if headers:
            self.asked.add(url)
        return headers

    def unmodified(self, url: str, kind: BoardKind, answer: Answer) -> int | None:
        """Note that a board is as it was; how many rows it had. None when the server was not asked that."""
        if url not in self.asked or answer.status != 304:
            return None
        self.reads[url] = BoardRead(url, kind, answer.seen_at, full=False)
        return self.known[url].rows

    def read(self, url: str, kind: BoardKind, answer: Answer, *, first: bool = True) -> None:
        """Note a page of a board; its `first` page is the one that is asked for next time."""
        if url not in self.reads:
            one = self.reads[url] = BoardRead(url, kind, answer.seen_at)
            if first:
                one.etag, one.last_modified = answer.etag, answer.last_modified

    def add(self, url: str, *, rows: int, found: int) -> None:
        """Count what a page of a board named, and how much of it was new or had changed."""
        if (one := self.reads.get(url)) is not None:
            one.rows += rows
            one.found += found

    def forget(self, url: str) -> None:
        """Ask for the board in full next time: not all that it named could be read."""
        if (one := self.reads.get(url)) is not None:
            one.etag = one.last_modified = None

    def visits(self, *, whole: bool) -> Iterator[BoardRead]:
        """All visits; unless the `whole` run was read well, each board is asked for in full next time."""
        for one in self.reads.values():
            if not whole:
                one.etag = one.last_modified = None
            yield one


def conditions_of(known: Remembered | None) -> dict[str, str]:
    """Headers with which an unchanged item page need not be sent again."""
    if known is None or known.gone_at is not None:
        return {}
    return conditions(known.etag, known.last_modified)


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers that say what is known already (RFC 9110, 13.1)."""
    pairs = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in pairs.items() if value}
