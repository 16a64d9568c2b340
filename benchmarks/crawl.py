"""The whole product against a bare Scrapy spider, in turn, on the same pages from a local static server.

``python -m benchmarks.crawl`` prints pages/s of both, the ratio pair by pair, and (with ``--memory``) the resident
memory of the product along 20,000 pages.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
CONCURRENCY = 16  # for both: enough to keep one core busy


def run_bare(start: str) -> dict[str, float]:
    """A plain spider, as one writes it: parsel, eight fields, one item a page; nothing is stored."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self):
            yield scrapy.Request(start, callback=self.parse_list)

        def parse_list(self, response):
            for row in response.css("tbody[id^=normalthread_]"):
                yield response.follow(row.css("a.xst::attr(href)").get(), callback=self.parse_item)
            following = response.css("div.pg a.nxt::attr(href)").get()
            if following:
                yield response.follow(following, callback=self.parse_list)

        def parse_item(self, response):
            post = response.css("td.t_f")[0]
            yield {
                "url": response.url,
                "title": " ".join(response.css("#thread_subject ::text").getall()).strip(),
                "body": "\n".join(text.strip() for text in post.css("::text").getall()),
                "price": response.css("div.trdb strong::text").get(),
                "seller": response.css(".authi a::text").get(),
                "date": response.css("em[id^=authorposton]::text").get(),
                "region": response.xpath(
                    "//table[contains(@class,'cgtl')]//th[contains(.,'所在地')]/following-sibling::td//text()"
                ).get(),
                "images": post.css("img::attr(file), img::attr(src)").getall(),
            }

    settings = {
        "LOG_LEVEL": "INFO",  # as the product runs
        "LOG_FILE": os.devnull,
        "CONCURRENT_REQUESTS": CONCURRENCY,
        "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    }
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Bare)
    begin = time.perf_counter()
    process.crawl(crawler)
    process.start()
    pages = crawler.stats.get_value("response_received_count")
    return {
        "pages": pages,
        "items": crawler.stats.get_value("item_scraped_count"),
        "seconds": time.perf_counter() - begin,
    }


def run_product(start: str, items: int, folder: str) -> dict[str, float]:
    """The product: robots.txt asked for, read, detected, stored, run recorded."""
    from wangdun.config import load
    from wangdun.worker import crawl_site

    path = Path(folder) / "config.yaml"
    site = {"name": "bench", "platform": "discuz", "start": start, "delay": 0, "concurrency": CONCURRENCY}
    limits = {"pages": 100_000, "items": items + 1, "depth": 100_000}
    path.write_text(json.dumps({"crawler": {"limits": limits, "sites": [site]}, "storage": {"data_dir": "data"}}))
    config = load(path)
    begin = time.perf_counter()
    result = crawl_site(config, "bench", trigger="bench", full=False)
    seconds = time.perf_counter() - begin
    tally = result.tally
    if tally.listings_new != items:
        raise SystemExit(f"stored {tally.listings_new} of {items}: {result}")
    return {"pages": tally.pages, "items": tally.listings_new, "leads": tally.leads, "seconds": seconds}


def child(kind: str, start: str, items: int) -> None:
    """One measured run in a process of its own, on one core; its result is the last line it prints."""
    os.sched_setaffinity(0, {0})
    report = sys.stdout
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    samples: list[tuple[float, int]] = []
    threading.Thread(target=sample_memory, args=(samples,), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        figures = run_bare(start) if kind == "bare" else run_product(start, items, folder)
    cpu = time.process_time()
    print(json.dumps(figures | {"cpu": cpu, "memory": samples}), file=report, flush=True)


def sample_memory(samples: list[tuple[float, int]]) -> None:
    """Resident kilobytes once a second."""
    begin = time.perf_counter()
    while True:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        samples.append((time.perf_counter() - begin, pages * os.sysconf("SC_PAGE_SIZE") // 1024))
        time.sleep(1)


def measure(kind: str, start: str, items: int) -> dict:
    """Start a child and read its figures."""
    command = [sys.executable, "-m", "benchmarks.crawl", "--child", kind, "--start", start, "--items", str(items)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-4000:])
    return json.loads(done.stdout.splitlines()[-1])


def compare(start: str, items: int, rounds: int) -> dict:
    """Both in turn, `rounds` times."""
    from rich.progress import track

    pairs = [
        (measure("bare", start, items), measure("product", start, items)) for _ in track(range(rounds), "对比运行")
    ]
    rates = {
        kind: [pair[n]["pages"] / pair[n]["seconds"] for pair in pairs] for n, kind in enumerate(("bare", "product"))
    }
    ratios = [ours / theirs for theirs, ours in zip(rates["bare"], rates["product"], strict=True)]
    cpu = [pair[1]["pages"] / pair[1]["cpu"] / (pair[0]["pages"] / pair[0]["cpu"]) for pair in pairs]
    return {"items": items, "rates": rates, "ratios": ratios, "cpu_ratios": cpu}


def show(result: dict) -> None:
    """The table."""
    print(f"{'pages/s':<26}{'min':>9}{'median':>9}{'max':>9}")
    for kind, label in (("bare", "bare Scrapy + parsel"), ("product", "网盾, everything")):
        row = result["rates"][kind]
        print(f"{label:<26}{min(row):>9.0f}{statistics.median(row):>9.0f}{max(row):>9.0f}")
    for name, label in (("ratios", "ratio, wall clock"), ("cpu_ratios", "ratio, CPU time")):
        row = result[name]
        print(f"{label:<26}{min(row):>9.2f}{statistics.median(row):>9.2f}{max(row):>9.2f}")


def show_memory(figures: dict) -> None:
    """Resident memory at each tenth of the run."""
    samples = figures["memory"]
    print(f"\nmemory over {figures['pages']:.0f} pages, {figures['pages'] / figures['seconds']:.0f} pages/s")
    for tenth in range(1, 11):
        _, kilobytes = samples[min(len(samples) - 1, len(samples) * tenth // 10 - 1)]
        print(f"  {tenth * 10:>3} %  {kilobytes / 1024:>7.1f} MB")


def main() -> None:
    """Serve, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="also 20,000 pages for the memory curve")
    parser.add_argument("--child", choices=("bare", "product"))
    parser.add_argument("--start")
    options = parser.parse_args()
    if options.child:
        child(options.child, options.start, options.items)
        return
    most = 20_000 if options.memory else options.items
    result = with_server(options.items, lambda start: compare(start, options.items, options.rounds))
    show(result)
    if options.memory:
        result["memory"] = with_server(most, lambda start: measure("product", start, most))
        show_memory(result["memory"])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "crawl.json").write_text(json.dumps(result, indent=1))


def with_server(items: int, work):
    """Do `work` with the address of the first list page; the server runs on another core."""
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.pages", str(items)], stdout=subprocess.PIPE, text=True)
    try:
        os.sched_setaffinity(server.pid, {os.cpu_count() - 1})
        port = server.stdout.readline().strip()
        return work(f"http://127.0.0.1:{port}/forum.php?mod=forumdisplay&fid=2&page=1")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
