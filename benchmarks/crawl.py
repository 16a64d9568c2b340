"""The whole product against bare Scrapy spiders, in turn, on the same pages from a local static server.

``python -m benchmarks.crawl`` prints one table: pages/s of both on item pages and on list pages that show everything,
the ratios pair by pair (with the start of both programs, and without), two sites in two processes against one, the
bytes that are stored, the start of ``wangdun --help``; with ``--memory N`` also the resident memory of the product along
N item pages. Everything the product does is in its figures: robots.txt, reading, detection, storing, evidence, the
record of the run, its start. What is made once for a data folder (tables, dictionaries) is made before, as it is before
every run but the first. Ads that are met again stand on pages that are never twice the same.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results"
CONCURRENCY = 16  # for both: enough to keep one core busy
RATIOS = {
    "ratio_wall": "ratio, wall clock",
    "ratio_cpu": "ratio, CPU time",
    "ratio_wall_running": "ratio, wall clock without the start",
    "ratio_cpu_running": "ratio, CPU time without the start",
}
PATIENCE = 14_400  # seconds: 50,000 pages on a machine that others use too
BOARD = {"platform": "discuz"}
MARKET = {
    "item_pages": False,
    "list": {"rows": "div.ad", "link": "a.title", "title": "a.title", "next": "a.next"},
    "item": {
        "title": "a.title", "body": "p.text", "price": ".price", "seller": ".seller", "region": ".region",
        "date": ".date", "images": "img",
    },
}  # fmt: skip
SITES = {"pages": BOARD, "rows": MARKET}
STARTS = {"pages": "/forum.php?mod=forumdisplay&fid=2&page=1", "rows": "/ads?page=1"}


def write_config(folder: Path, kind: str, start: str, names: tuple[str, ...]) -> Path:
    """config.yaml of a data folder with one site, or several alike."""
    sites = [{"name": name, "start": start, "delay": 0, "concurrency": CONCURRENCY, **SITES[kind]} for name in names]
    limits = {"pages": 100_000, "items": 1_000_000, "depth": 100_000, "minutes": 10_080}
    path = folder / "config.yaml"
    path.write_text(json.dumps({"crawler": {"limits": limits, "sites": sites}, "storage": {"data_dir": "data"}}))
    return path


def run_product(folder: Path, site: str) -> dict[str, Any]:
    """One run of one site of the folder's config.yaml."""
    from wangdun.config import load
    from wangdun.worker import crawl_site

    tally = crawl_site(load(folder / "config.yaml"), site, trigger="bench", full=False).tally
    return {"new": tally.listings_new, "known": tally.listings_unchanged, "leads": tally.leads, "pages": tally.pages}


def child(options: argparse.Namespace) -> None:
    """One measured run in a process of its own; its result is the last line it prints."""
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    report = sys.stdout
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    started = notice_start()
    samples: list[tuple[float, int]] = []
    threading.Thread(target=sample_memory, args=(samples,), daemon=True).start()
    if options.child == "bare":
        from benchmarks import bare

        figures: dict[str, Any] = bare.run(options.kind, options.start)
    else:
        figures = run_product(options.folder, options.site)
    figures |= {"seconds": age(), "cpu": time.process_time(), "memory": samples}
    print(json.dumps(figures | {"start_seconds": started[0], "start_cpu": started[1]}), file=report, flush=True)


def notice_start() -> list[float]:
    """Will hold the age and the CPU seconds of this process at the moment when its engine begins to run."""
    from scrapy.crawler import AsyncCrawlerProcess

    noticed: list[float] = []
    begin = AsyncCrawlerProcess.start

    def start(self: AsyncCrawlerProcess, *args: Any, **more: Any) -> None:
        noticed.extend((age(), time.process_time()))
        begin(self, *args, **more)

    AsyncCrawlerProcess.start = start  # type: ignore[method-assign]
    return noticed


def age() -> float:
    """Seconds since this process was started, before Python itself began."""
    born = int(Path("/proc/self/stat").read_text().rpartition(") ")[2].split()[19])  # proc(5): field 22, clock ticks
    return time.clock_gettime(time.CLOCK_BOOTTIME) - born / os.sysconf("SC_CLK_TCK")


def sample_memory(samples: list[tuple[float, int]]) -> None:
    """CPU seconds and resident kilobytes once a second: other programs make the clock go slow, not the CPU time."""
    while True:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        samples.append((time.process_time(), pages * os.sysconf("SC_PAGE_SIZE") // 1024))
        time.sleep(1)


def begin(*options: str) -> subprocess.Popen[str]:
    """Start a measured run."""
    command = [sys.executable, "-m", "benchmarks.crawl", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Its figures."""
    said, errors = process.communicate(timeout=PATIENCE)
    if process.returncode:
        raise SystemExit(said[-2000:] + errors[-4000:])
    figures: dict[str, Any] = json.loads(said.splitlines()[-1])
    return figures


def bare_run(kind: str, start: str) -> dict[str, Any]:
    """The plain spider, on one core."""
    return finish(begin("--child", "bare", "--kind", kind, "--start", start, "--core", "0"))


def product_run(folder: Path, site: str = "bench", core: int | None = 0) -> dict[str, Any]:
    """One run of the product, on one core unless `core` is None."""
    return finish(begin("--child", "product", "--folder", str(folder), "--site", site, *_core(core)))


def _core(core: int | None) -> list[str]:
    return [] if core is None else ["--core", str(core)]


@contextmanager
def prepared(warm: Path) -> Iterator[Path]:
    """A data folder that has seen a run, but none of the pages."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(warm, name, dirs_exist_ok=True)
        yield Path(name)


@contextmanager
def serving(items: int) -> Iterator[str]:
    """The address of a server of its own, on another core."""
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.pages", str(items)], stdout=subprocess.PIPE, text=True)
    try:
        os.sched_setaffinity(server.pid, {os.cpu_count() - 1})
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def make_warm(folder: Path) -> None:
    """Tables, dictionaries and caches of a data folder, made by a run over a site of another name."""
    with serving(60) as address:  # the fiftieth item needs the dictionary
        write_config(folder, "rows", address + STARTS["rows"], ("warm",))
        product_run(folder, "warm")


def compare(kind: str, items: int, rounds: int, warm: Path) -> dict[str, Any]:
    """Bare spider and product in turn, `rounds` times; for rows also a second visit, which finds nothing new."""
    from rich.progress import track

    pairs, again, stored = [], [], {}
    with serving(items) as address:
        start = address + STARTS[kind]
        for _ in track(range(rounds), f"对比运行 {kind}"):
            theirs = bare_run(kind, start)
            with prepared(warm) as folder:
                write_config(folder, kind, start, ("bench",))
                before = weigh(folder)
                ours = product_run(folder)
                if ours["new"] != items:
                    raise SystemExit(f"stored {ours['new']} of {items}")
                stored = per_listing(before, weigh(folder), ours)
                if kind == "rows":
                    again.append((theirs, product_run(folder)))
            pairs.append((theirs, ours))
    return {"first": ratios(pairs), "stored": stored} | ({"again": ratios(again)} if again else {})


def ratios(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, list[float]]:
    """Pages/s by the clock and by CPU time, and ours divided by theirs; also without what was before the first request."""
    speeds = {
        f"{measure}{rest}": [
            [run["pages"] / (run[of] - (run[f"start_{of}"] if rest else 0)) for run in pair] for pair in pairs
        ]
        for measure, of in (("wall", "seconds"), ("cpu", "cpu"))
        for rest in ("", "_running")
    }
    found = {"bare": [pair[0] for pair in speeds["wall"]], "product": [pair[1] for pair in speeds["wall"]]}
    found |= {"bare_cpu": [pair[0] for pair in speeds["cpu"]], "product_cpu": [pair[1] for pair in speeds["cpu"]]}
    return found | {f"ratio_{name}": [ours / theirs for theirs, ours in rows] for name, rows in speeds.items()}


def weigh(folder: Path) -> dict[str, int]:
    """Bytes of the database and of the evidence folder."""
    kinds = {"database": folder / "data" / "wangdun.sqlite", "evidence": folder / "data" / "evidence"}
    files = {name: [path, *path.rglob("*")] if path.exists() else [] for name, path in kinds.items()}
    return {name: sum(one.stat().st_size for one in found if one.is_file()) for name, found in files.items()}


def per_listing(before: dict[str, int], after: dict[str, int], ours: dict[str, Any]) -> dict[str, float]:
    """Bytes of database for each listing, of evidence for each lead."""
    grown = {name: after[name] - before[name] for name in after}
    return {
        "listings": ours["new"],
        "leads": ours["leads"],
        "database_per_listing": grown["database"] / ours["new"],
        "evidence_per_lead": grown["evidence"] / max(ours["leads"], 1),
    }


def two_workers(items: int, warm: Path) -> dict[str, float]:
    """Pages/s of two sites at once in two processes, and of one alone; all may use all cores."""
    with serving(items) as address, serving(items) as other, prepared(warm) as folder:
        config = write_config(folder, "pages", address + STARTS["pages"], ("alone", "left", "right"))
        settings = json.loads(config.read_text())
        settings["crawler"]["sites"][2]["start"] = other + STARTS["pages"]  # another host: no lock is shared
        config.write_text(json.dumps(settings))
        alone = product_run(folder, "alone", core=None)
        sides = [begin("--child", "product", "--folder", str(folder), "--site", name) for name in ("left", "right")]
        both = [finish(one) for one in sides]
    total = sum(one["pages"] for one in both) / max(one["seconds"] for one in both)
    cpu = sum(one["pages"] for one in both) / sum(one["cpu"] for one in both)
    single = alone["pages"] / alone["seconds"]
    return {"one": single, "two": total, "gain": total / single, "cpu_efficiency": cpu * alone["cpu"] / alone["pages"]}


def along(pages: int, warm: Path) -> dict[str, Any]:
    """Resident memory at each tenth of a long run (by CPU time: pages cost alike), after the start."""
    with serving(pages) as address, prepared(warm) as folder:
        write_config(folder, "pages", address + STARTS["pages"], ("bench",))
        run = product_run(folder)
    samples = run["memory"]
    last = samples[-1][0]
    tenths = [[mb for cpu, mb in samples if cpu <= last * n / 10][-1] / 1024 for n in range(1, 11)]
    return {"pages": run["pages"], "speed": run["pages"] / run["seconds"], "megabytes": tenths,
            "growth": tenths[-1] / tenths[0] - 1}  # fmt: skip


def start_of_help(rounds: int) -> list[float]:
    """Seconds of `wangdun --help`: CPU time, because others use the machine too."""
    taken = []
    for _ in range(rounds):
        before = os.times()
        subprocess.run([sys.executable, "-m", "wangdun", "--help"], check=True, capture_output=True)
        after = os.times()
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return taken


def show(result: dict[str, Any]) -> None:
    """The table."""
    print(f"\n{'':<46}{'min':>9}{'median':>9}{'max':>9}")
    for title, found in (
        ("item pages", result["pages"]["first"]),
        ("lists of 20 ads, all new", result["rows"]["first"]),
        ("lists of 20 ads, all known", result["rows"]["again"]),
    ):
        for name, label in (("bare", "bare Scrapy + parsel, pages/s"), ("product", "网盾, everything, pages/s")):
            line(f"{title}: {label}", found[name], 0)
        for name, label in RATIOS.items():
            line(f"{title}: {label}", found[name], 2)
    line("wangdun --help, CPU seconds", result["help"], 2)
    workers = result["workers"]
    print(f"one worker {workers['one']:.0f} pages/s, two {workers['two']:.0f}: × {workers['gain']:.2f}; "
          f"pages per CPU second of two against one: {workers['cpu_efficiency']:.2f}")  # fmt: skip
    for kind in ("pages", "rows"):
        stored = result[kind]["stored"]
        print(f"stored, {kind}: {stored['database_per_listing']:.0f} bytes of database a listing, "
              f"{stored['evidence_per_lead']:.0f} bytes of evidence a lead")  # fmt: skip
    if "memory" in result:
        memory = result["memory"]
        print(f"memory over {memory['pages']} pages: " + " ".join(f"{mb:.0f}" for mb in memory["megabytes"])
              + f" MB, {memory['growth']:+.1%}")  # fmt: skip


def line(label: str, values: list[float], places: int) -> None:
    """One line of the table."""
    cells = "".join(f"{value:>9.{places}f}" for value in (min(values), statistics.median(values), max(values)))
    print(f"{label:<46}{cells}")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=int, default=0, help="also the memory along so many item pages, e.g. 50000")
    parser.add_argument("--child", choices=("bare", "product"), help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=tuple(SITES), help=argparse.SUPPRESS)
    parser.add_argument("--start", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--site", help=argparse.SUPPRESS)
    parser.add_argument("--core", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options)
        return
    with tempfile.TemporaryDirectory() as name:
        warm = Path(name)
        make_warm(warm)
        # a list page of 20 ads weighs as much as an item page: as many listings on a tenth of the pages would end too soon
        result: dict[str, Any] = {"pages": compare("pages", options.items, options.rounds, warm)}
        result["rows"] = compare("rows", options.items * 5, options.rounds, warm)
        result["workers"] = two_workers(options.items, warm)
        result["help"] = start_of_help(options.rounds)
        if options.memory:
            result["memory"] = along(options.memory, warm)
    show(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "crawl.json").write_text(json.dumps({"items": options.items} | result, indent=1))


if __name__ == "__main__":
    main()
