"""Decide on leads. Each decision is a row that is only ever added; the lead's status follows in the same transaction.

Whoever decides says which decision on the lead was the last one seen. If there is a newer one, or somebody else holds the
lead, nothing is written and `Conflict` says who, when and what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text, update

from storage.bulk import take_ids
from storage.models import Detection, Lead
from storage.review import audit, changed, leasing, merging, reasons, second
from storage.review.audit import Event
from storage.review.describing import refresh
from storage.review.exceptions import Conflict, PartOfBatch, ReviewError, Unknown
from storage.review.folding import ALLOWED, Made, State, apply, fold, standing
from storage.review.models import Account, Reason
from storage.review.models import Decision as DecisionRow
from storage.review.ranking import prioritise
from storage.review.records import Batch, Decided, Decision, Step
from storage.review.wording import KINDS, clock
from storage.words import STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from storage.database import Database
    from storage.review.audit import Actor
    from storage.review.second import Policy

UNDO_WITHIN = timedelta(minutes=30)  # a slip is noticed at once; later on a lead is reopened, which is seen by others
LONGEST_NOTE = 5_000  # characters: a page
MERGE_LOCK = 0x6D657267  # "merg": any number, for PostgreSQL's advisory lock
UNFINISHED = ("new", "lapsed")

MADE = tuple(getattr(DecisionRow, name) for name in Made.__slots__)
LEAD = select(
    Lead.id, Lead.listing_id, Lead.status, Lead.verdict, Lead.score, Lead.category, Lead.judged_category, Lead.detection_id,
    Lead.changed_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A lead that is being decided, locked, with all decisions until now."""

    lead: Row[*tuple[Any, ...]]
    rows: tuple[Made, ...]

    @property
    def state(self) -> State:
        """By the decisions alone."""
        return fold(self.rows)

    def status(self, state: State) -> str:
        """What a state means for this lead."""
        return lexicon_status(self.lead.verdict) if state.status == "new" else state.status


def lexicon_status(verdict: str) -> str:
    """What a lead is that nobody has decided: the lexicon says."""
    return "new" if verdict in {"alert", "review"} else "lapsed"


def decide(db: Database, decision: Decision, now: datetime, *, policy: Policy | None = None) -> Decided:
    """Write a decision.

    Raises:
        Conflict: somebody else decided since `decision.seen`, or holds the lead now.
        ReviewError: not allowed in this status, a reason is missing, the same person twice.
        StorageError: nothing was written.
    """
    with db.write() as connection:
        decided, event = decide_in(connection, decision, now, policy or second.Policy())
        audit.add(connection, decision.actor, event, now)
    return decided


def decide_in(connection: Connection, decision: Decision, now: datetime, policy: Policy) -> tuple[Decided, Event]:
    """The same within the caller's write transaction; what is to be added to the audit at its end."""
    account = _account(connection, decision.actor)
    case = open_case(connection, decision.lead_id)
    if decision.kind != "note":  # a note takes nothing from anybody
        _compare(connection, case.rows, decision.seen, account.id)
        leasing.refuse(connection, case.lead.id, account.id, now)
    state = case.state
    _check(connection, case, state, decision, account)
    flags = _flags(connection, case) if policy.flags else ()
    asks = policy.asks(decision.kind, case.lead.verdict, decision.category or case.lead.category, flags)
    made = _add(connection, case, decision, now, asks=asks)
    status = settle(connection, case, apply(state, made), made)
    leasing.drop(connection, case.lead.id, account.id)
    detail = {"decision": made.id, "status": status, "before": case.lead.status, "reason": decision.reason}
    detail |= {"bulk": decision.bulk_id} if decision.bulk_id else {}
    return Decided(made.id, case.lead.id, made.kind, status), Event(f"lead.{made.kind}", "lead", case.lead.id, detail)


def open_case(connection: Connection, lead_id: int) -> Case:
    """Lock a lead and read its decisions. Raises Unknown."""
    query = LEAD.where(Lead.id == lead_id)
    if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
        query = query.with_for_update()
    lead = connection.execute(query).one_or_none()
    if lead is None:
        raise Unknown(f"没有编号为 {lead_id} 的线索")
    rows = connection.execute(select(*MADE).where(DecisionRow.lead_id == lead_id).order_by(DecisionRow.id))
    return Case(lead, tuple(Made(*row) for row in rows))


def _account(connection: Connection, actor: Actor) -> Row[*tuple[Any, ...]]:
    query = select(Account.id, Account.roles, Account.disabled_at).where(Account.id == (actor.account_id or 0))
    row = connection.execute(query).one_or_none()
    if row is None or row.disabled_at is not None:
        raise ReviewError("账号不存在或已停用,不能研判")
    return row


def _compare(connection: Connection, rows: Sequence[Made], seen: int | None, account_id: int) -> None:
    last = rows[-1] if rows else None
    if last is None or last.id == seen:
        return
    who = "您" if last.account_id == account_id else _name(connection, last.account_id)
    message = f"{who} 已于 {clock(last.at)} 对这条线索作出“{KINDS[last.kind]}”,请查看后再决定"
    raise Conflict(message, who=who, when=last.at, what=last.kind)


def _name(connection: Connection, account_id: int) -> str:
    return connection.scalar(select(Account.display_name).where(Account.id == account_id)) or ""


def _check(
    connection: Connection, case: Case, state: State, decision: Decision, account: Row[*tuple[Any, ...]]
) -> None:
    check_words(connection, decision)
    if decision.kind == "note":
        if not decision.note.strip():
            raise ReviewError("备注是空的")
        return
    status = case.status(state)
    if decision.kind not in ALLOWED[status]:
        raise ReviewError(f"线索现在是“{STATUSES[status]}”,不能{KINDS[decision.kind]}")
    if decision.kind == "keep" and case.lead.changed_at is None:
        raise ReviewError("作出结论之后页面没有变化")
    if decision.kind in {"approve", "refuse"} and (why := second.objection(state, account.id, account.roles)):
        raise ReviewError(why)
    if decision.kind == "duplicate":
        lock_merging(connection)
        merging.check(connection, case.lead.id, decision.duplicate_of)


def check_words(connection: Connection, decision: Decision) -> None:
    """Raises ReviewError: its note or reason cannot stand, whichever lead it is about."""
    if len(decision.note) > LONGEST_NOTE:
        raise ReviewError(f"备注不能超过 {LONGEST_NOTE} 个字")
    if decision.kind == "dismiss":
        reasons.check(connection, decision.reason, decision.note)


def lock_merging(connection: Connection) -> None:
    """Two leads that are merged into each other at once must not both succeed."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MERGE_LOCK})


def _flags(connection: Connection, case: Case) -> list[str]:
    explanation = connection.scalar(select(Detection.explanation).where(Detection.id == case.lead.detection_id))
    return list((explanation or {}).get("flags", ()))


def _add(connection: Connection, case: Case, decision: Decision, now: datetime, *, asks: bool) -> Made:
    facts = {name: getattr(decision, name) for name in ("kind", "reason", "category", "subject")}
    made = Made(
        id=take_ids(connection, DecisionRow, 1)[0],
        at=now,
        account_id=decision.actor.account_id or 0,
        asks=asks,
        duplicate_of=decision.duplicate_of if decision.kind == "duplicate" else None,
        **facts,
    )
    add_row(connection, case, made, note=decision.note, seconds=decision.seconds, bulk_id=decision.bulk_id)
    return made


def add_row(connection: Connection, case: Case, made: Made, **facts: Any) -> None:
    """Write one decision, with what the person saw."""
    row = {name: getattr(made, name) for name in Made.__slots__} | {"lead_id": case.lead.id} | facts
    row |= {"detection_id": case.lead.detection_id, "score": case.lead.score}
    connection.execute(insert(DecisionRow).values(row))


def settle(connection: Connection, case: Case, state: State, made: Made) -> str:
    """Bring the lead in line with its decisions; its status."""
    values: dict[str, Any] = {"decision_id": made.id}
    status = case.status(state)
    if made.kind != "note":
        values |= {"status": status, "judged_category": state.category, "subject": state.subject}
        values |= {"merged_into": state.merged_into, "asked_by": state.asked_by, "decided_at": state.decided_at}
        values |= {"updated_at": made.at, "changed_at": None}
    if status != case.lead.status:
        values |= {"priority": Lead.score}  # here, for a row costs most to write the first time and the second
    connection.execute(update(Lead).where(Lead.id == case.lead.id).values(values))
    if status != case.lead.status:
        prioritise(connection, [case.lead.id], scored=True)
    if made.kind != "note" and state.category != case.lead.judged_category:
        refresh(connection, [case.lead.listing_id])
    return status


def undo(db: Database, actor: Actor, now: datetime, *, within: timedelta = UNDO_WITHIN) -> Decided:
    """Take back this person's last decision, as if it had not been; a further call takes back the one before.

    Raises:
        Conflict: somebody else has decided on the lead since.
        PartOfBatch: it was one over a whole queue, which `bulk.undo_all` takes back.
        ReviewError: there is nothing to take back, or it is too late.
    """
    with db.write() as connection:
        account = _account(connection, actor)
        target = _last_own(connection, account.id)
        if target is None or target.at < now - within:
            minutes = int(within.total_seconds() // 60)
            raise ReviewError(f"没有可以撤销的决定(只能撤销 {minutes} 分钟之内自己作出的决定)")
        if target.bulk_id is not None:
            raise _part_of(connection, target.bulk_id, account.id)
        decided, event = undo_in(connection, actor, target.lead_id, target.id, now)
        audit.add(connection, actor, event, now)
    return decided


def _last_own(connection: Connection, account_id: int) -> Row[*tuple[Any, ...]] | None:
    query = select(DecisionRow.id, DecisionRow.lead_id, DecisionRow.at, DecisionRow.bulk_id).where(
        DecisionRow.kind.not_in(("undo", "note")), *_own(account_id)
    )
    return connection.execute(query.order_by(DecisionRow.id.desc()).limit(1)).one_or_none()


def _own(account_id: int) -> tuple[ColumnElement[bool], ...]:
    """What this person decided and did not take back."""
    undone = select(DecisionRow.undoes).where(DecisionRow.account_id == account_id, DecisionRow.undoes.is_not(None))
    return DecisionRow.account_id == account_id, DecisionRow.id.not_in(undone)


def _part_of(connection: Connection, bulk_id: str, account_id: int) -> PartOfBatch:
    query = select(DecisionRow.kind, DecisionRow.at, func.count()).where(
        DecisionRow.bulk_id == bulk_id, *_own(account_id)
    )
    batch = Batch(bulk_id, *connection.execute(query.group_by(DecisionRow.kind, DecisionRow.at)).one())
    what = f"批次 {bulk_id}，{clock(batch.at)}，{batch.count} 条"
    message = f"您的上一个决定是批量作出的（{what}），不能只撤销其中一条；请在研判台撤销整批"
    return PartOfBatch(message, batch)


def undo_in(
    connection: Connection, actor: Actor, lead_id: int, decision_id: int, now: datetime
) -> tuple[Decided, Event]:
    """Take back one decision within the caller's write transaction. Raises as `undo`, before anything is written."""
    case = open_case(connection, lead_id)
    effective = [row for row in standing(case.rows) if row.kind != "note"]
    if not effective or effective[-1].id != decision_id:
        _compare(connection, effective, decision_id, actor.account_id or 0)
        raise ReviewError("这个决定已经撤销")
    if case.state.status == "referred":
        raise ReviewError("线索已经移送,不能撤销")
    made = Made(take_ids(connection, DecisionRow, 1)[0], "undo", now, actor.account_id or 0, undoes=decision_id)
    state = fold((*case.rows, made))
    if state.merged_into is not None:
        lock_merging(connection)
        merging.check(connection, lead_id, state.merged_into)
    add_row(connection, case, made, note="", seconds=None, bulk_id=None)
    status = settle(connection, case, state, made)
    if status in changed.CONCLUDED:
        before = standing((*case.rows, made))[-1].at  # what was changed when the undone decision was made still is
        values = {"changed_at": changed.since(connection, lead_id, before)}
        connection.execute(update(Lead).where(Lead.id == lead_id).values(values))
    detail = {"decision": made.id, "undoes": decision_id, "status": status, "before": case.lead.status}
    return Decided(made.id, lead_id, "undo", status), Event("lead.undo", "lead", lead_id, detail)


def set_due(db: Database, lead_id: int, due_at: datetime | None, actor: Actor, now: datetime) -> None:
    """Give a lead a deadline, or take it away. Raises Unknown."""
    with db.write() as connection:
        if not connection.execute(update(Lead).where(Lead.id == lead_id).values(due_at=due_at)).rowcount:
            raise Unknown(f"没有编号为 {lead_id} 的线索")
        said = None if due_at is None else due_at.isoformat()
        audit.add(connection, actor, Event("lead.due", "lead", lead_id, {"due_at": said}), now)


HISTORY = (
    select(
        DecisionRow.id, DecisionRow.at, DecisionRow.account_id, Account.display_name.label("who"), DecisionRow.kind,
        DecisionRow.asks, DecisionRow.reason, Reason.label.label("reason_label"), DecisionRow.category,
        DecisionRow.subject, DecisionRow.note, DecisionRow.undoes, DecisionRow.duplicate_of, DecisionRow.seconds,
        DecisionRow.bulk_id, DecisionRow.detection_id, DecisionRow.score,
    )
    .join(Account, Account.id == DecisionRow.account_id)
    .outerjoin(Reason, Reason.code == DecisionRow.reason)
    .order_by(DecisionRow.id)
)  # fmt: skip


def history(db: Database, lead_id: int) -> tuple[Step, ...]:
    """All decisions on a lead, oldest first, undone ones marked. Raises StorageError."""
    with db.read() as connection:
        rows = connection.execute(HISTORY.where(DecisionRow.lead_id == lead_id)).all()
    undone = {row.undoes for row in rows}
    return tuple(Step(**row._mapping, undone=row.id in undone) for row in rows)  # noqa: SLF001 - the documented way


def told(db: Database, lead_id: int) -> tuple[State, tuple[Step, ...]]:
    """`state` and `history`, read once."""
    steps = history(db, lead_id)
    return fold(Made(**{name: getattr(step, name) for name in Made.__slots__}) for step in steps), steps


def state(db: Database, lead_id: int) -> State:
    """What the decisions on a lead come to, computed anew: reason, corrected category, what is waited for."""
    with db.read() as connection:
        rows = connection.execute(select(*MADE).where(DecisionRow.lead_id == lead_id).order_by(DecisionRow.id))
        return fold(Made(*row) for row in rows)
