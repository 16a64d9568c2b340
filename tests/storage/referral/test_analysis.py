from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from storage.columns import UtcTime
from storage.models import Lead
from storage.records import ContactRecord
from storage.referral import analysis
from storage.referral.analysis import Asked, Network
from storage.referral.exceptions import ReferringError
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import lead_ids, offer

ASKED = Asked(NOW - timedelta(days=30), NOW + HOUR)


def contact(value: str) -> dict:
    return {"contacts": (ContactRecord("wechat", value, value),)}


@pytest.fixture
def leads(db, site_id, run_id):
    priced = {"price_currency": "CNY", "price_unit": "只", "region": "某市"}
    return lead_ids(
        db, site_id, run_id,
        offer("1", seller="甲", body="出售猫头鹰，快递包邮", price_amount=Decimal(100), **priced, **contact("demo_one")),
        offer("2", seller="乙", body="出售猫头鹰，自提", price_amount=Decimal(200), **priced, **contact("demo_one")),
        offer("3", seller="丙", body="猫头鹰", price_amount=Decimal(600), **priced, **contact("demo_two")),
        offer("4", "血牙", seller="乙", hit_facts={"term": "象牙", "kind": "product", "category": "animal_product", "channel": "codeword"}),
        offer("5", "电鱼机", at=NOW - timedelta(days=9), hit_facts={"kind": "gear", "category": "fishing_gear"}),
        offer("6", "猫头鹰", at=NOW - timedelta(days=40)),
    )  # fmt: skip


def rows(found, name):
    return [tuple(row) for row in found.table(name).rows]


def settle(db, lead_id, status):
    with db.write() as connection:
        connection.execute(update(Lead).where(Lead.id == lead_id).values(status=status))


def test_what_a_period_shows(db, leads):
    settle(db, leads[0], "confirmed")
    settle(db, leads[2], "dismissed")
    found = analysis.analyse(db, ASKED, NOW)
    assert (found.leads, found.confirmed) == (4, 1)
    assert dict(rows(found, "statuses")) == {"new": 3, "confirmed": 1, "dismissed": 1}
    assert rows(found, "species") == [("猫头鹰", 2, 1), ("象牙", 1, 0)]
    assert rows(found, "gear") == [("电鱼机", 1, 0)]
    assert ("codeword", 1, 0) in rows(found, "channels")
    assert rows(found, "codewords") == [("血牙", "象牙", "codeword", 1)]
    assert rows(found, "regions") == [("某市", 2, 1)]
    assert sorted(rows(found, "routes")) == [
        ("", "未写明", "demo", 2), ("某市", "快递", "demo", 1), ("某市", "自提", "demo", 1),
    ]  # fmt: skip
    assert found.networks == (Network((("demo", "乙"), ("demo", "甲")), (("wechat", "demo_one"),), 2),)


def test_the_trend_is_told_by_weeks_and_sums_up(db, leads):
    found = analysis.analyse(db, ASKED, NOW)
    trend = rows(found, "trend")
    assert len(trend) == len(found.edges) - 1 == 5
    assert sum(row[1] for row in trend) == found.leads == 5
    assert [row[1] for row in trend] == [0, 0, 0, 1, 4]


def test_confirmed_leads_alone(db, leads):
    settle(db, leads[0], "referred")
    found = analysis.analyse(db, Asked(ASKED.since, ASKED.until, confirmed=True), NOW)
    assert (found.leads, found.confirmed) == (1, 1)
    assert rows(found, "species") == [("猫头鹰", 1, 1)]


def test_prices_by_quartiles(db, leads):
    (price,) = analysis.analyse(db, ASKED, NOW).prices
    assert (price.term, price.unit, price.offers) == ("猫头鹰", "只", 3)
    assert (price.low, price.median, price.high) == (Decimal("150.00"), Decimal("200.00"), Decimal("400.00"))


def test_each_answer_can_be_had_again_from_what_is_printed(db, leads):
    found = analysis.analyse(db, ASKED, NOW)
    assert len(found.queries) == 13
    for ran in found.queries:
        given = {
            name: analysis.datetime.fromisoformat(value) if value[4:5] == "-" else int(value)
            for name, value in ran.parameters
        }
        query = text(ran.sql)
        times = [name for name, value in given.items() if not isinstance(value, int)]
        query = query.bindparams(*(analysis.bindparam(name, type_=UtcTime()) for name in times))
        with db.read() as connection:
            again = [tuple(analysis._plain(value) for value in row) for row in connection.execute(query, given)]
        written = json.dumps(again, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.sha256(written.encode()).hexdigest() == ran.digest
        assert len(ran.columns) == len(ran.rows[0]) if ran.rows else True


def test_an_empty_period_is_told_as_such(db):
    found = analysis.analyse(db, ASKED, NOW)
    assert (found.leads, found.prices, found.networks) == (0, (), ())
    for since, until in ((NOW, NOW), (NOW, NOW - HOUR), (NOW - timedelta(days=5000), NOW)):
        with pytest.raises(ReferringError, match="时段不对"):
            analysis.analyse(db, Asked(since, until), NOW)


def test_hostile_prices_are_no_prices():
    rows = [("甲", "", one, 1) for one in ("NaN", "1E+99999", "-5", "0", "x", None, "10", "20", "30")]
    (price,) = analysis.price_quartiles(rows)
    assert (price.offers, price.median) == (3, Decimal("20.00"))


links = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=20)


@settings(max_examples=50, deadline=None)
@given(links, st.randoms(use_true_random=False))
def test_sellers_are_in_one_network_when_a_chain_of_contacts_joins_them(pairs, chance):
    rows = [(seller, "站", f"卖家{seller}", "wechat", f"demo_{value}", 1) for seller, value in pairs]
    found = analysis.components(rows)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert analysis.components(shuffled) == found
    joined = {name: number for number, one in enumerate(found) for _, name in one.sellers}
    assert len(joined) == sum(len(one.sellers) for one in found)
    for seller, value in pairs:
        for other, theirs in pairs:
            if value == theirs and seller != other:
                assert joined[f"卖家{seller}"] == joined[f"卖家{other}"]
    assert all(len(one.sellers) > 1 for one in found)
