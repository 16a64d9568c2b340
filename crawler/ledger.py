"""What the spider may ask about earlier runs. Somebody else keeps the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta


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


class RememberedBoard(Protocol):
    """A page that names listings, as it was read last."""

    @property
    def rows(self) -> int:
        """Listings it named when it was last sent in full."""

    @property
    def full_at(self) -> datetime:
        """When that was."""

    @property
    def etag(self) -> str | None:
        """Validator of that answer."""

    @property
    def last_modified(self) -> str | None:
        """Validator of that answer."""

    @property
    def trusted(self) -> bool:
        """False when the server sent other rows with the same validators before."""


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

    def watched(self, now: datetime, limit: int) -> Sequence[Remembered]:
        """Stored listings, gone or not, whose page is watched and due to be looked at."""

    def boards(self) -> Mapping[str, RememberedBoard]:
        """Lists, feeds and sitemaps read before, by URL."""

    def may_wait(self, url: str, now: datetime) -> bool:
        """Whether this feed or sitemap was read a short while ago, by how often it has something new."""

    def to_recheck(
        self, now: datetime, base: timedelta, budget: int, *, unlisted: bool, skip: Collection[str]
    ) -> Sequence[Remembered]:
        """Stored listings, not gone, whose page is worth a visit although nothing points to a change, at most `budget`.

        `base` is how long a page is left alone while little is known; `unlisted` adds those that this run, which read
        all lists to their end, has not met; `skip` are keys not to be visited.
        """
