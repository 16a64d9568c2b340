"""The demo's listings and boards, read from ``listings.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Board(_Row):
    """One board of the forum."""

    id: int
    name: str
    group: str
    kind: Literal["thread", "classified", "goods"]
    about: str


class Category(_Row):
    """One category of the shop."""

    slug: str
    name: str
    about: str


class DemoListing(_Row):
    """One invented offer (or notice, or piece of news) of the demo."""

    site: Literal["forum", "shop"]
    id: int
    board: int | str
    """The forum's board number or the shop's category slug."""
    title: str
    body: str
    """Lines separated by ``\\n``."""
    seller: str
    region: str
    age: float
    """Hours between posting and the start of the demo."""
    expected: Literal["lead", "innocent"]
    """What a careful reviewer would say."""
    disguise: str | None = None
    """How a lead hides its words; None when written plainly."""
    type: str = ""
    price: str = ""
    market_price: str = ""
    contact: str = ""
    goods: str = ""
    image: str = ""
    """File name in ``static/``."""
    replies: tuple[str, ...] = ()
    attributes: dict[str, str] = Field(default_factory=dict)
    pinned: bool = False
    attach: bool = False
    """The pictures are shown to members only."""
    locked: bool = False
    """A part of the post is shown only to those who replied."""

    @property
    def key(self) -> str:
        """Identity within its site: the thread number, or the slug of the goods page."""
        return str(self.id) if self.site == "forum" else f"item-{self.id}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The body, line by line."""
        return tuple(self.body.split("\n"))


class Catalogue(_Row):
    """All that both sites show."""

    forum_boards: tuple[Board, ...]
    shop_categories: tuple[Category, ...]
    listings: tuple[DemoListing, ...]

    def of_board(self, board: int | str) -> tuple[DemoListing, ...]:
        """The listings of one board or category, in the order of the file."""
        return tuple(listing for listing in self.listings if listing.board == board)

    def find(self, site: str, number: int) -> DemoListing | None:
        """The listing with this number, or None."""
        return next((row for row in self.listings if row.site == site and row.id == number), None)


@cache
def load() -> Catalogue:
    """Read ``listings.yaml`` (about 120 listings).

    Raises:
        pydantic.ValidationError: the file has an unknown or misspelt key.
    """
    text = (FOLDER / "listings.yaml").read_text(encoding="utf-8")
    return Catalogue.model_validate(yaml.safe_load(text))
