"""Begin a referral, or change it before it is sent. A lead is never referred twice unknowingly."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from storage.bulk import take_ids
from storage.columns import MAX_ID
from storage.models import Detection, Lead, Seller
from storage.referral import numbers, queries, steps
from storage.referral.exceptions import Absent, AlreadyReferred, ReferringError
from storage.referral.models import Campaign, ReferralLead, ReferralStep
from storage.referral.models import Referral as ReferralRow
from storage.referral.words import DEPARTMENTS
from storage.referral.words import STATUSES as REFERRAL_STATUSES
from storage.review.wording import ZONE
from storage.statements import chunks
from storage.words import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from storage.database import Database
    from storage.referral.records import Draft, Due, Earlier, Referral
    from storage.review.audit import Actor

MOST_LEADS = 2_000  # a letter's list of more leads is read by nobody; ten times what a year of one county brings
LONGEST_TITLE = 200  # characters: three lines of a letter's head
NAMED = 10  # culprits in one message
WRITTEN = ("template", "department", "receiver", "title", "masked", "seller_id", "campaign_id")


def draft(db: Database, draft: Draft, actor: Actor, now: datetime, *, due: Due | None = None) -> Referral:
    """Begin a referral: it gets its number, and its leads are held for this department.

    `due`: until when it must be approved, where the law says so.

    Raises:
        AlreadyReferred: a lead was referred before, or is being drafted for this department, and `again` says no reason.
        Absent: no such lead, seller or campaign.
        ReferringError: no lead, one that is not confirmed, no receiver; the person may not.
        StorageError: nothing was written.
    """
    with db.write() as connection:
        account_id = steps.check_person(connection, actor, steps.WORKS)
        leads = _check(connection, draft)
        number = numbers.take(connection, draft.number, now)
        referral_id = take_ids(connection, ReferralRow, 1)[0]
        step_id = take_ids(connection, ReferralStep, 1)[0]
        told = {"series": draft.number, "leads": list(draft.lead_ids)} | _again(draft)
        facts = {"number": number, "status": "draft", "drafted_by": account_id, "drafted_at": now}
        facts |= {"due_at": due.at if due else None, "due_kind": due.kind if due else ""}
        place = {"id": referral_id, "step_id": step_id, "updated_at": now}
        connection.execute(insert(ReferralRow).values(_row(draft) | facts | place))
        _add_leads(connection, referral_id, leads)
        _add_first(connection, referral_id, step_id, actor, now, told | steps.due_detail(due))
        made = queries.one_in(connection, referral_id)
        steps.tell(connection, "draft", made, actor, now, told | {"department": draft.department})
    return made


def change(  # noqa: PLR0913 -- who, what, when
    db: Database,
    referral_id: int,
    draft: Draft,
    actor: Actor,
    now: datetime,
    *,
    seen: int | None,
    due: Due | None = None,
) -> Referral:
    """Write a referral anew before it is sent; it has to be approved again. What it said before stays in the step.

    It keeps its number unless the new department counts in another series.

    Raises:
        Stale: somebody acted on it since the step `seen`.
        Absent, AlreadyReferred, ReferringError: as for `draft`; it was sent already.
    """
    with db.write() as connection:
        steps.check_person(connection, actor, steps.WORKS)
        case = steps.open_case(connection, referral_id, seen)
        steps.check_allowed(case, "change")
        leads = _check(connection, draft, but=referral_id)
        before = {
            name: value for name, value in asdict(case.referral).items() if name in {*WRITTEN, "copies", "fields"}
        }
        told = {"series": draft.number, "leads": list(draft.lead_ids)} | _again(draft)
        values = _row(draft)
        if draft.number != _series(connection, referral_id):
            values["number"] = numbers.take(connection, draft.number, now)
            before["number"] = case.referral.number
        connection.execute(ReferralRow.__table__.update().where(ReferralRow.id == referral_id).values(values))  # type: ignore[attr-defined]
        connection.execute(delete(ReferralLead).where(ReferralLead.referral_id == referral_id))
        _add_leads(connection, referral_id, leads)
        before["leads"] = list(case.referral.lead_ids)
        step = steps.NewStep("change", due, detail=told | {"before": before})
        _, made = steps.write(connection, case, step, actor, now)
        steps.tell(connection, "change", made, actor, now, told | {"department": draft.department})
    return made


def earlier(db: Database, lead_ids: Iterable[int]) -> dict[int, tuple[Earlier, ...]]:
    """Lead -> referrals that already hold it, withdrawn ones left out. Raises StorageError."""
    with db.read() as connection:
        return queries.earlier_in(connection, lead_ids)


def _again(draft: Draft) -> dict[str, str]:
    return {"again": draft.again.strip()} if draft.again.strip() else {}


def _row(draft: Draft) -> dict[str, Any]:
    facts = {name: getattr(draft, name) for name in WRITTEN}
    return facts | {"copies": list(draft.copies), "routing": dict(draft.routing), "fields": dict(draft.fields)}


def _check(connection: Connection, draft: Draft, *, but: int = 0) -> list[Row[*tuple[Any, ...]]]:
    """Lock the leads and see that all is in order; the leads as they are, in the order of the list."""
    _check_words(draft)
    for column, number, what in (
        (Seller.id, draft.seller_id, "卖家"),
        (Campaign.id, draft.campaign_id, "专项行动"),
    ):
        if number is not None and connection.scalar(select(column).where(column == min(number, MAX_ID))) is None:
            raise Absent(f"没有编号为 {number} 的{what}")
    leads = lock_leads(connection, draft.lead_ids)
    _check_seller(connection, draft)
    held = queries.earlier_in(connection, draft.lead_ids, but=but)
    _check_leads(draft, leads, held)
    return [leads[number] for number in draft.lead_ids]


def _check_seller(connection: Connection, draft: Draft) -> None:
    """A seller's dossier holds the leads of that seller alone."""
    if draft.seller_id is None:
        return
    query = queries.SOLD.with_only_columns(Lead.id)
    theirs: set[int] = set()
    for chunk in chunks(draft.lead_ids):
        found = query.where(Lead.id.in_(chunk), queries.sold_by(draft.seller_id))
        theirs.update(connection.scalars(found))
    if others := [str(number) for number in draft.lead_ids if number not in theirs]:
        raise ReferringError(f"线索 {_some(others)} 不是卖家 {draft.seller_id}（seller）的线索")


def _check_words(draft: Draft) -> None:
    known = {name for name in DEPARTMENTS if name not in {"political_legal", "township"}}  # they get figures alone
    for code in (draft.department, *draft.copies):
        if code not in known:
            raise ReferringError(f"没有可以移送的部门 {code!r}")
    if draft.department in draft.copies:
        raise ReferringError(f"{DEPARTMENTS[draft.department]}已是主送，不能再列为抄送")
    if not draft.lead_ids:
        raise ReferringError("没有选中任何线索")
    if len(set(draft.lead_ids)) != len(draft.lead_ids) or len(draft.lead_ids) > MOST_LEADS:
        raise ReferringError(f"一份移送中每条线索只能列一次，最多 {MOST_LEADS} 条")
    if not draft.receiver.strip() or not draft.title.strip() or len(draft.title) > LONGEST_TITLE:
        raise ReferringError(f"应写明主送单位和标题，标题不超过 {LONGEST_TITLE} 个字")
    if not draft.template.strip():
        raise ReferringError("应写明文书种类")


def lock_leads(connection: Connection, lead_ids: Sequence[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """These leads, locked in the order of their ids: two who take the same ones wait, and never for each other.

    Raises:
        Absent: one of them does not exist.
    """
    query = select(Lead.id, Lead.status, Lead.detection_id, Detection.snapshot_id).join(
        Detection, Detection.id == Lead.detection_id
    )
    if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
        query = query.with_for_update(of=Lead)
    found: dict[int, Row[*tuple[Any, ...]]] = {}
    for chunk in chunks(sorted(number for number in lead_ids if 0 < number <= MAX_ID)):
        found |= {row.id: row for row in connection.execute(query.where(Lead.id.in_(chunk)).order_by(Lead.id))}
    if missing := [str(number) for number in lead_ids if number not in found]:
        raise Absent(f"没有编号为 {_some(missing)} 的线索")
    return found


def _check_leads(
    draft: Draft, leads: Mapping[int, Row[*tuple[Any, ...]]], held: Mapping[int, tuple[Earlier, ...]]
) -> None:
    wrong = [row for row in leads.values() if row.status not in {"confirmed", "referred"}]
    if wrong:
        said = _some([f"{row.id}（{STATUSES.get(row.status, row.status)}）" for row in wrong])
        raise ReferringError(f"只有已确认的线索可以移送，这些还不是：{said}")
    if draft.again.strip():
        return
    for row in leads.values():
        before = held.get(row.id, ())
        same = [one for one in before if one.department == draft.department]
        if same or row.status == "referred":
            raise AlreadyReferred(_already(row.id, same or list(before)))


def _already(lead_id: int, before: Sequence[Earlier]) -> str:
    if not before:
        return f"线索 {lead_id} 已移送过（本系统移送文书之前）；确需再次移送，请写明理由"
    said = "；".join(
        f"{one.number}（{one.receiver}，{REFERRAL_STATUSES[one.status]}，{one.at.astimezone(ZONE):%Y-%m-%d}）"
        for one in before
    )
    return f"线索 {lead_id} 已在移送中：{said}；确需再次移送，请写明理由"


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + (f" 等 {len(names)} 条" if len(names) > NAMED else "")


def _add_leads(connection: Connection, referral_id: int, leads: Sequence[Row[*tuple[Any, ...]]]) -> None:
    rows = [
        {
            "referral_id": referral_id,
            "position": position,
            "lead_id": row.id,
            "detection_id": row.detection_id,
            "snapshot_id": row.snapshot_id,
        }
        for position, row in enumerate(leads, 1)
    ]
    connection.execute(insert(ReferralLead), rows)


def _add_first(  # noqa: PLR0913, PLR0917 -- the columns of a step
    connection: Connection, referral_id: int, step_id: int, actor: Actor, now: datetime, detail: dict[str, Any]
) -> None:
    who = {"account_id": actor.account_id, "actor": actor.name, "kind": "draft", "detail": detail}
    empty = {"happened_at": None, "reference": "", "person": "", "note": "", "undoes": None}
    row = {"id": step_id, "referral_id": referral_id, "at": now}
    connection.execute(insert(ReferralStep).values(row | who | empty))


def _series(connection: Connection, referral_id: int) -> str:
    """The pattern that the referral's number was made with."""
    query = select(ReferralStep.detail).where(
        ReferralStep.referral_id == referral_id, ReferralStep.kind.in_(("draft", "change"))
    )
    detail: dict[str, Any] | None = connection.scalar(query.order_by(ReferralStep.id.desc()).limit(1))
    return str((detail or {}).get("series", ""))
