"""Processes for the scheduler's tests: the real scheduler, and a crawl that only keeps the books of one.

``python -m tests.wangdun.stand_in schedule CONFIG`` serves. ``… crawl NAME CONFIG`` locks the site, records a run, and
does what stand-in.json beside the configuration says of NAME: ``"gate"`` waits for a file of that name there or for
Ctrl-C, ``"killed"`` dies at once, ``"broken"`` fails before it records anything; otherwise it is done.
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
from storage.config import StorageConfig
from storage.database import Database
from storage.records import RunTally
from wangdun.locks import site_lock


def command(name: str, config_path: Path) -> list[str]:
    return [sys.executable, "-m", "tests.wangdun.stand_in", "crawl", name, str(config_path)]


def crawl(name: str, folder: Path) -> int:
    plan = json.loads((folder / "stand-in.json").read_text()).get(name)
    if plan == "broken":
        return 1
    with site_lock(folder / "data", name):
        db = Database.open(StorageConfig(data_dir=folder / "data"))
        (site_id,) = (site.id for site in sites.overview(db) if site.name == name)
        facts = {
            "pid": os.getpid(),
            "lexicon_version": "v",
            "config_hash": "c",
            "trigger": "watch" if "--watch" in sys.argv else "schedule",
        }
        run_id = runs.start(db, site_id, now=now(), **facts)
        status = "complete"
        if plan == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            while plan == "gate" and not (folder / "gate").exists():
                time.sleep(0.02)
        except KeyboardInterrupt:
            status = "interrupted"
        end = {"reason": "", "tally": RunTally(), "complete_walk": True}
        runs.finish(db, run_id, now=now(), status=status, **end)
    return 0


def serve(config_path: Path) -> int:
    from wangdun import logs, schedule
    from wangdun.config import load

    settings = load(config_path)
    logs.start(settings, "schedule")
    return schedule.serve(settings, command=command)


def now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(crawl(sys.argv[2], Path(sys.argv[3]).parent) if sys.argv[1] == "crawl" else serve(Path(sys.argv[2])))
