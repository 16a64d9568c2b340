"""Permits that offers claim: to be verified, verified, or invalid. A claim clears no lead; what was found out is kept.

The same paper's number in another offer, and papers of the same seller, are told with what was found out of them: a
licensed breeder is looked up once, not every week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select

from storage.bulk import take_ids
from storage.models import Detection, Lead
from storage.review import audit
from storage.review.audit import Event
from storage.review.exceptions import ReviewError, Unknown
from storage.review.models import Account, PermitCheck
from storage.words import PERMITS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.review.audit import Actor

OPEN: Final = "open"
LONGEST_NOTE: Final = 500  # characters: which office answered what, and when
MOST_OF_SELLER: Final = 5  # papers told of the same seller: one breeder has two or three
NEWEST = (
    PermitCheck.lead_id,
    PermitCheck.paper,
    PermitCheck.number,
    PermitCheck.outcome,
    PermitCheck.note,
    PermitCheck.at,
)


@dataclass(frozen=True, slots=True)
class Check:
    """What somebody found out of one paper."""

    lead_id: int
    paper: str
    number: str
    outcome: str
    note: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Place:
    """Which paper of which lead a person looked at."""

    lead_id: int
    detection_id: int
    """That was shown: a newer one may name other papers."""
    position: int
    """From 1, in the order of `of_lead`."""


@dataclass(frozen=True, slots=True)
class Permit:
    """A paper that an offer claims, once however often it names it."""

    paper: str
    number: str
    """As written; empty where none is given."""
    check: Check | None
    """What was found out of it here; None while it is to be verified."""
    elsewhere: Check | None
    """What was found out last of the same number in another offer."""

    @property
    def outcome(self) -> str:
        """By the check here."""
        return OPEN if self.check is None else self.check.outcome


def of_lead(db: Database, lead_id: int) -> tuple[Permit, ...]:
    """The papers that a lead's text claims, in its order; none for no such lead. Raises StorageError."""
    with db.read() as connection:
        claimed = (_claimed(connection, lead_id) or (0, []))[1]
        here = {(one.paper, one.number): one for one in _last(connection, PermitCheck.lead_id == lead_id)}
        return tuple(
            Permit(paper, number, here.get((paper, number)), _elsewhere(connection, lead_id, paper, number))
            for paper, number in claimed
        )


def of_seller(db: Database, lead_id: int) -> tuple[Check, ...]:
    """What was found out of papers in other offers of a lead's seller, the newest first. Raises StorageError."""
    mine = select(Lead.seller_id).where(Lead.id == lead_id).scalar_subquery()
    theirs = select(Lead.id).where(Lead.seller_id == mine, Lead.id != lead_id)
    with db.read() as connection:
        found = _last(connection, PermitCheck.lead_id.in_(theirs))
    return tuple(one for one in found if one.outcome != OPEN)[:MOST_OF_SELLER]


def say(db: Database, place: Place, outcome: str, note: str, actor: Actor, now: datetime) -> None:  # noqa: PLR0913, PLR0917 -- one fact each
    """Write down what was found out.

    Raises:
        Unknown: there is no such lead.
        ReviewError: its text is another by now, or claims no such paper; or it is not said how it was found out.
    """
    note = note.strip()
    if outcome not in PERMITS or len(note) > LONGEST_NOTE:
        raise ReviewError(f"请选择核实结果,说明不超过 {LONGEST_NOTE} 个字")
    if outcome != OPEN and not note:
        raise ReviewError("请写明怎样核实的:向谁、何时、答复是什么")
    with db.write() as connection:
        paper, number = _at(connection, place)
        facts = {
            "lead_id": place.lead_id,
            "paper": paper,
            "number": number,
            "outcome": outcome,
            "note": note,
            "at": now,
        }
        facts |= {"id": take_ids(connection, PermitCheck, 1)[0], "account_id": actor.account_id}
        connection.execute(insert(PermitCheck).values(facts))
        detail = {"paper": paper, "outcome": outcome, "note": note}
        audit.add(connection, actor, Event("permit.check", "lead", place.lead_id, detail), now)


def _at(connection: Connection, place: Place) -> tuple[str, str]:
    """Name and number of the paper that a person saw there."""
    found = _claimed(connection, place.lead_id)
    if found is None:
        raise Unknown(f"没有编号为 {place.lead_id} 的线索")
    detection_id, claimed = found
    if detection_id != place.detection_id or not 0 < place.position <= len(claimed):
        raise ReviewError("这条线索的内容已经变了,请刷新页面后再核实")
    return claimed[place.position - 1]


def _claimed(connection: Connection, lead_id: int) -> tuple[int, list[tuple[str, str]]] | None:
    """The detection that is shown, and name and number of each paper in its text; None where there is no such lead."""
    query = select(Detection.id, Detection.explanation).join(Lead, Lead.detection_id == Detection.id)
    row = connection.execute(query.where(Lead.id == lead_id)).one_or_none()
    if row is None:
        return None
    told = [(str(one.get("kind", "")), str(one.get("number", ""))) for one in row.explanation.get("claims", ())]
    return row.id, list(dict.fromkeys(told))


def _elsewhere(connection: Connection, lead_id: int, paper: str, number: str) -> Check | None:
    if not number:
        return None
    same = (PermitCheck.paper == paper, PermitCheck.number == number, PermitCheck.lead_id != lead_id)
    return next((one for one in _last(connection, *same) if one.outcome != OPEN), None)


def _last(connection: Connection, *conditions: Any) -> list[Check]:
    """The last check of each paper of each lead, the newest first."""
    groups = (PermitCheck.lead_id, PermitCheck.paper, PermitCheck.number)
    last = select(func.max(PermitCheck.id)).where(*conditions).group_by(*groups)
    query = (
        select(*NEWEST, func.coalesce(func.nullif(Account.display_name, ""), Account.name, ""))
        .outerjoin(Account, Account.id == PermitCheck.account_id)
        .where(PermitCheck.id.in_(last))
        .order_by(PermitCheck.id.desc())
    )
    return [Check(*row) for row in connection.execute(query)]


__all__ = ["OPEN", "Check", "Permit", "Place", "of_lead", "of_seller", "say"]
