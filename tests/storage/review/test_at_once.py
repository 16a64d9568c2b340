"""Ten reviewers, each in a process of its own: every lead is decided once, and every decision is kept."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

import pytest

from storage.review import audit
from storage.review.audit import Wanted
from tests.storage.making import rows
from tests.storage.review.making import account, lead_ids, offer

REVIEWERS = 10
LEADS = 60


def start(stack: ExitStack, url: str, account_id: int, how: str):
    command = [sys.executable, "-m", "tests.storage.review.reviewer", url, str(account_id), how]
    process = stack.enter_context(
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    )
    stack.callback(process.kill)
    return process


@pytest.mark.parametrize("how", ["queue", "race"])
def test_no_decision_is_lost_or_made_twice(db, url, site_id, run_id, how):
    leads = lead_ids(db, site_id, run_id, *(offer(str(n), score=float(n)) for n in range(LEADS)))
    people = [account(db, f"p{n}") for n in range(REVIEWERS)]
    with ExitStack() as stack:
        processes = [start(stack, url, person.id, how) for person in people]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        answers = [process.communicate() for process in processes]
    assert [errors for _, errors in answers] == [""] * REVIEWERS
    said = [
        (int(line), person.id) for (output, _), person in zip(answers, people, strict=True) for line in output.split()
    ]
    assert sorted(lead for lead, _ in said) == leads
    kept = rows(db, "decisions", "lead_id", "account_id", "note")
    assert sorted(kept) == sorted((lead, who, f"{who}:{lead}") for lead, who in said)
    assert {row[0] for row in rows(db, "leads", "status")} == {"dismissed"}
    assert rows(db, "leases") == []
    entries = audit.recent(db, Wanted(action="lead.dismiss"), limit=LEADS * 2)
    assert sorted(int(entry.object_id) for entry in entries) == leads
