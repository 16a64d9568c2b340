"""The audit log: who did what, when, from where. For auditors and administrators; nobody can change it."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from starlette.responses import Response

from console.access import ACTIONS, KINDS
from console.exceptions import Refusal
from console.pages import page, whole_number
from console.person import Db, Here
from console.reading import at_once
from console.routing import Nav, Screen
from storage.review import accounts, audit, reasons
from storage.review.audit import Wanted

router = Screen(Nav("操作记录", "/audit", 95, "g a"))

PAGE = 50  # rows: two screens
Word = Annotated[str, Query(max_length=100)]


@router.get("/audit")
@at_once
def show(  # noqa: PLR0913, PLR0917 -- one parameter per filter
    request: Request,
    here: Here,
    db: Db,
    account: Word = "",
    action: Word = "",
    kind: Word = "",
    object_id: Word = "",
    since: Word = "",
    until: Word = "",
    before: Word = "",
) -> Response:
    """One page, the newest first."""
    asked = {"account": account, "action": action, "kind": kind, "object_id": object_id, "since": since, "until": until}
    wanted = Wanted(
        account_id=whole_number(account),
        action=action or None,
        kind=kind or None,
        object_id=object_id.strip() or None,
        since=_midnight(since, here.zone),
        until=_midnight(until, here.zone, days=1),
    )
    rows = audit.recent(db, wanted, before=whole_number(before), limit=PAGE + 1)
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    facts: dict[str, Any] = {"actions": ACTIONS, "kinds": KINDS, "people": accounts.everybody(db)}
    facts["reasons"] = {one.code: one.label for one in reasons.everything(db, retired=True)}
    return page(request, "audit.html", rows=rows[:PAGE], following=following, asked=asked, **facts)


def _midnight(text: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()) + timedelta(days=days), time(), zone)
    except (ValueError, OverflowError) as error:
        raise Refusal(422, "日期应写成 2026-11-01。") from error
