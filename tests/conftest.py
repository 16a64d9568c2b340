"""What all tests share, and how a run on several cores is cut into parts."""

from __future__ import annotations

import math
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from keywords.detector import Detector
from tests import detectors
from tests.site.fixture import TestSite, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WORKERS = (
    8  # each keeps detectors and servers of its own, some 700 MB; more cannot be faster than the longest file
)
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # what a container may use, of all the cores that it sees
FIRST = ("distributed", "integration", "wangdun", "storage", "crawler/test_", "keywords")
"""Started first, so that none of the files that take long is left at the end."""
LONG = (
    "console/test_accessibility.py", "console/test_api.py", "console/test_at_once.py", "console/test_browser.py",
    "console/test_lexicon_pages.py", "console/test_referring_browser.py", "console/test_triage.py",
    "crawler/browser/test_shooting.py", "crawler/rendering/test_crawling.py", "crawler/rendering/test_handler.py",
    "crawler/test_failures.py", "crawler/test_frontier_runs.py",
    "distributed/test_kills.py", "distributed/test_rescue.py", "distributed/test_working.py",
    "integration/", "keywords/learned/test_fit.py", "keywords/learned/test_validate.py", "pipelines/test_seal.py",
    "storage/evidence/test_sweeping.py", "storage/evidence/test_watching.py", "storage/referral/test_at_once.py",
    "storage/review/test_at_once.py", "storage/test_database.py", "storage/test_rescans.py",
    "wangdun/backups/", "wangdun/bulk/test_asking.py", "wangdun/bulk/test_readers.py", "wangdun/bulk/test_shards.py",
    "wangdun/commands/test_evidence_upload.py", "wangdun/commands/test_lexicon.py", "wangdun/commands/test_migrate_store.py",
    "wangdun/commands/test_ranking_sample.py", "wangdun/commands/test_rescan.py", "wangdun/lexicon/test_checking.py",
    "wangdun/official/test_recapture.py",
    "wangdun/test_archive.py", "wangdun/test_cores.py", "wangdun/test_demo_command.py", "wangdun/test_drawn_site.py",
    "wangdun/test_locks.py", "wangdun/test_notifying.py", "wangdun/test_rescan_archive.py", "wangdun/test_schedule.py",
    "wangdun/test_screens.py", "wangdun/test_site.py", "wangdun/test_stopping.py", "wangdun/test_watch.py", "wangdun/test_worker.py",
)  # fmt: skip
"""Scenarios of many seconds each: kills, many at once, browsers, real shop and forum software, whole compilations.

`make test` runs them in CI alone."""

# a shell starts what it puts into the background with Ctrl-C ignored, and what we start would inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no defect of ours
settings.load_profile("untimed")


@pytest.fixture(scope="module")
def running() -> Iterator[TestSite]:
    """The test site, once for a file."""
    with serve() as site:
        yield site


@pytest.fixture
def site(running: TestSite) -> TestSite:
    """The test site as it is at first."""
    running.control(reset=True)
    return running


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The whole product."""
    return detectors.whole()


@pytest.fixture(scope="session")
def rules() -> Detector:
    """The lexicon's rules without the learned judge: what an entry's own examples hold for."""
    return detectors.rules()


@pytest.fixture
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code of the product that loads a detector within this process gets one that was loaded before."""
    monkeypatch.setattr(Detector, "load", detectors.once)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One for each core that we may use, and one more: tests of schedules, locks and browsers wait half of their time."""
    return max(1, min(len(os.sched_getaffinity(0)), _quota(), MOST_WORKERS - 1)) + 1


def _quota() -> int:
    try:
        most, period = QUOTA.read_text(encoding="ascii").split()
        return math.ceil(int(most) / int(period))
    except (OSError, ValueError):  # no container, or no limit
        return MOST_WORKERS


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that take long are marked, and begin first where workers share them; a plain run keeps its order."""
    for item in items:
        if _name(item).startswith(LONG):
            item.add_marker("long")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(_name(item)))


def _name(item: pytest.Item) -> str:
    return item.nodeid.removeprefix("tests/")


def _place(name: str) -> int:
    return next((place for place, first in enumerate(FIRST) if name.startswith(first)), len(FIRST))
