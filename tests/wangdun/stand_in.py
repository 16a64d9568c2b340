"""Processes for the scheduler's tests: the real scheduler, and a crawl that only keeps the books of one.

``python -m tests.wangdun.stand_in schedule CONFIG`` serves; ``… crawl NAME CONFIG`` locks the site, records a run, and
takes ``seconds[NAME]`` of stand-in.json beside the configuration; ``"stubborn"`` there ignores Ctrl-C, ``"broken"`` fails
before it records anything.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from storage import runs, sites
from storage.database import Database
from storage.records import RunTally
from wangdun import logs, schedule
from wangdun.config import load
from wangdun.locks import site_lock


def command(name: str, config_path: Path) -> list[str]:
    return [sys.executable, "-m", "tests.wangdun.stand_in", "crawl", name, str(config_path)]


def crawl(name: str, config_path: Path) -> int:
    config = load(config_path)
    plan = json.loads((config_path.parent / "stand-in.json").read_text()).get(name, 0.2)
    if plan == "broken":
        return 1
    if plan == "stubborn":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with site_lock(config.storage.data_dir, name):
        db = Database.open(config.storage)
        site_id = sites.register(db, name, "generic", config.crawler.site(name).start, now())
        facts = {"pid": os.getpid(), "lexicon_version": "v", "config_hash": "c", "trigger": "schedule"}
        run_id = runs.start(db, site_id, now=now(), **facts)
        status = "complete"
        try:
            time.sleep(600 if plan == "stubborn" else plan)
        except KeyboardInterrupt:
            status = "interrupted"
        end = {"reason": "", "tally": RunTally(), "complete_walk": True}
        runs.finish(db, run_id, now=now(), status=status, **end)
    return 0


def now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    if sys.argv[1] == "crawl":
        sys.exit(crawl(sys.argv[2], Path(sys.argv[3])))
    settings = load(Path(sys.argv[2]))
    logs.start(settings, "schedule")
    sys.exit(schedule.serve(settings, command=command))
