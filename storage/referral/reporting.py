"""What units hand in during a campaign, who has not, and figures that only people know."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from storage.referral import campaigns
from storage.referral.campaign_records import OPEN, Campaign, Figure, Reminder, Report, Standing
from storage.referral.exceptions import Absent, ReferringError
from storage.referral.feedback_checks import TEXT, amount_mistake
from storage.referral.feedback_ties import numbered
from storage.referral.form_records import COLUMNS
from storage.referral.models import Campaign as CampaignRow
from storage.referral.models import Due as DueRow
from storage.referral.models import Figure as FigureRow
from storage.referral.models import Report as ReportRow
from storage.review import audit
from storage.review.audit import Event
from storage.review.models import Account
from storage.review.wording import ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.referral.campaign_records import Due, HandedIn, NewFigure, Unit
    from storage.review.audit import Actor


def hand_in(db: Database, given: HandedIn, actor: Actor, now: datetime) -> Report:
    """Write down what a unit handed in; a later row of the same unit and due replaces it.

    Raises ReferringError: neither electronic nor on paper nor 零报告, a day to come, the campaign is closed; Absent.
    """
    today = now.astimezone(ZONE).date()
    if given.received_on > today:
        raise ReferringError(f"收到日 {given.received_on} 晚于今天")
    if not (given.electronic or given.paper or given.zero):
        raise ReferringError("请写明收到的是电子件、纸质件还是零报告")
    if len(given.note) > TEXT:
        raise ReferringError(f"备注超过 {TEXT} 个字")
    facts = {"received_on": given.received_on.isoformat(), "electronic": given.electronic, "paper": given.paper}
    facts |= {"zero": given.zero, "withdrawn": False, "note": given.note}
    with db.write() as connection:
        return _write(connection, given.due_id, given.unit_id, facts, actor, now)


def withdraw(  # noqa: PLR0913, PLR0917 -- one fact each
    db: Database, due_id: int, unit_id: int, note: str, actor: Actor, now: datetime
) -> Report:
    """What was entered was a mistake. Raises ReferringError: nothing was, or no reason is given; Absent."""
    if not note.strip():
        raise ReferringError("撤销报送登记须写明原因")
    with db.write() as connection:
        old = _newest(connection, ReportRow.due_id == numbered(due_id), ReportRow.unit_id == numbered(unit_id))
        if not old or old[0].withdrawn:
            raise ReferringError("这个单位没有登记过这一项，无从撤销")
        facts = {"received_on": old[0].received_on.isoformat(), "electronic": False, "paper": False, "zero": False}
        facts |= {"withdrawn": True, "note": note}
        return _write(connection, due_id, unit_id, facts, actor, now)


def _write(  # noqa: PLR0913, PLR0917 -- one fact each
    connection: Connection, due_id: int, unit_id: int, facts: dict[str, Any], actor: Actor, now: datetime
) -> Report:
    campaign = _campaign_of(connection, due_id)
    due = next(one for one in campaign.dues if one.id == due_id)
    unit = _unit(campaign, unit_id)
    row = facts | {"due_id": due_id, "unit_id": unit_id, "at": now, "account_id": actor.account_id}
    number = connection.execute(insert(ReportRow).returning(ReportRow.id), row).scalar_one()
    detail = {"unit": unit.name, "due": due.name} | {name: value for name, value in facts.items() if value}
    audit.add(connection, actor, Event("campaign.report", "campaign", campaign.id, detail), now)
    return _newest(connection, ReportRow.id == number)[0]


def _campaign_of(connection: Connection, due_id: int) -> Campaign:
    campaign_id = connection.scalar(select(DueRow.campaign_id).where(DueRow.id == numbered(due_id)))
    if campaign_id is None:
        raise Absent(f"没有编号为 {due_id} 的报送事项")
    return campaigns.open_one(connection, campaign_id)


def _unit(campaign: Campaign, unit_id: int) -> Unit:
    unit = next((one for one in campaign.units if one.id == unit_id), None)
    if unit is None:
        raise Absent(f"专项行动“{campaign.name}”没有编号为 {unit_id} 的填报单位")
    return unit


def standings(db: Database, campaign_id: int, today: date) -> list[Standing]:
    """Each due with each unit that has to report, by due day and the units' order. Raises Absent."""
    with db.read() as connection:
        found = campaigns.read(connection, CampaignRow.id == numbered(campaign_id))
        if not found:
            raise Absent(f"没有编号为 {campaign_id} 的专项行动")
        return _standings(connection, found[0], today)


def _standings(connection: Connection, campaign: Campaign, today: date) -> list[Standing]:
    dues = [one.id for one in campaign.dues]
    reports = {(one.due_id, one.unit_id): one for one in _newest(connection, ReportRow.due_id.in_(dues))}
    units = [one for one in campaign.units if one.left_at is None]
    return [_standing(due, unit, reports.get((due.id, unit.id)), today) for due in campaign.dues for unit in units]


def _standing(due: Due, unit: Unit, report: Report | None, today: date) -> Standing:
    report = None if report is None or report.withdrawn else report
    late = report is not None and report.received_on > due.due_on
    return Standing(due, unit, _state(due, report, today), (due.due_on - today).days, report, late)


def _state(due: Due, report: Report | None, today: date) -> str:
    if report is not None:
        if report.zero:
            return "zero"
        if due.paper and not report.paper:
            return "paper_missing"
        return "reported" if report.electronic or due.paper is False else "electronic_missing"
    days = (due.due_on - today).days
    if days < 0:
        return "overdue"
    return "soon" if days <= due.remind_days else "waiting"


def missing(db: Database, campaign_id: int, today: date) -> list[Standing]:
    """Those of `standings` in which something is still to come."""
    return [one for one in standings(db, campaign_id, today) if one.state in OPEN]


def reminders(db: Database, today: date) -> list[Reminder]:
    """Of all open campaigns: dues whose first reminder is due, or that are overdue, and who has not reported."""
    found = []
    with db.read() as connection:
        for campaign in campaigns.read(connection, CampaignRow.closed_at.is_(None)):
            for due, group in groupby(_standings(connection, campaign, today), key=lambda one: one.due):
                some = tuple(one for one in group if one.state in OPEN)
                days = (due.due_on - today).days
                if some and days <= due.remind_days:
                    found.append(Reminder(campaign.id, campaign.name, due, days, some))
    return sorted(found, key=lambda one: (one.days, one.campaign_id, one.due.id))


def handed_in(db: Database, campaign_id: int, *, limit: int = 200) -> list[Report]:
    """All rows, the newest first, what no longer counts among them. Raises Absent."""
    campaigns.get(db, campaign_id)
    dues = select(DueRow.id).where(DueRow.campaign_id == campaign_id)
    query = select(ReportRow.__table__).where(ReportRow.due_id.in_(dues))
    with db.read() as connection:
        return [_report(row) for row in connection.execute(query.order_by(ReportRow.id.desc()).limit(limit))]


def _newest(connection: Connection, *conditions: Any) -> list[Report]:
    """The newest row of each due and unit."""
    newest = select(func.max(ReportRow.id)).where(*conditions).group_by(ReportRow.due_id, ReportRow.unit_id)
    return [_report(row) for row in connection.execute(select(ReportRow.__table__).where(ReportRow.id.in_(newest)))]


def _report(row: Any) -> Report:
    facts = dict(row._mapping)  # noqa: SLF001 -- the library's public way to a row's names
    return Report(**facts | {"received_on": date.fromisoformat(row.received_on)})


def enter_figure(db: Database, given: NewFigure, actor: Actor, now: datetime) -> Figure:
    """Type a figure; it replaces the one typed before in the same cell.

    Raises ReferringError: no source, no such column, a wrong value, the campaign is closed; Absent.
    """
    wrong = _figure_mistake(given)
    if wrong:
        raise ReferringError(wrong)
    with db.write() as connection:
        campaign = campaigns.open_one(connection, given.campaign_id)
        unit = _unit(campaign, given.unit_id)
        row: dict[str, Any] = {
            "campaign_id": campaign.id,
            "unit_id": unit.id,
            "column": given.column,
            "value": given.value,
        }
        row |= {"source": given.source, "at": now, "account_id": actor.account_id}
        number = connection.execute(insert(FigureRow).returning(FigureRow.id), row).scalar_one()
        value = None if given.value is None else str(given.value)
        detail = {"unit": unit.name, "column": given.column, "value": value, "source": given.source}
        audit.add(connection, actor, Event("campaign.figure", "campaign", campaign.id, detail), now)
        return Figure(number, unit.id, given.column, given.value, given.source, now, actor.account_id, actor.name)


def _figure_mistake(given: NewFigure) -> str:
    if not 1 <= given.column <= len(COLUMNS):
        return f"成果表只有 1 到 {len(COLUMNS)} 栏，没有第 {given.column} 栏"
    if not given.source.strip() or len(given.source) > TEXT:
        return "请写明数字的来源（谁报的、记在哪里）"
    if given.value is None:
        return ""
    column = COLUMNS[given.column - 1]
    wrong = amount_mistake(given.value, whole=column.decimals == 0)
    return f"第 {column.number} 栏“{column.name}”{wrong}" if wrong else ""


def figures(db: Database, campaign_id: int, *, all_versions: bool = False) -> list[Figure]:
    """Typed figures that count, or all that ever were, by unit, column and time. Raises Absent."""
    campaigns.get(db, campaign_id)
    with db.read() as connection:
        found = read_figures(connection, campaign_id)
    if all_versions:
        return found
    newest = {(one.unit_id, one.column): one for one in found}
    return [one for one in newest.values() if one.value is not None]


def read_figures(connection: Connection, campaign_id: int) -> list[Figure]:
    """All typed figures of a campaign, by unit, column and time."""
    query = (
        select(FigureRow.__table__, Account.display_name)
        .outerjoin(Account, Account.id == FigureRow.account_id)
        .where(FigureRow.campaign_id == campaign_id)
        .order_by(FigureRow.unit_id, FigureRow.column, FigureRow.id)
    )
    return [
        Figure(row.id, row.unit_id, row.column, row.value, row.source, row.at, row.account_id, row.display_name or "")
        for row in connection.execute(query)
    ]
