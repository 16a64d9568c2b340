"""What the console's pages cost the server, and a reviewer's browser. Usage: python -m benchmarks.console_pages URL.

URL is that of a database which `benchmarks.console` has filled. Pages are asked for over HTTP on 127.0.0.1, one after the
other; CPU time is that of this process, in which server and client run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.console_filling import NOW, RARE_WORD, SELLERS, SITES, TERMS
from console import passwords
from console.app import create_app
from console.config import ConsoleConfig
from console.server import Server, address_of, listen
from storage.database import Database
from storage.review import accounts
from storage.review.audit import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "bench-pages"  # not the account of `benchmarks.console`, which may do less
PASSWORD = "bench-口令-2026"
ROUNDS = 20  # of each page
STEPS = 40  # decisions in the browser
DISMISS = "dismiss:not_object.brand"  # what the keys 1 1 say
CHROMIUM = "/usr/bin/chromium"
PAGES = {
    "queue": "/queue",
    "queue, any status": "/queue?status=all",
    "rare site": f"/queue?site=site{SITES}",
    "common site": "/queue?site=site1",
    "common term": f"/queue?term={TERMS[0]}",
    "rare term": f"/queue?term={TERMS[-1]}",
    "category": "/queue?category=food_use",
    "channel": "/queue?channel=codeword",
    "department": "/queue?department=public_security",
    "verdict": "/queue?verdict=review",
    "site, term, channel": f"/queue?site=site1&term={TERMS[0]}&channel=exact",
    "rare site and common term": f"/queue?site=site{SITES}&term={TERMS[0]}",
    "one day": "/queue?since=2026-02-03&until=2026-02-03",
    "one month": "/queue?since=2026-02-03",
    "seller with most leads": "/queue?status=all&seller=1",
    "seller with few leads": f"/queue?status=all&seller={SELLERS - 5}",
    "text: in every lead": "/queue?q=出售",
    "text: common": f"/queue?q={TERMS[0]}",
    "text: rarer": f"/queue?q={TERMS[60]}",
    "text: in a row": f"/queue?q=出售{TERMS[60]}",
    "text: very rare": f"/queue?status=all&q={RARE_WORD}",
    "text: account": "/queue?status=all&q=demo_77",
    "text and rare site": f"/queue?q=出售&site=site{SITES}",
    "text, site, channel": f"/queue?q={TERMS[0]}&site=site1&channel=pinyin",
    "text: end of a number": "/queue?q=7777",
    "text: nothing": "/queue?q=没有",
    "second": "/second",
    "figures, 30 days": "/figures",
    "figures, a year": "/figures?days=365",
    "audit": "/audit",
    "bulk preview": "/queue/bulk?site=site50",
}


class Ticking:
    """A clock that starts where the invented leads end."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self) -> Any:
        return NOW + timedelta(seconds=time.monotonic() - self.began)


@contextmanager
def serving(db: Database) -> Iterator[str]:
    """The console on a free port; its address."""
    config = ConsoleConfig(port=0, second={"confirm": "never"})  # type: ignore[arg-type] # as in config.yaml
    app = create_app(config, db, clock=Ticking())
    with listen(config) as listening, Server(app, config, listening).serving():
        yield address_of(config, listening).rstrip("/")


def person(db: Database, name: str) -> accounts.Account:
    """A reviewer with a known password."""
    kept = passwords.make_hash(PASSWORD)
    known = accounts.by_name(db, name)
    if known is not None:
        accounts.set_password(db, known.id, kept, Actor(None, "bench"), NOW)
        return known
    roles = ["reviewer", "approver", "admin", "monitor", "handler", "auditor"]
    draft = accounts.Draft(name, kept, roles, name, must_change=False)
    return accounts.create(db, draft, Actor(None, "bench"), NOW)


def signed_in(url: str, name: str) -> httpx.Client:
    """A client with a session."""
    client = httpx.Client(base_url=url, timeout=600)  # s: the first look at figures counts all days
    token = csrf(client.get("/login").text)
    answer = client.post("/login", data={"name": name, "password": PASSWORD, "csrf": token})
    assert answer.status_code == 303, answer.text
    return client


def csrf(html: str) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]*)">', html)
    assert found, html[:300]
    return found[1]


def timed(client: httpx.Client, path: str, rounds: int) -> dict[str, float]:
    """Wall clock and CPU time of answers in milliseconds."""
    client.get(path)
    wall, busy = [], []
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(path)
        wall.append((time.perf_counter() - began) * 1e3)
        busy.append((time.process_time() - worked) * 1e3)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
    return summed(wall, busy)


def summed(wall: list[float], busy: list[float]) -> dict[str, float]:
    place = min(int(len(wall) * 0.95), len(wall) - 1)
    found = {"p50_ms": statistics.median(wall), "p95_ms": sorted(wall)[place]}
    if busy:
        found |= {"cpu_p50_ms": statistics.median(busy), "cpu_p95_ms": sorted(busy)[place]}
    return {name: round(value, 1) for name, value in found.items()}


def deciding(client: httpx.Client, steps: int) -> dict[str, float]:
    """Decisions as the script sends them, each answered with the next lead's page."""
    token = csrf(client.get("/queue").text)
    way = client.post("/queue/next", data={"csrf": token}).headers["location"]
    answer = client.get(way)
    wall, busy = [], []
    for _ in range(steps):
        form = {"csrf": token, "do": DISMISS} | hidden(answer.text)
        began, worked = time.perf_counter(), time.process_time()
        answer = client.post(way.partition("?")[0] + "/decide", data=form, headers={"X-Wangdun-Part": "#content"})
        wall.append((time.perf_counter() - began) * 1e3)
        busy.append((time.process_time() - worked) * 1e3)
        assert answer.status_code == 200, problem_in(answer.text)
        way = answer.headers["x-wangdun-address"]
    return summed(wall, busy)


def hidden(html: str) -> dict[str, str]:
    """What a lead's form says of the lead as it was shown: a lead may have been decided before."""
    names = ("seen", "opened", "back", "skip")
    form = html.partition('id="decide"')[2]
    found = {name: re.search(f'name="{name}" value="([^"]*)"', form) for name in names}
    return {name: unescape(one[1]) for name, one in found.items() if one}


def problem_in(html: str) -> str:
    """What the page says is wrong."""
    found = re.search(r'class="problem"[^>]*>([^<]*)', html)
    return found[1] if found else html[:500]


def leads_of(client: httpx.Client) -> list[str]:
    """Some leads' pages, the riskiest first."""
    return re.findall(r'href="(/leads/\d+)', client.get("/queue").text)[:10]


def in_browser(url: str, steps: int) -> dict[str, Any]:
    """From a key to the next lead, painted; and where the time goes, in milliseconds."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=url, viewport={"width": 1280, "height": 720})
        page.goto("/login")
        page.fill("[name=name]", NAME)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.goto("/queue")
        page.keyboard.press("s")
        page.wait_for_url("**/leads/*")
        page.evaluate(WATCH)
        found = [decide(page) for _ in range(steps + 2)][2:]  # the first ones warm the browser up
        browser.close()
    names = ("all", "server", "script")
    return {name: summed([one[name] for one in found], []) for name in names}


WATCH = """() => {
  window.benchmark = () => new Promise((done) => {
    const began = performance.now();
    performance.clearResourceTimings();
    document.addEventListener("wangdun:swapped", () => {
      const swapped = performance.now();
      requestAnimationFrame(() => setTimeout(() => {
        const asked = performance.getEntriesByType("resource").filter((one) => one.initiatorType === "fetch");
        const server = asked.reduce((sum, one) => sum + one.responseEnd - one.startTime, 0);
        const all = performance.now() - began;
        done({all, server, script: all - server});
      }, 0));
    }, { once: true });
    for (const key of ["1", "1"]) document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  });
}"""


def decide(page: Any) -> dict[str, float]:
    before = page.url
    found: dict[str, float] = page.evaluate("() => window.benchmark()")
    assert page.url != before, page.inner_text("body")[:500]
    return found


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--only", default="", help="pages whose name this regular expression finds; 'browser' for the browser"
    )
    parser.add_argument("--save", type=Path)
    given = parser.parse_args()
    db = Database.open(given.url)
    person(db, NAME)
    results: dict[str, Any] = {"load": os.getloadavg()}
    with serving(db) as url, closing(signed_in(url, NAME)) as client:
        pages = PAGES | {f"lead {number}": path for number, path in enumerate(leads_of(client), 1)}
        for name, path in pages.items():
            if re.search(given.only, name):
                results[name] = timed(client, path, given.rounds)
                print(f"{name:28}", results[name], flush=True)
        if re.search(given.only, "decide"):
            results["decide, get the next lead"] = deciding(client, STEPS)
            print("decide, get the next lead", results["decide, get the next lead"], flush=True)
        if re.search(given.only, "browser"):
            results["browser"] = in_browser(url, STEPS)
            print("browser", results["browser"], f"load {os.getloadavg()[0]:.1f}", flush=True)
    db.close()
    if given.save:
        given.save.write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
