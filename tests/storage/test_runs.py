from __future__ import annotations

from dataclasses import fields

from storage import runs, sites
from storage.records import RunTally
from tests.storage.making import HOUR, NOW

TALLY = RunTally(**{
    field.name: {"price": 0.5} if field.name == "empty_fields" else {"trap": 2.0} if field.name == "extra" else number
    for number, field in enumerate(fields(RunTally), 2**40)
})  # fmt: skip


def begin(db, site_id, hours=0) -> int:
    given = {"pid": 7, "lexicon_version": "lex-1", "config_hash": "c", "trigger": "schedule"}
    return runs.start(db, site_id, now=NOW + hours * HOUR, **given)


def end(db, run_id, hours=0, *, status="complete", reason="", walk=True) -> None:
    runs.finish(
        db, run_id, now=NOW + hours * HOUR, status=status, reason=reason, tally=TALLY, complete_walk=walk
    )  # fmt: skip


def test_a_run_from_start_to_end(db, site_id):
    assert runs.last(db, site_id) is None
    run_id = begin(db, site_id)
    started = runs.last(db, site_id)
    assert (started.id, started.status, started.pid, started.trigger) == (run_id, "running", 7, "schedule")
    assert (started.tally, started.finished_at, started.lexicon_version) == (RunTally(), None, "lex-1")
    runs.beat(db, run_id, NOW + HOUR, RunTally(pages=3, listings_new=2, listings_seen=4))
    beating = runs.last(db, site_id)
    assert (beating.beat_at, beating.tally.pages, beating.tally.listings) == (NOW + HOUR, 3, 6)
    end(db, run_id, 2, status="partial", reason="网络中断")
    ended = runs.last(db, site_id)
    assert (ended.status, ended.reason, ended.finished_at) == ("partial", "网络中断", NOW + 2 * HOUR)
    assert (ended.tally, ended.complete_walk, ended.started_at) == (TALLY, True, NOW)


def test_a_run_left_running_was_killed(db, site_id):
    other = sites.register(db, "other", "phpbb", [], NOW)
    left, elsewhere = begin(db, site_id), begin(db, other)
    begin(db, site_id, 1)
    assert [run.status for run in runs.recent(db, site_id, 5)] == ["running", "killed"]
    killed = runs.recent(db, site_id, 5)[1]
    assert (killed.id, killed.finished_at) == (left, NOW + HOUR)
    assert "中断" in killed.reason
    assert (runs.last(db, other).id, runs.last(db, other).status) == (elsewhere, "running")


def test_good_runs_are_the_complete_ones(db, site_id):
    for number, status in enumerate(["complete", "failed", "complete", "partial", "complete"]):
        end(db, begin(db, site_id, number), number, status=status)
    assert [run.started_at for run in runs.last_good(db, site_id, 2)] == [NOW + 4 * HOUR, NOW + 2 * HOUR]


def test_only_a_complete_walk_lets_the_next_one_stop_early(db, site_id):
    assert not runs.walk_was_complete(db, site_id)
    first = begin(db, site_id)
    assert not runs.walk_was_complete(db, site_id)  # still running, or killed and not marked yet
    end(db, first)
    assert runs.walk_was_complete(db, site_id)
    second = begin(db, site_id)
    assert not runs.walk_was_complete(db, site_id)
    assert runs.walk_was_complete(db, site_id, before=second)
    third = begin(db, site_id)  # the second one was killed
    assert not runs.walk_was_complete(db, site_id, before=third)
    end(db, third, status="interrupted", walk=False)
    assert not runs.walk_was_complete(db, site_id)


def test_a_request_stands_until_a_run_of_its_site_begins(db, site_id):
    assert runs.requests(db) == []
    (name,) = [site.name for site in sites.overview(db) if site.id == site_id]
    for site in ("乙", name, "乙"):
        runs.request_now(db, site, NOW)
    assert runs.requests(db) == runs.requests(db) == ["乙", name]
    run_id = begin(db, site_id)
    assert runs.requests(db) == ["乙"]
    runs.request_now(db, name, NOW)  # while it runs: somebody wants another one
    end(db, run_id)
    assert runs.requests(db) == ["乙", name]
