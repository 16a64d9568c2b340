"""Leases: who has which lead before their eyes. They end by themselves; a decision asks for them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, literal, or_, select

from storage.models import Lead
from storage.review.exceptions import Conflict, Unknown
from storage.review.models import Account
from storage.review.models import Lease as LeaseRow
from storage.review.queue import OPEN, read_places
from storage.review.wording import clock
from storage.statements import insert

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.database import Database
    from storage.review.filters import Filters

MINUTES = 10  # reading one lead takes less than a minute; a longer one is renewed by looking at it
CANDIDATES = 20  # leads that others may take in the same moment


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody's claim to a lead."""

    lead_id: int
    account_id: int
    holder: str
    """Display name."""
    since_at: datetime
    until_at: datetime


def take(db: Database, lead_id: int, account_id: int, now: datetime, *, minutes: int = MINUTES) -> Lease:
    """Claim a lead or renew the claim. Raises Conflict: somebody else holds it; Unknown; StorageError."""
    with db.write() as connection:
        if connection.scalar(select(Lead.id).where(Lead.id == lead_id)) is None:
            raise Unknown(f"没有编号为 {lead_id} 的线索")
        lease = _claimed(connection, select(Lead.id).where(Lead.id == lead_id), account_id, now, minutes)
        if lease is not None:
            return lease
        refuse(connection, lead_id, account_id, now)
    raise AssertionError("a claim fails only when somebody else holds the lead")


def release(db: Database, lead_id: int, account_id: int) -> bool:
    """Let go of a lead; False when this account did not hold it."""
    with db.write() as connection:
        return drop(connection, lead_id, account_id)


def release_all(db: Database, account_id: int) -> int:
    """Let go of everything, as at the log-out; how many."""
    with db.write() as connection:
        return connection.execute(delete(LeaseRow).where(LeaseRow.account_id == account_id)).rowcount


def held(db: Database, lead_id: int, now: datetime) -> Lease | None:
    """Who holds this lead now; None when nobody does."""
    with db.read() as connection:
        return _current(connection, lead_id, now)


def next_lead(  # noqa: PLR0913 - one fact each
    db: Database,
    filters: Filters,
    account_id: int,
    now: datetime,
    *,
    skip: Collection[int] = (),
    minutes: int = MINUTES,
) -> Lease | None:
    """Claim the first lead of this queue that is open and that nobody else holds; None when there is none.

    Two people never get the same one. `skip`: leads that this person has put aside.
    """
    from dataclasses import replace

    wanted = tuple(one for one in OPEN if not filters.status or one in filters.status)
    chosen = replace(filters, status=wanted, viewer=account_id)
    after = None
    while wanted:  # each round ends with a claim, or goes on behind what others claimed
        with db.read() as connection:  # looking takes longer than claiming: it must not keep writers waiting
            found = read_places(connection, chosen, now, after=after, limit=CANDIDATES, free_for=account_id)
        lease = _first(
            db, [place.id for place in found.places if place.id not in skip], wanted, account_id, now, minutes
        )
        if lease is not None or found.next is None:
            return lease
        after = found.next
    return None


def _first(  # noqa: PLR0913, PLR0917 - one fact each
    db: Database, ids: list[int], statuses: tuple[str, ...], account_id: int, now: datetime, minutes: int
) -> Lease | None:
    if not ids:
        return None
    with db.write() as connection:
        for lead_id in ids:
            # a lead that is locked is just being claimed or decided
            lead = select(Lead.id).where(Lead.id == lead_id, Lead.status.in_(statuses))
            lease = _claimed(connection, lead.with_for_update(skip_locked=True), account_id, now, minutes)
            if lease is not None:
                return lease
    return None


def _claimed(connection: Connection, lead: Select[int], account_id: int, now: datetime, minutes: int) -> Lease | None:
    """The lease of this lead, new or renewed, in one query; None when there is no such lead, or somebody else holds it."""
    until = now + timedelta(minutes=minutes)
    facts = {
        "account_id": literal(account_id, LeaseRow.account_id.type),
        "until_at": literal(until, LeaseRow.until_at.type),
    }
    facts |= {"since_at": literal(now, LeaseRow.since_at.type)}
    query = insert(connection, LeaseRow).from_select(["lead_id", *facts], lead.add_columns(*facts.values()))
    query = query.on_conflict_do_update(
        index_elements=["lead_id"],
        set_=facts,
        where=or_(LeaseRow.account_id == account_id, LeaseRow.until_at <= now),
    )
    name = select(Account.display_name).where(Account.id == account_id).scalar_subquery()
    row = connection.execute(query.returning(LeaseRow.lead_id, name)).one_or_none()
    return None if row is None else Lease(row[0], account_id, row[1], now, until)


def drop(connection: Connection, lead_id: int, account_id: int) -> bool:
    """The same as `release` within a transaction."""
    query = delete(LeaseRow).where(LeaseRow.lead_id == lead_id, LeaseRow.account_id == account_id)
    return bool(connection.execute(query).rowcount)


def refuse(connection: Connection, lead_id: int, account_id: int, now: datetime) -> None:
    """Raises Conflict when somebody else holds the lead now."""
    lease = _current(connection, lead_id, now)
    if lease is None or lease.account_id == account_id:
        return
    message = f"{lease.holder} 正在研判这条线索({clock(lease.since_at)} 起),请稍后再试或换一条"
    raise Conflict(message, who=lease.holder, when=lease.since_at, what="lease")


HELD = select(
    LeaseRow.lead_id, LeaseRow.account_id, Account.display_name, LeaseRow.since_at, LeaseRow.until_at
).join(Account, Account.id == LeaseRow.account_id)  # fmt: skip


def _current(connection: Connection, lead_id: int, now: datetime) -> Lease | None:
    row = connection.execute(HELD.where(LeaseRow.lead_id == lead_id, LeaseRow.until_at > now)).one_or_none()
    return None if row is None else Lease(*row)
