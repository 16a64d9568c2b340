"""What people and programs are told about how often a site is read."""

from __future__ import annotations

import json

import pytest

from tests.crawling import Watch
from tests.site.fixture import serve
from tests.warmed import wangdun


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    """A site that was crawled twice; the second time it had one more listing."""
    with serve() as site:
        site.control(fill=6)
        watch = Watch(tmp_path_factory.mktemp("office"), f"{site.url}/board/", {"every": "auto"})
        assert watch.run().status == "complete"
        site.control(add=[{"title": "新的一条"}])
        assert watch.run().status == "complete"
        yield watch


def say(watch, *args, code=0):
    done = wangdun(*args, cwd=watch.folder, COLUMNS="240")
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode()


def test_the_list_tells_when_a_site_is_read_next_and_why(watch):
    (row,) = json.loads(say(watch, "site", "list", "--json"))
    assert (row["how"], row["listings"], row["new"], row["stored"]) == ("自动 30m–1d", 7, 1, 7)
    assert row["fruit"] == {"asked": 9, "fruitful": 9, "share": 1.0, "runs": [1.0, 1.0]}
    assert 1800 <= row["pace_seconds"] <= 86400
    assert row["next"] > row["last_run"]
    assert row["why"].startswith("平均每 ")
    assert "100%" in say(watch, "site", "list")


def test_a_site_shows_what_was_learned(watch):
    facts = json.loads(say(watch, "site", "show", "b", "--json"))
    (board,) = facts["boards"]
    assert (board["kind"], board["reads"], board["fruitful"]) == ("list", 2, 2)
    assert {page["kind"] for page in facts["pages"]} == {"不满 1 天", "1–7 天", "7–30 天", "30 天以上", "列表上已没有"}
    assert all(page["reads"] == 0 for page in facts["pages"])
    shown = say(watch, "site", "show", "b")
    for words in (
        "b：自动 30m–1d",
        "下次读：",
        "因为平均每",
        "有新内容的请求：100%（最近 2 次运行的 9 个请求中 9 个）",
        "2/2",
    ):
        assert words in shown


def test_a_site_that_never_ran_is_shown_too(watch, tmp_path):
    idle = Watch(tmp_path, watch.start)
    idle.config.exists()
    facts = json.loads(say(idle, "site", "show", "b", "--json"))
    assert (facts["status"], facts["next"], facts["boards"], facts["fruit"]["share"]) == (None, None, [], None)
    assert "下次读：没有安排" in say(idle, "site", "show", "b")
    say(idle, "site", "show", "unknown", code=2)
