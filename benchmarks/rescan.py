"""Re-scan: ``python -m benchmarks.rescan [--count N ...] [--workers N]``: listings/s from the database and from Parquet.

Made-up listings with texts of 330 characters, one in twenty with an advertisement, of which a third becomes a lead and
the others an explanation. Each way runs the whole command on a copy of its own, start-up included; "growth" is the time of the largest count over that of the
smallest, each listing's, less 1: 0 is linear, the goal is within 15 %. Run it on a quiet machine with
``--count 100000 1000000`` (some 3 GB of disk). Prints a table and writes benchmarks/results/rescan.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.archive import archive
from benchmarks.stored import EVERY, fill

ROOT = Path(__file__).resolve().parent.parent
GOAL = 0.15  # of growth beyond linear
WAYS = ("database", "parquet")


@dataclass(frozen=True)
class Figure:
    """One run of the command."""

    way: str
    listings: int
    workers: int
    seconds: float
    per_second: float
    """Listings, start-up included."""
    cpu_seconds: float
    """Of all its processes: what a quiet machine would come close to on as many cores."""


def rescan(home: Path, way: str, count: int, workers: int) -> Figure:
    """Run the command once on a copy."""
    place = home / "run"
    shutil.copytree(home / "data", place / "data")
    (place / "config.yaml").write_text("storage: {data_dir: data}\n", encoding="utf-8")
    more = ["--from", str(home / "archive")] if way == "parquet" else []
    command = [sys.executable, "-m", "wangdun", "rescan", "--json", "--workers", str(workers), *more]
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=place, env=surroundings, capture_output=True, check=True)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    facts = json.loads(done.stdout)
    changes = facts["changes"]
    assert (facts["scanned"], changes["new"] + changes["below"]) == (count, -(-count // EVERY)), changes
    shutil.rmtree(place)
    used = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    return Figure(way, count, workers, round(seconds, 2), round(count / seconds), round(used, 2))


def growth(figures: list[Figure], way: str) -> dict[str, float]:
    """How much longer a listing takes among many than among few."""
    mine = sorted((one for one in figures if one.way == way), key=lambda one: one.listings)
    few, many = mine[0], mine[-1]
    wall = (many.seconds / many.listings) / (few.seconds / few.listings) - 1
    cpu = (many.cpu_seconds / many.listings) / (few.cpu_seconds / few.listings) - 1
    return {"wall": round(wall, 3), "cpu": round(cpu, 3)}


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    figures = []
    print(f"{'way':<10} {'listings':>10} {'seconds':>9} {'listings/s':>11} {'CPU s':>8}")
    for count in sorted(given.count):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            db = fill(home / "data", count)
            archive(db, home / "archive")
            db.close()
            for way in WAYS:
                one = rescan(home, way, count, given.workers)
                figures.append(one)
                print(f"{way:<10} {count:>10,} {one.seconds:>9} {one.per_second:>11,} {one.cpu_seconds:>8}")
    grown = {way: growth(figures, way) for way in WAYS} if len(given.count) > 1 else {}
    for way, value in grown.items():
        print(f"{way}: growth beyond linear {value['wall']:+.1%} (CPU {value['cpu']:+.1%}), goal within {GOAL:.0%}")
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    facts = {"cores": len(os.sched_getaffinity(0)), "runs": [asdict(one) for one in figures], "growth": grown}
    (results / "rescan.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
