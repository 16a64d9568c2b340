"""What the spider may ask about earlier runs. Somebody else keeps the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class Remembered(Protocol):
    """A listing as it was stored last."""

    @property
    def key(self) -> str:
        """Identity within the site."""

    @property
    def url(self) -> str:
        """Where it was."""

    @property
    def row_signature(self) -> str | None:
        """What the list page said then."""

    @property
    def digest(self) -> str | None:
        """`Listing.digest` of the newest snapshot."""

    @property
    def etag(self) -> str | None:
        """Validator of the newest answer."""

    @property
    def last_modified(self) -> str | None:
        """Validator of the newest answer."""

    @property
    def checked_at(self) -> datetime | None:
        """When its page was last read."""

    @property
    def gone_at(self) -> datetime | None:
        """When its page was found missing."""


class Ledger(Protocol):
    """The memory of one site."""

    @property
    def covered(self) -> bool:
        """The previous run read all it meant to: the known-page stop rule may be used."""

    def keep(self, item: object) -> None:
        """Take an item that did not come through the pipelines."""

    def known(self, keys: Sequence[str]) -> Mapping[str, Remembered]:
        """Those of `keys` that are stored."""

    def failed_before(self, now: datetime) -> Sequence[tuple[str, str]]:
        """(key, url) of item pages that failed in earlier runs and should be tried again."""

    def unseen(self, limit: int) -> Sequence[Remembered]:
        """Stored listings, not gone, that this run has not seen."""

    def watched(self, now: datetime, limit: int) -> Sequence[Remembered]:
        """Stored listings, gone or not, whose page is watched and due to be looked at."""

    def overdue(self, checked_before: datetime, limit: int) -> Sequence[Remembered]:
        """Stored listings, not gone and not read in this run, whose page was last read before then."""
