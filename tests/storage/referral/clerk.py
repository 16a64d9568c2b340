"""One clerk in a process of its own: python -m tests.storage.referral.clerk URL ACCOUNT_ID HOW LEADS…

own: drafts each given lead by itself. same: drafts each given lead, which others draft as well.
kill: drafts, approves and sends, until it is killed. Prints the numbers it was given, or what it was told.
"""

from __future__ import annotations

import sys

from storage.database import Database
from storage.referral import drafts, flow
from storage.referral.exceptions import AlreadyReferred
from storage.review import accounts
from storage.review.second import ALONE
from tests.storage.making import NOW
from tests.storage.referral.making import wanted


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    url, account_id, how, *leads = sys.argv[1:]
    db = Database.open(url)
    account = accounts.get(db, int(account_id))
    assert account is not None
    actor = account.actor()
    say("ready")
    sys.stdin.readline()
    for lead in leads:
        try:
            made = drafts.draft(db, wanted(int(lead), copies=()), actor, NOW)
        except AlreadyReferred as error:
            say(f"told {error}")
            continue
        say(made.number)
        if how == "kill":
            made = flow.approve(db, made.id, actor, NOW, seen=made.step_id, policy=ALONE)
            flow.send(db, made.id, actor, NOW, seen=made.step_id)
    db.close()


if __name__ == "__main__":
    main()
