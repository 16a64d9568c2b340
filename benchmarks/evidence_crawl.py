"""What securing hits costs a crawl: the same pages, 2 % of them hits, crawled in turn in four ways.

``python -m benchmarks.evidence_crawl`` prints pages/s and CPU time a page of each way and the overheads, round by round.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
import traceback
from pathlib import Path

from benchmarks.crawl import CONCURRENCY, RESULTS, STARTS, serving

WAYS = {
    "plain": "nothing remembered, nothing sealed",
    "remembered": "exchanges remembered, nothing sealed",
    "sealed": "page, text, record sealed for each hit",
    "pictures": "the same with pictures and browser jobs",
}
GOAL = 0.15  # of the throughput: what evidence may cost


def crawl(way: str, start: str, items: int, folder: Path) -> dict[str, float]:
    """One crawl in this process; raises SystemExit where it did not do what is measured."""
    from crawler import settings
    from pipelines import evidence as securing_pages
    from pipelines import seal
    from wangdun import securing
    from wangdun.config import load
    from wangdun.worker import crawl_site

    # the pages' offers are every fiftieth listing; those that the detector only mentions are sealed, too: 2 % exactly
    seal.HITS = securing_pages.HITS = ("alert", "review", "mention")
    if way == "plain":
        settings.BASE["DOWNLOAD_HANDLERS"] = {}
    if way in {"plain", "remembered"}:
        securing.evidence_for = lambda *_, **__: None
    site = {"name": "bench", "platform": "discuz", "start": start, "delay": 0, "concurrency": CONCURRENCY}
    limits = {"pages": 100_000, "items": items + 1, "depth": 100_000}
    evidence = {} if way == "pictures" else {"pictures": 0, "screens": "manual"}
    storage = {"data_dir": str(folder / "data"), "evidence": evidence}
    path = folder / "config.yaml"
    path.write_text(json.dumps({"crawler": {"limits": limits, "sites": [site]}, "storage": storage}))
    config = load(path)
    gc.freeze()
    before, begin = time.process_time(), time.perf_counter()
    result = crawl_site(config, "bench", trigger="bench", full=False)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - before
    sealed = _count(folder / "data" / "wangdun.sqlite")
    expected = {"sealed": items // 50, "pictures": items // 50 * 2}.get(way, 0)
    if (result.tally.listings_new, sealed) != (items, expected):
        raise SystemExit(f"stored {result.tally.listings_new} of {items}, sealed {sealed}: {result}")
    return {"pages": result.tally.pages, "seconds": seconds, "cpu": cpu, "sealed": sealed}


def _count(database: Path) -> int:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as db:
        return int(db.execute("SELECT count(*) FROM captures").fetchone()[0])


def measure(way: str, start: str, items: int) -> dict[str, float]:
    """One crawl in a fork of this process, which has loaded everything: only the crawl itself is measured."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _crawl_and_leave(way, start, items, writing)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    os.waitpid(process, 0)
    if not told.startswith("{"):
        raise SystemExit(f"{way}: {told}")
    return json.loads(told)


def _crawl_and_leave(way: str, start: str, items: int, writing: int) -> None:
    os.sched_setaffinity(0, {0})
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    try:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # a real disk: /tmp may be memory
            told = json.dumps(crawl(way, start, items, Path(folder)))
    except BaseException:  # noqa: BLE001 -- whatever it was, the parent says it
        told = traceback.format_exc()
    os.write(writing, told.encode())
    os._exit(0)


def load_everything() -> None:
    """What every crawl needs, once: the detector takes longer to load than a short crawl takes."""
    import crawler.spider  # noqa: F401 -- loaded for the forks
    import pipelines.seal  # noqa: F401 -- loaded for the forks
    import wangdun.worker  # noqa: F401 -- loaded for the forks
    from keywords.config import KeywordsConfig
    from keywords.detector import Detector

    loaded = Detector.load(KeywordsConfig())
    loaded.detect("出售猎夹")
    Detector.load = lambda *_, **__: loaded


def compare(start: str, items: int, rounds: int) -> dict:
    """All ways in turn, `rounds` times, each round in another order."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for number in range(rounds):
        order = list(WAYS)[number % len(WAYS) :] + list(WAYS)[: number % len(WAYS)]
        for way in order:
            runs[way].append(measure(way, start, items))
    return {"items": items, "rounds": rounds, "goal": GOAL, "runs": runs}


def show(result: dict) -> None:
    """The table: overheads are round by round against the way above `sealed`."""
    runs = result["runs"]
    base = runs["remembered"]
    print(f"{'':<44}{'pages/s':>9}{'CPU ms/page':>13}{'overhead':>10}{'of CPU':>8}")
    for way, label in WAYS.items():
        rate = statistics.median(one["pages"] / one["seconds"] for one in runs[way])
        cpu = statistics.median(one["cpu"] / one["pages"] for one in runs[way]) * 1000
        pairs = list(zip(runs[way], base, strict=True))
        wall = statistics.median(one["seconds"] / other["seconds"] - 1 for one, other in pairs)
        work = statistics.median(one["cpu"] / other["cpu"] - 1 for one, other in pairs)
        print(f"{label:<44}{rate:>9.0f}{cpu:>13.2f}{wall:>+10.1%}{work:>+8.1%}")
    print(f"hits sealed: {runs['sealed'][0]['sealed']:.0f} of {result['items']}; goal: at most {result['goal']:+.0%}")


def main() -> None:
    """Serve, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    load_everything()
    with serving(options.items) as address:
        result = compare(address + STARTS["pages"], options.items, options.rounds)
    show(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "evidence_crawl.json").write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
