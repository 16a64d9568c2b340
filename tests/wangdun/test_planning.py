"""Which sites are due: a run that died is told from one in progress."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import runs, sites
from storage.database import Database
from storage.records import RunTally
from tests import databases
from tests.wangdun.running import write_config
from tests.wangdun.stand_in import now
from wangdun.config import load
from wangdun.locks import site_lock
from wangdun.planning import due_sites, plan, register

NOW = now()
MINUTE = timedelta(minutes=1)
FACTS = {"pid": 1, "lexicon_version": "v", "config_hash": "c", "trigger": "schedule"}


@pytest.fixture
def config(tmp_path):
    return load(write_config(tmp_path, '- {name: a, start: "http://127.0.0.1:9/", every: 1h}'))


@pytest.fixture
def db(config):
    databases.prepare(config.storage.data_dir)
    opened = Database.open(config.storage)
    yield opened
    opened.close()


def begin(db, minutes_ago: int) -> int:
    site_id = sites.register(db, "a", "generic", ["http://127.0.0.1:9/"], NOW)
    return runs.start(db, site_id, now=NOW - minutes_ago * MINUTE, **FACTS)


def test_a_run_in_progress_counts_from_its_start(config, db):
    with site_lock(config.storage.data_dir, "a"):
        begin(db, 30)
        assert due_sites(config, db, NOW) == []
        (one,) = plan(config, db, register(config, db, NOW), NOW)
        assert one.next == NOW + 30 * MINUTE


@pytest.mark.parametrize(("deaths", "due"), [(1, ["a"]), (3, ["a"]), (4, []), (5, [])])
def test_dead_runs_in_a_row_are_made_up_for_three_times(config, db, deaths, due):
    runs.finish(db, begin(db, 50), now=NOW, status="complete", reason="", tally=RunTally(), complete_walk=True)
    for number in range(deaths):
        begin(db, 40 - number)
    assert due_sites(config, db, NOW) == due
    assert due_sites(config, db, NOW + 60 * MINUTE) == ["a"], "an interval later at the latest"
    runs.finish(db, begin(db, 1), now=NOW, status="interrupted", reason="", tally=RunTally(), complete_walk=False)
    assert due_sites(config, db, NOW) == []
