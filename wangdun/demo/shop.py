"""The demo shop: 青溪优选, in the markup of OpenCart 3 with readable addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from wangdun.demo import answers
from wangdun.demo.answers import Answer, Request
from wangdun.demo.catalogue import Category, DemoListing, load
from wangdun.demo.forum import stable_number

if TYPE_CHECKING:
    from datetime import datetime

PAGE_ROWS = 9  # goods on a list page: three rows of three
TITLE_CUT = 18  # characters: list pages cut titles, the full one is on the goods page
_ITEM = re.compile(r"(?:/([a-z]{1,20}))?/item-(\d{1,9})")


def cut_title(title: str) -> str:
    """A title as list pages show it, cut with two dots."""
    return title if len(title) <= TITLE_CUT else f"{title[:TITLE_CUT]}.."


class Shop:
    """Answers for every address of the shop."""

    def __init__(self, started: datetime) -> None:
        self._started = started
        self._data = load()
        self._templates = answers.environment("shop")
        self._templates.globals |= {"number": stable_number}
        self._templates.filters["cut_title"] = cut_title
        self._categories = {category.slug: category for category in self._data.shop_categories}

    @property
    def starts(self) -> tuple[str, ...]:
        """Paths of the list pages to crawl, one a category."""
        return tuple(f"/{slug}" for slug in self._categories)

    def answer(self, request: Request) -> Answer:
        """The page, picture or error for one request."""
        if request.path == "/robots.txt":
            return answers.plain(answers.ROBOTS)
        if request.path.endswith((".png", ".gif", ".css")):
            return self._file(request)
        if found := _ITEM.fullmatch(request.path):
            return self._item(request, found[1], int(found[2]))
        return self._shelf(request)

    def _shelf(self, request: Request) -> Answer:
        if request.path == "/":
            return self._home(request)
        if request.path.strip("/") in self._categories:
            return self._category(request, self._categories[request.path.strip("/")])
        if request.path == "/index.php":  # account, basket, search: not for guests of the demo
            return self._render(request, "account.html")
        return self._missing(request)

    def _file(self, request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if name.endswith(".css"):
            return answers.stylesheet("shop")
        if name == "blank.gif":
            return Answer(answers.BLANK_GIF, content_type="image/gif")
        return answers.picture(name) or self._missing(request)

    def _home(self, request: Request) -> Answer:
        shelves = [(category, self._data.of_board(category.slug)[:4]) for category in self._categories.values()]
        return self._render(request, "home.html", shelves=shelves)

    def _category(self, request: Request, category: Category) -> Answer:
        goods = self._data.of_board(category.slug)
        pages = -(-len(goods) // PAGE_ROWS)
        asked = request.query.get("page", "1")
        page = min(pages, max(1, int(asked) if re.fullmatch(r"[0-9]{1,9}", asked) else 1))
        first = (page - 1) * PAGE_ROWS
        names: dict[str, Any] = {
            "category": category,
            "page": page,
            "pages": pages,
            "first": first,
            "total": len(goods),
        }
        return self._render(request, "category.html", rows=goods[first : first + PAGE_ROWS], **names)

    def _item(self, request: Request, slug: str | None, number: int) -> Answer:
        item = self._data.find("shop", number)
        if item is None or slug not in {None, item.board}:
            return self._missing(request)
        category = self._categories[str(item.board)]
        answer = self._render(request, "product.html", item=item, category=category, related=self._related(item))
        return answers.conditional(answer, self._started - timedelta(hours=item.age), request.headers)

    def _related(self, item: DemoListing) -> tuple[DemoListing, ...]:
        """Four neighbours: other listings repeated inside this one's page."""
        goods = self._data.of_board(item.board)
        at = goods.index(item)
        return tuple(goods[(at + step) % len(goods)] for step in (1, 2, 3, 4))

    def _missing(self, request: Request) -> Answer:
        return self._render(request, "missing.html", status=404)

    def _render(self, request: Request, template: str, status: int = 200, **names: Any) -> Answer:
        names |= {"origin": request.origin, "categories": self._data.shop_categories, "path": request.path}
        names |= {"shelf": {slug: self._data.of_board(slug) for slug in self._categories}}
        return Answer(self._templates.get_template(template).render(**names).encode(), status=status)
