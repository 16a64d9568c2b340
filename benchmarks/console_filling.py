"""Invented leads for the console's benchmark, as releases before the console stored them, and what people did with them.

Shares follow Zipf's law: the first seller, term, site and word are very common, the last ones rare.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
BATCH = 10_000  # rows of one INSERT
SITES, SELLERS, REGIONS, RUNS, ISSUES = 300, 40_000, 120, 60_000, 100_000
TERMS = [
    f"{a}{b}" for a in "象虎熊豹鹰龟蛇鹿猴鸮" for b in ("牙", "骨", "胆", "皮", "爪", "板", "酒", "茸", "脑", "标本")
]
CHANNELS = ["exact", "width", "variant", "inserted", "split", "lookalike", "pinyin", "homophone", "emoji", "codeword"]
CATEGORIES = [
    "animal_product",
    "terrestrial_animal",
    "hunting_gear",
    "fishing_gear",
    "plant",
    "aquatic_animal",
    "food_use",
]
DEPARTMENTS = ["forestry", "agriculture", "market_supervision", "public_security"]
STATUSES = ["new"] * 60 + ["dismissed"] * 28 + ["confirmed"] * 7 + ["needs_info"] * 2 + ["lapsed"] * 3
WORDS = 8_000  # of two characters
SHARED_BODIES = 5_000  # texts that are posted again and again
SHARE_OF_SHARED = 0.25
RARE_WORD = "豼貅"  # in one text of 50,000
RARE = 50_000
PICTURED = 20  # one lead of so many has a sealed picture
PEOPLE = 10
OPEN_DUE = 300  # leads with a deadline
PENDING = 400  # leads that wait for a second person


class Drawn(NamedTuple):
    """Facts of one lead."""

    id: int
    site: int
    seller: int
    term: str
    channel: str
    category: str
    department: str
    region: int
    status: str
    score: float
    body: str

    @property
    def verdict(self) -> str:
        """As the detector's thresholds have it."""
        return "alert" if self.score >= 55 else "review"


def zipf(count: int) -> list[float]:
    """Cumulated weights."""
    return list(accumulate(1 / (place + 1) for place in range(count)))


def vocabulary(chance: random.Random) -> list[str]:
    """Words of two characters out of the 3,000 that follow U+4E00 in steps, none of them twice."""
    letters = [chr(0x4E00 + 6 * number) for number in range(3_000)]
    found = dict.fromkeys("".join(chance.sample(letters, 2)) for _ in range(WORDS * 2))
    return list(found)[:WORDS]


def bodies(chance: random.Random) -> Iterator[str]:
    """Texts of 150 to 300 characters, without end."""
    words, weights = vocabulary(chance), zipf(WORDS)
    while True:
        yield "，".join(
            "".join(chance.choices(words, cum_weights=weights, k=5)) for _ in range(chance.randrange(14, 28))
        )


def draw(count: int) -> Iterator[list[Drawn]]:
    """Batches of leads."""
    chance = random.Random(7)
    fresh = bodies(chance)
    shared, often = [next(fresh) for _ in range(SHARED_BODIES)], zipf(SHARED_BODIES)
    for start in range(1, count + 1, BATCH):
        size = min(BATCH, count + 1 - start)

        def pick(choices: Sequence[Any], size: int = size) -> list[Any]:
            return chance.choices(choices, cum_weights=zipf(len(choices)), k=size)

        yield [
            Drawn(*facts, one_body(chance, facts[0], fresh, shared, often))
            for facts in zip(
                range(start, start + size),
                pick(range(1, SITES + 1)),
                pick(range(1, SELLERS + 1)),
                pick(TERMS),
                pick(CHANNELS),
                pick(CATEGORIES),
                pick(DEPARTMENTS),
                pick(range(1, REGIONS + 1)),
                chance.choices(STATUSES, k=size),
                (round(min(max(chance.gauss(50, 15), 5), 100), 1) for _ in range(size)),
                strict=True,
            )
        ]


def one_body(
    chance: random.Random, number: int, fresh: Iterator[str], shared: Sequence[str], often: Sequence[float]
) -> str:
    """A text of its own, or one that others have as well."""
    if chance.random() < SHARE_OF_SHARED:
        return chance.choices(shared, cum_weights=often)[0]
    return next(fresh) + (RARE_WORD if number % RARE == 1 else "")


def fill(path: Path, count: int) -> None:
    """All rows below the console's tables, as the crawl would have left them."""
    at = "2026-03-05 08:00:00.000000"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -200000")
    db.execute("BEGIN")
    put(db, "sites", ((n, f"site{n}", "discuz", "[]", at) for n in range(1, SITES + 1)))
    put(db, "runs", runs())
    put(db, "issues", issues())
    put(db, "sellers", ((n, 1, f"会员{n}", at) for n in range(1, SELLERS + 1)))
    put(db, "contacts", ((n, "wechat", f"demo_{n}", at) for n in range(1, SELLERS + 1)))
    for some in draw(count):
        insert(db, some, count)
    db.execute("COMMIT")
    db.close()


def put(db: sqlite3.Connection, table: str, rows: Any) -> None:
    """Whole rows."""
    some = list(rows)
    if some:
        marks = ", ".join("?" * len(some[0]))
        db.executemany(f"INSERT INTO {table} VALUES ({marks})", some)


def said(moment: datetime) -> str:
    """As the store writes times."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def runs() -> Iterator[tuple[Any, ...]]:
    """Each site every few days for two years."""
    chance = random.Random(8)
    ends = ["complete"] * 17 + ["partial", "failed", "killed"]
    for number in range(1, RUNS + 1):
        at = said(NOW - timedelta(days=730) * (1 - number / RUNS))
        counts = (1, 9, 9, 10_000, *(chance.randrange(9) for _ in range(9)))
        facts = (number, number % SITES + 1, chance.choice(ends), "", "timer", 0, "lex-1", "", at, at, at)
        yield (*facts, *counts, "{}", "{}")


def issues() -> Iterator[tuple[Any, ...]]:
    for number in range(1, ISSUES + 1):
        at = said(NOW - timedelta(days=730) * (1 - number / ISSUES))
        run = number * RUNS // ISSUES or 1
        yield number, run % SITES + 1, run, "http://127.0.0.1/t", "timeout", "", "thread", None, at, "{}"


def insert(db: sqlite3.Connection, some: list[Drawn], count: int) -> None:
    """One batch of listings with all that hangs on them."""
    first, step = NOW - timedelta(days=730), timedelta(days=730) / count
    seen = {one.id: said(first + step * one.id) for one in some}
    put(db, "listings", (listing(one, seen[one.id]) for one in some))
    put(db, "listing_contacts", ((one.id, one.seller, "", seen[one.id]) for one in some))
    put(db, "snapshots", (snapshot(one, seen[one.id]) for one in some))
    put(
        db,
        "detections",
        (
            (one.id, one.id, "lex-1", one.verdict, one.score, "sell", json.dumps([one.department]), EXPLAINED)
            for one in some
        ),
    )
    put(db, "hits", (hit for one in some for hit in hits(one)))
    put(
        db,
        "leads",
        (
            (
                one.id,
                one.site,
                *[one.id] * 3,
                one.seller,
                "lex-1",
                one.verdict,
                one.score,
                one.status,
                *[seen[one.id]] * 3,
            )
            for one in some
        ),
    )
    pictured = [one for one in some if one.id % PICTURED == 0]
    put(db, "captures", (capture(one, seen[one.id]) for one in pictured))
    put(
        db,
        "capture_files",
        (
            (one.id, n, f"picture-{n}.png", "picture", "image/png", 900, f"{one.id:064x}", "")
            for one in pictured
            for n in (1, 2)
        ),
    )


EXPLAINED = '{"factors": [], "suppressed": [], "claims": [], "flags": []}'


def listing(one: Drawn, at: str) -> tuple[Any, ...]:
    link = f"http://127.0.0.1/thread-{one.id}"
    return one.id, one.site, str(one.id), link, str(one.id), 1, None, None, None, at, at, at, None, 1


def snapshot(one: Drawn, at: str) -> tuple[Any, ...]:
    title, body = f"出{one.term}{one.id}", f"出售{one.term}，微信demo_{one.seller}，{one.body}"
    start = (one.id, one.id, 1, 1, at, 200, f"http://127.0.0.1/thread-{one.id}", str(one.id), title, body, "[]")
    images = '["http://127.0.0.1/a.jpg"]'
    return (
        *start,
        f"会员{one.seller}",
        one.seller,
        "3000元",
        None,
        None,
        None,
        0,
        f"某县{one.region}",
        at,
        images,
        "[]",
    )


def hits(one: Drawn) -> Iterator[tuple[Any, ...]]:
    """One; each fourth lead has a second one."""
    place = TERMS.index(one.term)
    for position, term in enumerate((one.term, TERMS[place // 2])[: 1 + (one.id % 4 == 0)]):
        entry = f"sp-{TERMS.index(term)}"
        facts = ("species", one.category, one.channel, term, 2, 4, 40.0 - position, "", "{}")
        yield (one.id, position, entry, term, *facts)


def capture(one: Drawn, at: str) -> tuple[Any, ...]:
    facts = json.dumps({"pictures": [{"name": "picture-1.png", "url": "http://127.0.0.1/a.jpg"}]})
    link = f"http://127.0.0.1/thread-{one.id}"
    digest = hashlib.sha256(str(one.id).encode()).hexdigest()
    return one.id, one.site, str(one.id), link, "pictures", "lead", at, at, digest, facts, 1, "", None
