"""From one lead to the next: addresses of leads that know their queue, claims, and what was put aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from console.pages import address_with, go
from storage.review import leasing, ranking
from storage.review.exceptions import Conflict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from starlette.responses import Response

    from console.asked import Asked
    from console.state import Console
    from storage.review.leasing import Lease

FRESH: Final = 0.9  # of a lease left: taken a moment ago, with the decision before
MOST_SKIPPED: Final = 100  # leads put aside in a row; the address stays short enough


def skipped(text: str) -> tuple[int, ...]:
    """Leads put aside, from an address: ``7.12``; what is no number is left out."""
    parts = text.split(".")[-MOST_SKIPPED:]
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19)


def ordered(console: Console, asked: Asked) -> Asked:
    """The queue as it is meant: where nobody asked for an order, the model in force gives it, if there is one."""
    return asked if asked.order or not ranking.is_on(console.db) else replace(asked, order="model")


def written(skip: Collection[int]) -> str:
    """Leads put aside, for an address."""
    return ".".join(map(str, list(skip)[-MOST_SKIPPED:]))


def address(
    lead_id: int,
    asked: Asked,
    *,
    skip: Collection[int] = (),
    done: int | None = None,
    kept: Mapping[str, str] | None = None,
) -> str:
    """Of a lead's page, with the queue it is looked at from, and with what was typed and is to stay in its form."""
    query = address_with(asked.as_dict(), skip=written(skip), done=done or "", **(kept or {}))
    return f"/leads/{lead_id}" + (f"?{query}" if query else "")


def pass_on(  # noqa: PLR0913 -- a place in a queue
    console: Console,
    account_id: int,
    asked: Asked,
    now: datetime,
    *,
    skip: Collection[int] = (),
    done: int | None = None,
) -> Response:
    """Claim the next free lead of the queue and go there; back to the queue when there is none."""
    return go(following(console, account_id, asked, now, skip=skip, done=done)[1])


def following(  # noqa: PLR0913 -- a place in a queue
    console: Console,
    account_id: int,
    asked: Asked,
    now: datetime,
    *,
    skip: Collection[int] = (),
    done: int | None = None,
) -> tuple[Lease | None, str]:
    """The claim to the next free lead of the queue, and its address; None and the queue's when there is none."""
    filters = ordered(console, asked).filters(console.zone, account_id)
    minutes = console.config.lease_minutes
    lease = leasing.next_lead(console.db, filters, account_id, now, skip=skip, minutes=minutes)
    if lease is None:
        query = asked.with_(done=done or "")
        return None, "/queue" + (f"?{query}" if query else "")
    return lease, address(lease.lead_id, asked, skip=skip, done=done)


def claim(
    console: Console, lead_id: int, account_id: int, now: datetime, had: Lease | None = None
) -> tuple[Lease | None, Conflict | None]:
    """The lease, or who holds it instead. One that has just been taken (`had`, if that is known) is not written again."""
    minutes = console.config.lease_minutes
    had = had or leasing.held(console.db, lead_id, now)
    if had is not None and had.account_id == account_id and had.until_at > now + timedelta(minutes=minutes) * FRESH:
        return had, None
    try:
        return leasing.take(console.db, lead_id, account_id, now, minutes=minutes), None
    except Conflict as conflict:
        return None, conflict
