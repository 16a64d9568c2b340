"""What is said of filters that make no sense, and that none of them is passed over."""

from __future__ import annotations

import re
from html import unescape

import pytest

from console.asked import CHOICES, LABELS, Asked
from console.codes import SOURCES
from console.exceptions import Refusal
from storage.review.manual import SOURCES as TYPED
from tests.console import filling
from tests.console.test_leads_api import program
from tests.console.test_queue import titles

WRONG = {
    "categry=plant": ("没有名为“categry”的筛选条件", "category（类别）"),
    "zz=1": ("没有名为“zz”的筛选条件", "category（类别）、"),
    "category=plnt": ("筛选条件“类别”不能是“plnt”", "plant（野生植物）"),
    "category=野生植物": ("筛选条件“类别”", "plant（野生植物）"),
    "status=zz": ("筛选条件“状态”不能是“zz”", "new（待研判）、"),
    "source=zz": ("筛选条件“来源”不能是“zz”", "crawl（自动采集）"),
    "changed=zz": ("筛选条件“内容有变”不能是“zz”", "可用：1"),
    "due=x": ("筛选条件“期限”不能是“x”", "可用：1"),
    "held=9": ("筛选条件“占用”不能是“9”", "可用：me"),
    "seller=x": ("筛选条件“卖家”不能是“x”", "编号"),
    "since=yesterday": ("筛选条件“发现于”不能是“yesterday”", "日期应写成 2026-11-01"),
    "since=20261101": ("筛选条件“发现于”不能是“20261101”", "日期应写成 2026-11-01"),
    "since=2026-02-30": ("筛选条件“发现于”不能是“2026-02-30”", "没有这一天"),
    "until=9999-12-31": ("筛选条件“至”不能是“9999-12-31”", "2999-12-31"),
    "since=2026-11-30&until=2026-11-01": ("“发现于”2026-11-30 晚于“至”2026-11-01",),
    "status=zz&category=yy": ("筛选条件“状态”不能是“zz”", "筛选条件“类别”不能是“yy”"),
}


@pytest.fixture
def li(served):
    filling.fill(served.db, 3)
    return served.signed_in("demo_li", "reviewer")


def message_of(html: str) -> str:
    return unescape(re.search(r'class="message">([^<]*)<', html)[1])


def ways_of(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="(/queue[^"]*)"', html.partition('class="message"')[2])]


@pytest.mark.parametrize("path", ["/queue", "/queue/bulk"])
def test_a_wrong_filter_is_named_with_its_value_and_what_it_may_be(li, path):
    for query, told in WRONG.items():
        answer = li.get(f"{path}?{query}")
        assert answer.status_code == 422, query
        assert [one for one in told if one not in message_of(answer.text)] == [], message_of(answer.text)


def test_programs_are_told_the_same_and_the_site_that_is_none(served, li):
    reviewer = program(served, "demo_wang", "reviewer")
    for query, told in (WRONG | {"site=zz": ("没有采集或录入过名为“zz”的站点",)}).items():
        answer = reviewer.get(f"/api/v1/leads?{query}")
        assert answer.status_code == 422, query
        assert [one for one in told if one not in answer.json()["error"]["message"]] == [], answer.text
    for query in ("site=demo", "held=me", "changed=1", "order=risk", "limit=2&after="):
        assert reviewer.get(f"/api/v1/leads?{query}").status_code == 200, query
    assert reviewer.get("/api/v1/leads?held=me").json()["leads"] == []


def test_the_ways_on_lead_to_the_list_without_the_wrong_filter_or_with_the_one_that_was_meant(li):
    page = li.get("/queue/bulk?categry=plant&status=all&q=鸟").text
    meant, without = ways_of(page)
    assert (Asked.parse(meant.partition("?")[2]), meant.partition("?")[0]) == (
        Asked(status="all", q="鸟", category="plant"), "/queue",
    )  # fmt: skip
    assert Asked.parse(without.partition("?")[2]) == Asked(status="all", q="鸟")
    assert ways_of(li.get("/queue?zz=1").text) == ["/queue"]
    turned, _ = ways_of(li.get("/queue?since=2026-11-30&until=2026-11-01").text)
    assert turned == "/queue?since=2026-11-01&until=2026-11-30"
    assert [li.get(way).status_code for way in (meant, without, turned)] == [200] * 3


def test_what_others_wrote_into_an_address_is_short_and_harmless(li):
    page = li.get("/queue", params={"<script>x</script>" + "y" * 500: "1", "status": "<b>\u202e" + "z" * 500}).text
    assert "<script>x" not in page
    assert "<b>" not in page
    assert "z" * 40 not in page
    assert "y" * 40 not in page
    assert "\u202e" not in message_of(page)
    many = message_of(li.get("/queue?" + "&".join(f"name{number}=1" for number in range(50))).text)
    assert "另有 47 处" in many


def test_a_site_that_is_none_stays_in_sight_with_the_way_without_it(li):
    page = li.get("/queue?site=dmo&q=鸟")
    assert page.status_code == 200
    assert titles(page.text) == []
    assert '<option value="dmo" selected>' in page.text
    assert "没有采集或录入过名为“dmo”的站点（可能写错，或已改名），是不是“demo”？" in page.text
    problem = page.text.partition('class="problem"')[2].partition("</p>")[0]
    meant, without = (unescape(one) for one in re.findall(r'href="(/queue[^"]*)"', problem))
    assert [len(titles(li.get(way).text)) for way in (meant, without)] == [3, 3]
    bulk = li.get("/queue/bulk?site=zz").text
    assert "没有采集或录入过名为“zz”的站点" in bulk
    assert "对这" not in bulk


def test_every_filter_in_force_is_in_sight(li):
    page = li.get("/queue?status=all&verdict=mention&source=12315&held=me&due=1").text
    for shown in (
        'value="mention" selected',
        'value="12315" selected',
        'value="me" checked',
        'name="due" value="1" checked',
    ):
        assert shown in page
    bulk = li.get("/queue/bulk?category=terrestrial_animal&site=demo&seller=1&q=鸟&since=2026-01-01").text
    for shown in ("状态：待研判", "类别：陆生野生动物", "站点：demo", "卖家：1", "查找：鸟", "发现于：2026-01-01"):
        assert f'<span class="tag">{shown}</span>' in bulk


def test_the_addresses_that_pages_make_themselves_go_on_working(served, li, monkeypatch):
    monkeypatch.setattr("console.routers.queue.PAGE", 1)
    seen, left = set(), ["/", "/quality", "/queue?status=all&q=鸟&category=terrestrial_animal&order=risk&done=1"]
    li.post("/queue/views", name="我的", back="status=all&changed=1")
    while left:
        address = left.pop()
        answer = li.get(address)
        assert answer.status_code in {200, 303}, address
        seen.add(address)
        if len(seen) < 60:
            found = {unescape(one) for one in re.findall(r'href="(/(?:queue|leads)[^"#]*)"', answer.text)}
            left += sorted(found - seen - set(left))
    assert {name for address in seen for name in re.findall(r"[?&](\w+)=", address)} >= {"after", "status", "q", "done"}
    every = "&".join(f"{name}={next(iter(choices))}" for name, choices in CHOICES.items())
    assert li.get(f"/queue?{every}&site=demo&seller=1&since=&until=&term=鸟&q=&after=&done=").status_code == 200


def test_a_lead_opens_whatever_a_messenger_adds_to_its_address(li):
    assert li.get("/leads/1?status=all&from=singlemessage&isappinstalled=0").status_code == 200
    assert li.get("/leads/1?status=zz").status_code == 422


def test_all_filters_have_a_name_and_all_sources_can_be_asked_for():
    assert tuple(LABELS) == Asked.__slots__
    assert set(TYPED) <= set(SOURCES)
    with pytest.raises(Refusal):
        Asked.parse("categry=plant")


def test_other_lists_name_the_filter_too(served):
    served.person("demo_an", "approver")
    reader = served.log_in("demo_an")
    assert "筛选条件“状态”不能是“zz”" in reader.get("/referrals?status=zz").text
    assert 'href="/referrals?q=x"' in reader.get("/referrals?status=zz&q=x").text
    assert "筛选条件“方式”不能是“zz”" in reader.get("/quality?channel=zz").text
