"""Clerks in processes of their own: numbers are given once, a lead is drafted once, a kill leaves nothing half."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

import pytest

from storage.referral import queries, steps
from storage.referral.folding import fold
from tests.storage.making import dump, rows
from tests.storage.referral.making import confirmed
from tests.storage.review.making import account

CLERKS, LEADS = 4, 8


def start(stack: ExitStack, url: str, account_id: int, how: str, leads) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.storage.referral.clerk", url, str(account_id), how, *map(str, leads)]
    process = stack.enter_context(
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    )
    stack.callback(process.kill)
    assert process.stdout.readline() == "ready\n"
    return process


def go(processes) -> list[str]:
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate() for process in processes]
    assert [errors for _, errors in answers] == [""] * len(answers)
    return [line for output, _ in answers for line in output.splitlines()]


@pytest.fixture
def clerks(db):
    return [account(db, f"clerk{n}", "handler") for n in range(CLERKS)]


@pytest.fixture
def many(db, site_id, run_id, hanna) -> list[int]:
    return confirmed(db, site_id, run_id, hanna, *(str(n) for n in range(40)))


def test_parallel_drafts_get_each_number_once(db, url, many, clerks):
    leads = many[: CLERKS * LEADS]
    with ExitStack() as stack:
        said = go([start(stack, url, one.id, "own", leads[place::CLERKS]) for place, one in enumerate(clerks)])
    expected = sorted(f"网移〔2026〕{n}号" for n in range(1, CLERKS * LEADS + 1))
    assert sorted(said) == expected  # none twice, none left out
    assert sorted(number for (number,) in rows(db, "referrals", "number")) == expected


def test_of_parallel_drafts_of_one_lead_one_wins_and_the_others_are_told(db, url, leads, clerks):
    with ExitStack() as stack:
        said = go([start(stack, url, one.id, "same", leads) for one in clerks])
    won = [line for line in said if not line.startswith("told ")]
    assert sorted(won) == [f"网移〔2026〕{n}号" for n in range(1, len(leads) + 1)]
    told = [line for line in said if line.startswith("told ")]
    assert len(told) == len(leads) * (CLERKS - 1)
    assert all("已在移送中：网移〔2026〕" in line for line in told)
    assert sorted(lead for (lead,) in rows(db, "referral_leads", "lead_id")) == sorted(leads)


def test_a_kill_leaves_nothing_half(db, url, many, clerks):
    with ExitStack() as stack:
        process = start(stack, url, clerks[0].id, "kill", many)
        process.stdin.write("\n")
        process.stdin.flush()
        for _ in range(5):
            process.stdout.readline()
        process.kill()
        process.wait()
    while dump(db) != dump(db):  # the server may still be at what it was told last
        pass
    referrals = queries.find(db, limit=None)
    assert len(referrals) >= 5
    for one in referrals:
        with db.read() as connection:
            assert fold(steps.rows_in(connection, one.id)).status == one.status
        assert len(one.lead_ids) == 1
        last = [row for row in rows(db, "referral_steps", "referral_id", "id") if row[0] == one.id][-1]
        assert last[1] == one.step_id
    out = {one.lead_ids[0] for one in referrals if one.status == "sent"}
    assert {number for number, status in rows(db, "leads", "id", "status") if status == "referred"} == out
    assert {one.number for one in referrals} == {f"网移〔2026〕{n}号" for n in range(1, len(referrals) + 1)}
    told = len(rows(db, "deliveries"))
    assert told == len(rows(db, "referral_steps"))
