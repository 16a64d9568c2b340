"""Each stage of the pipeline, with the real detector."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.items import Contact, Fetch, Gone, Listing, Offers, Price, Problem, Sighting
from pipelines.clean import Clean
from pipelines.detect import Detect
from pipelines.judged import Judged, JudgedOffers
from pipelines.records import issue_record, listing_record, unwritten
from pipelines.unchanged import Unchanged

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FETCH = Fetch("http://127.0.0.1/1", NOW, etag='"e"', row_signature="o:a")
LISTING = Listing(
    site="b", key="1", url="http://127.0.0.1/1", title="出售猎夹", body="大号捕兽夹，有意加微信 demo_shop", fetch=FETCH,
    price=Price("30元/个", Decimal(30), "CNY", "个"), seller="演示卖家", contacts=(Contact("wechat", "demo_shop", "demo_shop"),),
    region="城南", posted_at=NOW, images=("http://127.0.0.1/a.png",), attributes=(("成色", "全新"),),
)  # fmt: skip
PROBLEM = Problem("b", "http://127.0.0.1/2", "timeout", "超时未答复", NOW, key="2")
OTHERS = [Sighting("b", (("1", None),), NOW), Gone("b", "1", "http://127.0.0.1/1", NOW, "HTTP 404"), PROBLEM]


@pytest.mark.parametrize("item", OTHERS)
def test_only_listings_are_touched(item, detector):
    for stage in (Clean(), Unchanged(), Detect(detector)):
        assert stage.process_item(item) is item


def test_a_clean_listing_is_not_copied():
    assert Clean().process_item(LISTING) is LISTING


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(), max_size=30))
def test_whatever_a_page_says_can_be_stored_and_keeps_its_places(text):
    dirty = replace(
        LISTING, title=text, body=text, seller=text, region=text, replies=(text,), attributes=((text, text),)
    )
    clean = Clean().process_item(dirty)
    for value in (
        clean.title,
        clean.body,
        clean.seller or "",
        clean.region or "",
        *clean.replies,
        *clean.attributes[0],
    ):
        assert "\0" not in value
        value.encode()
    assert len(clean.body) == len(text)
    assert all(new in {old, "\ufffd"} for old, new in zip(text, clean.body, strict=True))


def test_unchanged():
    same = replace(LISTING, fetch=replace(FETCH, known_digest=LISTING.digest))
    assert Unchanged().process_item(same) == Sighting("b", (("1", "o:a"),), NOW, checked=True, validators=('"e"', None))
    for changed in (replace(same, title="出售猎夹二"), LISTING):
        assert Unchanged().process_item(changed) is changed


def test_offers_of_one_list_page_come_out_as_one_by_one(detector):
    listings = (LISTING, replace(LISTING, key="2", title="实木书桌\0", body="九成新", price=None, contacts=()))
    offers = Clean().process_item(Offers(listings))
    assert offers.listings == tuple(map(Clean().process_item, listings))
    assert Clean().process_item(offers) is offers, "clean ones are not copied"
    judged = Detect(detector).process_item(offers)
    assert judged == JudgedOffers(tuple(map(Detect(detector).process_item, offers.listings)))


def test_detect(detector):
    judged = Detect(detector).process_item(LISTING)
    assert isinstance(judged, Judged)
    assert judged.digest == LISTING.digest
    assert "猎夹" in {hit.term for hit in judged.detection.hits}
    for hit in judged.detection.hits:
        assert LISTING.text[hit.start : hit.end] == hit.matched


def test_the_detector_is_the_ledgers_own(detector):
    crawler = SimpleNamespace(spider=SimpleNamespace(ledger=SimpleNamespace(detector=detector)))
    assert Detect.from_crawler(crawler).detector is detector


def test_a_record_says_all_that_the_listing_says(detector):
    record = listing_record(Detect(detector).process_item(LISTING))
    for name in ("key", "url", "title", "body", "digest", "seller", "region", "posted_at", "images", "attributes"):
        assert getattr(record, name) == getattr(LISTING, name)
    price = (record.price_text, record.price_amount, record.price_currency, record.price_unit, record.negotiable)
    assert price == ("30元/个", Decimal(30), "CNY", "个", False)
    assert [(one.kind, one.value, one.text) for one in record.contacts] == [("wechat", "demo_shop", "demo_shop")]
    assert (record.fetched_at, record.etag, record.row_signature, record.status) == (NOW, '"e"', "o:a", 200)
    assert record.detection.verdict in {"alert", "review"}
    assert record.detection.lexicon_version == detector.version
    assert record.detection.explanation["factors"], "why is stored too"


def test_issue_records():
    record = issue_record(PROBLEM)
    assert (record.url, record.kind, record.reason, record.page) == (PROBLEM.url, "timeout", "超时未答复", "item")
    assert (record.seen_at, record.key) == (NOW, "2")


def test_what_could_not_be_written_is_an_issue_of_its_page(detector):
    record = listing_record(Detect(detector).process_item(LISTING))
    issue = unwritten(record, ValueError("secret text of the page"))
    assert (issue.url, issue.key, issue.kind, issue.page) == (LISTING.url, "1", "internal", "item")
    assert "ValueError" in issue.reason
    assert "secret" not in issue.reason
