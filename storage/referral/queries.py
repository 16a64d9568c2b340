"""Referrals as people see them: one with everything, lists, what is overdue, what holds a lead already."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from storage.columns import MAX_ID
from storage.models import Detection, Lead, Seller, Site, Snapshot
from storage.referral import material as leads_of
from storage.referral.exceptions import Absent
from storage.referral.models import Referral as ReferralRow
from storage.referral.models import ReferralFile, ReferralLead, ReferralStep
from storage.referral.records import Counts, Earlier, File, Filter, Referral, ReferralCase, ReferredLead, Step
from storage.review.models import Account
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from storage.database import Database

Drafter, Approver = aliased(Account), aliased(Account)
PLAIN = (
    "id", "number", "template", "department", "receiver", "title", "status", "routing", "fields", "masked", "seller_id",
    "campaign_id", "drafted_by", "drafted_at", "approved_by", "sent_at", "due_at", "due_kind", "step_id", "updated_at",
)  # fmt: skip
SHOWN = (
    select(
        *(getattr(ReferralRow, name) for name in PLAIN),
        ReferralRow.copies,
        func.coalesce(Drafter.display_name, "").label("drafter"),
        func.coalesce(Approver.display_name, "").label("approver"),
    )
    .outerjoin(Drafter, Drafter.id == ReferralRow.drafted_by)
    .outerjoin(Approver, Approver.id == ReferralRow.approved_by)
)
PLACES = select(ReferralLead.referral_id, ReferralLead.lead_id).order_by(
    ReferralLead.referral_id, ReferralLead.position
)
STEPS = select(
    ReferralStep.id, ReferralStep.at, ReferralStep.account_id, ReferralStep.actor, ReferralStep.kind,
    ReferralStep.happened_at, ReferralStep.reference, ReferralStep.person, ReferralStep.note, ReferralStep.detail,
    ReferralStep.undoes,
).order_by(ReferralStep.id)  # fmt: skip
FILES = select(
    ReferralFile.id, ReferralFile.step_id, ReferralFile.kind, ReferralFile.name, ReferralFile.media_type,
    ReferralFile.size, ReferralFile.sha256, ReferralFile.made_at,
).order_by(ReferralFile.id)  # fmt: skip
HOLDING = (
    select(
        ReferralLead.lead_id, ReferralRow.id, ReferralRow.number, ReferralRow.department, ReferralRow.receiver,
        ReferralRow.status, func.coalesce(ReferralRow.sent_at, ReferralRow.drafted_at).label("at"),
    )
    .join(ReferralRow, ReferralRow.id == ReferralLead.referral_id)
    .where(ReferralRow.status != "withdrawn")
    .order_by(ReferralLead.lead_id, ReferralRow.id)
)  # fmt: skip


SOLD = (
    select(Lead.seller_id, Snapshot.seller_id.label("then"))
    .select_from(Lead)
    .join(Detection, Detection.id == Lead.detection_id)
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
)
"""The seller as the page names it now, and as it did when it raised the lead."""


def get(db: Database, referral_id: int) -> ReferralCase:
    """One referral with its leads as referred, its steps and papers. Raises Absent, StorageError."""
    with db.read() as connection:
        return get_in(connection, referral_id)


def get_in(connection: Connection, referral_id: int) -> ReferralCase:
    """The same within the caller's transaction."""
    referral = one_in(connection, referral_id)
    steps = steps_in(connection, referral_id)
    files = _files(connection, referral, steps)
    return ReferralCase(referral, leads_of.within(connection, referral_id), steps, files)


def one(db: Database, referral_id: int) -> Referral:
    """One referral by itself. Raises Absent, StorageError."""
    with db.read() as connection:
        return one_in(connection, referral_id)


def one_in(connection: Connection, referral_id: int) -> Referral:
    """The same within the caller's transaction."""
    number = referral_id if 0 < referral_id <= MAX_ID else 0  # typed by hand: neither database can compare it
    found = _read(connection, SHOWN.where(ReferralRow.id == number))
    if not found:
        raise Absent(f"没有编号为 {referral_id} 的移送")
    return found[0]


def by_number(db: Database, number: str) -> Referral:
    """The referral with this number (文号). Raises Absent, StorageError."""
    with db.read() as connection:
        found = _read(connection, SHOWN.where(ReferralRow.number == number))
    if not found:
        raise Absent(f"没有文号为 {number} 的移送")
    return found[0]


def find(
    db: Database, wanted: Filter | None = None, before: int | None = None, limit: int | None = 50
) -> list[Referral]:
    """Those that fit, the newest first, at most `limit`, with ids below `before`. Raises StorageError."""
    query = _narrowed(SHOWN, wanted or Filter()).order_by(ReferralRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(ReferralRow.id < min(max(before, 0), MAX_ID))
    with db.read() as connection:
        return _read(connection, query)


def count(db: Database, wanted: Filter | None = None) -> int:
    """How many fit. Raises StorageError."""
    with db.read() as connection:
        query = _narrowed(select(func.count()).select_from(ReferralRow), wanted or Filter())
        return int(connection.execute(query).scalar_one())


def overdue(db: Database, now: datetime) -> list[Referral]:
    """Those of which something is awaited since before `now`, the longest awaited first. Raises StorageError."""
    query = _narrowed(SHOWN, Filter(overdue_at=now)).order_by(ReferralRow.due_at, ReferralRow.id)
    with db.read() as connection:
        return _read(connection, query)


def counts(db: Database, now: datetime | None = None) -> Counts:
    """How many there are of each status and department; how many are overdue at `now`. Raises StorageError."""
    with db.read() as connection:
        late = select(func.count()).select_from(ReferralRow)
        overdue_at = _narrowed(late, Filter(overdue_at=now)) if now else None
        return Counts(
            _tally(connection, ReferralRow.status),
            _tally(connection, ReferralRow.department),
            0 if overdue_at is None else int(connection.execute(overdue_at).scalar_one()),
        )


def _tally(connection: Connection, column: Any) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {name: int(number) for name, number in rows}


def of_lead(db: Database, lead_id: int) -> tuple[Earlier, ...]:
    """Referrals that hold a lead, withdrawn ones left out, oldest first. Raises StorageError."""
    with db.read() as connection:
        return earlier_in(connection, [lead_id]).get(lead_id, ())


def earlier_in(connection: Connection, lead_ids: Iterable[int], *, but: int = 0) -> dict[int, tuple[Earlier, ...]]:
    """Lead -> referrals that hold it, without the referral `but`; leads that none holds are left out."""
    held: defaultdict[int, list[Earlier]] = defaultdict(list)
    for chunk in chunks(number for number in lead_ids if 0 < number <= MAX_ID):
        for row in connection.execute(HOLDING.where(ReferralLead.lead_id.in_(chunk))):
            if row.id != but:
                held[row.lead_id].append(Earlier(*row[1:]))
    return {lead_id: tuple(found) for lead_id, found in held.items() if found}


def material(db: Database, lead_ids: Sequence[int]) -> tuple[ReferredLead, ...]:
    """Leads as a referral would take them now, in the given order. Raises Absent: one of them does not exist."""
    wanted = list(dict.fromkeys(lead_ids))
    with db.read() as connection:
        found = leads_of.before(connection, [number for number in wanted if 0 < number <= MAX_ID])
    known = {lead.lead_id for lead in found}
    if missing := [str(number) for number in wanted if number not in known]:
        raise Absent(f"没有编号为 {'、'.join(missing[:10])} 的线索")
    return found


def seller_of(db: Database, lead_id: int) -> int | None:
    """The seller of a lead; None where the page named nobody. Raises Absent, StorageError."""
    with db.read() as connection:
        number = lead_id if 0 < lead_id <= MAX_ID else 0
        row = connection.execute(SOLD.where(Lead.id == number)).one_or_none()
    if row is None:
        raise Absent(f"没有编号为 {lead_id} 的线索")
    found = row.seller_id or row.then
    return None if found is None else int(found)


def of_seller(db: Database, seller_id: int) -> tuple[str, str, tuple[int, ...]]:
    """Name and site of a seller, and ids of its confirmed leads, oldest first. Raises Absent, StorageError."""
    number = seller_id if 0 < seller_id <= MAX_ID else 0
    named = select(Seller.name, Site.name.label("site")).join(Site, Site.id == Seller.site_id)
    with db.read() as connection:
        row = connection.execute(named.where(Seller.id == number)).one_or_none()
        if row is None:
            raise Absent(f"没有编号为 {seller_id} 的卖家")
        query = SOLD.where(sold_by(number), Lead.status == "confirmed").order_by(Lead.id)
        return row.name, row.site, tuple(connection.scalars(query.with_only_columns(Lead.id)))


def sold_by(seller_id: int) -> ColumnElement[bool]:
    """Of `SOLD`: the leads of a seller, by the lead or by the page as it was confirmed."""
    return or_(Lead.seller_id == seller_id, Snapshot.seller_id == seller_id)


def _narrowed(query: Select[*tuple[Any, ...]], wanted: Filter) -> Select[*tuple[Any, ...]]:
    same = {
        ReferralRow.department: wanted.department or None,
        ReferralRow.template: wanted.template or None,
        ReferralRow.campaign_id: wanted.campaign_id,
        ReferralRow.seller_id: wanted.seller_id,
    }
    conditions: list[Any] = [column == value for column, value in same.items() if value is not None]
    if wanted.status:
        conditions.append(ReferralRow.status.in_(wanted.status))
    if wanted.text:
        texts = (ReferralRow.number, ReferralRow.title, ReferralRow.receiver)
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in texts)))
    if wanted.overdue_at is not None:
        conditions.append(ReferralRow.due_at < wanted.overdue_at)
    if wanted.lead_id is not None:
        number = wanted.lead_id if 0 < wanted.lead_id <= MAX_ID else 0
        conditions.append(ReferralRow.id.in_(select(ReferralLead.referral_id).where(ReferralLead.lead_id == number)))
    return query.where(*conditions)


def _read(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Referral]:
    rows = connection.execute(query).all()
    places: defaultdict[int, list[int]] = defaultdict(list)
    for chunk in chunks(row.id for row in rows):
        for referral_id, lead_id in connection.execute(PLACES.where(ReferralLead.referral_id.in_(chunk))):
            places[referral_id].append(lead_id)
    return [_referral(row, tuple(places[row.id])) for row in rows]


def _referral(row: Row[*tuple[Any, ...]], lead_ids: tuple[int, ...]) -> Referral:
    facts = {name: getattr(row, name) for name in (*PLAIN, "drafter", "approver")}
    return Referral(**facts, copies=tuple(row.copies), lead_ids=lead_ids)


def steps_in(connection: Connection, referral_id: int) -> tuple[Step, ...]:
    """All steps, oldest first, within the caller's transaction."""
    rows = connection.execute(STEPS.where(ReferralStep.referral_id == referral_id)).all()
    undone = {row.undoes for row in rows}
    return tuple(Step(**row._mapping, undone=row.id in undone) for row in rows)  # noqa: SLF001 - the documented way


def _files(connection: Connection, referral: Referral, steps: Sequence[Step]) -> tuple[File, ...]:
    standing = {one.id for one in steps if not one.undone}
    drafts = [one.id for one in steps if one.kind in {"draft", "change", "refuse"}]
    current = {number for number in standing if number > max(drafts, default=0)}
    rows = connection.execute(FILES.where(ReferralFile.referral_id == referral.id))
    return tuple(File(**row._mapping, current=row.step_id in current) for row in rows)  # noqa: SLF001 - the documented way


__all__ = [
    "by_number", "count", "counts", "earlier_in", "find", "get", "get_in", "material", "of_lead", "of_seller", "one",
    "one_in", "overdue", "seller_of", "steps_in",
]  # fmt: skip
