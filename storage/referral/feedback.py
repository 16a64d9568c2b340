"""What departments answered: written down, corrected, taken back. Rows are only ever added."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text

from storage.columns import MAX_ID
from storage.referral import deliveries, feedback_checks, feedback_rows, feedback_ties, queries
from storage.referral.exceptions import Absent, ReferringError, Stale
from storage.referral.feedback_records import Imported
from storage.referral.feedback_ties import numbered
from storage.referral.models import Feedback as Row
from storage.referral.models import FeedbackLead, ReferralLead, Seizure
from storage.review import audit
from storage.review.audit import Event
from storage.review.models import Audit
from storage.review.wording import ZONE, clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.referral.feedback_records import Feedback, ImportedFile, NewFeedback, Wanted
    from storage.review.audit import Actor

FACTS = (
    "case_number", "title", "filed", "criminal", "people", "gangs", "confiscated", "fined", "typical", "publish", "note",
    "source", "referral_id",
)  # fmt: skip


def mistakes(given: NewFeedback, today: date) -> tuple[str, ...]:
    """All that is wrong with what was filled in, in Chinese; pure."""
    return feedback_checks.mistakes(given, today)


def add(db: Database, given: NewFeedback, actor: Actor, now: datetime) -> Feedback:
    """Write one down. Raises ReferringError (what is wrong), Absent (campaign, unit, referral, lead), StorageError."""
    with db.write() as connection:
        number = _write(connection, given, actor, now)
        audit.add(connection, actor, Event("feedback.add", "feedback", number, _told(given)), now)
        return _one(connection, number)


def add_all(  # noqa: PLR0913 -- one fact each
    db: Database,
    given: Sequence[NewFeedback],
    actor: Actor,
    now: datetime,
    *,
    file: ImportedFile | None = None,
    again: bool = False,
) -> tuple[int, ...]:
    """All in one transaction, or none; their ids. A `file` that was read before is refused unless `again`.

    Raises the same as `add`; the sentence begins with the row's `source`.
    """
    with db.write() as connection:
        if file is not None and connection.dialect.name == "postgresql":  # two at once must not both find nothing
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": audit.LOCK})
        before = None if file is None or again else _imported(connection, file.sha256)
        if before is not None:
            raise ReferringError(
                f"这份文件已由{before.who}在 {clock(before.at)} 导入过（{before.rows} 条），没有再导入；确要再导入请注明"
            )
        numbers = tuple(_named(connection, one, actor, now) for one in given)
        detail = {"rows": len(numbers), "ids": list(numbers[:200]), "file": file.name if file else ""}
        key = file.sha256 if file else ""
        audit.add(connection, actor, Event("feedback.import", "feedback", key, detail), now)
    return numbers


def _named(connection: Connection, given: NewFeedback, actor: Actor, now: datetime) -> int:
    """Write one of many. What is wrong is told with the row's source."""
    try:
        return _write(connection, given, actor, now)
    except ReferringError as error:
        raise type(error)(f"{given.source}：{error}") from error


def correct(db: Database, feedback_id: int, given: NewFeedback, actor: Actor, now: datetime) -> Feedback:
    """A new row in place of another. Raises Stale: somebody replaced it meanwhile; else the same as `add`."""
    with db.write() as connection:
        _current(connection, feedback_id)
        number = _write(connection, given, actor, now, supersedes=feedback_id)
        detail = {"supersedes": feedback_id} | _told(given)
        audit.add(connection, actor, Event("feedback.correct", "feedback", number, detail), now)
        return _one(connection, number)


def void(db: Database, feedback_id: int, reason: str, actor: Actor, now: datetime) -> Feedback:
    """Take a row back. Raises ReferringError: no reason; Stale: it does not count any more; Absent."""
    if not reason.strip():
        raise ReferringError("作废须写明原因")
    with db.write() as connection:
        old = _current(connection, feedback_id)
        values = {name: getattr(old, name) for name in (*FACTS, "unit", "campaign_id")} | {"note": reason}
        row = values | {"happened_on": old.happened_on.isoformat(), "pictures": [], "supersedes": feedback_id}
        row |= {"void": True, "at": now, "account_id": actor.account_id}
        number = connection.execute(insert(Row).returning(Row.id), row).scalar_one()
        detail = {"supersedes": feedback_id, "reason": reason}
        audit.add(connection, actor, Event("feedback.void", "feedback", number, detail), now)
        return _one(connection, number)


def _write(
    connection: Connection, given: NewFeedback, actor: Actor, now: datetime, *, supersedes: int | None = None
) -> int:
    wrong = feedback_checks.mistakes(given, now.astimezone(ZONE).date())
    if wrong:
        raise ReferringError("；".join(wrong))
    campaign_id = feedback_ties.campaign(connection, given)
    feedback_ties.check_leads(connection, given.lead_ids)
    feedback_ties.check_batches(connection, replace(given, campaign_id=campaign_id), supersedes)
    row: dict[str, Any] = {name: getattr(given, name) for name in FACTS}
    row |= {"unit": given.unit, "campaign_id": campaign_id, "happened_on": given.happened_on.isoformat()}
    row |= {"pictures": list(given.pictures), "supersedes": supersedes, "void": False}
    row |= {"at": now, "account_id": actor.account_id}
    number = connection.execute(insert(Row).returning(Row.id), row).scalar_one()
    _write_parts(connection, number, given)
    if given.referral_id is not None:
        told = {"feedback": number} | ({} if supersedes is None else {"supersedes": supersedes})
        deliveries.enqueue_in(
            connection, "feedback.add", queries.one_in(connection, given.referral_id), now, detail=told
        )
    return number


def _write_parts(connection: Connection, number: int, given: NewFeedback) -> None:
    facts = ("batch", "kind", "name", "amount", "unit")
    rows = [
        {"feedback_id": number, "position": position} | {name: getattr(one, name) for name in facts}
        for position, one in enumerate(given.seizures)
    ]
    if rows:
        connection.execute(insert(Seizure), rows)
    leads = [{"feedback_id": number, "lead_id": lead} for lead in dict.fromkeys(given.lead_ids)]
    if leads:
        connection.execute(insert(FeedbackLead), leads)


def _current(connection: Connection, feedback_id: int) -> Feedback:
    """The row, locked; it must count still. Raises Absent, Stale."""
    connection.execute(select(Row.id).where(Row.id == numbered(feedback_id)).with_for_update())
    found = _one(connection, feedback_id)
    if found.superseded_by is not None:
        raise Stale(f"反馈 {feedback_id} 已被第 {found.superseded_by} 条更正或作废，请按最新一条办理")
    if found.void:
        raise Stale(f"第 {feedback_id} 条是作废记录，不能再改；请重新录入")
    return found


def _one(connection: Connection, feedback_id: int) -> Feedback:
    found = feedback_rows.load(connection, feedback_rows.chosen(Row.id == numbered(feedback_id)))
    if not found:
        raise Absent(f"没有编号为 {feedback_id} 的反馈")
    return found[0]


def _told(given: NewFeedback) -> dict[str, Any]:
    return {"unit": given.unit, "title": given.title, "case_number": given.case_number, "source": given.source}


def get(db: Database, feedback_id: int) -> Feedback:
    """One row. Raises Absent."""
    with db.read() as connection:
        return _one(connection, feedback_id)


def history(db: Database, feedback_id: int) -> tuple[Feedback, ...]:
    """All versions of the row, the oldest first. Raises Absent."""
    with db.read() as connection:
        found = [_one(connection, feedback_id)]
        while (older := found[0].supersedes) is not None:
            found.insert(0, _one(connection, older))
        while (newer := found[-1].superseded_by) is not None:
            found.append(_one(connection, newer))
    return tuple(found)


def find(db: Database, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Feedback]:
    """The newest first, with ids below `before`."""
    conditions = _conditions(wanted)
    if before is not None:
        conditions.append(Row.id < min(max(before, 0), MAX_ID))
    with db.read() as connection:
        query = feedback_rows.chosen(*conditions).order_by(Row.id.desc()).limit(limit)
        return feedback_rows.load(connection, query)


def _conditions(wanted: Wanted) -> list[Any]:
    same = {
        Row.campaign_id: wanted.campaign_id,
        Row.referral_id: wanted.referral_id,
        Row.unit: wanted.unit,
        Row.case_number: wanted.case_number,
    }
    found = [column == value for column, value in same.items() if value is not None]
    if wanted.lead_id is not None:
        found.append(Row.id.in_(_rows_of_lead(wanted.lead_id)))
    if wanted.text:
        columns = (Row.title, Row.case_number, Row.note)
        said = [column.contains(wanted.text, autoescape=True) for column in columns]
        found.append(said[0] | said[1] | said[2])
    if wanted.typical:
        found.append(Row.typical != "")
    return found if wanted.all_versions else [*found, *feedback_rows.counting()]


def _rows_of_lead(lead_id: int) -> Any:
    return select(FeedbackLead.feedback_id).where(FeedbackLead.lead_id == numbered(lead_id))


def of_referral(db: Database, referral_id: int) -> list[Feedback]:
    """All that counts of a referral, the oldest first."""
    return _counting(db, Row.referral_id == numbered(referral_id))


def of_lead(db: Database, lead_id: int) -> list[Feedback]:
    """All that counts of a lead, the oldest first: rows that name it, and those of referrals that hold it.

    A row of a referral that names leads is about these alone.
    """
    holding = select(ReferralLead.referral_id).where(ReferralLead.lead_id == numbered(lead_id))
    names_some = select(FeedbackLead.feedback_id)
    of_all = Row.referral_id.in_(holding) & Row.id.not_in(names_some)
    return _counting(db, Row.id.in_(_rows_of_lead(lead_id)) | of_all)


def _counting(db: Database, condition: Any) -> list[Feedback]:
    query = feedback_rows.chosen(condition, *feedback_rows.counting()).order_by(Row.id)
    with db.read() as connection:
        return feedback_rows.load(connection, query)


def imported(db: Database, sha256: str) -> Imported | None:
    """When this very file was read in; None where it was not."""
    with db.read() as connection:
        return _imported(connection, sha256)


def _imported(connection: Connection, sha256: str) -> Imported | None:
    query = select(Audit.at, Audit.actor, Audit.detail).where(
        Audit.kind == "feedback", Audit.object_id == sha256, Audit.action == "feedback.import"
    )
    row = connection.execute(query.order_by(Audit.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Imported(row.at, row.actor, int(row.detail.get("rows", 0)), str(row.detail.get("file", "")))
