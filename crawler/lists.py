"""Lists: what one HTTP answer to a request for a list page means. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.failures import explain_status
from crawler.reading.board import Board, read_board
from crawler.reading.json_answer import json_of
from crawler.reading.json_board import read_json_board

if TYPE_CHECKING:
    from crawler.answers import Answer
    from crawler.config import Site
    from crawler.items import ProblemKind
    from crawler.platforms.recipe import Recipe
    from crawler.reading.page import Page

NO_JSON = "列表的答复不是 JSON，或嵌套过深、过大"
NO_SOURCE = "网页里没有找到 {name} 中的 JSON，页面结构可能已改变"


@dataclass(frozen=True, slots=True)
class Read:
    """A list page, read."""

    page: Page
    """Of JSON: the page that its message to people would make."""
    board: Board
    lack: str = ""
    """Chinese: why there was nothing to read rows from; empty when there was."""


class ListReader:
    """Turns answers for one site's list pages into boards."""

    def __init__(self, site: Site, recipe: Recipe) -> None:
        self.site = site
        self.recipe = recipe
        self.rules = site.json_.list if site.json_ else None

    def fault(self, answer: Answer) -> tuple[ProblemKind, str] | None:
        """Kind and Chinese reason why the answer is no list; None when it may be one."""
        if answer.status >= 300:
            return explain_status(answer.status)
        is_read = answer.is_page or (self.rules is not None and self.rules.source is None)
        return None if is_read else ("not_html", "列表不是网页")

    def read(self, answer: Answer) -> Read:
        """Rows and the next page."""
        rules = self.rules
        if rules is None:
            page = answer.page(self.site.encoding)
            board = read_board(page, self.recipe)
            return Read(page, replace(board, cut=True) if answer.cut else board)
        document, page = json_of(answer, rules.source, self.site.encoding)
        if document is None:
            return Read(page, Board((), None), NO_SOURCE.format(name=rules.source) if rules.source else NO_JSON)
        return Read(page, read_json_board(document, answer.url, rules, self.recipe))
