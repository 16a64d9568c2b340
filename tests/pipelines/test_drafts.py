"""What is sealed says all that was read, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crawler.items import Exchange, Gone
from crawler.pictures import Fetched, Picture
from pipelines.circumstances import Circumstances
from pipelines.detect import Detect
from pipelines.drafts import Drafting
from storage.evidence import warc
from tests.pipelines.test_stages import FETCH, LISTING, NOW

HOP = Exchange(LISTING.url, "GET", (("Host", "127.0.0.1"),), 200, "OK", (), b"<p>page", NOW, NOW)
DRAFTING = Drafting(3, "b", 7, Circumstances("1", "c", "l"))


@pytest.fixture
def judged(detector):
    listing = replace(LISTING, fetch=replace(FETCH, exchanges=(HOP,)), replies=("还有吗？",))
    return Detect(detector).process_item(listing)


def contents(draft):
    return {file.name: file.content for file in draft.files}


def test_a_page(judged):
    draft = DRAFTING.page(judged, [{"what": "截屏", "why": "没有"}])
    assert (draft.site_id, draft.site, draft.key, draft.run_id, draft.kind) == (3, "b", "1", 7, "page")
    assert (draft.taken_at, draft.missing, draft.cause) == (NOW, "", "crawl")
    files = contents(draft)
    assert warc.read_page(files["page.warc.gz"], LISTING.url) == b"<p>page"
    assert json.loads(warc.read_metadata(files["page.warc.gz"])).items() >= draft.facts.items()
    assert draft.facts["terms"][0] in LISTING.text
    assert draft.facts["listing_digest"] == judged.digest
    assert draft.facts["not_captured"] == [{"what": "截屏", "why": "没有"}]
    record = json.loads(files["listing.json"])
    assert (record["digest"], record["price_amount"], record["replies"]) == (judged.digest, "30", ["还有吗？"])
    assert record["detection"]["hits"][0]["term"] in draft.facts["terms"]


def test_a_page_that_a_browser_drew(detector):
    part = replace(HOP, url="http://127.0.0.1/api", body=b'{"a":1}', is_part=True)
    way = (replace(HOP, drawn="<p>出售猎夹".encode()), part)
    listing = replace(LISTING, fetch=replace(FETCH, exchanges=way))
    draft = DRAFTING.page(Detect(detector).process_item(listing))
    content = contents(draft)["page.warc.gz"]
    assert warc.check(content) == []
    assert warc.read_page(content, LISTING.url) == b"<p>page"
    assert warc.read_page(content, "http://127.0.0.1/api") == b'{"a":1}'
    assert "执行网页脚本" in draft.facts["method"]
    assert "conversion" in draft.facts["as_kept"]["body"]
    assert draft.facts["redirects"] == [], "what its scripts asked for is no redirect"
    told = json.loads(warc.read_metadata(content))["exchanges"]
    assert ("drawn_sha256" in told[0], told[1]["part"]) == (True, "网页脚本自己请求的数据")


def test_the_text_is_for_people(judged):
    text = contents(DRAFTING.page(judged))["text.txt"].decode().split("\n")
    assert text[0] == "网络监测线索，供核查"
    assert "读取时间：2026-11-21 08:00:00（北京时间，UTC+8）" in text
    for line in ("标题：出售猎夹", "价格：30元/个", "卖家：演示卖家", "联系方式：wechat demo_shop", "成色：全新"):
        assert line in text
    assert text[text.index("正文：") + 1] == "大号捕兽夹，有意加微信 demo_shop"
    assert text[text.index("回复：") + 1] == "还有吗？"


def test_without_exchanges_it_says_so(detector):
    draft = DRAFTING.page(Detect(detector).process_item(LISTING))
    assert set(contents(draft)) == {"text.txt", "listing.json"}
    assert draft.missing == "没有记录到网络报文，未保存 WARC"
    assert draft.taken_at == LISTING.fetch.fetched_at


def test_a_page_that_is_gone():
    draft = DRAFTING.vanished(Gone("b", "1", LISTING.url, NOW, "HTTP 410", (replace(HOP, status=410),)))
    assert (draft.kind, draft.facts["outcome"], draft.facts["reason"]) == ("page", "gone", "HTTP 410")
    assert set(contents(draft)) == {"page.warc.gz"}


def test_pictures_are_numbered_and_what_is_missing_is_named():
    shown = [Picture("http://a/x", "image/jpeg", b"j"), Picture("http://a/y", "image/avif", b"a")]
    fetched = Fetched(shown, [("http://a/z", "不是图片")], [[HOP]])
    draft = DRAFTING.pictures("1", LISTING.url, fetched, NOW)
    assert list(contents(draft)) == ["pictures.warc.gz", "picture-1.jpg", "picture-2.avif"]
    assert draft.facts["pictures"][1] == {"name": "picture-2.avif", "url": "http://a/y"}
    assert draft.missing == "http://a/z：不是图片"
    assert draft.facts["redirects"] == []
    nothing = DRAFTING.pictures("1", LISTING.url, Fetched(failures=[("http://a/z", "超时未答复")]), NOW)
    assert nothing.files == ()
    assert nothing.missing == "http://a/z：超时未答复"


def test_separate_pictures_are_no_redirects_of_each_other():
    bead, box = replace(HOP, url="http://a/bead.png"), replace(HOP, url="http://a/box.png")
    moved = [replace(HOP, url="http://a/old.png", status=302), replace(HOP, url="http://a/new.png")]
    facts = DRAFTING.pictures("1", LISTING.url, Fetched(chains=[[bead], moved, [box]]), NOW).facts
    assert facts["redirects"] == [{"from": "http://a/old.png", "to": "http://a/new.png", "how": "HTTP 302"}]


def test_whatever_a_page_says_can_be_sealed(detector):
    odd = replace(
        LISTING, title="\U0001f418" * 3 + "出售猎夹", attributes=(("a\nb", "c"),), images=("http://a/\u202e",)
    )
    draft = DRAFTING.page(Detect(detector).process_item(odd))
    assert json.loads(contents(draft)["listing.json"])["title"] == odd.title
