from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from crawler.exceptions import RecipeError
from crawler.platforms import recipe as recipes
from crawler.platforms.recipe import ItemRules, ListRules, Recipe

if TYPE_CHECKING:
    from pathlib import Path

FORUMS = ("discuz", "mybb", "nodebb", "phpbb", "spirit", "xiuno")


@pytest.mark.parametrize("name", recipes.names())
def test_file_name_is_the_name_in_the_configuration(name: str) -> None:
    recipe = recipes.load(name)
    assert recipe.name == name
    assert recipe is recipes.load(name)


def test_names_are_the_files_of_the_folder() -> None:
    assert set(FORUMS) <= set(recipes.names())
    assert list(recipes.names()) == sorted(path.stem for path in recipes.FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", ["", "nothing", "../discuz", "discuz.yaml", "Discuz"])
def test_unknown_platform_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(RecipeError, match="discuz"):
        recipes.load(name)


@pytest.mark.parametrize(
    "text",
    [
        "title: X\nkind: forum\nlist: {rows: 'a['}",  # a selector that is none
        "title: X\nkind: forum\nurls: {item: '('}",  # a pattern that is none
        "title: X\nkind: forum\nitem: {tittle: h1}",  # a misspelt key
        "title: X\nkind: blog",
        "kind: forum",
        "- a list",
        "title: [",
        "",
    ],
)
def test_wrong_file_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "FOLDER", tmp_path)
    (tmp_path / "wrong_one.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"wrong_one\.yaml"):
        recipes.load("wrong_one")


def test_site_lays_single_keys_over_the_recipe() -> None:
    base = recipes.load("discuz")
    over = base.overridden(
        ListRules.model_validate({"next": "a.more"}), ItemRules.model_validate({"title": "h1", "price": []})
    )
    assert [pick.select for pick in over.list.next] == ["a.more"]
    assert over.list.rows == base.list.rows
    assert [pick.select for pick in over.item.title] == ["h1"]
    assert over.item.price == ()
    assert over.item.body == base.item.body
    assert base.overridden(None, None) == base


SAME = [
    ("discuz", "12", ["forum.php?mod=viewthread&tid=12", "thread-12-1-1.html", "thread-12-1-5.html", "archiver/?tid-12.html", "forum.php?mod=viewthread&tid=12&extra=page%3D3"]),
    ("xiuno", "7", ["thread-7.htm", "?thread-7.htm", "thread-7-1.htm", "thread/7"]),
    ("mybb", "9", ["showthread.php?tid=9", "thread-9.html"]),
    ("phpbb", "65", ["viewtopic.php?f=2&t=65", "viewtopic.php?t=65&sid=0123456789abcdef0123456789abcdef", "viewtopic.php?t=65&start=0"]),
    ("nodebb", "2", ["topic/2/slug", "topic/2", "topic/2/%E7%94%BB?lang=zh-CN"]),
    ("spirit", "1", ["topic/1/slug/", "topic/1/%E7%94%BB%E7%9C%89/"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "key", "urls"), SAME)
def test_addresses_of_one_thread_have_one_key_and_are_items(name: str, key: str, urls: list[str]) -> None:
    recipe = recipes.load(name)
    for url in urls:
        assert recipe.key_of(f"https://x.example/{url}") == key
        assert re.search(recipe.urls.item or "", f"https://x.example/{url}")
        assert not re.search(recipe.urls.list or "$^", f"https://x.example/{url}")


OTHERS = [
    ("discuz", ["forum.php?mod=viewthread&tid=12&page=2", "forum.php?mod=viewthread&tid=12&extra=page%3D1&page=13", "thread-12-2-1.html", "forum.php?mod=viewthread&tid=12&page=1&authorid=3",
                "forum.php?mod=redirect&tid=12&goto=lastpost", "forum.php?mod=viewthread&do=tradeinfo&tid=12&pid=9", "forum.php?mod=forumdisplay&fid=2", "forum-2-1.html", "forum.php?mod=announcement&id=1", "home.php?mod=space&uid=1"]),
    ("xiuno", ["thread-7-2.htm", "?thread-7-3.htm", "forum-1.htm", "user-7.htm", "thread-create-2.htm"]),
    ("mybb", ["showthread.php?tid=9&page=2", "showthread.php?tid=9&action=lastpost", "showthread.php?tid=9&pid=4", "thread-9-page-2.html", "forumdisplay.php?fid=11", "announcements.php?aid=2"]),
    ("phpbb", ["viewtopic.php?f=2&t=65&start=10", "viewtopic.php?p=9", "viewtopic.php?f=2&p=905", "viewforum.php?f=2", "memberlist.php?mode=viewprofile&u=65"]),
    ("nodebb", ["topic/2/slug/15", "topic/2/slug?page=2", "category/6/slug", "user/demo"]),
    ("spirit", ["topic/1/slug/?page=2", "category/3/slug/", "topic/publish/"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "urls"), OTHERS)
def test_later_pages_and_other_addresses_are_no_items(name: str, urls: list[str]) -> None:
    pattern = recipes.load(name).urls.item or ""
    assert [url for url in urls if re.search(pattern, f"https://x.example/{url}")] == []


LISTS = [
    ("discuz", ["forum.php?mod=forumdisplay&fid=2&page=3", "forum-2-3.html", "archiver/?fid-2.html&page=2"]),
    ("xiuno", ["forum-1.htm", "forum-1-2.htm", "?forum-1.htm"]),
    ("mybb", ["forumdisplay.php?fid=11", "forum-11-page-2.html"]),
    ("phpbb", ["viewforum.php?f=2&start=25"]),
    ("nodebb", ["category/6/slug?page=2"]),
    ("spirit", ["category/3/slug/?page=2"]),
]


@pytest.mark.parametrize(("name", "urls"), LISTS)
def test_list_addresses_are_known(name: str, urls: list[str]) -> None:
    pattern = recipes.load(name).urls.list or "$^"
    assert all(re.search(pattern, f"https://x.example/{url}") for url in urls)


@pytest.mark.parametrize("name", FORUMS)
def test_forum_recipe_reads_what_a_forum_shows(name: str) -> None:
    recipe = recipes.load(name)
    assert recipe.kind == "forum"
    assert recipe.list.order == "replied"
    for rules in (recipe.list.rows, recipe.list.pinned, recipe.list.link, recipe.list.next, recipe.list.activity):
        assert rules
    for rules in (recipe.item.title, recipe.item.body, recipe.item.seller, recipe.item.date, recipe.item.replies):
        assert rules
    assert {wall.kind for wall in recipe.walls} >= ({"gone"} if name == "spirit" else {"gone", "login_wall"})
    assert sum(mark.weight for mark in recipe.marks) >= 10


def test_key_without_pattern_or_match_is_none() -> None:
    recipe = Recipe(title="x", kind="forum")
    assert recipe.key_of("https://x.example/1") is None
    assert recipes.load("discuz").key_of("https://x.example/forum.php?mod=redirect&goto=findpost&ptid=12&pid=3") is None
