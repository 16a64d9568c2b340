"""Judged: a listing together with what detection said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.items import Listing
    from keywords.results import Detection


class Judging(Protocol):
    """What a run needs of a detector."""

    def detect(self, text: str, *, offered: bool = False) -> Detection:
        """The verdict on one text; `offered`: the page states a price or a contact."""

    def detect_many(self, texts: Sequence[str], *, offered: Sequence[bool] | None = None) -> list[Detection]:
        """One verdict per text, in order."""


@dataclass(frozen=True, slots=True)
class JudgedOffers:
    """The listings of one list page, judged."""

    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the detect stage hands to the store stage."""

    listing: Listing
    digest: str
    detection: Detection
