"""A small database with leads of every awkward kind."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.records import detection_record
from storage import listings, runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.records import ContactRecord, ListingRecord, RunTally
from tests import databases, detectors

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)  # noon in China
FORMULA = '=HYPERLINK("http://evil.example/","象牙")出售象牙手镯'
CONTACT = ContactRecord("phone", "13800001234", "138-0000-1234")
WECHAT = ContactRecord("wechat", "demo_ivory", "demo_ivory")


def listing(key: str, title: str, body: str, now: datetime = NOW, **more) -> ListingRecord:
    detection = detection_record(detectors.whole().detect(f"{title}\n{body}"))
    facts = {
        "url": f"http://127.0.0.1:9/{key}",
        "digest": hashlib.sha256(f"{title}{body}".encode("utf-8", "surrogatepass")).hexdigest(),
        "fetched_at": now,
        "detection": detection,
    }
    return ListingRecord(key=key, title=title, body=body, **(facts | more))


def fill(data: Path) -> None:
    """Leads of two sites; one hostile, one with contacts and a second version, none for the harmless one."""
    databases.prepare(data)
    db = Database.open(StorageConfig(data_dir=data))
    forum, run = _run(db, "论坛")
    ivory = "祖传象牙手镯出售，电话138-0000-1234，微信demo_ivory，备用13800005678"
    first = listing(
        "1", "出售象牙手镯", ivory, price_text="3000元", price_amount=Decimal(3000), seller="demo_ivory",
        contacts=(CONTACT, WECHAT), region="@福建", posted_at=NOW - timedelta(days=1),
    )  # fmt: skip
    hostile = listing(
        "2", FORMULA, "求购穿山甲 \x1b[31m红\u202e反\ud800\x07 " + "长" * 40_000, seller="+cmd|' /C calc'!A0"
    )
    harmless = listing("3", "今天天气", "不错")
    listings.write(db, forum, run, [first, hostile, harmless])
    later = NOW + timedelta(hours=6)
    changed = listing(
        "1", "出售象牙手镯", ivory + "（降价）", later, contacts=(CONTACT, WECHAT),
        price_text="2000元 电议13800005678", region="福建 微信demo_ivory",
    )  # fmt: skip
    listings.write(db, forum, run, [changed])
    _finish(db, run)
    shop, run = _run(db, "商店")
    listings.write(
        db, shop, run, [listing("9", "求购熊掌、虎骨", "长期收购熊掌、虎骨、穿山甲鳞片", NOW + timedelta(days=3))]
    )
    _finish(db, run)
    db.close()


def _run(db: Database, name: str) -> tuple[int, int]:
    site_id = sites.register(db, name, "generic", ["http://127.0.0.1:9/"], NOW)
    facts = {"pid": 1, "lexicon_version": "v", "config_hash": "c", "trigger": "manual"}
    return site_id, runs.start(db, site_id, now=NOW, **facts)


def _finish(db: Database, run: int) -> None:
    runs.finish(db, run, now=NOW, status="complete", reason="", tally=RunTally(listings_new=3), complete_walk=True)
