"""Leads for tests of the reviewers' screens, with sealed pictures; persons and numbers are invented."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from storage import runs, sites
from storage.config import StorageConfig
from storage.evidence.objects import Objects
from storage.evidence.records import FileDraft
from storage.evidence.sealing import seal
from storage.records import ContactRecord
from tests.storage.evidence.making import draft
from tests.storage.making import NOW
from tests.storage.review.making import lead_ids, offer

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from storage.database import Database

CONTACTS = (ContactRecord("phone", "13800001234", "13800001234"), ContactRecord("wechat", "demo_owl", "demo_owl"))


def site_and_run(db: Database, name: str = "demo") -> tuple[int, int]:
    site_id = sites.register(db, name, "discuz", ["http://127.0.0.1/"], NOW)
    run_id = runs.start(db, site_id, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual")
    return site_id, run_id


def fill(db: Database, count: int, **facts: Any) -> list[int]:
    """Leads of falling risk on the site ``demo``; their ids, the riskiest first."""
    place = site_and_run(db)
    return lead_ids(db, *place, *(ad(str(number), score=95.0 - number, **facts) for number in range(1, count + 1)))


def ad(key: str, **facts: Any):
    given = {
        "title": f"出鸟 第{key}号", "body": f"出售猫头鹰,活体,第{key}号,微信 demo_owl 电话13800001234", "contacts": CONTACTS,
        "price_text": "3000元/只", "images": ("http://127.0.0.1:9/a.jpg",), "seller": f"林中客{key}",
    }  # fmt: skip
    return offer(key, **given | facts)


def one(db: Database, key: str = "1", **facts: Any) -> int:
    return lead_ids(db, *site_and_run(db), ad(key, **facts))[0]


def picture(kind: str = "PNG", colour: str = "red") -> bytes:
    made = Image.new("RGB", (80, 60), "white")
    ImageDraw.Draw(made).ellipse((10, 10, 50, 50), fill=colour)
    file = io.BytesIO()
    made.save(file, kind)
    return file.getvalue()


def facts_in(folder: Path) -> dict[str, Any]:
    """What the program hands to the console."""
    return {"storage": StorageConfig(data_dir=folder)}


def seal_pictures(db: Database, folder: Path, key: str, *files: FileDraft, now: datetime = NOW) -> int:
    site_id = sites.find(db, "demo")
    assert site_id is not None
    made = files or (FileDraft("picture-1.png", "picture", "image/png", picture()),)
    objects = Objects.of(StorageConfig(data_dir=folder))
    shown = {"pictures": [{"name": file.name, "url": f"http://127.0.0.1:9/{file.name}"} for file in made]}
    capture = seal(db, objects, draft(site_id, key, *made, kind="pictures", facts=shown), actor="采集程序", now=now)
    return capture.id
