"""Records for tests; persons and numbers are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage.records import ContactRecord, DetectionRecord, HitRecord, IssueRecord, ListingRecord
from storage.referral.models import Base

if TYPE_CHECKING:
    from storage.database import Database

NOW = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hit(text: str, word: str, **facts: Any) -> HitRecord:
    start = text.index(word)
    given = {
        "entry": "sp-1", "term": word, "kind": "species", "category": "terrestrial_animal", "channel": "exact",
        "matched": word, "start": start, "end": start + len(word), "weight": 40.0, "clause": "名录",
        "detail": {"folded": word},
    }  # fmt: skip
    return HitRecord(**given | facts)


def detection(verdict: str = "alert", score: float = 80.0, version: str = "lex-1", hits=()) -> DetectionRecord:
    explanation = {"factors": [{"name": "trade", "label": "交易意图", "weight": 20.0}], "suppressed": []}
    return DetectionRecord(verdict, score, "sell", ("forestry", "public_security"), version, tuple(hits), explanation)


def listing(
    key: str = "1", body: str = "出售猫头鹰,活体,微信 demo_owl", at: datetime = NOW, **facts: Any
) -> ListingRecord:
    given = {
        "key": key, "url": f"http://127.0.0.1/thread-{key}", "title": "出鸟", "body": body,
        "digest": sha256(body.encode("utf-8", "surrogatepass")).hexdigest(), "fetched_at": at,
    }  # fmt: skip
    return ListingRecord(**given | facts)


def full(key: str = "1", at: datetime = NOW, **facts: Any) -> ListingRecord:
    """A listing with every field filled, and a detection that raises a lead."""
    given = {
        "price_text": "3000元/只", "price_amount": Decimal("3000.50"), "price_currency": "CNY", "price_unit": "只",
        "negotiable": True, "seller": "林中客", "region": "某县", "posted_at": at - HOUR,
        "contacts": (
            ContactRecord("wechat", "demo_owl", "demo_owl"),
            ContactRecord("phone", "13800001234", "138-0000-1234"),
        ),
        "images": ("http://127.0.0.1/a.jpg",), "replies": ("还在吗", "私聊"), "attributes": (("所在地", "某县"),),
        "etag": '"e1"', "last_modified": "Thu, 05 Mar 2026 08:00:00 GMT", "row_signature": "sig-1",
    }  # fmt: skip
    made = listing(key, at=at, **given | facts)
    if "detection" not in facts:
        made = listing(key, at=at, **given | facts, detection=detection(hits=[hit(made.text, "猫头鹰")]))
    return made


def issue(url: str = "http://127.0.0.1/thread-9", at: datetime = NOW, **facts: Any) -> IssueRecord:
    given = {"kind": "timeout", "reason": "打开超时", "page": "item", "key": "9", "detail": {"seconds": "30"}}
    return IssueRecord(url=url, seen_at=at, **given | facts)


def dump(db: Database) -> dict[str, list[tuple]]:
    """All rows of all tables."""
    with db.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def rows(db: Database, table: str, *names: str) -> list[tuple]:
    """Rows of one table in the order of their ids: the named columns, or all."""
    made = Base.metadata.tables[table]
    with db.read() as connection:
        query = select(*(made.c[name] for name in names)) if names else select(made)
        return [tuple(row) for row in connection.execute(query.order_by(*made.primary_key))]
