"""Three workers, several sites, twenty kills, two restarts of PostgreSQL: nothing is lost, doubled, or left lying."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import ExitStack, suppress

import pytest

from tests.distributed.cluster import running
from tests.distributed.crew import Crew, asked
from tests.site.fixture import serve

KILLS = 20
MORE = 30  # listings that a site gets whenever nobody reads it: two list pages
SLOW = {"item": 0.1}  # s a page: a run lasts some seconds
SITES = ("论坛", "shop", "board")
WORKERS = ("one", "two", "three")
IDLE = (
    "SELECT 1 FROM wangdun_jobs.procrastinate_jobs WHERE lock = 'site:{0}' AND status IN ('todo', 'doing')"
    " UNION ALL SELECT 1 FROM run_requests WHERE site = '{0}'"
)
RESTARTS = {7: signal.SIGINT, 14: signal.SIGQUIT}  # before which kill PostgreSQL goes, and how


@pytest.fixture
def crew(tmp_path):
    with ExitStack() as stack:
        cluster = stack.enter_context(running())
        sites = {name: stack.enter_context(serve()) for name in SITES}
        for site in sites.values():
            site.control(reset=True, fill=MORE, delay=SLOW)
        crew = Crew(tmp_path, cluster.create("wangdun"), sites)
        crew.cluster = cluster
        stack.callback(crew.close)
        yield crew


class Trouble:
    """Twenty kills, with what they did."""

    def __init__(self, crew, seed):
        self.crew = crew
        self.chance = random.Random(seed)
        self.back = {"worker": [], "crawl": []}
        """Seconds until the killed run's site was read again."""
        self.waiting = []
        self.killed = []
        """(kind, site, time of day) of each kill."""

    def keep_busy(self):
        """New listings for every site that nobody reads, and somebody who wants them read."""
        for name, site in self.crew.sites.items():
            if not self.crew.rows(IDLE.format(name)):
                site.control(add=[{} for _ in range(MORE)])
                asked(self.crew, name)

    def kill_one(self):
        deep = self.chance.random() < 0.7  # in the middle of its pages; else it may still be on its way to the first
        self.crew.until(lambda: self.keep_busy() or self.look() or self.reading(deep=deep), "nobody reads anything")
        time.sleep(self.chance.uniform(0, 2))
        victims = self.reading(deep=deep)
        if not victims:  # it has just ended
            return self.kill_one()
        pid, site = self.chance.choice(sorted(victims.items()))
        worker = self.crew.owner(pid)
        if self.chance.random() < 0.5 and worker is not None:
            self.note("worker", site)
            self.crew.kill(worker)
            self.crew.start(worker)
        else:
            self.note("crawl", site)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return None

    def note(self, kind, site):
        (newest,) = self.crew.rows("SELECT coalesce(max(id), 0) FROM runs")
        self.waiting.append((kind, site, newest[0], time.monotonic()))
        self.killed.append((kind, site, time.time()))

    def look(self):
        """Which of the killed are back?"""
        for one in list(self.waiting):
            kind, site, newest, began = one
            query = f"SELECT 1 FROM runs r JOIN sites s ON s.id = r.site_id WHERE s.name = '{site}' AND r.id > {newest}"
            if self.crew.rows(query):
                self.waiting.remove(one)
                self.back[kind].append(time.monotonic() - began)

    def reading(self, *, deep):
        """Crawls whose run has begun, by pid; `deep` ones have asked for a page."""
        begun = {row[0] for row in self.crew.rows("SELECT pid FROM runs WHERE status = 'running'")}
        seen = set(self.crew.pids.values()) if deep else begun
        return {pid: site for pid, site in self.crew.crawls().items() if pid in begun & seen}

    def taken(self, kind):
        """Seconds from each kill until a worker took the site's job, as their logs say."""
        began = self.crew.began()
        found = []
        for one, site, moment in self.killed:
            after = [at - moment for name, at in began if name == site and at > moment]
            if one == kind and after:
                found.append(min(after))
        return sorted(found)


def complete(crew, name):
    ids = crew.sites[name].control()["ids"]
    query = f"SELECT count(*) FROM listings l JOIN sites s ON s.id = l.site_id WHERE s.name = '{name}'"
    return crew.rows(query) == [(len(ids),)]


@pytest.mark.timeout(3600)  # seconds; some two minutes on a quiet machine
def test_twenty_kills_lose_nothing_and_double_nothing(crew, capsys):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    trouble = Trouble(crew, seed)
    began = time.monotonic()
    for name in WORKERS:
        crew.start(name)
    for number in range(KILLS):
        if number in RESTARTS:
            crew.cluster.stop(RESTARTS[number])
            time.sleep(2)
            crew.cluster.start()
        crew.until(lambda: crew.rows("SELECT to_regclass('wangdun_jobs.present')") != [(None,)])
        trouble.kill_one()
    after = crew.rows("SELECT now()")[0][0]
    for name in SITES:
        crew.until(lambda name=name: trouble.look() or not crew.rows(IDLE.format(name)), f"{name} is never left alone")
        asked(crew, name)
    for name in SITES:
        crew.until(lambda name=name: complete(crew, name), f"{name} was not read to its end")
    crew.until(lambda: trouble.look() or not trouble.waiting, "a killed run did not come back")
    crew.until(lambda: not any(crew.rows(IDLE.format(name)) for name in SITES), "jobs are left")
    codes = crew.stop()
    with capsys.disabled():
        for kind, seconds in trouble.back.items():
            listed, taken = (" ".join(f"{one:.1f}" for one in some) for some in (sorted(seconds), trouble.taken(kind)))
            sys.stdout.write(
                f"\n{kind} killed {len(seconds)} times, job taken after s: {taken}; run begun after: {listed}"
            )
        sys.stdout.write(f"\nseed {seed}, {time.monotonic() - began:.0f} s in all\n")
    assert codes == [0, 0, 0], crew.said()
    check_listings(crew)
    check_visits(crew)
    check_ticks(crew)
    assert crew.rows("SELECT count(*) FROM wangdun_jobs.procrastinate_jobs WHERE status <> 'succeeded'") == [(0,)]
    assert crew.rows(f"SELECT count(*) FROM runs WHERE status = 'running' AND started_at > '{after}'") == [(0,)]


def check_listings(crew):
    for name, site in crew.sites.items():
        ids = site.control()["ids"]
        query = "SELECT count(*), count(DISTINCT key) FROM listings l JOIN sites s ON s.id = l.site_id"
        assert crew.rows(f"{query} WHERE s.name = '{name}'") == [(len(ids), len(ids))], name
        assert {f"/board/item/{one}" for one in ids} <= set(site.paths()), name
        versions = (
            "SELECT count(*) FROM snapshots n JOIN listings l ON l.id = n.listing_id JOIN sites s ON s.id = l.site_id"
        )
        assert crew.rows(f"{versions} WHERE s.name = '{name}'") == [(len(ids),)], name


def check_visits(crew):
    """Who reads a site reads it alone: nobody comes back after somebody else has begun."""
    for name in crew.sites:
        visits = crew.visits(name)
        assert len(visits) == len(set(visits)), (name, visits)
        assert crew.unknown(name) < 0.2, name  # a connection of less than ten milliseconds is not seen
    assert sum(len(crew.visits(name)) for name in crew.sites) > KILLS // 2  # kills were among them


def check_ticks(crew):
    rows = crew.rows("SELECT extract(epoch FROM planned)::bigint FROM wangdun_jobs.ticks ORDER BY planned")
    minutes = [row[0] for row in rows]
    assert minutes
    assert len(set(minutes)) == len(minutes)
    assert all(minute % 60 == 0 for minute in minutes)
