from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from storage import sites
from storage.database import Database
from storage.evidence import jobs
from storage.evidence.jobs import ATTEMPTS, BACK_OFF, LEASE, Counts, Wanted
from storage.evidence.models import Capture
from storage.exceptions import StorageError
from storage.statements import insert
from tests.storage.making import HOUR, NOW, rows

WORKER = "host-a:1"


def wanted(site_id, key="1", score=50.0, **facts):
    given = {"url": f"http://127.0.0.1/thread-{key}", "occasion": "digest-1", "cause": "crawl", "asked_by": "采集程序"}
    return Wanted(site_id=site_id, key=key, score=score, **given | facts)


def capture(db, site_id) -> int:
    """A capture's row, for jobs to refer to."""
    row = {"site_id": site_id, "key": "1", "url": "http://127.0.0.1/", "kind": "screen", "cause": "crawl"}
    row |= {"taken_at": NOW, "sealed_at": NOW, "digest": "ab", "facts": {}, "missing": ""}
    with db.write() as connection:
        return connection.scalars(insert(connection, Capture).values(row).returning(Capture.id)).one()


def test_a_capture_is_asked_for_once_an_occasion(db, site_id):
    first = jobs.ask(db, wanted(site_id), NOW)
    assert jobs.ask(db, wanted(site_id, score=99, asked_by="王某"), NOW + HOUR) == first
    assert jobs.ask(db, wanted(site_id, occasion="digest-2"), NOW) != first
    assert jobs.ask(db, wanted(site_id, key="长" * 2000), NOW) == jobs.ask(db, wanted(site_id, key="长" * 2000), NOW)
    assert jobs.counts(db) == Counts(waiting=3)
    assert rows(db, "capture_jobs", "score", "asked_by", "asked_at")[0] == (50.0, "采集程序", NOW)


def test_no_site_no_job(db):
    with pytest.raises(StorageError):
        jobs.ask(db, wanted(99), NOW)


def test_the_riskiest_comes_first_and_busy_sites_are_left_out(db, site_id):
    other = sites.register(db, "other", "phpbb", [], NOW)
    jobs.ask(db, wanted(site_id, "low", 20), NOW)
    jobs.ask(db, wanted(other, "high", 90), NOW)
    jobs.ask(db, wanted(site_id, "same", 20), NOW)
    taken = jobs.claim(db, WORKER, NOW, busy=[other])
    assert (taken.key, taken.site, taken.attempts, taken.worker, taken.is_last) == ("low", "demo", 1, WORKER, False)
    assert [jobs.claim(db, WORKER, NOW).key for _ in range(2)] == ["high", "same"]
    assert jobs.claim(db, WORKER, NOW) is None
    assert jobs.counts(db) == Counts(running=3)


def test_nothing_is_claimed_before_it_was_asked_for(db, site_id):
    jobs.ask(db, wanted(site_id), NOW)
    assert jobs.due(db, NOW - HOUR) == 0
    assert jobs.claim(db, WORKER, NOW - HOUR) is None
    assert jobs.due(db, NOW) == 1


def test_done_and_failed_name_their_capture(db, site_id):
    sealed = capture(db, site_id)
    for key in "ab":
        jobs.ask(db, wanted(site_id, key), NOW)
    assert jobs.finish(db, jobs.claim(db, WORKER, NOW), sealed)
    assert jobs.finish(db, jobs.claim(db, WORKER, NOW), sealed, reason="没有找到浏览器")
    assert rows(db, "capture_jobs", "status", "reason", "worker", "capture_id") == [
        ("done", "", "", sealed),
        ("failed", "没有找到浏览器", "", sealed),
    ]
    assert jobs.counts(db) == Counts(done=1, failed=1)
    assert jobs.due(db, NOW + 99 * HOUR) == 0


def test_attempts_wait_ever_longer_and_end(db, site_id):
    jobs.ask(db, wanted(site_id), NOW)
    moment = NOW
    for number, pause in enumerate(BACK_OFF, 1):
        job = jobs.claim(db, WORKER, moment)
        assert (job.attempts, job.is_last) == (number, False)
        assert jobs.postpone(db, job, "打开超时", moment)
        assert jobs.claim(db, WORKER, moment + pause - timedelta(seconds=1)) is None
        moment += pause
    last = jobs.claim(db, WORKER, moment)
    assert (last.attempts, last.is_last) == (ATTEMPTS, True)
    assert BACK_OFF[0] < BACK_OFF[1] < BACK_OFF[2]


def test_a_claim_handed_back_was_no_attempt(db, site_id):
    jobs.ask(db, wanted(site_id), NOW)
    job = jobs.claim(db, WORKER, NOW)
    assert jobs.hand_back(db, job)
    assert jobs.claim(db, WORKER, NOW) == job


def test_the_claim_of_a_dead_worker_passes_on_and_it_can_do_no_harm(db, site_id):
    jobs.ask(db, wanted(site_id), NOW)
    dead = jobs.claim(db, WORKER, NOW)
    assert jobs.claim(db, "host-b:2", NOW + LEASE - timedelta(seconds=1)) is None
    alive = jobs.claim(db, "host-b:2", NOW + LEASE)
    assert (alive.id, alive.attempts) == (dead.id, 2)
    sealed = capture(db, site_id)
    assert not jobs.finish(db, dead, sealed)
    assert not jobs.postpone(db, dead, "慢", NOW)
    assert not jobs.hand_back(db, dead)
    assert not jobs.finish(db, replace(alive, attempts=1), sealed)
    assert jobs.finish(db, alive, sealed)


def test_the_one_worker_of_a_machine_releases_what_its_dead_forerunner_held(db, site_id):
    for number in range(3):
        jobs.ask(db, wanted(site_id, str(number)), NOW)
    for worker in ("host_a:1", "hostxa:2", "host_a:3"):
        jobs.claim(db, worker, NOW)
    assert jobs.release(db, "host_a") == 2
    assert jobs.counts(db) == Counts(waiting=2, running=1)
    assert jobs.claim(db, "host_a:9", NOW).attempts == 2


def test_failed_jobs_can_be_tried_again_from_the_start(db, site_id):
    sealed = capture(db, site_id)
    jobs.ask(db, wanted(site_id), NOW)
    jobs.finish(db, jobs.claim(db, WORKER, NOW), sealed, reason="没有找到浏览器")
    assert jobs.again(db, NOW + HOUR) == 1
    assert jobs.due(db, NOW) == 0
    assert jobs.claim(db, WORKER, NOW + HOUR).attempts == 1
    assert jobs.again(db, NOW) == 0


def test_no_job_is_claimed_twice(url, db, site_id):
    for number in range(40):
        jobs.ask(db, wanted(site_id, str(number)), NOW)
    taken: list[int] = []

    def work(name: str) -> None:
        own = Database.open(url)
        while job := jobs.claim(own, name, NOW):
            taken.append(job.id)
        own.close()

    threads = [threading.Thread(target=work, args=[f"host-a:{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 40
    assert len(set(taken)) == 40
