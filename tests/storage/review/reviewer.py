"""Reviewers, each in a process of its own: python -m tests.storage.review.reviewer URL HOW ACCOUNT_ID…

queue: claim and decide until nothing is left. race: decide on every lead at once, without claiming.
All begin at the same moment. Prints a line of JSON: account id -> ids of the leads that it decided on.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from functools import partial

from sqlalchemy import select

from storage.database import Database
from storage.models import Lead
from storage.review import accounts, decisions, leasing
from storage.review.exceptions import Conflict
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import NOW

context = multiprocessing.get_context("fork")  # what all need is loaded once
start = context.Barrier(len(sys.argv) - 3) if __name__ == "__main__" else None


def dismiss(db: Database, lead_id: int, account: accounts.Account) -> bool:
    decision = Decision(lead_id, account.actor(), "dismiss", None, reason="other", note=f"{account.id}:{lead_id}")
    try:
        decisions.decide(db, decision, NOW, policy=ALONE)
    except Conflict:
        return False
    return True


def review(url: str, how: str, account_id: int) -> list[int]:
    db = Database.open(url)
    account = accounts.get(db, account_id)
    assert account
    assert start
    start.wait()
    said = []
    if how == "queue":
        while lease := leasing.next_lead(db, Filters(status=("new",)), account.id, NOW):
            if dismiss(db, lease.lead_id, account):
                said.append(lease.lead_id)
    else:
        with db.read() as connection:
            ids = connection.scalars(select(Lead.id)).all()
        said = [lead_id for lead_id in ids if dismiss(db, lead_id, account)]
    db.close()
    return said


def main() -> None:
    url, how, *given = sys.argv[1:]
    ids = [int(one) for one in given]
    with context.Pool(len(ids)) as pool:  # nobody gets a second one: all wait until each has one
        said = pool.map(partial(review, url, how), ids, chunksize=1)
    sys.stdout.write(json.dumps(dict(zip(given, said, strict=True))))


if __name__ == "__main__":
    main()
