"""Campaigns (专项行动): made, changed, read, closed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, insert, select, update

from storage.columns import MAX_ID, fit
from storage.referral import campaign_checks
from storage.referral.campaign_records import Campaign, Due, StageDates, Unit
from storage.referral.exceptions import Absent, ReferringError
from storage.referral.models import Campaign as CampaignRow
from storage.referral.models import Due as DueRow
from storage.referral.models import Report, Stage
from storage.referral.models import Unit as UnitRow
from storage.review import audit
from storage.review.audit import Event

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from storage.database import Database
    from storage.referral.campaign_records import NewDue, NewUnit, Plan
    from storage.review.audit import Actor


def mistakes(plan: Plan) -> tuple[str, ...]:
    """All that is wrong with a plan, in Chinese; pure."""
    return campaign_checks.mistakes(plan)


def create(db: Database, plan: Plan, actor: Actor, now: datetime) -> Campaign:
    """Make a campaign. Raises ReferringError: what is wrong with the plan, or the name is taken."""
    _check(plan)
    with db.write() as connection:
        _check_name(connection, plan.name, None)
        row = _values(plan) | {"created_at": now, "closed_at": None}
        number = connection.execute(insert(CampaignRow).returning(CampaignRow.id), row).scalar_one()
        _write_stages(connection, number, plan)
        for position, unit in enumerate(plan.units):
            _add_unit(connection, number, position, unit)
        for due in plan.dues:
            connection.execute(insert(DueRow), {"campaign_id": number} | _due_values(due))
        audit.add(connection, actor, Event("campaign.create", "campaign", number, _told(plan)), now)
        return _one(connection, number)


def change(db: Database, campaign_id: int, plan: Plan, actor: Actor, now: datetime) -> Campaign:
    """Make it as the plan says. Units and dues are told by their names.

    A unit that the plan leaves out need not report any more, its figures stay; a due that it leaves out goes, unless
    somebody has handed it in. Raises ReferringError, Absent.
    """
    _check(plan)
    with db.write() as connection:
        old = open_one(connection, campaign_id)
        _check_name(connection, plan.name, old.id)
        connection.execute(update(CampaignRow).where(CampaignRow.id == old.id).values(_values(plan)))
        connection.execute(delete(Stage).where(Stage.campaign_id == old.id))
        _write_stages(connection, old.id, plan)
        _change_units(connection, old, plan, now)
        _change_dues(connection, old, plan)
        audit.add(connection, actor, Event("campaign.change", "campaign", old.id, _told(plan)), now)
        return _one(connection, old.id)


def _check(plan: Plan) -> None:
    wrong = mistakes(plan)
    if wrong:
        raise ReferringError("；".join(wrong))


def _check_name(connection: Connection, name: str, own: int | None) -> None:
    other = connection.scalar(select(CampaignRow.id).where(CampaignRow.name == fit(name)))
    if other is not None and other != own:
        raise ReferringError(f"已有名为“{name}”的专项行动（编号 {other}）")


def _values(plan: Plan) -> dict[str, Any]:
    days = {"starts_on": plan.starts_on.isoformat(), "ends_on": plan.ends_on.isoformat()}
    return {"name": plan.name, "basis": plan.basis, "facts": dict(plan.facts)} | days


def _told(plan: Plan) -> dict[str, Any]:
    counts = {"stages": len(plan.stages), "units": len(plan.units), "dues": len(plan.dues)}
    return {"name": plan.name, "from": plan.starts_on.isoformat(), "to": plan.ends_on.isoformat()} | counts


def _write_stages(connection: Connection, campaign_id: int, plan: Plan) -> None:
    rows = [
        {"campaign_id": campaign_id, "position": position, "name": stage.name}
        | {"starts_on": stage.starts_on.isoformat(), "ends_on": stage.ends_on.isoformat()}
        for position, stage in enumerate(plan.stages)
    ]
    if rows:
        connection.execute(insert(Stage), rows)


def _add_unit(connection: Connection, campaign_id: int, position: int, unit: NewUnit) -> None:
    row = {"campaign_id": campaign_id, "position": position, "left_at": None}
    connection.execute(insert(UnitRow), row | {"name": unit.name, "kind": unit.kind, "contact": unit.contact})


def _change_units(connection: Connection, old: Campaign, plan: Plan, now: datetime) -> None:
    known = {unit.name: unit for unit in old.units}
    for position, unit in enumerate(plan.units):
        if unit.name not in known:
            _add_unit(connection, old.id, position, unit)
            continue
        values = {"kind": unit.kind, "contact": unit.contact, "position": position, "left_at": None}
        connection.execute(update(UnitRow).where(UnitRow.id == known[unit.name].id).values(values))
    left = [unit.id for name, unit in known.items() if name not in {one.name for one in plan.units}]
    gone = {"left_at": now, "position": len(plan.units)}  # behind all that report
    query = update(UnitRow).where(UnitRow.id.in_(left), UnitRow.left_at.is_(None))
    connection.execute(query.values(gone))


def _change_dues(connection: Connection, old: Campaign, plan: Plan) -> None:
    known = {due.name: due for due in old.dues}
    for due in plan.dues:
        if due.name in known:
            connection.execute(update(DueRow).where(DueRow.id == known[due.name].id).values(_due_values(due)))
        else:
            connection.execute(insert(DueRow), {"campaign_id": old.id} | _due_values(due))
    for name, gone in known.items():
        if name in {one.name for one in plan.dues}:
            continue
        if connection.scalar(select(exists().where(Report.due_id == gone.id))):
            raise ReferringError(f"报送事项“{name}”已有单位报送，不能删去；可以改期限")
        connection.execute(delete(DueRow).where(DueRow.id == gone.id))


def _due_values(due: NewDue) -> dict[str, Any]:
    facts = {"name": due.name, "kind": due.kind, "due_on": due.due_on.isoformat()}
    return facts | {"remind_days": due.remind_days, "paper": due.paper}


def get(db: Database, campaign_id: int) -> Campaign:
    """One campaign. Raises Absent."""
    with db.read() as connection:
        return _one(connection, campaign_id)


def named(db: Database, name_or_id: str) -> Campaign:
    """By name, part of the name that only one has, or number. Raises Absent: none, or several; names the nearest."""
    asked = name_or_id.strip()
    with db.read() as connection:
        known = dict(connection.execute(select(CampaignRow.name, CampaignRow.id)).all())
        if asked in known:
            return _one(connection, known[asked])
        if asked.isascii() and asked.isdecimal():
            return _one(connection, int(asked[:20]))
        found = [name for name in known if asked and asked in name]
        if len(found) == 1:
            return _one(connection, known[found[0]])
    if found:
        raise Absent(f"有 {len(found)} 个专项行动的名称含“{asked}”：{'、'.join(found[:5])}；请写全名或编号")
    near = get_close_matches(asked, known, 1, 0.3)  # names share words: a third is near enough to ask
    raise Absent(f"没有名为“{asked}”的专项行动" + (f"，是不是“{near[0]}”？" if near else ""))


def everyone(db: Database, *, open_only: bool = False) -> list[Campaign]:
    """All campaigns, the newest first."""
    with db.read() as connection:
        return read(connection, CampaignRow.closed_at.is_(None)) if open_only else read(connection)


def close(db: Database, campaign_id: int, actor: Actor, now: datetime) -> Campaign:
    """Nothing more is expected: no reminders, no changes. Raises ReferringError: it is closed already; Absent."""
    with db.write() as connection:
        open_one(connection, campaign_id)
        return _set_closed(connection, campaign_id, now, actor, now)


def reopen(db: Database, campaign_id: int, actor: Actor, now: datetime) -> Campaign:
    """Take the closing back. Raises ReferringError: it is open; Absent."""
    with db.write() as connection:
        found = _one(connection, campaign_id)
        if found.closed_at is None:
            raise ReferringError(f"专项行动“{found.name}”没有关闭")
        return _set_closed(connection, campaign_id, None, actor, now)


def _set_closed(
    connection: Connection, campaign_id: int, closed_at: datetime | None, actor: Actor, now: datetime
) -> Campaign:
    query = update(CampaignRow).where(CampaignRow.id == campaign_id)
    connection.execute(query.values(closed_at=closed_at))
    action = "campaign.reopen" if closed_at is None else "campaign.close"
    audit.add(connection, actor, Event(action, "campaign", campaign_id), now)
    return _one(connection, campaign_id)


def open_one(connection: Connection, campaign_id: int) -> Campaign:
    """A campaign that is not closed, its row locked. Raises Absent, ReferringError."""
    number = campaign_id if 0 < campaign_id <= MAX_ID else 0
    connection.execute(select(CampaignRow.id).where(CampaignRow.id == number).with_for_update())
    found = _one(connection, campaign_id)
    if found.closed_at is not None:
        raise ReferringError(f"专项行动“{found.name}”已关闭，不能再改")
    return found


def _one(connection: Connection, campaign_id: int) -> Campaign:
    found = read(connection, CampaignRow.id == campaign_id) if 0 < campaign_id <= MAX_ID else []
    if not found:
        raise Absent(f"没有编号为 {campaign_id} 的专项行动")
    return found[0]


def read(connection: Connection, *conditions: Any) -> list[Campaign]:
    """Campaigns that satisfy the conditions, the newest first."""
    rows = connection.execute(select(CampaignRow.__table__).where(*conditions).order_by(CampaignRow.id.desc())).all()
    ids = [row.id for row in rows]
    stages = _grouped(connection, Stage, ids, Stage.position)
    units = _grouped(connection, UnitRow, ids, UnitRow.position, UnitRow.id)
    dues = _grouped(connection, DueRow, ids, DueRow.due_on, DueRow.id)
    return [
        Campaign(
            row.id, row.name, row.basis, date.fromisoformat(row.starts_on), date.fromisoformat(row.ends_on), row.facts,
            row.created_at, row.closed_at, tuple(_stage(one) for one in stages[row.id]),
            tuple(_unit(one) for one in units[row.id]), tuple(_due(one) for one in dues[row.id]),
        )
        for row in rows
    ]  # fmt: skip


def _grouped(connection: Connection, table: Any, ids: list[int], *order: Any) -> defaultdict[int, list[Row[Any]]]:
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(table.__table__).where(table.campaign_id.in_(ids)).order_by(*order)):
        found[row.campaign_id].append(row)
    return found


def _stage(row: Row[Any]) -> StageDates:
    return StageDates(row.name, date.fromisoformat(row.starts_on), date.fromisoformat(row.ends_on))


def _unit(row: Row[Any]) -> Unit:
    return Unit(row.id, row.name, row.kind, row.contact, row.position, row.left_at)


def _due(row: Row[Any]) -> Due:
    return Due(row.id, row.name, row.kind, date.fromisoformat(row.due_on), row.remind_days, row.paper)
