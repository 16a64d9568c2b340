"""Archives: ``python -m benchmarks.archive [--count N]``: bytes of a listing in Parquet and in the database, rows/s.

Listings with texts of 330 characters, words drawn by their frequency, so that they compress as real ones do: each is
there once in a shard, twenty thousand in all. The database is SQLite after a checkpoint and VACUUM, with its indexes,
contacts and explanations; an archive holds texts alone. Rates are by CPU time: one process does it. Memory is the
growth over the whole call. Prints a table and writes benchmarks/results/archive.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.stored import DISTINCT, NOW, fill, varied
from storage.archive import Chosen
from storage.config import StorageConfig
from storage.database import Database
from wangdun.archive import Run, Wish

MEGABYTE = 1024  # kilobytes, as the system counts memory


def archive(db: Database, folder: Path) -> tuple[float, int, int]:
    """(CPU seconds, rows, bytes) of one call."""
    began = time.process_time()
    outcome = Run(db, Wish(folder, Chosen()), lambda: NOW).work(lambda _done, _total: None, lambda: False)
    return time.process_time() - began, outcome.new_rows, outcome.manifest.bytes


def size_of(db: Database) -> int:
    """Bytes of the database file, nothing in it unused."""
    connection = db.engine.raw_connection()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Path(db.place).stat().st_size


def measure(folder: Path, count: int) -> dict[str, float]:
    """All figures."""
    fill(folder, count, varied(min(count, DISTINCT))).close()
    db = Database.open(StorageConfig(data_dir=folder))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, rows, size = archive(db, folder / "archive")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MEGABYTE
    again, nothing, _ = archive(db, folder / "archive")
    stored = size_of(db)
    db.close()
    assert (rows, nothing) == (count, 0)
    return {
        "listings": count, "rows_per_second": round(rows / seconds), "seconds_when_nothing_is_new": round(again, 2),
        "parquet_bytes_per_listing": round(size / rows, 1), "database_bytes_per_listing": round(stored / rows, 1),
        "memory_growth_mb": round(grown),
    }  # fmt: skip


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        facts = measure(Path(folder), given.count)
    for name, value in facts.items():
        print(f"{name:32} {value:>14,}")
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "archive.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
