from __future__ import annotations

import re

import pytest

from console.asked import Asked
from console.exceptions import Refusal
from storage.review import audit
from tests.console import filling
from tests.console.serving import serving
from tests.storage.review.making import lead_ids


def titles(html: str) -> list[str]:
    return re.findall(r'class="foreign" data-open>([^<]*)</a>', html)


@pytest.fixture
def li(served):
    return served.signed_in("demo_li", "reviewer")


def test_riskiest_first_with_why_price_and_seller(served, li):
    filling.fill(served.db, 3)
    page = li.get("/queue").text
    assert titles(page) == ["出鸟 第1号", "出鸟 第2号", "出鸟 第3号"]
    for text in ("猫头鹰", "原词", "3000元/只", "林中客1", "陆生野生动物", "林业"):
        assert text in page
    assert "127.0.0.1:9" not in page  # the foreign site's picture is never asked for


FOUND = {
    "q=白鹭": ["出鹭"],
    "q=头鹰": ["出鸟 第1号"],
    "term=猎套": ["套"],
    "category=hunting_gear": ["套"],
    "site=other": [],
    "site=demo&verdict=review": ["套"],
    "channel=homophone": ["出鹭"],
    "department=forestry&q=猎套": ["套"],
    "since=2026-03-06": [],
    "until=2026-03-05&q=猎套": ["套"],
    "due=1": [],
    "held=me": [],
    "status=dismissed": [],
    "status=all&source=crawl&term=猎套": ["套"],
}


def test_filters_live_in_the_address(served, li):
    place = filling.site_and_run(served.db)
    lead_ids(
        served.db, *place, filling.ad("1"),
        filling.ad("2", word="白鹭", title="出鹭", body="白鹭", score=70.0, hit_facts={"channel": "homophone"}),
        filling.ad("3", word="猎套", title="套", body="猎套", score=60.0, verdict="review",
                   hit_facts={"category": "hunting_gear"}),
    )  # fmt: skip
    assert {query: titles(li.get(f"/queue?{query}").text) for query in FOUND} == FOUND


def test_filters_that_make_no_sense_are_refused(li):
    for query in (
        "status=nothing",
        "category=x",
        "since=yesterday",
        "seller=x",
        "after=1_2",
        "order=x",
        "done=²",
        "done=99999999999999999999",
    ):
        assert li.get(f"/queue?{query}").status_code == 422, query


def test_paging_shows_each_lead_once(served, li, monkeypatch):
    monkeypatch.setattr("console.routers.queue.PAGE", 4)
    filling.fill(served.db, 10)
    seen, address = [], "/queue?status=all"
    while address:
        page = li.get(address).text
        seen += titles(page)
        following = re.search(r'href="([^"]*)" data-key="n"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"出鸟 第{number}号" for number in range(1, 11)]


def test_counts_stand_on_the_tabs(served, li):
    filling.fill(served.db, 3)
    assert re.search(r'待研判 <span class="count">3</span>', li.get("/queue").text)


def test_other_leads_of_the_seller_are_counted_and_linked(served, li):
    place = filling.site_and_run(served.db)
    lead_ids(served.db, *place, filling.ad("1", seller="林中客"), filling.ad("2", seller="林中客"), filling.ad("3"))
    page = li.get("/queue").text
    address = re.search(r'href="([^"]*seller=\d+)"[^>]*>另有 1 条', page)[1].replace("&amp;", "&")
    assert sorted(titles(li.get(address).text)) == ["出鸟 第1号", "出鸟 第2号"]


def test_views_are_saved_shown_and_removed(served, li):
    filling.fill(served.db, 1)
    assert li.post("/queue/views", name="我的<b>套", back="category=hunting_gear&q=套").status_code == 303
    page = li.get("/queue").text
    assert "我的&lt;b&gt;套" in page
    address = re.search(r'<a href="(/queue\?category=hunting_gear[^"]*)"', page)[1].replace("&amp;", "&")
    assert li.get(address).status_code == 200
    other = served.signed_in("demo_wang", "reviewer")
    number = re.search(r"/queue/views/(\d+)/remove", page)[1]
    assert "我的&lt;b" not in other.get("/queue").text
    assert other.post(f"/queue/views/{number}/remove").status_code == 404
    assert li.post(f"/queue/views/{number}/remove").status_code == 303
    assert "我的&lt;b" not in li.get("/queue").text
    actions = [one.action for one in audit.recent(served.db)]
    assert [one for one in actions if one.startswith("view")] == ["view.remove", "view.save"]


def test_contacts_in_titles_are_masked(served, li):
    filling.one(served.db, title="出鸟 电话13800001234")
    assert "138****1234" in li.get("/queue").text
    assert "13800001234" not in li.get("/queue").text


def test_sealed_pictures_are_shown_to_those_who_may_see_them(db, tmp_path):
    with serving(db, facts=filling.facts_in(tmp_path)) as served:
        lead = filling.one(db)
        capture = filling.seal_pictures(db, tmp_path, "1")
        address = f"/leads/{lead}/thumbs/{capture}/picture-1.png"
        assert f'src="{address}"' in served.signed_in("demo_li", "reviewer").get("/queue").text
        assert address not in served.signed_in("demo_wang", "monitor").get("/queue").text


def test_who_holds_a_lead_is_shown_to_others(served, li):
    (lead,) = filling.fill(served.db, 1)
    li.get(f"/leads/{lead}")
    assert "我占用" in li.get("/queue").text
    assert "demo_li先生 研判中" in served.signed_in("demo_wang", "reviewer").get("/queue").text


def test_an_address_says_what_it_was_made_of():
    asked = Asked(status="all", q="象 牙&<", seller="7")
    assert Asked.parse(str(asked)) == asked
    assert Asked.parse(asked.with_(q="")) == Asked(status="all", seller="7")
    with pytest.raises(Refusal):
        Asked.parse("status=no")
