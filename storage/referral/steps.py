"""One step of a referral: the lock, the row, the status that follows, the audit, the message to others. All or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage.bulk import take_ids
from storage.columns import MAX_ID
from storage.referral import deliveries, queries
from storage.referral.exceptions import Absent, ReferringError, Stale
from storage.referral.folding import ALLOWED, Made, State, fold
from storage.referral.models import Referral as ReferralRow
from storage.referral.models import ReferralStep
from storage.referral.words import STATUSES, STEPS
from storage.review import audit
from storage.review.audit import Event
from storage.review.models import Account
from storage.review.wording import ZONE, clock

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from storage.referral.records import Due, Referral
    from storage.review.audit import Actor

LONGEST_NOTE = 5_000  # characters: a page
LONGEST_WORD = 200  # characters: a number, a name
WORKS = frozenset({"handler", "approver"})
APPROVES = frozenset({"approver"})
AUDITED = frozenset({"draft", "change", "approve", "refuse", "withdraw", "send", "undo"})  # all others are answers
CLOCKS_DIFFER = timedelta(minutes=5)  # between the machine that says when and ours


@dataclass(frozen=True, slots=True)
class Case:
    """A referral that is being worked on, locked, with all steps until now."""

    referral: Referral
    rows: tuple[Made, ...]

    @property
    def state(self) -> State:
        """By the steps alone."""
        return fold(self.rows)


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step that is to be written."""

    kind: str
    due: Due | None = None
    happened_at: datetime | None = None
    reference: str = ""
    person: str = ""
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    undoes: int | None = None


def check_person(connection: Connection, actor: Actor, roles: Collection[str]) -> int:
    """The account of whoever acts. Raises ReferringError: there is none, it is disabled, or has none of these roles."""
    query = select(Account.id, Account.roles, Account.disabled_at).where(Account.id == (actor.account_id or 0))
    row = connection.execute(query).one_or_none()
    if row is None or row.disabled_at is not None:
        raise ReferringError(f"账号不存在或已停用，不能办理移送：{actor.name}")
    if not set(row.roles) & set(roles):
        needed = "复核员" if roles == APPROVES else "移送办案员或复核员"
        raise ReferringError(f"{actor.name} 没有{needed}角色，不能办理这一步")
    return int(row.id)


def open_case(connection: Connection, referral_id: int, seen: int | None) -> Case:
    """Lock a referral and read its steps.

    Raises:
        Absent: there is no such referral.
        Stale: somebody acted on it since the step `seen`; None: whatever happened, the caller goes on.
    """
    number = referral_id if 0 < referral_id <= MAX_ID else 0
    query = select(ReferralRow.id).where(ReferralRow.id == number)
    if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
        query = query.with_for_update()
    if connection.execute(query).one_or_none() is None:
        raise Absent(f"没有编号为 {referral_id} 的移送")
    referral = queries.one_in(connection, number)
    if seen is not None and seen != referral.step_id:
        raise Stale(_since(connection, referral))
    return Case(referral, rows_in(connection, number))


def _since(connection: Connection, referral: Referral) -> str:
    last = queries.steps_in(connection, referral.id)[-1]
    return f"{last.actor} 已于 {clock(last.at)} 对 {referral.number} 作出“{STEPS[last.kind]}”，请查看后再办理"


def rows_in(connection: Connection, referral_id: int) -> tuple[Made, ...]:
    """All steps of a referral, as they are folded."""
    columns = (ReferralStep.id, ReferralStep.kind, ReferralStep.at, ReferralStep.account_id, ReferralStep.undoes)
    query = select(*columns, ReferralStep.happened_at, ReferralStep.detail)
    rows = connection.execute(query.where(ReferralStep.referral_id == referral_id).order_by(ReferralStep.id))
    return tuple(Made(*row[:-1], *_due_of(row.detail)) for row in rows)


def _due_of(detail: dict[str, Any]) -> tuple[datetime | None, str]:
    due = detail.get("due")
    return (datetime.fromisoformat(due["at"]), due["kind"]) if due else (None, "")


def due_detail(due: Due | None) -> dict[str, Any]:
    """A timer as a step's detail keeps it."""
    return {} if due is None else {"due": {"at": due.at.isoformat(), "kind": due.kind}}


def check_allowed(case: Case, kind: str) -> None:
    """Raises ReferringError: a referral in this status cannot take such a step."""
    status = case.state.status
    if kind not in ALLOWED[status]:
        raise ReferringError(f"{case.referral.number} 现在是“{STATUSES[status]}”，不能{STEPS.get(kind, kind)}")


def check_answer(kind: str, reference: str, detail: Mapping[str, Any]) -> None:
    """Raises ReferringError: an answer goes without what it is about."""
    if kind == "file" and not reference.strip():
        raise ReferringError("立案须写明立案文号")
    if kind == "pass_on" and not str(detail.get("to") or "").strip():
        raise ReferringError("转送须写明转送给了哪个单位")  # or the wrong party would be late
    if kind == "close" and not str(detail.get("result") or "").strip():
        raise ReferringError("办结须写明办理结果")


def check_words(step: NewStep) -> None:
    """Raises ReferringError: a text is too long."""
    if len(step.note) > LONGEST_NOTE:
        raise ReferringError(f"说明不能超过 {LONGEST_NOTE} 个字")
    if max(len(step.reference), len(step.person)) > LONGEST_WORD:
        raise ReferringError(f"编号和姓名不能超过 {LONGEST_WORD} 个字")


def check_moment(happened_at: datetime | None, not_before: datetime | None, now: datetime, what: str) -> None:
    """Raises ReferringError: it is said to have happened in the future, or on a day before it could have."""
    if happened_at is None:
        return
    if happened_at > now + CLOCKS_DIFFER:
        raise ReferringError(f"{what}的时间 {_day(happened_at)} 还没有到")
    if not_before is not None and _day(happened_at) < _day(not_before):
        raise ReferringError(f"{what}的时间 {_day(happened_at)} 早于上一步的 {_day(not_before)}")


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d}"


def write(connection: Connection, case: Case, step: NewStep, actor: Actor, now: datetime) -> tuple[int, Referral]:
    """Add the step's row and bring the referral in line with all its steps; the step's id and what the referral is now."""
    check_words(step)
    number = take_ids(connection, ReferralStep, 1)[0]
    facts = {name: getattr(step, name) for name in ("kind", "happened_at", "reference", "person", "note", "undoes")}
    row = {"id": number, "referral_id": case.referral.id, "at": now, "account_id": actor.account_id} | facts
    connection.execute(
        insert(ReferralStep).values(row | {"actor": actor.name, "detail": step.detail | due_detail(step.due)})
    )
    settle(connection, case.referral.id, fold(rows_in(connection, case.referral.id)), number, now)
    return number, queries.one_in(connection, case.referral.id)


def settle(connection: Connection, referral_id: int, state: State, step_id: int, now: datetime) -> None:
    """Store what the steps come to."""
    values = {name: getattr(state, name) for name in State.__slots__} | {"step_id": step_id, "updated_at": now}
    connection.execute(update(ReferralRow).where(ReferralRow.id == referral_id).values(values))


def tell(  # noqa: PLR0913, PLR0917 -- what a step is
    connection: Connection,
    kind: str,
    referral: Referral,
    actor: Actor,
    now: datetime,
    detail: dict[str, Any],
    events: Sequence[Event] = (),
) -> None:
    """Write the message to other systems and, last of all, the audit: of the referral, and `events` of its leads."""
    deliveries.enqueue_in(connection, f"referral.{kind}", referral, now)
    action = f"referral.{kind if kind in AUDITED else 'answer'}"
    told = {"number": referral.number, "step": referral.step_id, "status": referral.status, "kind": kind} | detail
    audit.add(connection, actor, [Event(action, "referral", referral.id, told), *events], now)
