from __future__ import annotations

import pytest

from crawler.browser.robots import Robots
from tests.site.fixture import serve

AGENT = "Wangdun/0 (+local test)"


@pytest.fixture(scope="module")
def running():
    with serve() as site:
        yield site


@pytest.fixture
def site(running):
    running.control(reset=True, fill=1)
    return running


@pytest.mark.parametrize("kind", ["none", "allow", "missing", "forbidden", "html"])
def test_what_allows_a_page(site, kind):
    site.control(robots=kind)
    assert Robots(AGENT).judge(f"{site.url}/board/item/1").reason == ""


@pytest.mark.parametrize(
    ("kind", "reason", "final"),
    [
        ("deny", "robots.txt 不允许访问", True),
        ("deny-items", "robots.txt 不允许访问", True),
        ("error", "robots.txt 读不到，按不允许访问处理", False),
    ],
)
def test_what_does_not(site, kind, reason, final):
    site.control(robots=kind)
    ruling = Robots(AGENT).judge(f"{site.url}/board/item/1")
    assert (ruling.reason, ruling.is_final) == (reason, final)


def test_asked_once_an_hour_with_our_own_name(site):
    site.control(robots="delay")
    robots = Robots(AGENT)
    assert [robots.judge(f"{site.url}/board/item/{number}").delay for number in range(3)] == [1.0, 1.0, 1.0]
    assert site.paths() == ["/robots.txt"]
    assert site.log()[0]["headers"]["User-Agent"] == AGENT


def test_a_server_that_is_not_there_forbids_for_now():
    ruling = Robots(AGENT).judge("http://127.0.0.1:8009/x")
    assert (ruling.reason, ruling.is_final) == ("robots.txt 读不到，按不允许访问处理", False)
