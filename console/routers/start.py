"""The start page: what this person can do here, and what waits for it."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from starlette.responses import Response

from console.access import ROLE_DUTIES, ROLE_NAMES
from console.pages import page
from console.person import Here, Me, Now, Person
from console.routing import Nav, Screen
from console.state import Console
from storage.referral import deliveries, queries, reminding, reporting
from storage.referral.records import Filter
from storage.review import queue
from storage.review.filters import Count, Filters

router = Screen(Nav("首页", "/", 0, "g h"))


USUAL = 2  # days before a term ends, where the program did not say
SHOWN = 8  # notices of each kind: more are on their own pages


@router.get("/")
def start(request: Request, me: Me, here: Here, now: Now) -> Response:
    """Entries of the navigation with what each role does."""
    duties = [(ROLE_NAMES[role], ROLE_DUTIES[role]) for role in ROLE_NAMES if role in me.roles]
    return page(request, "start.html", duties=duties, **_notices(here, me, now))


def _notices(here: Console, me: Person, now: datetime) -> dict[str, Any]:
    """What waits for this person: referrals to be approved, overdue ones, dues of campaigns, messages that failed."""
    db, works = here.db, me.may("GET /referrals/new")
    ahead = int(here.facts.get("remind_days", USUAL))
    waiting = queries.find(db, Filter(status=("draft",)), limit=SHOWN + 1) if "approver" in me.roles else []
    return {
        "open": _open(here, me, now),
        "waiting": [one for one in waiting if one.drafted_by != me.id],
        "awaited": reminding.awaited(db, now, timedelta(days=ahead)) if works else [],
        "reminders": reporting.reminders(db, now.astimezone(here.zone).date()) if me.may("GET /campaigns") else [],
        "failed": len(deliveries.failed(db)) if works else 0,
        "most": SHOWN,
    }


def _open(here: Console, me: Person, now: datetime) -> list[tuple[str, str, Count]]:
    """Leads that somebody has to look at, for those who may: what they are, their list, how many."""
    if not me.may("POST /leads/{lead_id}/decide"):
        return []
    counts = queue.counts(here.db, Filters(), now)
    pages = (
        ("待研判", "/queue", counts["new"]),
        ("待补充", "/queue?status=needs_info", counts["needs_info"]),
        ("待复核", "/second", counts["pending"]),
        ("作出结论后内容有变", "/queue?status=all&changed=1", queue.count(here.db, Filters(changed=True), now)),
    )
    return [one for one in pages if one[2].number]
