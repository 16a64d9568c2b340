"""Golden pages: each folder below ``pages/<platform>/`` is one page and what must be read off it.

``page.html`` are the bytes as served; ``meta.json`` says how they came; ``expected.json`` what they hold. Where there is
an ``again.html``, it is the same page loaded a second time: only view counts, relative times and copy protection differ.

meta.json: ``url``, ``page`` (list or item), ``content_type``, ``now``, and ``site``: keys of the site's configuration.
expected.json of a list: ``rows`` (url, key, title, pinned), ``count``, ``next``; of an item: fields of the listing, all
of which must be equal; of a notice: ``wall``, its kind. An item may also state ``absent``: texts that nothing may hold.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.config import Site
from crawler.items import Fetch, Listing
from crawler.platforms import recipe as recipes
from crawler.reading.board import read_board
from crawler.reading.offer import Reader
from crawler.reading.page import Page, parse
from crawler.reading.recognition import SURE, recognise
from crawler.reading.walls import diagnose

PAGES = Path(__file__).parent / "pages"
CASES = sorted(path.parent for path in PAGES.glob("*/*/meta.json"))
DOCS = [Path(__file__).parents[2] / "docs" / name for name in ("platforms.md", "platforms-shops.md")]
LEAST = {"url", "key", "title", "body"}  # what every item case states


def name_of(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def meta_of(case: Path) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    assert meta["platform"] == case.parent.name
    return meta


def expected_of(case: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    return expected


def site_of(meta: dict[str, Any]) -> Site:
    keys = {"name": "golden", "platform": meta["platform"], "start": [meta["url"]]} | meta.get("site", {})
    return Site.model_validate(keys)


def load(case: Path, file: str = "page.html") -> tuple[Page, Reader, dict[str, Any]]:
    meta = meta_of(case)
    site = site_of(meta)
    body = (case / file).read_bytes()
    page = parse(body, meta["url"], content_type=meta.get("content_type"), encoding=site.encoding)
    return page, Reader.of(site), meta


def read_item(case: Path, file: str = "page.html") -> Listing | None:
    page, reader, meta = load(case, file)
    return reader.read(page, Fetch(url=meta["url"], fetched_at=datetime.fromisoformat(meta["now"])))


def shown(listing: Listing) -> dict[str, Any]:
    fields = {name: getattr(listing, name) for name in ("key", "url", "title", "body", "seller", "region")}
    fields["price"] = asdict(listing.price) if listing.price else None
    if listing.price:
        fields["price"]["amount"] = None if listing.price.amount is None else str(listing.price.amount)
    fields["contacts"] = sorted([one.kind, one.value] for one in listing.contacts)
    fields["posted_at"] = listing.posted_at.isoformat() if listing.posted_at else None
    fields["images"] = list(listing.images)
    fields["replies"] = list(listing.replies)
    fields["attributes"] = [list(pair) for pair in listing.attributes]
    return fields


def cases(page: str, *, wall: bool) -> list[Any]:
    chosen = [case for case in CASES if meta_of(case)["page"] == page and ("wall" in expected_of(case)) is wall]
    return [pytest.param(case, id=name_of(case)) for case in chosen]


@pytest.mark.parametrize("case", cases("list", wall=False))
def test_list_page_gives_its_rows(case: Path) -> None:
    page, reader, _ = load(case)
    expected = expected_of(case)
    board = read_board(page, reader.recipe)
    rows = [{"url": row.url, "key": row.key, "title": row.title, "pinned": row.pinned} for row in board.rows]
    stated = expected["rows"]
    assert rows[: len(stated)] == stated
    assert len(rows) == expected["count"]
    assert board.next_url == expected["next"]


@pytest.mark.parametrize("case", cases("item", wall=False))
def test_item_page_gives_its_offer(case: Path) -> None:
    expected = expected_of(case)
    listing = read_item(case)
    assert listing is not None
    assert expected.keys() >= LEAST
    found = shown(listing)
    assert found["contacts"] == sorted(expected.pop("contacts", found["contacts"]))
    for text in expected.pop("absent", ()):
        assert text not in listing.text + repr(found)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("case", cases("item", wall=True) + cases("list", wall=True))
def test_notice_is_no_content_and_is_named(case: Path) -> None:
    page, reader, meta = load(case)
    if meta["page"] == "list":
        assert read_board(page, reader.recipe).rows == ()
    elif not reader.recipe.readable:  # without selectors a notice reads like an offer: the reader's caller decides
        listing = read_item(case)
        assert listing is None or not listing.body
    wall = diagnose(load(case)[0], reader.recipe)
    assert wall is not None
    assert wall.kind == expected_of(case)["wall"]
    assert re.search(r"[\u4e00-\u9fff]", wall.reason)


AGAIN = [pytest.param(case, id=name_of(case)) for case in CASES if (case / "again.html").exists()]


@pytest.mark.parametrize("case", AGAIN)
def test_second_load_of_the_same_page_is_no_change(case: Path) -> None:
    assert (case / "again.html").read_bytes() != (case / "page.html").read_bytes()
    if meta_of(case)["page"] == "item":
        first, second = read_item(case), read_item(case, "again.html")
        assert first is not None
        assert second is not None
        assert first.digest == second.digest
        return
    boards = [read_board(load(case, file)[0], load(case)[1].recipe) for file in ("page.html", "again.html")]
    signatures = [{row.key: row.signature for row in board.rows} for board in boards]
    assert signatures[0] == signatures[1]
    assert signatures[0]


RECOGNISABLE = [case for case in CASES if recipes.load(case.parent.name).marks and "wall" not in expected_of(case)]


@pytest.mark.parametrize("case", [pytest.param(case, id=name_of(case)) for case in RECOGNISABLE])
def test_page_is_recognised_by_the_marks_of_its_software(case: Path) -> None:
    best, *others = recognise(load(case)[0])
    assert best.platform == case.parent.name
    assert best.score >= SURE
    assert all(other.score < best.score for other in others)


@pytest.mark.parametrize("name", recipes.names())
def test_recipe_has_golden_pages(name: str) -> None:
    assert recipes.load(name).title
    kinds = [meta_of(case)["page"] for case in CASES if case.parent.name == name and "wall" not in expected_of(case)]
    assert {"list", "item"} <= set(kinds)


@pytest.mark.parametrize("name", recipes.names())
def test_recipe_is_documented(name: str) -> None:
    section = re.search(
        rf"^##+ .*`{name}`.*\n((?:(?!##+ ).*\n)*)",
        "\n".join(path.read_text(encoding="utf-8") for path in DOCS),
        re.MULTILINE,
    )
    assert section is not None, f"docs/platforms*.md has no section with `{name}` in its heading"
    assert (recipes.load(name).tried == "run") is not ("尚未在真实站点上运行过" in section[1])


def test_every_folder_of_pages_is_a_recipe() -> None:
    assert {path.name for path in PAGES.iterdir() if path.is_dir()} <= set(recipes.names())
    incomplete = [path for path in PAGES.glob("*/*") if path.is_dir() and not (path / "expected.json").exists()]
    assert incomplete == []
