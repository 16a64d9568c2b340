"""One decision over all leads of a queue: previewed, capped, each lead with its own row and its own audit entry."""

from __future__ import annotations

import secrets
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.review import audit, second
from storage.review.audit import Event
from storage.review.decisions import UNDO_WITHIN, check_words, decide_in, undo_in
from storage.review.exceptions import Conflict, ReviewError
from storage.review.models import Decision as DecisionRow
from storage.review.queue import read_page
from storage.review.records import BulkDone, Decided, Decision, Preview

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.review.audit import Actor
    from storage.review.filters import Filters
    from storage.review.second import Policy

CAP = 200  # leads: written in less than a second, during which nobody else can write
KINDS = ("confirm", "dismiss", "needs_info", "duplicate", "reopen")


def preview(db: Database, filters: Filters, now: datetime, *, cap: int = CAP) -> Preview:
    """The leads that a decision would touch, at most `cap`. Raises StorageError."""
    with db.read() as connection:
        return _preview(connection, filters, now, cap)


def _preview(connection: Connection, filters: Filters, now: datetime, cap: int) -> Preview:
    found = read_page(connection, filters, now, limit=cap)
    said = ";".join(f"{row.id}:{row.decision_id}" for row in sorted(found.rows, key=lambda row: row.id))
    return Preview(found.rows, over=found.next is not None, digest=sha256(said.encode()).hexdigest())


def decide_all(  # noqa: PLR0913 - one fact each
    db: Database,
    filters: Filters,
    template: Decision,
    now: datetime,
    *,
    digest: str,
    cap: int = CAP,
    policy: Policy | None = None,
) -> BulkDone:
    """Decide on every lead of the queue as `template` says (its lead_id and seen do not matter), in one transaction.

    Leads that somebody else holds or that cannot be decided so are skipped and named.

    Raises:
        Conflict: the queue holds other leads, or other decisions, than the preview with this digest showed.
        ReviewError: more than `cap` leads, a kind that makes no sense for many, a note or reason that none could have.
    """
    if template.kind not in KINDS:
        raise ReviewError("这种决定不能批量作出")
    bulk_id = secrets.token_hex(8)
    with db.write() as connection:
        check_words(connection, template)  # once for all, or every lead would be skipped for the same reason
        shown = _preview(connection, filters, now, cap)
        if shown.over:
            raise ReviewError(f"批量处理一次最多 {cap} 条,请先缩小范围")
        if shown.digest != digest:
            raise Conflict("预览之后结果有了变化,请重新预览", what="changed")
        versions = {row.id: row.decision_id for row in shown.rows}
        decided: list[Decided] = []
        skipped: list[tuple[int, str]] = []
        events: list[Event] = []
        for lead_id in sorted(versions):  # the same order for all: two bulk decisions cannot block each other
            one = replace(template, lead_id=lead_id, seen=versions[lead_id], bulk_id=bulk_id)
            try:
                done, event = decide_in(connection, one, now, policy or second.Policy())
            except ReviewError as error:  # raised before anything is written
                skipped.append((lead_id, str(error)))
            else:
                decided.append(done)
                events.append(event)
        facts = {"decided": len(decided), "skipped": len(skipped), "kind": template.kind}
        audit.add(connection, template.actor, [*events, Event("bulk", "bulk", bulk_id, facts)], now)
    return BulkDone(bulk_id, tuple(decided), tuple(skipped))


def undo_all(db: Database, bulk_id: str, actor: Actor, now: datetime) -> BulkDone:
    """Take back what this person decided over a whole queue, in one transaction, as far as it still stands.

    Leads on which somebody has decided since, and those that were referred, are skipped and named.

    Raises:
        ReviewError: there is nothing of it to take back, or it is too late.
    """
    undone = select(DecisionRow.undoes).where(DecisionRow.undoes.is_not(None))
    query = select(DecisionRow.id, DecisionRow.lead_id).where(
        DecisionRow.bulk_id == bulk_id,
        DecisionRow.account_id == (actor.account_id or 0),
        DecisionRow.at >= now - UNDO_WITHIN,
        DecisionRow.id.not_in(undone),
    )
    decided: list[Decided] = []
    skipped: list[tuple[int, str]] = []
    events: list[Event] = []
    with db.write() as connection:
        rows = connection.execute(query.order_by(DecisionRow.lead_id)).all()
        if not rows:
            raise ReviewError("这一批没有可以撤销的决定(只能撤销半小时之内自己作出的)")
        for row in rows:
            try:
                done, event = undo_in(connection, actor, row.lead_id, row.id, now)
            except ReviewError as error:  # raised before anything is written
                skipped.append((row.lead_id, str(error)))
            else:
                decided.append(done)
                events.append(event)
        facts = {"decided": len(decided), "skipped": len(skipped)}
        audit.add(connection, actor, [*events, Event("bulk.undo", "bulk", bulk_id, facts)], now)
    return BulkDone(bulk_id, tuple(decided), tuple(skipped))
