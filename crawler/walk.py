"""Walk: how one list is followed from its start page, and when to stop."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.ledger import Remembered
    from crawler.platforms.recipe import Order
    from crawler.reading.board import Board, Row

Ending = Literal["open", "end", "known", "limit", "trap", "failed", "wall", "empty"]

BARREN = 3  # pages in a row without a single new row: more than pages shifting under a reader explains


@dataclass(slots=True)
class Walk:
    """One list being read, page after page."""

    start: str
    order: Order
    ending: Ending = "open"
    pages: int = 0
    barren: int = 0
    urls: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    """Of the rows met on this list, whether or not another list had them too."""

    def follow(self, board: Board, *, fresh: int, quiet: bool, limit: int) -> str | None:
        """The next page to read, or None with `ending` set.

        `fresh` counts rows not met before on this list; `quiet` says that nothing on the page has moved since the last
        complete run; `limit` is how many pages may be read.
        """
        self.pages += 1
        self.barren = 0 if fresh else self.barren + 1
        following = board.next_url
        if following is None and board.cut:
            self.ending = "limit"
        elif following is None or (board.total is not None and len(self.keys) >= board.total):
            self.ending = "end"
        elif following in self.urls or self.barren >= BARREN:
            self.ending = "trap"
        elif quiet and self.order != "none":
            self.ending = "known"
        elif self.pages >= limit:
            self.ending = "limit"
        else:
            self.urls.add(following)
            return following
        return None

    @property
    def covered(self) -> bool:
        """All that was meant to be read was read."""
        return self.ending in {"end", "known", "limit", "trap"}

    @property
    def exhausted(self) -> bool:
        """The list was read to its very end: what was not on it is no longer listed."""
        return self.ending in {"end", "trap"}


def mark_of(walk: Walk, board: Board) -> str:
    """What tells this page of the list from others: its titles, in order. The same in every process."""
    text = "\0".join((walk.start, *(row.title or row.key for row in board.rows)))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def offer_part(signature: str | None) -> str:
    """The part of a row signature that changes when the offer does."""
    return (signature or "").partition(":")[0]


def offer_changed(row: Row, known: Remembered) -> bool:
    """The list shows another offer than at the last reading."""
    return known.row_signature is not None and offer_part(row.signature) != offer_part(known.row_signature)


def is_quiet(board: Board, known: Mapping[str, Remembered], order: Order) -> bool:
    """Nothing on this page has moved: every row that is not pinned is known as it is.

    On a board sorted by last reply the activity must be the same too: a new thread can be pushed down by old ones
    that were answered.
    """
    rows = [row for row in board.rows if not row.pinned]
    return bool(rows) and all(_is_as_known(row, known.get(row.key), order) for row in rows)


def _is_as_known(row: Row, known: Remembered | None, order: Order) -> bool:
    if known is None or known.gone_at is not None:
        return False
    if order == "replied":
        # without activity in the signature nothing can be said about replies
        return row.signature == known.row_signature and not row.signature.endswith(":")
    return not offer_changed(row, known)
