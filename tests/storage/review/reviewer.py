"""One reviewer in a process of its own: python -m tests.storage.review.reviewer URL ACCOUNT_ID HOW.

queue: claim and decide until nothing is left. race: decide on every lead at once, without claiming.
Prints the ids of the leads it decided on.
"""

from __future__ import annotations

import sys

from sqlalchemy import select

from storage.database import Database
from storage.models import Lead
from storage.review import accounts, decisions, leasing
from storage.review.exceptions import Conflict
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import NOW


def dismiss(db: Database, lead_id: int, account: accounts.Account) -> bool:
    decision = Decision(lead_id, account.actor(), "dismiss", None, reason="other", note=f"{account.id}:{lead_id}")
    try:
        decisions.decide(db, decision, NOW, policy=ALONE)
    except Conflict:
        return False
    return True


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    url, account_id, how = sys.argv[1:]
    db = Database.open(url)
    account = accounts.get(db, int(account_id))
    assert account is not None
    say("ready")
    sys.stdin.readline()
    if how == "queue":
        while lease := leasing.next_lead(db, Filters(status=("new",)), account.id, NOW):
            if dismiss(db, lease.lead_id, account):
                say(lease.lead_id)
    else:
        with db.read() as connection:
            ids = connection.scalars(select(Lead.id)).all()
        for lead_id in ids:
            if dismiss(db, lead_id, account):
                say(lead_id)
    db.close()


if __name__ == "__main__":
    main()
