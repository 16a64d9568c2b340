"""Judged: a listing together with what detection said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.items import Listing
    from keywords.results import Detection


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
