"""What all tests share, and how a run on several cores is cut into parts."""

from __future__ import annotations

import math
import os
import signal
from pathlib import Path

import pytest

from keywords.detector import Detector
from tests import detectors

MOST_WORKERS = (
    8  # each keeps detectors and servers of its own, some 700 MB; more cannot be faster than the longest file
)
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # what a container may use, of all the cores that it sees
LONG = (
    "integration",
    "wangdun",
    "storage",
    "crawler/test_",
    "keywords",
)  # started first, so that none is left at the end

# a shell starts what it puts into the background with Ctrl-C ignored, and what we start would inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that take long begin first where workers share them; a plain run keeps its order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(item.nodeid.removeprefix("tests/")))


def _place(name: str) -> int:
    return next((place for place, long in enumerate(LONG) if name.startswith(long)), len(LONG))
