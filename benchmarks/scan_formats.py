"""Bulk scan by format: ``python -m benchmarks.scan_formats [--count N]``: what a record costs, file to findings.

Made-up records: Parquet and JSON lines of 330 characters; WET records and WARC pages of
4,000 characters of Chinese, and WET records of as much English, which most of a Common Crawl month is. One process does
a shard as each worker of ``wangdun scan --to`` does, once to warm up and then for the figures; CPU time, which other
work on the machine changes little. `benchmarks.scan` runs the whole command on all cores. Prints a table and writes
benchmarks/results/scan-formats.json, which `benchmarks.scale` reads.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.detect import made_up
from keywords.detector import Detector
from wangdun.bulk.cutting import Shard
from wangdun.bulk.folder import Done, Order, prepare
from wangdun.bulk.judging import scan_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
SHARE = 0.02  # of advertisements, as on a busy forum
DISTINCT = 2_000  # texts made; more records repeat them under other numbers
PAGE_TEXTS = 12  # of 330 characters: some 4,000, the average text of a page in a Common Crawl WET file
WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "not",
    "he",
    "this",
    "are",
    "at",
    "from",
    "have",
    "which",
    "one",
    "had",
    "all",
    "were",
]
SHORT, LONG, ENGLISH = "short", "long", "english"


def write_jsonl(path: Path, texts: Sequence[str], count: int) -> None:
    """One record a line."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(
                json.dumps({"id": number, "title": "转让", "body": texts[number % len(texts)]}, ensure_ascii=False)
                + "\n"
            )


def write_parquet(path: Path, texts: Sequence[str], count: int) -> None:
    """The same in zstd row groups."""
    with parquet.ParquetWriter(
        str(path), pa.schema([("title", pa.string()), ("body", pa.string())]), compression="zstd"
    ) as writer:
        for start in range(0, count, DISTINCT):
            bodies = [texts[number % len(texts)] for number in range(start, min(start + DISTINCT, count))]
            writer.write_table(pa.table({"title": ["转让"] * len(bodies), "body": bodies}))


def write_wet(path: Path, texts: Sequence[str], count: int) -> None:
    """Records of pages' texts, each packed by itself."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in range(count):
            payload = io.BytesIO(texts[number % len(texts)].encode())
            address = f"http://example.org/{number}"
            writer.write_record(
                writer.create_warc_record(address, "conversion", payload=payload, warc_content_type="text/plain")
            )


def write_warc(path: Path, texts: Sequence[str], count: int) -> None:
    """Pages as they were fetched, with as much markup as text."""
    menu = "".join(f'<li class="menu-item"><a href="/category/{n}" title="栏目">栏目 {n}</a></li>' for n in range(60))
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in range(count):
            lines = "".join(f"<p>{line}</p>" for line in texts[number % len(texts)].split("\n"))
            page = f"<html><head><meta charset=utf-8><title>转让 {number}</title></head><body><ul>{menu}</ul><h1>转让 {number}</h1><article>{lines}</article></body></html>"
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            payload = io.BytesIO(page.encode())
            address = f"http://example.org/{number}"
            writer.write_record(writer.create_warc_record(address, "response", payload=payload, http_headers=headers))


FORMATS: dict[str, tuple[str, str, Callable[[Path, Sequence[str], int], None], float]] = {
    "jsonl": (".jsonl", SHORT, write_jsonl, 1.0),
    "parquet": (".parquet", SHORT, write_parquet, 1.0),
    "wet-chinese": (".warc.wet.gz", LONG, write_wet, 0.25),
    "wet-english": (".warc.wet.gz", ENGLISH, write_wet, 0.25),
    "warc-chinese": (".warc.gz", LONG, write_warc, 0.05),
}
"""Name -> (ending, texts, writer, share of --count: long records take longer)."""


@dataclass(frozen=True)
class Figure:
    """One format."""

    format: str
    records: int
    per_second: float
    """Records, on one core."""
    cpu_us: float
    """Microseconds of CPU a record, file to findings."""
    packed_bytes: float
    """A record, as the file has it."""


def texts_of(kind: str) -> list[str]:
    """Made-up texts."""
    if kind == ENGLISH:
        chance = random.Random(7)
        return [" ".join(chance.choice(WORDS) for _ in range(PAGE_TEXTS * 75)) for _ in range(DISTINCT // PAGE_TEXTS)]
    short = made_up(DISTINCT, SHARE)
    if kind == SHORT:
        return short
    return ["\n".join(short[at : at + PAGE_TEXTS]) for at in range(0, len(short), PAGE_TEXTS)]


def measure(name: str, count: int, detector: Detector) -> Figure:
    """Scan a tenth of the records, then all."""
    ending, kind, write, share = FORMATS[name]
    texts, records, spent, size = texts_of(kind), max(10, int(count * share)), 0.0, 0
    for number in (records // 10, records):
        with tempfile.TemporaryDirectory() as home:
            path = Path(home) / f"in{ending}"
            write(path, texts, number)
            size = path.stat().st_size
            prepare(Path(home) / "out")
            order = Order(f"{home}/out", Shard("in", str(path), "auto", None, None, 0, size))
            began = time.process_time()
            found = scan_shard(order, detector)
            spent = time.process_time() - began
            assert isinstance(found, Done), found
            assert (found.texts, found.problems) == (number, 0), found
    return Figure(name, records, round(records / spent), round(spent / records * 1e6, 1), round(size / records, 1))


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="short records; of long ones a part")
    given = parser.parse_args()
    figures = []
    detector = Detector.load()
    detector.hasten()
    print(f"{'format':<14} {'records':>9} {'records/s':>10} {'CPU µs each':>12} {'bytes each':>11}")
    for name in FORMATS:
        one = measure(name, given.count, detector)
        figures.append(one)
        print(f"{name:<14} {one.records:>9,} {one.per_second:>10,} {one.cpu_us:>12,} {one.packed_bytes:>11,}")
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    facts = {"formats": {one.format: asdict(one) for one in figures}}
    (results / "scan-formats.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
