"""Recognition: which software a page comes from, what kind of page it is, and what to write into config.yaml for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from crawler.fields.text import block_text, line_text
from crawler.platforms import recipe as recipes
from crawler.platforms.selectors import compile_selector, first_text
from crawler.reading.board import read_board
from crawler.reading.discovery import LEAST_ROWS, FoundList, discover_list, discover_next, says
from crawler.reading.proposals import propose_item, propose_list
from crawler.reading.readable import without_menus
from crawler.reading.structured import OFFERS, read_structured

if TYPE_CHECKING:
    from crawler.platforms.recipe import Mark, Recipe
    from crawler.reading.page import Page

SURE = 6  # weight of marks from which a page counts as recognised: one specific mark, or several weak ones
_PROSE = 120  # characters of running text outside the list: less is a greeting or a notice
_SENTENCE = re.compile(r"[，。！？；、,.!?]")
_PRICE = re.compile(r"(?:价\s?格|售\s?价|现价|一口价|本店价)\s?[：:]")
_BOARD = re.compile(
    r"(?:[?&](?:fid|f|id|cid|cat|cat_id|path|c|category_id|sCategory)=|/(?:forum|category|cate|board|list|c|collections|product-category)[-/])"
    r"([^/?&#=.]{1,60})"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A software that a page may come from."""

    platform: str
    title: str
    score: int
    """Sum of the weights of the marks found."""
    signs: tuple[str, ...]
    """The marks found, in Chinese, for the monitoring staff."""


def recognise(page: Page) -> list[Candidate]:
    """Every software with at least one mark on `page`, the most likely first."""
    found = [_candidate(page, recipes.load(name)) for name in recipes.names()]
    return sorted((one for one in found if one.score), key=lambda one: (-one.score, one.platform))


def _candidate(page: Page, recipe: Recipe) -> Candidate:
    marks = [mark for mark in recipe.marks if _shows(page, mark)]
    return Candidate(recipe.name, recipe.title, sum(mark.weight for mark in marks), tuple(map(_sign, marks)))


def _shows(page: Page, mark: Mark) -> bool:
    """All that the mark names is there."""
    return (
        (mark.select is None or bool(compile_selector(mark.select)(page.root)))
        and (mark.url is None or re.search(mark.url, page.url) is not None)
        and (mark.html is None or re.search(mark.html, page.text) is not None)
    )


def _sign(mark: Mark) -> str:
    said = (("页面元素", mark.select), ("网址", mark.url), ("网页源码", mark.html))
    return "，".join(f"{name} {sign}" for name, sign in said if sign)


def page_kind(page: Page, recipe: Recipe) -> Literal["list", "item", "both"]:
    """Whether `page` lists offers, is one, or both; without any sign of either it is a list, which is then empty."""
    if recipe.urls.item and re.search(recipe.urls.item, page.url):
        return "item"
    if recipe.discover and not recipe.list.link:
        found = discover_list(page)
        return _unknown_kind(page, recipe, found) if found else "item"
    has_item = first_text(recipe.item.title, page.root) and first_text(recipe.item.body, page.root)
    return "item" if has_item and not read_board(page, recipe).rows else "list"


def _unknown_kind(page: Page, recipe: Recipe, found: FoundList) -> Literal["list", "item", "both"]:
    weak = found.aside or len(found.links) < LEAST_ROWS
    turns = discover_next(page) is not None
    if turns and not weak:
        return "list"  # a long list under rules of the board, or beside a long notice
    stated = read_structured(page).kind
    if stated and not turns and weak:
        return "item"
    listed = {*block_text(found.container).splitlines()}
    lines = [line for line in block_text(without_menus(page.root)).splitlines() if line not in listed]
    prose = sum(len(line) for line in lines if len(line) >= 20 and _SENTENCE.search(line))
    titles = sum(len(says(link)) for link in found.links)
    if prose >= (_PROSE / 2 if weak else 2 * max(_PROSE, titles)):
        return "item"
    priced = [line for line in lines if _PRICE.search(line)]
    offered = len(priced) == 1 and bool(first_text(recipe.item.title, page.root))
    if offered or prose * 2 >= max(_PROSE, titles):
        return "item" if weak else "both"
    # plug-ins call a category an article, too; an offer beside a list is read all the same
    return "both" if stated in OFFERS else "list"


def propose_site(page: Page, item_page: Page | None, url: str) -> dict[str, Any]:
    """What to write into config.yaml to watch the list at `url`.

    Keys: ``name``, ``platform``, ``start``; for a site of unknown make, or a known one whose list looks otherwise,
    ``list`` and ``item``: a dictionary of selectors each; always ``signs`` (how it was recognised, Chinese), ``rows``
    (how many rows were read) and ``samples``: what each selector reads, by ``list.link``, ``item.title``, …
    """
    best = next(iter(recognise(page)), None)
    platform = best.platform if best and best.score >= SURE else "generic"
    recipe = recipes.load(platform)
    rows = read_board(page, recipe).rows
    proposal: dict[str, Any] = {"name": name_of(url), "platform": platform, "start": url}
    samples: dict[str, str] = {"list.link": next((row.title for row in rows), "")}
    if platform == "generic" or not rows:
        proposal["list"], samples = propose_list(page, recipe)
    if platform == "generic" and item_page is not None:
        proposal["item"], said = propose_item(item_page)
        samples |= said
    signs = best.signs if best and platform == best.platform else ()
    return {**proposal, "signs": signs, "rows": len(rows), "samples": samples}


def name_of(url: str) -> str:
    """A site name from an address: the host without ``www.``, and the board's number or word."""
    host = (urlsplit(url).hostname or "site").removeprefix("www.")
    board = _BOARD.search(url)
    # forum-11-1: the first number is the board's, the second the page's
    word = re.sub(r"^(\d+)-\d+$", r"\1", unquote(board[1])) if board else ""
    name = re.sub(r"[^\w.\-]+", "-", f"{host}-{word}" if word else host).strip("-._")
    return name[:64] or "site"  # as much as a site name may have


def as_yaml(proposal: dict[str, Any]) -> str:
    """`proposal` as an entry of ``crawler.sites``, with Chinese comments on what was read."""
    samples = proposal.get("samples", {})
    known = proposal["platform"] != "generic"
    told = (
        f"  # 识别为 {recipes.load(proposal['platform']).title}"
        if known
        else "  # 未识别出软件，以下选择器是按页面推测的，请核对"
    )
    lines = [f"- name: {_quoted(proposal['name'])}", f"  platform: {proposal['platform']}{told}"]
    count = f"{proposal['rows']} 条" if proposal.get("rows") else ""
    lines.append(f"  start: {_quoted(proposal['start'])}{_comment(count, '读到 ')}")
    for part in ("list", "item"):
        rules = proposal.get(part) or {}
        lines.extend([f"  {part}:"] if rules else [])
        lines.extend(
            f"    {name}: {_quoted(rule)}{_comment(samples.get(f'{part}.{name}', ''))}" for name, rule in rules.items()
        )
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    plain = "".join(char for char in text if char.isprintable())  # YAML knows no control characters
    return "'" + plain.replace("'", "''") + "'"


def _comment(sample: str, word: str = "如：") -> str:
    said = "".join(char for char in line_text(sample) if char.isprintable())[:40]  # enough to recognise it by
    return f"  # {word}{said}" if said else ""
