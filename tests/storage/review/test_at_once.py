"""Ten reviewers, each in a process of its own: every lead is decided once, and every decision is kept."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from storage.review import audit
from storage.review.audit import Wanted
from tests.storage.making import rows
from tests.storage.review.making import account, lead_ids, offer

REVIEWERS = 10
LEADS = 60
PATIENCE = 240  # seconds; a hung process must not hang the suite


@pytest.mark.parametrize("how", ["queue", "race"])
def test_no_decision_is_lost_or_made_twice(db, url, site_id, run_id, how):
    leads = lead_ids(db, site_id, run_id, *(offer(str(n), score=float(n)) for n in range(LEADS)))
    people = [account(db, f"p{n}") for n in range(REVIEWERS)]
    command = [sys.executable, "-m", "tests.storage.review.reviewer", url, how, *(str(one.id) for one in people)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    said = [(lead, int(who)) for who, decided in json.loads(done.stdout).items() for lead in decided]
    assert sorted(lead for lead, _ in said) == leads
    kept = rows(db, "decisions", "lead_id", "account_id", "note")
    assert sorted(kept) == sorted((lead, who, f"{who}:{lead}") for lead, who in said)
    assert {row[0] for row in rows(db, "leads", "status")} == {"dismissed"}
    assert rows(db, "leases") == []
    entries = audit.recent(db, Wanted(action="lead.dismiss"), limit=LEADS * 2)
    assert sorted(int(entry.object_id) for entry in entries) == leads
