"""Measure referrals: 1,000 leads as letters, lists and packages; whether time and memory grow in proportion.

python -m benchmarks.referrals [--leads 250 500 1000] [--one 200]. Works in a temporary folder and removes it; each size
runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage import listings, runs, sites
from storage.database import Database
from storage.evidence import sealing
from storage.evidence.objects import Objects
from storage.evidence.records import CaptureDraft, FileDraft
from storage.records import ContactRecord, DetectionRecord, HitRecord, ListingRecord
from storage.review import accounts, decisions
from storage.review.audit import Actor
from storage.review.records import Decision
from storage.review.second import ALONE
from wangdun.config import load
from wangdun.refer_export import Export
from wangdun.refer_wishes import Wish
from wangdun.referring import Referring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
SYSTEM = Actor(None, "benchmark")
BODY = (
    "出售猎夹，弹簧加粗，野猪能用，可寄全国。联系电话13800001234，微信demo_jia。" * 12
)  # some 500 characters, as posts are
PAGE = b"<html>" + b"x" * 60_000 + b"</html>"  # bytes; what a page and its headers take
STEPS = ("draft", "approve", "send", "export")
HEAD = "leads  referrals    draft  approve     send   export  total s  ms/lead  CPU ms/lead  peak MB  files  MB"
PER_REFERRAL = 1  # leads in each of the many letters: the most papers for the leads


def fill(folder: Path, count: int) -> list[int]:
    """`count` confirmed leads with a capture each; their ids."""
    (folder / "config.yaml").write_text(
        "storage: {data_dir: data, evidence: {keep_free_mb: 16}}\nreferrals:\n  office: {name: 某县林业局}\n",
        encoding="utf-8",
    )
    config = load(folder / "config.yaml")
    db, objects = Database.open(config.storage), Objects.of(config.storage)
    site = sites.register(db, "demo", "discuz", ["http://127.0.0.1/"], NOW)
    run = runs.start(db, site, now=NOW, pid=1, lexicon_version="v", config_hash="c", trigger="manual")
    listings.write(db, site, run, [_listing(number) for number in range(count)])
    for number in range(count):
        sealing.seal(db, objects, _capture(site, number), actor="crawl", now=NOW)
    hanna = _account(db, "hanna", "handler")
    _account(db, "arno", "approver")
    for number in range(1, count + 1):
        decisions.decide(db, Decision(number, hanna, "confirm"), NOW, policy=ALONE)
    db.close()
    return list(range(1, count + 1))


def _account(db: Database, name: str, role: str) -> Actor:
    return accounts.create(db, accounts.Draft(name, "hash", (role,), must_change=False), SYSTEM, NOW).actor()


def _listing(number: int) -> ListingRecord:
    title, body = f"猎夹{number}号低价出", f"{number}：{BODY}"
    hit = HitRecord("猎夹", "猎夹", "gear", "hunting_gear", "exact", "猎夹", 0, 2, 40.0, "第六条", {})
    found = DetectionRecord("alert", 80.0, "sell", ("forestry",), "v", (hit,), {})
    contact = ContactRecord("phone", f"1380000{number % 10_000:04}", f"1380000{number % 10_000:04}")
    return ListingRecord(
        key=str(number), url=f"http://127.0.0.1/{number}", title=title, body=body, seller=f"卖家{number % 50}",
        digest=sha256(body.encode()).hexdigest(), fetched_at=NOW, contacts=(contact,), detection=found,
    )  # fmt: skip


def _capture(site: int, number: int) -> CaptureDraft:
    file = FileDraft("page.html", "other", "text/html", PAGE + str(number).encode())
    return CaptureDraft(site, "demo", str(number), f"http://127.0.0.1/{number}", "page", "crawl", NOW, (file,))


@dataclass
class Clock:
    """Adds up how long each kind of step took, and what the processors spent."""

    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    """Seconds of the clock."""
    cpu: float = 0.0
    """Seconds of the processors: nearly the same while others use the machine."""

    @contextmanager
    def timing(self, step: str) -> Iterator[None]:
        """Measure the block."""
        begun, cpu = time.perf_counter(), time.process_time()
        yield
        self.spent[step] += time.perf_counter() - begun
        self.cpu += time.process_time() - cpu


def measure(folder: Path, leads: Sequence[int], size: int) -> dict[str, Any]:
    """Draft, approve, send and export referrals of `size` leads each."""
    config = load(folder / "config.yaml")
    db = Database.open(config.storage)
    service, export = Referring(config, db), Export(config, db, Objects.of(config.storage))
    hanna, arno = (accounts.by_name(db, name).actor() for name in ("hanna", "arno"))  # type: ignore[union-attr]
    clock = Clock()
    for start in range(0, len(leads), size):
        wish, now = Wish(tuple(leads[start : start + size])), NOW + timedelta(hours=1)
        with clock.timing("draft"):
            made = service.draft(wish, hanna, now)
        with clock.timing("approve"):
            service.approve(made.id, arno, now)
        with clock.timing("send"):
            service.send(made.id, hanna, now)
        with clock.timing("export"):
            export.write(made.id, folder / "out", hanna, now)
    db.close()
    return {"leads": len(leads), "referrals": -(-len(leads) // size), "peak_mb": _peak(), **_told(folder, clock)}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # Linux counts kilobytes


def _told(folder: Path, clock: Clock) -> dict[str, Any]:
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    for path in files:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                assert packed.testzip() is None
    seconds = {name: round(value, 1) for name, value in clock.spent.items()}
    return {"seconds": seconds, "total": round(sum(clock.spent.values()), 1), "cpu": round(clock.cpu, 1), "files": len(files),
            "written_mb": round(sum(path.stat().st_size for path in files) / 1e6, 1)}  # fmt: skip


def child(count: int, size: int) -> None:
    """One size, measured in this process."""
    with tempfile.TemporaryDirectory(prefix="wangdun-referrals-") as name:
        folder = Path(name)
        # in a process of its own: making leads is not what is measured
        command = [sys.executable, "-m", "benchmarks.referrals", "--fill", name, str(count)]
        subprocess.run(command, check=True)
        print(json.dumps(measure(folder, range(1, count + 1), size)))


def run(count: int, size: int) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.referrals", "--child", str(count), str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def show(title: str, sizes: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Measure each (leads, leads of a referral) and print it at once: the largest takes long."""
    print(f"\n{title}\n{HEAD}", flush=True)
    found = []
    for count, size in sizes:
        one = run(count, size)
        each = 1000 / one["leads"]
        took = "  ".join(f"{one['seconds'][step]:7}" for step in STEPS)
        costs = f"{one['total']:7}  {each * one['total']:7.0f}  {each * one['cpu']:11.0f}  {one['peak_mb']:7}"
        print(
            f"{one['leads']:5}  {one['referrals']:9}  {took}  {costs}  {one['files']:5}  {one['written_mb']}",
            flush=True,
        )
        found.append(one)
    return found


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--one", type=int, default=200, help="leads of the one large referral")
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--fill", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fill:
        fill(Path(asked.fill[0]), int(asked.fill[1]))
    elif asked.child:
        child(*asked.child)
    else:
        many = show("Each lead in a letter of its own", [(count, PER_REFERRAL) for count in asked.leads])
        one = show("All leads in one referral", [(asked.one, asked.one)])
        if asked.out:
            asked.out.write_text(json.dumps({"letters": many, "one": one}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
