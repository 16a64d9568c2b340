"""What storing and asking costs, per listing. Usage: python -m benchmarks.storage [--url URL] [--listings N]."""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from storage import leads, listings, runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.records import ContactRecord, DetectionRecord, HitRecord, ListingRecord

NOW = datetime(2026, 3, 5, tzinfo=UTC)
BATCH = 50  # what the crawl hands over at a time
BODY = "本店出售各类户外用品,质量可靠,价格实惠,支持同城自提,联系时请说明来意,谢谢。" * 8  # about 330 characters
HIT = HitRecord(
    "sp-1", "猫头鹰", "species", "terrestrial_animal", "exact", "猫头鹰", 5, 8, 40.0, "名录", {"folded": "猫头鹰"}
)
FACTORS = {"factors": [{"name": "trade", "label": "交易意图", "weight": 20.0}] * 4, "suppressed": []}
HARMLESS = DetectionRecord("none", 0.0, "sell", (), "lex-1", (), FACTORS)
ALERT = DetectionRecord("alert", 80.0, "sell", ("forestry",), "lex-1", (HIT, HIT), FACTORS)


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    per_item: float
    """Microseconds."""
    unit: str


def make(number: int, suffix: str = "", at: datetime = NOW) -> ListingRecord:
    """A listing; one in twenty is a lead, one in three names a seller seen before."""
    body = f"第{number}号 {BODY}{suffix}"
    return ListingRecord(
        key=str(number), url=f"http://127.0.0.1/thread-{number}-1-1.html", title=f"转让 {number}", body=body,
        digest=sha256(body.encode()).hexdigest(), fetched_at=at, price_text="3000元", seller=f"会员{number % 300}",
        contacts=(ContactRecord("phone", f"1380000{number % 10000:04}", "138"),) if number % 5 == 0 else (),
        region="某县", posted_at=at - timedelta(days=1), images=("http://127.0.0.1/a.jpg",),
        attributes=(("所在地", "某县"), ("成色", "九成新")), row_signature=f"sig{number}",
        detection=ALERT if number % 20 == 0 else HARMLESS,
    )  # fmt: skip


def batches(count: int, **facts: object):
    """All listings, a batch at a time, made before the clock starts."""
    for start in range(0, count, BATCH):
        yield [make(number, **facts) for number in range(start, start + BATCH)]


def timed(what: str, unit: str, work, given) -> Figure:
    """Run `work` on each of `given`; microseconds per item."""
    items, spent = 0, 0.0
    for part in given:
        began = time.perf_counter()
        work(part)
        spent += time.perf_counter() - began
        items += len(part)
    return Figure(what, spent / items * 1e6, unit)


def measure(db: Database, count: int) -> list[Figure]:
    """All figures on one database, in the order a site's life has them."""
    site_id = sites.register(db, "demo", "discuz", [], NOW)
    run_id = runs.start(db, site_id, now=NOW, pid=os.getpid(), lexicon_version="lex-1", config_hash="", trigger="bench")

    def write(part):
        listings.write(db, site_id, run_id, part)

    later, keys = NOW + timedelta(hours=1), [[r.key for r in part] for part in batches(count)]
    bare = ([replace(r, key=f"b{r.key}", detection=None, contacts=()) for r in part] for part in batches(count // 5))
    return [
        timed("write new", "listing", write, batches(count)),
        timed("write new, no detection, no contacts", "listing", write, bare),
        timed("write unchanged", "listing", write, batches(count, at=later)),
        timed("write changed", "listing", write, batches(count, suffix="改", at=later)),
        timed("known", "key", lambda part: listings.known(db, site_id, part), keys),
        timed(
            "touch", "key", lambda part: listings.touch_all(db, site_id, run_id, [listings.Touch(part, later)]), keys
        ),
        timed("leads.list, 50 a page", "page", lambda _: leads.list(db), [[0]] * 20),
        timed("leads.iterate", "lead", lambda _: list(leads.iterate(db)), [range(count // 20)]),
    ]


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a PostgreSQL database, empty; without it a temporary SQLite file")
    parser.add_argument("--listings", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = Database.open(given.url or StorageConfig(data_dir=Path(folder)).database_url)
        listings.known(db, 1, ["warm"])
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures = measure(db, given.listings)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        dialect = db.engine.dialect.name
        db.close()
    print(f"{dialect}, {given.listings:,} listings, batches of {BATCH}, peak memory +{grown:.0f} MB")
    for figure in figures:
        print(f"{figure.what:40} {figure.per_item:10.1f} µs/{figure.unit}")
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    lines = {figure.what: round(figure.per_item, 1) for figure in figures}
    (results / f"storage-{dialect}.json").write_text(json.dumps(lines, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
