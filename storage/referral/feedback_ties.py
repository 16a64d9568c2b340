"""What a feedback hangs on: the referral, the campaign and its units, leads, and batches told of before."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.columns import MAX_ID
from storage.models import Lead
from storage.referral import feedback_checks, feedback_rows
from storage.referral.exceptions import Absent, ReferringError
from storage.referral.models import Campaign, Referral, Unit
from storage.referral.models import Feedback as Row
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from storage.referral.feedback_records import NewFeedback


def numbered(given: int) -> int:
    """An id that a database can compare; one that is none finds nothing."""
    return given if 0 < given <= MAX_ID else 0


def campaign(connection: Connection, given: NewFeedback) -> int | None:
    """The campaign it belongs to; its unit is one of it. Raises Absent."""
    campaign_id = given.campaign_id
    if given.referral_id is not None:
        found = connection.execute(
            select(Referral.id, Referral.campaign_id).where(Referral.id == numbered(given.referral_id))
        ).one_or_none()
        if found is None:
            raise Absent(f"没有编号为 {given.referral_id} 的移送")
        campaign_id = campaign_id if campaign_id is not None else found.campaign_id
    if campaign_id is None:
        return None
    name = connection.scalar(select(Campaign.name).where(Campaign.id == numbered(campaign_id)))
    if name is None:
        raise Absent(f"没有编号为 {campaign_id} 的专项行动")
    units = connection.scalars(select(Unit.name).where(Unit.campaign_id == campaign_id)).all()
    if given.unit not in units:
        near = get_close_matches(given.unit, units, 1, 0.3)  # names are short: one character in three
        raise Absent(f"“{name}”没有填报单位“{given.unit}”" + (f"，是不是“{near[0]}”？" if near else ""))
    return campaign_id


def check_leads(connection: Connection, wanted: Sequence[int]) -> None:
    """All of them exist. Raises Absent."""
    known: set[int] = set()
    for some in chunks(numbered(one) for one in wanted):
        known.update(connection.scalars(select(Lead.id).where(Lead.id.in_(some))))
    absent = [one for one in wanted if one not in known]
    if absent:
        raise Absent(f"没有编号为 {'、'.join(map(str, absent[:10]))} 的线索")


def check_batches(connection: Connection, given: NewFeedback, supersedes: int | None) -> None:
    """One batch of a case may stand in several rows: together they keep to 件 or to 千克. Raises ReferringError."""
    named = [one for one in given.seizures if one.batch]
    if not given.case_number or not named:
        return
    same = (Row.case_number == given.case_number, Row.unit == given.unit, Row.campaign_id == given.campaign_id)
    others = feedback_rows.load(connection, feedback_rows.chosen(*same, *feedback_rows.counting()))
    for other in others:
        theirs = [one for one in other.seizures if one.batch]
        mixed = feedback_checks.mixed_batches([*named, *theirs]) if other.id != supersedes else []
        if mixed:
            raise ReferringError(
                f"批次“{mixed[0]}”在反馈 {other.id}（{other.title}）中按另一种单位计过；"
                "同一批次制品只能按件或千克计一次"
            )
