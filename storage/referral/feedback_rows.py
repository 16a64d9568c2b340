"""Rows of feedback as records, with their seizures, leads and versions."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from storage.referral.feedback_records import Feedback, Seized
from storage.referral.models import Feedback as Row
from storage.referral.models import FeedbackLead, Seizure
from storage.review.models import Account
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

NEWER = aliased(Row)
SAME = (
    "id", "unit", "title", "case_number", "referral_id", "campaign_id", "filed", "criminal", "people", "gangs",
    "confiscated", "fined", "typical", "publish", "note", "source", "supersedes", "void", "at", "account_id",
)  # fmt: skip


def chosen(*conditions: Any) -> Select[Any]:
    """The rows that satisfy the conditions, each with who wrote it and what replaces it."""
    columns = [*(getattr(Row, name) for name in SAME), Row.happened_on, Row.pictures]
    return (
        select(*columns, NEWER.id.label("superseded_by"), Account.display_name.label("entered_by"))
        .outerjoin(NEWER, NEWER.supersedes == Row.id)
        .outerjoin(Account, Account.id == Row.account_id)
        .where(*conditions)
    )


def counting() -> tuple[Any, ...]:
    """The conditions that a row of `chosen` counts."""
    return (NEWER.id.is_(None), Row.void.is_(False))


def load(connection: Connection, query: Select[Any]) -> list[Feedback]:
    """The records of a `chosen` query, in its order."""
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    seizures, leads = _seizures(connection, ids), _leads(connection, ids)
    return [
        Feedback(
            **{name: getattr(row, name) for name in SAME},
            happened_on=date.fromisoformat(row.happened_on),
            pictures=tuple(row.pictures),
            seizures=tuple(seizures[row.id]),
            lead_ids=tuple(leads[row.id]),
            entered_by=row.entered_by or "",
            superseded_by=row.superseded_by,
        )
        for row in rows
    ]


def _seizures(connection: Connection, ids: Sequence[int]) -> defaultdict[int, list[Seized]]:
    found: defaultdict[int, list[Seized]] = defaultdict(list)
    query = select(
        Seizure.feedback_id, Seizure.kind, Seizure.name, Seizure.amount, Seizure.unit, Seizure.batch
    ).order_by(Seizure.feedback_id, Seizure.position)
    for some in chunks(ids):
        for row in connection.execute(query.where(Seizure.feedback_id.in_(some))):
            found[row.feedback_id].append(Seized(row.kind, row.name, row.amount, row.unit, row.batch))
    return found


def _leads(connection: Connection, ids: Sequence[int]) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    query = select(FeedbackLead.feedback_id, FeedbackLead.lead_id).order_by(FeedbackLead.lead_id)
    for some in chunks(ids):
        for number, lead in connection.execute(query.where(FeedbackLead.feedback_id.in_(some))):
            found[number].append(lead)
    return found
