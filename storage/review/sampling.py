"""Samples: what the lexicon misses, estimated from unflagged listings; how far reviewers agree, from blind second looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, func, insert, literal, or_, select, update

from storage.models import Detection, Lead, Listing, Snapshot
from storage.review import audit
from storage.review.audit import Event
from storage.review.exceptions import Conflict, ReviewError, Unknown
from storage.review.intervals import Share, kappa, stratified, wilson
from storage.review.models import Account, Decision
from storage.review.models import Draw as DrawRow
from storage.review.models import Sample as SampleRow
from storage.writing import NEWEST

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from storage.database import Database
    from storage.review.audit import Actor

Kind = Literal["unflagged", "blind"]
Verdict = Literal["violation", "harmless", "unsure"]
STRATA = {"unflagged": ("mention", "none"), "blind": ("confirmed", "dismissed")}
SAID = {"confirmed": "violation", "dismissed": "harmless"}
SIZE = 50  # of each stratum and week: an hour's work


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


@dataclass(frozen=True, slots=True)
class Missed:
    """What the lexicon overlooks, estimated from the samples of some weeks."""

    share: Share
    """Of unflagged listings that are violations."""
    population: int
    """Unflagged listings of those weeks."""
    judged: int
    found: int

    @property
    def projected(self) -> tuple[int, int, int]:
        """Violations overlooked in those weeks: estimate, at least, at most."""
        return tuple(round(part * self.population) for part in (self.share.value, self.share.low, self.share.high))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people, each without knowing of the other, said the same."""

    share: Share
    kappa: float | None
    """Agreement beyond chance, 1 at best; None where it cannot be told."""


def week_of(moment: datetime) -> str:
    """ISO week of a moment in UTC, ``2026-W10``."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02}"


def draw(db: Database, kind: Kind, now: datetime, *, size: int = SIZE) -> int:
    """Draw this week's sample from the seven days before `now`, `size` of each stratum; how many are new.

    A second call in the same week draws nothing. Raises StorageError.
    """
    since = now - timedelta(days=7)
    drawn = 0
    with db.write() as connection:
        done = connection.scalar(select(func.count()).where(DrawRow.week == week_of(now), DrawRow.kind == kind))
        if done:
            return 0
        for stratum in STRATA[kind]:
            source = _unflagged(stratum, since, now) if kind == "unflagged" else _blind(stratum, since, now)
            drawn += _draw(connection, kind, stratum, source, now, size)
    return drawn


def _draw(  # noqa: PLR0913, PLR0917 - one fact each
    connection: Connection, kind: str, stratum: str, source: Select[*tuple[Any, ...]], now: datetime, size: int
) -> int:
    population = connection.scalar(select(func.count()).select_from(source.subquery())) or 0
    chosen = connection.execute(source.order_by(func.random()).limit(size)).all()
    facts = {"week": week_of(now), "kind": kind, "stratum": stratum, "population": population, "drawn": len(chosen)}
    query = insert(DrawRow).values(facts | {"drawn_at": now}).returning(DrawRow.id)
    draw_id = connection.execute(query).scalar_one()
    if chosen:
        rows = [dict(row._mapping) | {"draw_id": draw_id, "note": ""} for row in chosen]  # noqa: SLF001 - the documented way
        connection.execute(insert(SampleRow), rows)
    return len(chosen)


def _unflagged(stratum: str, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """Listings of the week without a lead, by what the newest detection says."""
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
        .where(Listing.id.not_in(select(Lead.listing_id)), mentions if stratum == "mention" else ~mentions)
    )


def _blind(stratum: str, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """Leads of the week that one person decided."""
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


def waiting(db: Database, kind: Kind, account_id: int, *, limit: int = 50) -> list[Sample]:
    """Samples that this person may judge, oldest first: never what they decided themselves."""
    others = or_(SampleRow.first_account_id.is_(None), SampleRow.first_account_id != account_id)
    query = select(*COLUMNS).join(DrawRow, DrawRow.id == SampleRow.draw_id)
    query = query.where(DrawRow.kind == kind, SampleRow.judged_at.is_(None), others).order_by(SampleRow.id).limit(limit)
    with db.read() as connection:
        return [Sample(*row) for row in connection.execute(query)]


def get(db: Database, sample_id: int) -> Sample | None:
    """One sample; None when there is no such id."""
    query = select(*COLUMNS).join(DrawRow, DrawRow.id == SampleRow.draw_id).where(SampleRow.id == sample_id)
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Sample(*row)


def judge(  # noqa: PLR0913, PLR0917 - one fact each
    db: Database, sample_id: int, verdict: Verdict, note: str, actor: Actor, now: datetime
) -> None:
    """Say what a sample is.

    Raises:
        Conflict: somebody else has said so already.
        ReviewError: it is the person's own decision, or no verdict.
        Unknown: no such sample.
    """
    if verdict not in {"violation", "harmless", "unsure"}:
        raise ReviewError("请选择结论")
    with db.write() as connection:
        query = select(SampleRow).where(SampleRow.id == sample_id).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is None:
            raise Unknown("没有这个抽样")
        if row.first_account_id == actor.account_id:
            raise ReviewError("不能复看自己的决定")
        if row.judged_at is not None:
            who = connection.scalar(select(Account.display_name).where(Account.id == row.account_id)) or ""
            raise Conflict(f"{who} 已经给出结论", who=who, when=row.judged_at, what="sample")
        values = {"judged_at": now, "account_id": actor.account_id, "verdict": verdict, "note": note}
        connection.execute(update(SampleRow).where(SampleRow.id == sample_id).values(values))
        audit.add(connection, actor, Event("sample.judge", "sample", sample_id, {"verdict": verdict}), now)


def missed(db: Database, since: datetime, until: datetime) -> Missed:
    """The miss rate, from the unflagged samples drawn in that time; unsure ones count as harmless.

    Samples not judged yet are left out: the estimate rests on those that are, which were drawn at random.
    """
    said = and_(SampleRow.draw_id == DrawRow.id, SampleRow.judged_at.is_not(None))
    hits = func.count().filter(SampleRow.verdict == "violation")
    query = (
        select(DrawRow.population, func.count(SampleRow.id), hits)
        .outerjoin(SampleRow, said)
        .where(DrawRow.kind == "unflagged", DrawRow.drawn_at >= since, DrawRow.drawn_at < until)
        .group_by(DrawRow.id, DrawRow.population)
    )
    with db.read() as connection:
        rows = [(size, judged, found) for size, judged, found in connection.execute(query) if size]
    share = stratified([(size, wilson(found, judged)) for size, judged, found in rows])
    return Missed(share, sum(row[0] for row in rows), sum(row[1] for row in rows), sum(row[2] for row in rows))


def agreement(db: Database, since: datetime, until: datetime) -> Agreement:
    """How far blind second looks, given in that time, agree with the first; unsure ones are left out."""
    query = (
        select(SampleRow.first_verdict, SampleRow.verdict)
        .join(DrawRow, DrawRow.id == SampleRow.draw_id)
        .where(DrawRow.kind == "blind", SampleRow.judged_at >= since, SampleRow.judged_at < until)
        .where(SampleRow.verdict.in_(("violation", "harmless")))
    )
    with db.read() as connection:
        pairs = [(first or "", second or "") for first, second in connection.execute(query)]
    return Agreement(wilson(sum(one == other for one, other in pairs), len(pairs)), kappa(pairs))
