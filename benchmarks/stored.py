"""Databases of made-up listings for the benchmarks: one in twenty an advertisement, one in three of a known seller."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from benchmarks.detect import ADS, LENGTH, SEED, made_up
from storage import listings, runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.records import ContactRecord, DetectionRecord, ListingRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOW = datetime(2026, 3, 5, tzinfo=UTC)
BATCH = 500  # listings written at a time
DISTINCT = 20_000  # texts made; more listings repeat them with numbers of their own
EVERY = 20  # listings, of which one is an advertisement, as on a busy forum
NOTHING = DetectionRecord("none", 0.0, "none", (), "older")


def varied(count: int) -> list[str]:
    """Texts of 330 characters that compress as real ones do: words by their frequency in jieba's dictionary."""
    import jieba

    rows = [line.split(" ") for line in jieba.get_dict_file().read().decode("utf-8").splitlines()]
    words, weights = [row[0] for row in rows], [int(row[1]) for row in rows]
    drawn = iter(random.Random(SEED).choices(words, weights, k=count * LENGTH))
    made = []
    for _ in range(count):
        text = ""
        while len(text) < LENGTH:
            text += next(drawn)
        made.append(text)
    return made


def fill(folder: Path, count: int, texts: Sequence[str] = ()) -> Database:
    """A new SQLite database with so many listings, none of them judged by today's lexicon; `texts` are repeated."""
    db = Database.open(StorageConfig(data_dir=folder))
    site_id = sites.register(db, "demo", "discuz", [], NOW)
    run_id = runs.start(
        db, site_id, now=NOW, pid=os.getpid(), lexicon_version="older", config_hash="", trigger="manual"
    )
    texts = texts or made_up(min(count, DISTINCT), 0.0)
    for start in range(0, count, BATCH):
        batch = [_made(number, texts[number % len(texts)]) for number in range(start, min(start + BATCH, count))]
        listings.write(db, site_id, run_id, batch)
    return db


def _made(number: int, text: str) -> ListingRecord:
    body = f"{ADS[number % len(ADS)]}，{text}" if number % EVERY == 0 else text
    made = ListingRecord(
        key=str(number), url=f"http://127.0.0.1/thread-{number}-1-1.html", title=f"转让 {number}", body=f"{body} {number}",
        digest=sha256(f"{number}{body}".encode()).hexdigest(), fetched_at=NOW, seller=f"会员{number % 300}", region="某县",
        attributes=(("所在地", "某县"), ("成色", "九成新")), detection=NOTHING,
    )  # fmt: skip
    if number % 5:  # one in five states a price and a contact
        return made
    contact = ContactRecord("phone", f"1380000{number % 10000:04}", "138")
    return replace(made, price_text="3000元", contacts=(contact,))
