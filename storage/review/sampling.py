"""Samples: what the lexicon misses, estimated from unflagged listings; how far reviewers agree, from blind second looks.

Once a week some listings without a lead and some decided leads of the week before are drawn at random. A person judges
them without knowing what the lexicon or somebody else said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import Integer, exists, func, insert, literal, not_, select, text, update

from storage.models import Detection, Lead, Listing, Snapshot
from storage.review import audit
from storage.review.audit import Event
from storage.review.exceptions import Conflict, ReviewError, Unknown
from storage.review.finding import SOURCE, raise_lead
from storage.review.models import Account, Decision
from storage.review.models import Draw as DrawRow
from storage.review.models import Sample as SampleRow
from storage.writing import NEWEST

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

    from storage.database import Database
    from storage.review.audit import Actor

Kind = Literal["unflagged", "blind"]
Verdict = Literal["violation", "harmless", "unsure"]
STRATA: dict[Kind, tuple[str, ...]] = {"unflagged": ("mention", "none"), "blind": ("confirmed", "dismissed")}
SAID = {"confirmed": "violation", "dismissed": "harmless"}
SIZE = 50  # of each stratum and week: an hour's work
LONGEST_NOTE = 5_000  # characters: a page
DRAW_LOCK = 0x64726177  # "draw": any number, for PostgreSQL's advisory lock


@dataclass(frozen=True, slots=True)
class Sample:
    """A listing to look at, without what anybody or the lexicon said of it."""

    id: int
    kind: str
    week: str
    listing_id: int
    snapshot_id: int
    judged_at: datetime | None
    account_id: int | None
    verdict: str | None
    note: str


def week_of(moment: datetime) -> str:
    """ISO week of a moment in UTC, ``2026-W10``; it begins at 8 o'clock on Monday in China."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02}"


def monday_of(moment: datetime) -> datetime:
    """When that week began."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def draw_due(db: Database, now: datetime, *, size: int = SIZE) -> int:
    """Draw what has not been drawn of the last full week, of both kinds; how many samples. Often called, seldom work."""
    return sum(draw(db, kind, now, size=size) for kind in STRATA)


def draw(db: Database, kind: Kind, now: datetime, *, early: bool = False, size: int = SIZE) -> int:
    """Draw the sample of the last full week, `size` of each stratum; how many are new.

    A second call for the same week draws nothing. `early`: of the week that is not over, as far as it has come, instead
    of the draw that would follow; nothing is noted down while there is nothing to draw from. Raises StorageError.
    """
    since = monday_of(now) - timedelta(days=0 if early else 7)
    until = now if early else since + timedelta(days=7)
    week, sources = week_of(since), {one: _source(kind, one, since, until) for one in STRATA[kind]}
    known = select(func.count()).where(DrawRow.week == week, DrawRow.kind == kind)
    with db.read() as connection:
        if connection.scalar(known):
            return 0
    with db.write() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": DRAW_LOCK})
        if connection.scalar(known):
            return 0
        sizes = {one: _count(connection, source) for one, source in sources.items()}
        if early and not any(sizes.values()):
            return 0
        facts = {"week": week, "kind": kind, "drawn_at": now}
        return sum(
            _draw(connection, source, facts | {"stratum": one, "population": sizes[one]}, size)
            for one, source in sources.items()
        )


def _count(connection: Connection, source: Select[*tuple[Any, ...]]) -> int:
    return connection.scalar(select(func.count()).select_from(source.subquery())) or 0


def _draw(connection: Connection, source: Select[*tuple[Any, ...]], facts: dict[str, Any], size: int) -> int:
    chosen = connection.execute(source.order_by(func.random()).limit(size)).all()
    query = insert(DrawRow).values(facts | {"drawn": len(chosen)}).returning(DrawRow.id)
    draw_id = connection.execute(query).scalar_one()
    if chosen:
        rows = [dict(row._mapping) | {"draw_id": draw_id, "note": ""} for row in chosen]  # noqa: SLF001 - the documented way
        connection.execute(insert(SampleRow), rows)
    return len(chosen)


def _source(kind: Kind, stratum: str, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    return (_unflagged if kind == "unflagged" else _blind)(stratum, since, until)


def _unflagged(stratum: str, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """New listings of that time without a lead, by what the newest detection says."""
    last = (
        select(Detection.verdict)
        .where(Detection.snapshot_id == Snapshot.id)
        .order_by(Detection.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    mentions = func.coalesce(last, "none") == "mention"
    return (
        select(Listing.id.label("listing_id"), Snapshot.id.label("snapshot_id"))
        .join(Snapshot, NEWEST)
        .where(Listing.first_seen_at >= since, Listing.first_seen_at < until)
        .where(not_(exists().where(Lead.listing_id == Listing.id)), mentions if stratum == "mention" else ~mentions)
    )


def _blind(stratum: str, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """Leads that were decided in that time."""
    who = (
        select(Decision.account_id)
        .where(Decision.lead_id == Lead.id, Decision.kind.in_(("confirm", "dismiss")), Decision.at <= Lead.decided_at)
        .order_by(Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Lead.listing_id, Detection.snapshot_id, Lead.id.label("lead_id"), who.label("first_account_id"),
            literal(SAID[stratum]).label("first_verdict"),
        )
        .join(Detection, Detection.id == Lead.detection_id)
        .where(Lead.status == stratum, Lead.decided_at >= since, Lead.decided_at < until)
    )  # fmt: skip


COLUMNS = (
    SampleRow.id, DrawRow.kind, DrawRow.week, SampleRow.listing_id, SampleRow.snapshot_id, SampleRow.judged_at,
    SampleRow.account_id, SampleRow.verdict, SampleRow.note,
)  # fmt: skip


def _knows(account_id: int) -> ColumnElement[bool]:
    """This person had a hand in what was decided first, be it as the one who approved."""
    return exists().where(Decision.lead_id == SampleRow.lead_id, Decision.account_id == account_id)


def _open(kind: Kind, account_id: int) -> list[ColumnElement[bool]]:
    mine = [not_(_knows(account_id))] if kind == "blind" else []
    return [DrawRow.kind == kind, SampleRow.judged_at.is_(None), *mine]


def waiting(db: Database, kind: Kind, account_id: int, *, limit: int = 50) -> list[Sample]:
    """Samples that this person may judge, oldest first: never what they had a hand in."""
    query = select(*COLUMNS).join(DrawRow, DrawRow.id == SampleRow.draw_id).where(*_open(kind, account_id))
    with db.read() as connection:
        return [Sample(*row) for row in connection.execute(query.order_by(SampleRow.id).limit(limit))]


def next_one(db: Database, kind: Kind, account_id: int, *, after: int = 0) -> tuple[Sample | None, int]:
    """The first of them behind `after`, else the first of all; and how many there are."""
    query = select(*COLUMNS).join(DrawRow, DrawRow.id == SampleRow.draw_id).where(*_open(kind, account_id))
    with db.read() as connection:
        left = _count(connection, query)
        order = query.order_by((SampleRow.id <= after).cast(Integer), SampleRow.id).limit(1)
        row = connection.execute(order).one_or_none()
    return (None if row is None else Sample(*row)), left


def get(db: Database, sample_id: int) -> Sample | None:
    """One sample; None when there is no such id."""
    query = select(*COLUMNS).join(DrawRow, DrawRow.id == SampleRow.draw_id).where(SampleRow.id == sample_id)
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Sample(*row)


def judge(  # noqa: PLR0913, PLR0917 - one fact each
    db: Database, sample_id: int, verdict: Verdict, note: str, actor: Actor, now: datetime
) -> int | None:
    """Say what a sample is; the lead that it became, where an unflagged listing is a violation.

    Raises:
        Conflict: somebody else has said it.
        ReviewError: it is the person's own decision, or the verdict is none.
        Unknown: there is no such sample.
    """
    if verdict not in get_args(Verdict):
        raise ReviewError("请选择结论")
    if len(note) > LONGEST_NOTE:
        raise ReviewError(f"备注不能超过 {LONGEST_NOTE} 个字")
    with db.write() as connection:
        row, kind = _locked(connection, sample_id, actor)
        found = None
        if kind == "unflagged" and verdict == "violation":
            found = raise_lead(connection, row.listing_id, row.snapshot_id, now)
        values = {"judged_at": now, "account_id": actor.account_id, "verdict": verdict, "note": note}
        values |= {"lead_id": found} if found else {}
        connection.execute(update(SampleRow).where(SampleRow.id == sample_id).values(values))
        events = [Event("sample.judge", "sample", sample_id, {"verdict": verdict})]
        if found is not None:
            events.append(Event("lead.enter", "lead", found, {"source": SOURCE, "sample": sample_id}))
        audit.add(connection, actor, events, now)
    return found


def _locked(connection: Connection, sample_id: int, actor: Actor) -> tuple[Any, str]:
    """The sample and its kind, if this person may judge it."""
    row = connection.execute(select(SampleRow).where(SampleRow.id == sample_id).with_for_update()).one_or_none()
    if row is None:
        raise Unknown("没有这个抽样")
    kind = connection.scalar(select(DrawRow.kind).where(DrawRow.id == row.draw_id)) or ""
    mine = select(Decision.id).where(Decision.lead_id == row.lead_id, Decision.account_id == (actor.account_id or 0))
    if kind == "blind" and connection.scalar(mine.limit(1)) is not None:
        raise ReviewError("不能复看自己的决定")
    if row.judged_at is not None:
        who = connection.scalar(select(Account.display_name).where(Account.id == row.account_id)) or ""
        raise Conflict(f"{who} 已经给出结论", who=who, when=row.judged_at, what="sample")
    return row, kind


__all__ = [
    "SIZE", "STRATA", "Kind", "Sample", "Verdict", "draw", "draw_due", "get", "judge", "monday_of", "next_one",
    "waiting", "week_of",
]  # fmt: skip
