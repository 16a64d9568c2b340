"""What the review console costs with very many leads. Usage: python -m benchmarks.console [--leads N] [--keep FOLDER].

A database as the release before the console left it is filled with invented leads; migrating it is measured, too. What
pages cost over HTTP and in a browser, `benchmarks.console_pages` measures on the database that is left with --keep.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks import console_people
from benchmarks.console_filling import CATEGORIES, CHANNELS, DEPARTMENTS, NOW, SELLERS, SITES, TERMS, fill
from storage import database, migrating
from storage.database import Database
from storage.review import accounts, bulk, decisions, leasing, queue, similar
from storage.review.audit import Actor
from storage.review.filters import OPEN, Filters
from storage.review.records import Decision
from storage.review.second import ALONE

ROUNDS = 40  # of each kind of query


def old_database(path: Path) -> None:
    """Tables as they were before the console."""
    engine = database._engine(database._url(f"sqlite:///{path}"))  # noqa: SLF001 - no other way to stop at a revision
    with engine.execution_options(immediate=True).begin() as connection:
        migrating.upgrade(connection, "0003")
    engine.dispose()


def kinds(viewer: int) -> dict[str, Filters]:
    """Every sort of queue that people look at."""
    new = Filters(status=("new",), viewer=viewer)
    return {
        "queue": new,
        "queue, all open": Filters(status=OPEN, viewer=viewer),
        "queue, any status": Filters(viewer=viewer),
        "common site": replace(new, site="site1"),
        "rare site": replace(new, site=f"site{SITES}"),
        "common term": replace(new, term=TERMS[0]),
        "rare term": replace(new, term=TERMS[-1]),
        "category": replace(new, category=CATEGORIES[-1]),
        "channel": replace(new, channel=CHANNELS[-1]),
        "department": replace(new, department=DEPARTMENTS[-1]),
        "verdict": replace(new, verdict="review"),
        "seller with most leads": Filters(seller_id=1),
        "seller with few leads": Filters(seller_id=SELLERS - 5),
        "one day": replace(new, since=NOW - timedelta(days=30), until=NOW - timedelta(days=29)),
        "one month": replace(new, since=NOW - timedelta(days=30)),
        "rare site and common term": replace(new, site=f"site{SITES}", term=TERMS[0]),
        "common site, term, channel": replace(new, site="site1", term=TERMS[0], channel="exact"),
        "text: common, 2 characters": replace(new, text="出售"),
        "text: 2 characters": replace(new, text=TERMS[50]),
        "text: rare, 2 characters": replace(new, text=TERMS[-1]),
        "text: account": Filters(text="demo_77"),
        "text and rare site": replace(new, text="出售", site=f"site{SITES}"),
        "text: nothing": replace(new, text="没有"),
    }


Figures = tuple[float, float, float]


def timed(name: str, work, rounds: int = ROUNDS) -> Figures:
    """Median and 95th percentile, and the latter of CPU time, in milliseconds after one warm-up; said at once.

    CPU time tells what the queries cost on a machine that has other work.
    """
    work(0)
    spent, worked = [], []
    for number in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        work(number)
        spent.append((time.perf_counter() - began) * 1e3)
        worked.append((time.process_time() - busy) * 1e3)
    place = int(rounds * 0.95)
    figures = statistics.median(spent), sorted(spent)[place], sorted(worked)[place]
    print(f"{name:36} p50 {figures[0]:8.1f} ms   p95 {figures[1]:8.1f} ms   CPU p95 {figures[2]:8.1f} ms", flush=True)
    return figures


def measure(db: Database, count: int) -> dict[str, Figures]:
    """All figures."""
    draft = accounts.Draft("bench", "", ["reviewer", "approver"])
    person = accounts.by_name(db, "bench") or accounts.create(db, draft, Actor(None, "bench"), NOW)
    found: dict[str, Figures] = {}

    def measured(name: str, work, rounds: int = ROUNDS) -> None:
        found[name] = timed(name, work, rounds)

    for name, filters in kinds(person.id).items():
        measured(f"page: {name}", lambda _, asked=filters: queue.page(db, asked, NOW))
        measured(f"count: {name}", lambda _, asked=filters: queue.count(db, asked, NOW), 10)
    new = Filters(status=("new",), viewer=person.id)
    measured("counts of each status", lambda _: queue.counts(db, Filters(), NOW), 10)
    deep = queue.page(db, new, NOW).next._replace(score=40.0)
    measured("page: queue, far down", lambda _: queue.page(db, new, NOW, after=deep))
    chance = random.Random(3)
    ids = [chance.randrange(1, count) for _ in range(ROUNDS + 1)]
    measured("same seller", lambda n: similar.of_seller(db, ids[n], NOW))
    measured("near-duplicate text", lambda n: similar.by_text(db, ids[n], NOW))
    measured("claim, decide, claim next", lambda _: work_through(db, new, person))
    measured("bulk preview of 200", lambda _: bulk.preview(db, replace(new, site="site50"), NOW), 10)
    return found


def work_through(db: Database, filters: Filters, person: accounts.Account) -> None:
    """What happens between one key and the next lead."""
    lease = leasing.next_lead(db, filters, person.id, NOW)
    assert lease is not None
    decision = Decision(lease.lead_id, person.actor(), "dismiss", None, reason="not_object.brand")
    decisions.decide(db, decision, NOW, policy=ALONE)


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="folder to build the database in, and to find it in again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = (given.keep or Path(folder)) / f"console-{given.leads}.sqlite"
        facts: dict[str, float] = {"leads": given.leads}
        if not path.exists():
            began = time.perf_counter()
            old_database(path)
            fill(path, given.leads)
            print(f"filled in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 2**20:.0f} MB")
            began, worked = time.perf_counter(), time.process_time()
            Database.open(f"sqlite:///{path}", tell=print).close()
            facts["migration_cpu_seconds"] = round(time.process_time() - worked, 1)
            facts["migration_seconds"] = round(time.perf_counter() - began, 1)
            facts["megabytes"] = round(path.stat().st_size / 2**20)
            said = f"{facts['migration_seconds']} s ({facts['migration_cpu_seconds']} s of CPU time)"
            print(f"migrated in {said}, {facts['megabytes']} MB")
        db = Database.open(f"sqlite:///{path}")
        console_people.look_back(db)
        found = measure(db, given.leads)
        together = console_people.at_once(db, console_people.EACH)
        print("ten people at once", together)
        db.close()
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    names = ("p50_ms", "p95_ms", "cpu_p95_ms")
    lines = {name: dict(zip(names, (round(f, 1) for f in figures), strict=True)) for name, figures in found.items()}
    said = json.dumps(facts | {"queries": lines, "at_once": together}, ensure_ascii=False, indent=1)
    (results / "console.json").write_text(said, encoding="utf-8")


if __name__ == "__main__":
    main()
