"""What evidence costs and whether it survives. Usage: python -m benchmarks.evidence [verify] [kills] [crawl]."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage import sites
from storage.config import EvidenceConfig
from storage.database import Database
from storage.evidence import captures, sealing, sweeping
from storage.evidence.objects import Objects
from storage.evidence.records import CaptureDraft, Exchange, FileDraft
from storage.evidence.verify import Verifier
from storage.evidence.warc import build

RESULTS = Path(__file__).parent / "results" / "evidence.json"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
MEGABYTE = 1 << 20
ROUNDS = 3  # the best counts: what else runs on the machine only ever slows
CAPTURES = 60  # some 3 MB each with everything
PAGES = 500  # captures of the crawl alone, some 10 KB each
KILLS = 200
SEALED = 3  # at most, by a writer before it is killed

HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx"), ("Date", "Sun, 01 Nov 2026 00:00:00 GMT"))


def page(number: int) -> bytes:
    """A forum thread of some 60 KB, of which a third is as hard to compress as text of many people."""
    luck = random.Random(number)
    words = "".join(chr(luck.randrange(0x4E00, 0x9000)) for _ in range(4000))
    return (f"<html><body><h1>转让 {number}</h1>{words}" + '<div class="post">价格实惠，同城自提</div>' * 800).encode()


def warc(number: int) -> FileDraft:
    exchange = Exchange(
        f"http://127.0.0.1/thread-{number}", "GET", (("Host", "127.0.0.1"),), 200, "OK", HEADERS, page(number), NOW, NOW
    )
    return FileDraft("page.warc.gz", "warc", "application/warc", build([exchange], {"software": "wangdun"}))


def everything(number: int) -> tuple[FileDraft, ...]:
    """The page, five pictures, a screenshot and an MHTML: sizes as of an ordinary forum thread."""
    pictures = (FileDraft(f"{n}.jpg", "picture", "image/jpeg", os.urandom(200_000)) for n in range(5))
    screen = FileDraft("screen.png", "screenshot", "image/png", os.urandom(1_200_000))
    return (warc(number), *pictures, screen, FileDraft("page.mhtml", "mhtml", "message/rfc822", os.urandom(800_000)))


def filled(folder: Path, count: int, files: Any) -> tuple[Database, Objects]:
    """A store with so many captures."""
    db = Database.open(f"sqlite:///{folder}/wangdun.sqlite")
    site = sites.register(db, "论坛", "discuz", [], NOW)
    objects = Objects(folder / "evidence", EvidenceConfig())
    for number in range(count):
        url = f"http://127.0.0.1/thread-{number}"
        draft = CaptureDraft(site, "论坛", str(number), url, "page", "crawl", NOW, files(number))
        sealing.seal(db, objects, draft, actor="采集程序", now=NOW)
    return db, objects


def seconds_of_sha256sum(objects: Objects) -> float:
    paths = "\0".join(str(objects.path(name)) for name in objects.names())
    start = time.perf_counter()
    subprocess.run(["xargs", "-0", "sha256sum"], input=paths.encode(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def seconds_of_verify(db: Database, objects: Objects, *, fast: bool) -> float:
    start = time.perf_counter()
    done = Verifier(db, objects, fast=fast).run()
    assert done.ok, done.faults[:3]
    return time.perf_counter() - start


def verify_speed() -> list[dict[str, Any]]:
    """Megabytes a second of `verify` and of plain sha256sum on the same files, in turns."""
    rows = []
    for what, count, files in (
        ("网页、图片、截屏俱全", CAPTURES, everything),
        ("只有网页", PAGES, lambda number: (warc(number),)),
    ):
        with tempfile.TemporaryDirectory(prefix="wangdun-evidence-") as name:
            db, objects = filled(Path(name), count, files)
            rows.append({"what": what, "captures": count, **_speeds(db, objects)})
            db.close()
        _print_row("verify", rows[-1])
    return rows


def _speeds(db: Database, objects: Objects) -> dict[str, Any]:
    size = sum(objects.path(name).stat().st_size for name in objects.names()) / MEGABYTE
    plain, both, fast = [], [], []
    for _ in range(ROUNDS):
        plain.append(seconds_of_sha256sum(objects))
        both.append(seconds_of_verify(db, objects, fast=False))
        fast.append(seconds_of_verify(db, objects, fast=True))
    speeds = {
        name: round(size / min(times), 1) for name, times in (("sha256sum", plain), ("verify", both), ("fast", fast))
    }
    ratios = {f"{name}_ratio": round(min(plain) / min(times), 2) for name, times in (("verify", both), ("fast", fast))}
    return {"mb": round(size, 1), **speeds, **ratios}


def kills() -> list[dict[str, Any]]:
    """Writers killed (-9) at random moments, three at a time; then what a sweep and a verification say."""
    rows = []
    for seed in (1,):
        with tempfile.TemporaryDirectory(prefix="wangdun-evidence-") as name:
            rows.append(_kills(Path(name), seed))
        _print_row("kills", rows[-1])
    return rows


def _kills(folder: Path, seed: int) -> dict[str, Any]:
    db, objects = filled(folder, 0, None)
    sweeping.sweep(db, objects, NOW)
    url = f"sqlite:///{folder}/wangdun.sqlite"
    args = [sys.executable, "-m", "tests.storage.evidence.writer", url, str(objects.folder), str(KILLS), str(seed)]
    start = time.perf_counter()
    done = subprocess.run([*args, str(SEALED)], capture_output=True, check=True)
    took = time.perf_counter() - start
    reported = set(json.loads(done.stdout))
    left = sum(1 for _ in objects.tmp.iterdir())
    swept = sweeping.sweep(db, objects, NOW)
    stored = {one.digest for one in captures.recent(db, 10**6)}
    verified = Verifier(db, objects).run()
    sealed, others = sweeping.orphans(db, objects)
    db.close()
    return {
        "kills": KILLS,
        "seconds": round(took, 1),
        "reported_sealed": len(reported),
        "stored": len(stored),
        "lost": len(reported - stored),
        "left_in_tmp_before": left,
        "adopted": len(swept.adopted),
        "removed": len(swept.removed),
        "corrupt": len(verified.faults),
        "orphaned": len(sealed) + len(others),
    }


def _print_row(part: str, row: dict[str, Any]) -> None:
    print(part, "|", " | ".join(f"{name} {value}" for name, value in row.items()), flush=True)


PARTS = {"verify": verify_speed, "kills": kills}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all when none is named")
    chosen = parser.parse_args().parts or list(PARTS)
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in chosen:
        known[name] = PARTS[name]()
    known["machine"] = {"cores": len(os.sched_getaffinity(0)), "python": sys.version.split()[0]}
    text = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if shutil.which("sha256sum") is None:
        sys.exit("sha256sum is missing")
    main()
