"""Row offers: the row of a list page that shows everything becomes a Listing, as an item page does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.platforms.recipe import ItemRules
from crawler.reading.offer import Reader

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.config import Site
    from crawler.items import Fetch, Listing
    from crawler.platforms.recipe import Recipe
    from crawler.reading.board import Row
    from crawler.reading.page import Page


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the offers of one site off the rows of its list pages."""

    reader: Reader

    @classmethod
    def of(cls, site: Site) -> RowReader:
        """The reader for `site`: with the site's own selectors only, because a recipe's are for item pages."""
        return cls(Reader(site, row_recipe(site)))

    def read(self, row: Row, element: HtmlElement, page: Page, fetch: Fetch) -> Listing | None:
        """The offer that `row`, which is `element` of the list page `page`, shows; None without title and text."""
        return self.reader.read(page.part(element), fetch, key=row.key, url=row.url, title=row.title)


def row_recipe(site: Site) -> Recipe:
    """The site's recipe without what finds its way on item pages of unknown make."""
    plain = {"structured": False, "readable": False, "discover": False}
    return site.recipe.model_copy(update={"item": site.item or ItemRules(), **plain})
