"""Looks: what a run saw of leads' pages becomes visits, states and next times of their watches.

What a look means follows from what the watch knows the page to have said (`snapshot_id`, `gone`) and from what is
stored now. A run that is killed between storing a page and noting the look therefore loses nothing: the next look at
the page still finds the difference, and tells it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, select, update

from storage.columns import fit
from storage.evidence import reposts, watching
from storage.evidence.models import Capture, Visit, Watch
from storage.evidence.sold import sold_by
from storage.models import Lead, Listing, Snapshot
from storage.statements import chunks, insert, lock_site

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from storage.database import Database
    from storage.evidence.watching import Steps

SOON = timedelta(hours=1)  # after a look that saw nothing: most outages are over by then
PATIENCE = 5  # looks in a row that saw nothing; then the schedule goes on as if something had been seen
RESTLESS = 3  # changes in a row after which a page is taken to change always: the schedule goes on falling
NEWS = ("changed", "sold", "gone", "relisted")
COMPARED = {
    "title": "标题",
    "body": "正文",
    "replies": "回复",
    "price_text": "价格",
    "seller": "卖家",
    "region": "所在地",
    "images": "图片",
    "attributes": "属性",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a run saw of an item page."""

    key: str
    at: datetime
    shown: Literal["page", "missing", "nothing"]
    """The offer; a notice that it is not there; neither, because of a failure or a wall."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a page before and after a look."""

    was_gone: bool
    changed: tuple[str, ...] = ()
    """What says something else, for people; empty when nothing does."""
    sold_before: str | None = None
    sold_now: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a look means."""

    outcome: str
    reason: str
    state: str | None
    """Of the watch from now on; None leaves it."""


def judge(look: Look, page: Page) -> Judgement:
    """What the look means, given what the page was and is. Pure."""
    if look.shown == "nothing":
        return Judgement("unreachable", look.reason, None)
    if look.shown == "missing":
        if page.was_gone:
            return Judgement("unchanged", f"页面仍不存在：{look.reason}", None)
        return Judgement("gone", look.reason, "gone")
    return _judge_offer(page)


def _judge_offer(page: Page) -> Judgement:
    what = f"{'、'.join(page.changed)}有改动" if page.changed else ""
    sold, was_sold = page.sold_now, page.sold_before
    if sold and not was_sold:
        return Judgement("sold", _joined("页面恢复" if page.was_gone else "", sold, what), "sold")
    if page.was_gone:
        return Judgement("relisted", _joined("页面重新出现", sold or "", what), "sold" if sold else "relisted")
    if was_sold and not sold:
        return Judgement("relisted", _joined("不再标明已售或下架", what), "relisted")
    if page.changed:
        return Judgement("changed", what, "sold" if sold else "changed")
    return Judgement("unchanged", "", None)


def _joined(*parts: str) -> str:
    return "，".join(filter(None, parts))


def note(db: Database, site_id: int, looks: Sequence[Look], steps: Steps) -> None:
    """Write down what a run saw of pages that it has stored; new leads among them begin to be watched.

    Pages that are no leads are passed over, and so are looks before their time that show nothing new. Raises
    StorageError.
    """
    if not steps or not looks:
        return
    newest = {fit(look.key): look for look in looks}
    with db.read() as connection:  # nearly all pages are no leads: the write lock is not for them
        found = _leads(connection, site_id, newest)
    if not found:
        return
    with db.write() as connection:
        lock_site(connection, site_id)
        _enrol(connection, found, newest, steps)
        gone = [lead_id for key, lead_id in found.items() if _visit(connection, lead_id, newest[key], steps)]
        if gone:
            reposts.tell(connection, reposts.again(connection, gone), max(look.at for look in looks))


def _leads(connection: Connection, site_id: int, keys: Collection[str]) -> dict[str, int]:
    query = select(Listing.key, Lead.id).join(Lead, Lead.listing_id == Listing.id).where(watching.cared_for())
    found: dict[str, int] = {}
    for chunk in chunks(keys):
        found.update(connection.execute(query.where(Listing.site_id == site_id, Listing.key.in_(chunk))).all())
    return found


def _enrol(connection: Connection, found: dict[str, int], looks: dict[str, Look], steps: Steps) -> None:
    """A lead that is not watched yet was raised by what this run read: it has nothing to be compared with."""
    watched: set[int] = set()
    for chunk in chunks(found.values()):
        watched.update(connection.scalars(select(Watch.lead_id).where(Watch.lead_id.in_(chunk))))
    for key, lead_id in found.items():
        if lead_id not in watched:
            watching.add(connection, [lead_id], steps, looks[key].at)


def _visit(connection: Connection, lead_id: int, look: Look, steps: Steps) -> bool:
    """Note one look; whether it found the offer taken away."""
    columns = (*Watch.__table__.columns, Lead.site_id, Lead.snapshot_id.label("newest_id"))
    query = select(*columns).join(Lead, Lead.id == Watch.lead_id).where(Watch.lead_id == lead_id)
    watch = connection.execute(query).one()
    judged = judge(look, _page(connection, watch) if look.shown == "page" else Page(watch.gone))
    due = watching.is_due(watch, steps, look.at)
    if watch.last_at == look.at or not (due or judged.outcome in NEWS):
        return False
    _add_visit(connection, watch, look, judged)
    following = _following(connection, watch, judged.outcome, look.at, steps, due=due)
    values = {"last_at": look.at, "state": _state(watch.state, judged), **following}
    if look.shown != "nothing":
        values |= {"gone": look.shown == "missing"}
    if look.shown == "page":
        values |= {"snapshot_id": watch.newest_id}
    connection.execute(update(Watch).where(Watch.lead_id == lead_id).values(values))
    return judged.outcome == "gone"


def _state(before: str, judged: Judgement) -> str:
    if judged.state is not None:
        return judged.state
    return before or ("online" if judged.outcome == "unchanged" else "")


def _page(connection: Connection, watch: Row[*tuple[Any, ...]]) -> Page:
    if watch.snapshot_id == watch.newest_id and not watch.gone:
        return Page(was_gone=False)
    columns = [Snapshot.id, *(getattr(Snapshot, name) for name in COMPARED)]
    rows = connection.execute(select(*columns).where(Snapshot.id.in_((watch.snapshot_id, watch.newest_id)))).all()
    told = {row.id: row for row in rows}
    old, new = told[watch.snapshot_id], told[watch.newest_id]
    changed = tuple(label for name, label in COMPARED.items() if getattr(old, name) != getattr(new, name))
    if old.id != new.id and not changed:
        changed = ("其他内容",)
    return Page(watch.gone, changed, _sold(old), _sold(new))


def _sold(row: Row[*tuple[Any, ...]]) -> str | None:
    return sold_by(row.title, row.price_text, row.attributes, row.body)


def _add_visit(connection: Connection, watch: Row[*tuple[Any, ...]], look: Look, judged: Judgement) -> None:
    news = judged.outcome in NEWS
    row = {"lead_id": watch.lead_id, "at": look.at, "outcome": judged.outcome, "reason": judged.reason}
    row |= {"snapshot_id": watch.newest_id if news and look.shown == "page" else None, "other_lead_id": None}
    row |= {"capture_id": _capture(connection, watch, look) if news else None}
    connection.execute(insert(connection, Visit).values(row))


def _capture(connection: Connection, watch: Row[*tuple[Any, ...]], look: Look) -> int | None:
    """The page's newest capture, if it shows what this look saw and no earlier visit has told of it."""
    told = select(func.coalesce(func.max(Visit.capture_id), 0)).where(Visit.lead_id == watch.lead_id)
    told = told.where(Visit.other_lead_id.is_(None))
    query = select(Capture.id, Capture.facts, Snapshot.digest).join(Listing, Listing.site_id == Capture.site_id)
    query = query.join(Lead, Lead.listing_id == Listing.id).join(Snapshot, Snapshot.id == Lead.snapshot_id)
    query = query.where(Lead.id == watch.lead_id, Capture.key == Listing.key, Capture.kind == "page")
    query = query.where(Capture.id > told.scalar_subquery()).order_by(Capture.id.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None:
        return None
    fits = (
        row.facts.get("outcome") == "gone" if look.shown == "missing" else row.facts.get("listing_digest") == row.digest
    )
    return row.id if fits else None


def _following(  # noqa: PLR0913 -- one fact each
    connection: Connection, watch: Row[*tuple[Any, ...]], outcome: str, at: datetime, steps: Steps, *, due: bool
) -> dict[str, Any]:
    """Step, next time and count of failures after a look."""
    if watch.step == watching.STOPPED:
        return {}
    if outcome == "unreachable" and watch.failures + 1 < PATIENCE:
        wait = min(SOON, steps[min(watch.step, len(steps) - 1)])
        return {"failures": watch.failures + 1, "next_at": at + wait}
    if outcome in {"changed", "relisted"} and not _is_restless(connection, watch.lead_id):
        return {"failures": 0, "step": 0, "next_at": at + steps[0]}
    if not due:
        return {"failures": 0}
    step = watch.step + 1
    return {"failures": 0, "step": step, "next_at": at + steps[step] if step < len(steps) else None}


def _is_restless(connection: Connection, lead_id: int) -> bool:
    query = select(Visit.outcome).where(Visit.lead_id == lead_id).order_by(Visit.id.desc()).limit(RESTLESS + 1)
    outcomes = connection.scalars(query).all()  # the one just written included
    return len(outcomes) > RESTLESS and set(outcomes) <= set(NEWS)
