"""The `crawler:` section: what is accepted, what is refused, and in which words."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from pydantic import ValidationError

from crawler.config import CrawlerConfig, Site, read_duration

START = "http://forum.example.cn/list"


def site(**keys):
    return Site.model_validate({"name": "b", "start": START, **keys})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90s", timedelta(seconds=90)), ("30m", timedelta(minutes=30)), (" 6 h ", timedelta(hours=6)),
        ("1d", timedelta(days=1)), ("2w", timedelta(weeks=2)),
    ],
)  # fmt: skip
def test_durations(text, value):
    assert read_duration(text) == value


@pytest.mark.parametrize("text", ["", "6", "6 hours", "-1h", "1.5h", 6, None, "9999999d"])
def test_no_durations(text):
    with pytest.raises(ValueError, match="时间间隔"):
        read_duration(text)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"start": "ftp://a.cn/"}, "http"), ({"start": []}, "at least 1"), ({"start": "http://a.cn/a b"}, "http"),
        ({"every": "999999w"}, "最长 520w"), ({"revisit": "5201d"}, "最长 520w"), ({"every_max": "521w"}, "最长 520w"),
        ({"name": "../x"}, "pattern"), ({"platform": "nothing"}, "没有名为"), ({"every": "6h", "cron": "0 7 * * *"}, "只能写一个"),
        ({"every": "0s"}, "大于零"), ({"robots": {"obey": False}}, "理由"), ({"robots": {"obey": False, "reason": " a "}}, "理由"),
        ({"timezone": "Mars/Base"}, "没有这个时区"), ({"encoding": "klingon"}, "没有这种编码"),
        ({"encoding": "gb18031"}, "是不是 gb18030？"), ({"encoding": "utf-7"}, "是不是 utf"), ({"encoding": "latin-1"}, "没有这种编码"),
        ({"quiet": "late"}, "quiet 应写成"), ({"active": {"from": "2026-12-01", "to": "2026-11-01"}}, "不能早于"),
        ({"list": {"rows": "div[["}}, "选择器无法识别"), ({"item": {"price": {"select": "p", "match": "("}}}, "正则表达式无法识别"),
        ({"evry": "6h"}, "Extra"), ({"limits": {"pages": 0}}, "greater than or equal to 1"),
    ],
)  # fmt: skip
def test_refused(keys, words):
    with pytest.raises(ValidationError) as caught:
        site(**keys)
    assert words in str(caught.value)


def test_a_site_as_written_in_four_lines():
    given = site(platform="discuz", every="6h", quiet="23:00-6:30")
    assert (given.start, given.hosts, given.every) == ((START,), ("forum.example.cn",), timedelta(hours=6))
    assert (given.quiet.start, given.quiet.end) == (time(23), time(6, 30))
    assert given.robots.obey
    assert given.revisit == timedelta(days=1)


def test_an_outside_site_needs_a_contact():
    with pytest.raises(ValidationError, match=r"crawler\.contact"):
        CrawlerConfig.model_validate({"sites": [{"name": "b", "start": START}]})
    for keys in ({"enabled": False}, {"start": "http://127.0.0.1:8000/"}, {"start": "http://[::1]/"}):
        CrawlerConfig.model_validate({"sites": [{"name": "b", "start": START, **keys}]})


def test_names_are_unique_and_looked_up():
    one, two = {"name": "a", "start": START}, {"name": "b", "start": START}
    with pytest.raises(ValidationError, match="站点名重复：a"):
        CrawlerConfig.model_validate({"contact": "demo@example.org", "sites": [one, one]})
    config = CrawlerConfig.model_validate({"contact": "demo@example.org", "sites": [one, two]})
    assert config.site("b").name == "b"
    with pytest.raises(KeyError):
        config.site("c")


def test_a_site_overrides_what_holds_for_all():
    config = CrawlerConfig()
    assert (config.politeness.delay, config.politeness.concurrency, config.limits_of(site()).pages) == (2.0, 1, 50)
    own = site(delay=0, concurrency=3, limits={"pages": 7})
    polite = config.politeness_of(own)
    assert (polite.delay, polite.concurrency, polite.timeout) == (0, 3, 30)
    assert config.limits_of(own).pages == 7


def test_a_site_overrides_only_the_limits_it_names():
    config = CrawlerConfig.model_validate({"limits": {"pages": 9, "minutes": 30}})
    limits = config.limits_of(site(limits={"pages": 50, "items": 5}))  # 50 is what stands where nothing is said
    assert (limits.pages, limits.items, limits.minutes, limits.depth) == (50, 5, 30, 200)
    assert config.limits_of(site()) == config.limits


@pytest.mark.parametrize("name", ["gb18030", "GBK", "utf-8", "Big5", "gb2312", "windows-1251", "UTF-16LE"])
def test_encodings_that_pages_can_be_read_in(name):
    assert site(encoding=name).encoding == name


def test_a_contact_must_survive_in_a_user_agent():
    outside = {"name": "b", "start": START}
    for contact in ("某县林业局", "林业局 张三", "林业局 １３８００００１２３４"):
        with pytest.raises(ValidationError, match=r"须含电话、邮箱或网址"):
            CrawlerConfig.model_validate({"contact": contact, "sites": [outside]})
        CrawlerConfig.model_validate({"contact": contact, "sites": [{**outside, "start": "http://127.0.0.1:8000/"}]})
        CrawlerConfig.model_validate({"contact": contact, "sites": [{**outside, "enabled": False}]})
    for contact in ("林业局 0591-12345", "demo@example.org", "http://example.org/", "110"):
        CrawlerConfig.model_validate({"contact": contact, "sites": [outside]})


def test_selectors_are_laid_over_the_platforms():
    recipe = site(platform="discuz", item={"price": "b.price"}, drop=["sid"]).recipe
    assert [pick.select for pick in recipe.item.price] == ["b.price"]
    assert recipe.item.title == site(platform="discuz").recipe.item.title
    assert "sid" in recipe.urls.drop


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "须写 item"), ({"item": {"title": "a"}}, "list.rows"),
        ({"item": {"title": "//h1"}, "list": {"rows": "div"}}, "item.title 须相对于列表的行"),
        ({"item": {"price": "(//b)[1]"}, "list": {"rows": "div"}}, "item.price 须相对于列表的行"),
        ({"item": {"title": "a"}, "list": {"rows": "div"}, "replies": True}, "不能与 replies 同用"),
        ({"item": {"title": "a"}, "list": {"rows": "div"}, "sitemap": "auto"}, "不能与 sitemap 同用"),
    ],
)  # fmt: skip
def test_lists_that_show_everything_need_selectors_of_the_row(keys, words):
    with pytest.raises(ValidationError, match=words):
        site(item_pages=False, **keys)


def test_a_list_that_shows_everything():
    made = site(item_pages=False, item={"title": "a", "price": "./b"}, list={"rows": "div"})
    assert not made.item_pages
