"""What happens to a referral after it is drafted: approval, dispatch, the department's answers, taking back.

Whoever acts says which step was the last one seen; if there is a newer one, nothing is written and `Stale` says who did
what. Each step is one transaction: row, status, leads, papers, audit, message to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from storage.referral import drafts, marking, steps
from storage.referral.exceptions import ReferringError
from storage.referral.folding import KEPT, LEADS_TO, PASSIVE, newest
from storage.referral.models import ReferralFile, ReferralStep
from storage.referral.steps import NewStep
from storage.referral.words import STEPS
from storage.review.second import Policy
from storage.words import STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.referral.records import Answer, Due, NewFile, Referral
    from storage.referral.steps import Case
    from storage.review.audit import Actor, Event


def approve(  # noqa: PLR0913 -- who, what, when, and under which rule
    db: Database,
    referral_id: int,
    actor: Actor,
    now: datetime,
    *,
    seen: int | None,
    files: Sequence[NewFile] = (),
    note: str = "",
    due: Due | None = None,
    policy: Policy | None = None,
) -> Referral:
    """Approve a draft, with the papers as approved; by somebody who did not write it, unless `policy` says otherwise.

    `due`: until when it must be sent, where the law says so.

    Raises:
        Stale: somebody acted on it since the step `seen`.
        ReferringError: it is no draft, the person wrote it or has no such role, a lead is no longer confirmed.
    """
    asks = (policy or Policy()).referrals
    with db.write() as connection:
        account_id = steps.check_person(connection, actor, steps.APPROVES if asks else steps.WORKS)
        case = steps.open_case(connection, referral_id, seen)
        steps.check_allowed(case, "approve")
        if asks:
            _check_other(case, account_id, "审核")
        _check_leads(connection, case)
        step_id, made = steps.write(connection, case, NewStep("approve", due, note=note), actor, now)
        _add_files(connection, made.id, step_id, files, now)
        told = {"files": [one.sha256 for one in files]} | ({} if asks else {"alone": True})
        steps.tell(connection, "approve", made, actor, now, told)
    return made


def refuse(  # noqa: PLR0913 -- who, what, when
    db: Database,
    referral_id: int,
    actor: Actor,
    now: datetime,
    *,
    seen: int | None,
    note: str,
    due: Due | None = None,
) -> Referral:
    """Send an approved referral, or a draft that waits for approval, back to its drafter, with a reason.

    Raises:
        Stale: somebody acted on it since the step `seen`.
        ReferringError: it was sent already, no reason, no such role.
    """
    return _simple(db, referral_id, NewStep("refuse", due, note=_said(note, "退回")), actor, now, seen, steps.APPROVES)


def withdraw(  # noqa: PLR0913 -- who, what, when
    db: Database, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, note: str
) -> Referral:
    """Give a referral up before it is sent; its number is not given again, its leads are free again.

    Raises:
        Stale: somebody acted on it since the step `seen`.
        ReferringError: it was sent already, no reason.
    """
    return _simple(db, referral_id, NewStep("withdraw", note=_said(note, "撤回")), actor, now, seen, steps.WORKS)


def _said(note: str, what: str) -> str:
    if not note.strip():
        raise ReferringError(f"{what}须写明理由")
    return note.strip()


def _simple(  # noqa: PLR0913, PLR0917 -- what a step is
    db: Database, referral_id: int, step: NewStep, actor: Actor, now: datetime, seen: int | None, roles: frozenset[str]
) -> Referral:
    with db.write() as connection:
        steps.check_person(connection, actor, roles)
        case = steps.open_case(connection, referral_id, seen)
        steps.check_allowed(case, step.kind)
        _, made = steps.write(connection, case, step, actor, now)
        steps.tell(connection, step.kind, made, actor, now, {"note": step.note})
    return made


def send(  # noqa: PLR0913 -- who, what, when, and what is on the receipt of the post
    db: Database,
    referral_id: int,
    actor: Actor,
    now: datetime,
    *,
    seen: int | None,
    happened_at: datetime | None = None,
    reference: str = "",
    due: Due | None = None,
    note: str = "",
    files: Sequence[NewFile] = (),
) -> Referral:
    """Note that the letter left the house; its leads become `referred`.

    `reference` is a courier's number or how it was handed over; `due` is until when what is expected.

    Raises:
        Stale: somebody acted on it since the step `seen`.
        ReferringError: it is not approved, a lead is no longer confirmed, the day cannot be.
    """
    with db.write() as connection:
        steps.check_person(connection, actor, steps.WORKS)
        case = steps.open_case(connection, referral_id, seen)
        steps.check_allowed(case, "send")
        steps.check_moment(happened_at, case.referral.drafted_at, now, "送出")
        _check_leads(connection, case)
        decided, events = marking.refer(connection, case.referral, actor, now)
        step = NewStep("send", due, happened_at or now, reference, note=note, detail={"decisions": decided})
        step_id, made = steps.write(connection, case, step, actor, now)
        _add_files(connection, made.id, step_id, files, now)
        told = {"leads": list(made.lead_ids), "reference": reference}
        steps.tell(connection, "send", made, actor, now, told, events)
    return made


def answer(  # noqa: PLR0913 -- who, what, when
    db: Database,
    referral_id: int,
    answer: Answer,
    actor: Actor,
    now: datetime,
    *,
    seen: int | None,
    due: Due | None = None,
    files: Sequence[NewFile] = (),
) -> Referral:
    """Note what the department said, or a note or reminder of our own; `files` are what came back.

    `due`: until when what is expected next; None: nothing, and of a note or reminder that nothing changes.
    What the program reads by itself (a returned file in a folder) comes with an actor without account.

    Raises:
        Stale: somebody acted on it since the step `seen`; None: whatever happened since is no hindrance.
        ReferringError: it cannot follow on the present status, the day cannot be, nothing was said; 立案 goes without
        its number, 转送 without to whom, 办结 without a result.
    """
    if answer.kind not in {*LEADS_TO, *PASSIVE} - KEPT - {"approve", "send"}:
        raise ReferringError(f"不能登记这种答复：{answer.kind!r}")
    if answer.kind == "note" and not (answer.note.strip() or answer.detail):
        raise ReferringError("备注是空的")
    with db.write() as connection:
        if actor.account_id is not None:
            steps.check_person(connection, actor, steps.WORKS)
        case = steps.open_case(connection, referral_id, None if answer.kind == "note" else seen)
        steps.check_allowed(case, answer.kind)
        steps.check_answer(answer.kind, answer.reference, answer.detail)
        steps.check_moment(answer.happened_at, case.state.sent_at, now, STEPS[answer.kind])
        facts = (answer.happened_at, answer.reference, answer.person, answer.note)
        expected = None if answer.kind == "close" else due
        step = NewStep(answer.kind, expected, *facts, detail=dict(answer.detail))
        step_id, made = steps.write(connection, case, step, actor, now)
        _add_files(connection, made.id, step_id, files, now)
        steps.tell(connection, answer.kind, made, actor, now, {"reference": answer.reference})
    return made


def undo(db: Database, referral_id: int, actor: Actor, now: datetime, *, seen: int | None) -> Referral:
    """Take back the newest step that changed the status, as if it had not been; notes and reminders stay.

    Taking back a dispatch makes its leads confirmed again, unless another referral that was sent holds them.

    Raises:
        Stale: somebody acted on it since the step `seen`.
        ReferringError: that step cannot be taken back, or one of its leads went on since.
    """
    with db.write() as connection:
        steps.check_person(connection, actor, steps.WORKS)
        case = steps.open_case(connection, referral_id, seen)
        target = newest(case.rows)
        if target is None or target.kind in KEPT:
            what = STEPS[target.kind] if target else ""
            raise ReferringError(f"{case.referral.number} 最近一步“{what}”不能撤销")
        detail: dict[str, Any] = {"kind": target.kind}
        events: list[Event] = []
        if target.kind == "send":
            decided = _decided(connection, target.id)
            detail["decisions"], events = marking.take_back(connection, case.referral, decided, actor, now)
        step = NewStep("undo", undoes=target.id, detail=detail)
        _, made = steps.write(connection, case, step, actor, now)
        steps.tell(connection, "undo", made, actor, now, {"undoes": target.id, "undone": target.kind}, events)
    return made


def _decided(connection: Connection, step_id: int) -> list[int]:
    detail: dict[str, Any] = connection.execute(
        select(ReferralStep.detail).where(ReferralStep.id == step_id)
    ).scalar_one()
    return [int(number) for number in detail.get("decisions", ())]


def _check_other(case: Case, account_id: int, what: str) -> None:
    writers = {row.account_id for row in case.rows if row.kind in {"draft", "change"}}
    if account_id in writers:
        raise ReferringError(f"不能{what}自己拟的稿，须由另一人{what}：{case.referral.number}")


def _check_leads(connection: Connection, case: Case) -> None:
    """A lead may have been opened again since it was drafted."""
    leads = drafts.lock_leads(connection, case.referral.lead_ids)
    wrong = [row for row in leads.values() if row.status not in {"confirmed", "referred"}]
    if wrong:
        said = "、".join(f"{row.id}（{STATUSES.get(row.status, row.status)}）" for row in wrong[: drafts.NAMED])
        raise ReferringError(f"拟稿之后线索有变，请先修改：{said}")


def _add_files(connection: Connection, referral_id: int, step_id: int, files: Sequence[NewFile], now: datetime) -> None:
    names = ("kind", "name", "media_type", "size", "sha256")
    belongs = {"referral_id": referral_id, "step_id": step_id, "made_at": now}
    rows = [{name: getattr(one, name) for name in names} | belongs for one in files]
    if rows:
        connection.execute(insert(ReferralFile), rows)
