"""What the samples say: the miss rate and the reviewers' agreement, by week and over several weeks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from storage.models import Snapshot
from storage.review.intervals import Kappa, Share, kappa, stratified, wilson
from storage.review.models import Draw, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Database

WEEKS = 12  # a quarter


@dataclass(frozen=True, slots=True)
class Missed:
    """What the lexicon overlooks, estimated from samples."""

    share: Share
    """Of unflagged listings that are violations; those of whom nobody was sure count as harmless."""
    population: int
    """Unflagged listings of those weeks."""
    drawn: int
    judged: int
    found: int
    unsure: int

    @property
    def projected(self) -> tuple[int, int, int]:
        """Violations overlooked in those weeks: estimate, at least, at most."""
        return tuple(round(part * self.population) for part in (self.share.value, self.share.low, self.share.high))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people, each without knowing of the other, said the same; those who were not sure are left out."""

    share: Share
    kappa: Kappa | None
    """Agreement beyond chance; None where it cannot be told."""
    drawn: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Week:
    """The samples of one week."""

    name: str
    """``2026-W10``."""
    missed: Missed
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Results:
    """The newest weeks, newest first, and all of them together."""

    weeks: tuple[Week, ...]
    missed: Missed
    agreement: Agreement


class Stratum(NamedTuple):
    """One draw of unflagged listings."""

    population: int
    drawn: int
    judged: int
    found: int
    unsure: int


class Pair(NamedTuple):
    """Two people's verdicts on one lead."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Differing:
    """A decided lead of which a second person, blind, said otherwise."""

    lead_id: int
    title: str
    first: str
    second: str
    note: str
    judged_at: datetime


def missed(strata: Sequence[Stratum]) -> Missed:
    """The miss rate: each stratum by its own sample, weighed by its size.

    Samples not judged yet are left out: the estimate rests on those that are, which were drawn at random.
    """
    known = [one for one in strata if one.population]
    share = stratified([(one.population, wilson(one.found, one.judged)) for one in known])
    totals = [sum(one[at] for one in known) for at in range(len(Stratum._fields))]
    return Missed(share, *totals)


def agreement(pairs: Sequence[Pair], drawn: int = 0) -> Agreement:
    """The share of pairs that say the same, and Cohen's kappa."""
    sure = [(one.first, one.second) for one in pairs if one.second != "unsure"]
    same = sum(first == second for first, second in sure)
    return Agreement(wilson(same, len(sure)), kappa(sure), drawn, len(pairs) - len(sure))


def results(db: Database, *, weeks: int = WEEKS) -> Results:
    """The newest weeks that were drawn, and all of them together. Raises StorageError."""
    with db.read() as connection:
        newest = select(Draw.week).distinct().order_by(Draw.week.desc()).limit(weeks)
        names = connection.scalars(newest).all()
        said = func.count(Sample.judged_at)
        found = func.count().filter(Sample.verdict == "violation")
        unsure = func.count().filter(Sample.verdict == "unsure")
        query = select(Draw.week, Draw.kind, Draw.population, Draw.drawn, said, found, unsure)
        query = query.outerjoin(Sample, Sample.draw_id == Draw.id).where(Draw.week.in_(names)).group_by(Draw.id)
        draws = connection.execute(query).all()
        looks = select(Draw.week, Sample.first_verdict, Sample.verdict).join(Draw, Draw.id == Sample.draw_id)
        looks = looks.where(Draw.kind == "blind", Draw.week.in_(names), Sample.judged_at.is_not(None))
        pairs: defaultdict[str, list[Pair]] = defaultdict(list)
        for week, first, second in connection.execute(looks):
            pairs[week].append(Pair(first or "", second or ""))
    strata: defaultdict[str, list[Stratum]] = defaultdict(list)
    blind: defaultdict[str, int] = defaultdict(int)
    for row in draws:
        if row.kind == "unflagged":
            strata[row.week].append(Stratum(*row[2:]))
        else:
            blind[row.week] += row.drawn
    made = [Week(name, missed(strata[name]), agreement(pairs[name], blind[name])) for name in names]
    whole = agreement([pair for name in names for pair in pairs[name]], sum(blind.values()))
    return Results(tuple(made), missed([one for name in names for one in strata[name]]), whole)


def differing(db: Database, *, limit: int = 50) -> list[Differing]:
    """Decided leads of which a second person said otherwise, the newest first. Raises StorageError."""
    query = (
        select(Sample.lead_id, Snapshot.title, Sample.first_verdict, Sample.verdict, Sample.note, Sample.judged_at)
        .join(Draw, Draw.id == Sample.draw_id)
        .join(Snapshot, Snapshot.id == Sample.snapshot_id)
        .where(Draw.kind == "blind", Sample.verdict != Sample.first_verdict, Sample.verdict != "unsure")
        .order_by(Sample.judged_at.desc())
        .limit(limit)
    )
    with db.read() as connection:
        return [Differing(*row) for row in connection.execute(query)]  # type: ignore[arg-type]  # judged ones have all
