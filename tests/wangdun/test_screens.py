"""The worker with the real Chromium and a real site."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from crawler.browser import finding
from storage import sites
from storage.database import Database
from storage.evidence import captures, custody, jobs
from storage.evidence.objects import Objects
from storage.evidence.verify import Verifier
from storage.exceptions import DiskFull
from tests import databases
from tests.site.fixture import serve
from tests.wangdun.running import PATIENCE, write_config
from wangdun import rounds
from wangdun.children import Children, environment
from wangdun.config import load
from wangdun.exceptions import Busy
from wangdun.locks import host_locks, network_locations
from wangdun.screen_child import NAME, ScreenChild
from wangdun.screens import Screens, the_one

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def running():
    with serve() as site:
        yield site


class World:
    """A site, a configuration, a database and an evidence folder."""

    def __init__(self, folder: Path, site) -> None:
        self.folder, self.site = folder, site
        self.configure()
        databases.prepare(folder / "data")
        self.db = Database.open(self.config.storage)
        self.objects = Objects.of(self.config.storage)
        self.site_id = sites.register(self.db, "demo", "generic", [], datetime.now(UTC))

    def configure(self, *, more: str = "", delay: float = 0, **evidence) -> None:
        settings = json.dumps({"screen_seconds": 60, **evidence}, default=str)
        listed = f'- {{name: demo, start: "{self.site.url}/board/", delay: {delay}{more}}}'
        self.config = load(write_config(self.folder, listed, evidence=settings))

    def ask(self, key: str = "7", url: str | None = None, score: float = 50.0, site_id: int | None = None) -> None:
        address = url or f"{self.site.url}/board/item/{key}"
        wanted = jobs.Wanted(site_id or self.site_id, key, address, "digest", "crawl", score, "采集程序")
        jobs.ask(self.db, wanted, datetime.now(UTC))

    def run(self, limit: int | None = None, **later):
        self.taken = []
        clock = lambda: datetime.now(UTC) + timedelta(**later)  # noqa: E731
        with the_one(self.config):
            worker = Screens(self.config, self.db, self.objects, clock=clock, tell=self.taken.append)
            return worker.run(limit)

    def captures(self):
        return captures.of_listing(self.db, self.site_id, "7")


@pytest.fixture
def world(tmp_path, running):
    running.control(reset=True, fill=20)
    made = World(tmp_path, running)
    yield made
    made.db.close()


needs_chromium = pytest.mark.skipif(
    not finding.find() and os.environ.get("CI") != "true", reason=finding.absence() or "there"
)


@needs_chromium
def test_what_a_browser_shows_is_sealed(world):
    world.ask()
    tally = world.run()
    assert (tally.captured, tally.not_captured, tally.postponed) == (1, 0, 0)
    (capture,) = world.captures()
    assert (capture.kind, capture.cause, capture.missing) == ("screen", "crawl", "")
    kept = {file.name: (file.role, world.objects.read(file.sha256)) for file in capture.files}
    assert {name: role for name, (role, _) in kept.items()} == {
        "page.png": "screenshot",
        "page.mhtml": "mhtml",
        "page.txt": "text",
    }
    assert Image.open(BytesIO(kept["page.png"][1])).width == 1280
    assert "编号7的闲置物品" in kept["page.txt"][1].decode()
    facts = capture.facts
    assert facts["requested_url"] == facts["final_url"] == f"{world.site.url}/board/item/7"
    assert (facts["status"], facts["title"], facts["network"]["ip"]) == (200, "第7号 闲置转让", "127.0.0.1")
    assert facts["browser"]["viewport"] == [1280, 900]
    assert {"clock", "software", "environment", "robots", "user_agent", "requests", "blocked"} <= facts.keys()
    assert facts["requests"][0]["url"] == facts["requested_url"]
    assert jobs.counts(world.db) == jobs.Counts(done=1)
    assert [link.actor for link in custody.entries(world.db)] == ["截屏程序"]
    assert Verifier(world.db, world.objects).run().ok
    (taken,) = world.taken
    assert (taken.waiting, taken.shot.is_captured) == (0, True)


def test_without_a_browser_it_says_so_and_can_be_asked_again(world):
    world.configure(browser="gone")
    world.ask()
    assert world.run().not_captured == 1
    (capture,) = world.captures()
    assert capture.files == ()
    assert capture.missing.startswith("未截屏：没有找到浏览器")
    assert jobs.counts(world.db) == jobs.Counts(failed=1)
    assert world.site.paths() == []
    jobs.again(world.db, datetime.now(UTC))
    assert world.run().not_captured == 1
    assert len(world.captures()) == 2


@pytest.mark.parametrize(
    ("more", "robots", "url", "missing"),
    [
        ("", "deny-items", None, "未截屏：robots.txt 不允许访问"),
        ("", "none", "http://elsewhere.example/x", "未截屏：不是该站点的网址"),
    ],
)
def test_what_may_not_be_opened_is_not(world, more, robots, url, missing):
    world.configure(more=more)
    world.site.control(robots=robots)
    world.ask(url=url)
    assert world.run().not_captured == 1
    (capture,) = world.captures()
    assert (capture.missing, capture.files) == (missing, ())
    assert set(world.site.paths()) <= {"/robots.txt"}


def test_a_site_that_is_configured_no_more_is_left_alone(world):
    world.ask()
    world.config = load(write_config(world.folder))
    assert world.run().not_captured == 1
    assert world.captures()[0].missing == "未截屏：站点已不在配置文件中，不再访问"
    assert world.site.paths() == []


@needs_chromium
def test_a_written_reason_overrides_robots(world):
    world.configure(more=', robots: {obey: false, reason: "演示：已获书面同意"}')
    world.site.control(robots="deny")
    world.ask()
    assert world.run().captured == 1
    assert world.captures()[0].facts["robots"]["reason"] == "演示：已获书面同意"
    assert "/robots.txt" not in world.site.paths()


def test_what_may_work_later_is_tried_later_and_in_the_end_told(world):
    world.site.control(robots="error")
    world.ask()
    assert world.run().postponed == 1
    assert world.captures() == ()
    assert world.run().taken == 0
    tallies = [world.run(hours=4 * number) for number in range(1, jobs.ATTEMPTS)]
    assert [tally.postponed for tally in tallies] == [1] * (jobs.ATTEMPTS - 2) + [0]
    assert world.captures()[0].missing == "未截屏：robots.txt 读不到，按不允许访问处理"
    assert jobs.counts(world.db) == jobs.Counts(failed=1)


@needs_chromium
def test_one_page_at_a_time_with_the_sites_delay_riskiest_first(world):
    world.configure(delay=4)
    for number in (1, 2):
        world.ask(str(number), score=number)
    started = time.monotonic()
    assert world.run().captured == 2
    assert [taken.job.key for taken in world.taken] == ["2", "1"]
    seconds = sum(taken.seconds for taken in world.taken)
    assert time.monotonic() - started > seconds + 3  # the second waited for its turn


def test_a_host_that_is_being_crawled_is_left_to_it(world):
    world.configure(browser="gone")
    world.ask()
    hosts = network_locations([world.site.url])
    clock = lambda: datetime.now(UTC)  # noqa: E731
    with the_one(world.config), host_locks(world.config.storage.data_dir, hosts, waiting=lambda: False):
        worker = Screens(world.config, world.db, world.objects, clock=clock)
        assert worker.turns.busy(world.db) == {world.site_id}
        worker.turns._crawled_since["demo"] = time.monotonic() - 3600  # it takes hours
        assert worker.run().taken == 1


def test_there_is_one_worker(world):
    with the_one(world.config), pytest.raises(Busy, match="截屏程序已在运行"):
        rounds.work(world.config)


def test_a_full_disk_ends_the_work_and_loses_nothing(world):
    world.configure(browser="gone", keep_free_mb=10**9)
    world.objects = Objects.of(world.config.storage)
    world.ask()
    with pytest.raises(DiskFull):
        world.run()
    assert jobs.counts(world.db) == jobs.Counts(waiting=1)
    assert jobs.claim(world.db, "x", datetime.now(UTC)).attempts == 1


def test_the_claims_of_a_dead_worker_come_back(world):
    world.configure(browser="gone")
    world.ask()
    jobs.claim(world.db, f"{socket.gethostname()}:999999", datetime.now(UTC))
    assert world.run().not_captured == 1
    assert len(world.captures()) == 1


def command(world, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "wangdun", "-c", str(world.config.path), "evidence", "screens", *arguments]


def test_the_command_tells_what_it_did(world):
    world.configure(browser="gone")
    world.ask()
    done = subprocess.run(
        command(world, "--once"), cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert "未能截取 1 个" in done.stdout
    assert "没有找到浏览器" in done.stderr
    done = subprocess.run(
        command(world, "--again", "--json"), cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    told = json.loads(done.stdout)
    assert told["screens"] == {"captured": 0, "not_captured": 1, "postponed": 0}
    assert told["waiting"] == 0


def test_a_crawl_takes_pictures_of_what_it_found_unless_told_not_to(world):
    world.configure(browser="gone")
    world.site.control(edit={"7": {"title": "出售象牙手镯", "body": "老象牙手镯出售，诚心要的加微信 demo_ivory"}})
    crawl = [sys.executable, "-m", "wangdun", "-c", str(world.config.path), "crawl", "demo"]
    done = subprocess.run([*crawl, "--no-screens"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert jobs.counts(world.db) == jobs.Counts(waiting=1)
    done = subprocess.run(crawl, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "未能截取 1 个（原因已随固定记录）" in done.stdout
    assert jobs.counts(world.db) == jobs.Counts(failed=1)
    assert captures.recent(world.db, 1)[0].kind == "screen"


@needs_chromium
def test_a_worker_that_is_stopped_gives_its_job_back_and_leaves_no_browser(world):
    world.site.control(delay={"item": 30})
    world.ask()
    with subprocess.Popen(command(world), cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE
        while "/board/item/7" not in world.site.paths() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 130
    assert jobs.counts(world.db) == jobs.Counts(waiting=1)
    assert not _opening(f"{world.site.url}/board/item/7")


def _opening(text: str) -> list[str]:
    """Captures in progress whose order names `text`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
            order = Path(words[words.index(b"crawler.browser.capture") + 1].decode()) / "order.json"
            found += [str(path)] if text in order.read_text() else []
        except (OSError, ValueError, IndexError):
            continue
    return found


def test_the_scheduler_starts_one_when_there_is_something_to_do(world):
    world.configure(browser="gone")
    children, started = Children(), []

    def noted(path: Path) -> list[str]:
        started.append(path)
        return [sys.executable, "-c", "import sys; sys.exit(len(sys.argv) - 1)", *(["x"] if len(started) > 1 else [])]

    child = ScreenChild(children, noted)
    child.tend(world.config, world.db)
    assert started == []
    world.ask()
    for count in (1, 2):
        child._not_before = 0
        child.tend(world.config, world.db)
        assert (started, NAME in children) == ([world.config.path] * count, True)
        child._process.wait(PATIENCE)
        child.tend(world.config, world.db)
        assert NAME not in children
    child.tend(world.config, world.db)
    assert len(started) == 2  # the second failed: not again at once
    child._not_before = 0
    with the_one(world.config):
        child.tend(world.config, world.db)
    assert len(started) == 2  # somebody else is at it
