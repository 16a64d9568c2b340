"""A small model that orders the queue by what reviewers decided. It moves leads, it never hides one.

The model is kept as plain numbers. It is off until there are enough decisions, and while it is not surely better than
the score on the newest decisions, which it was not made with. Only open leads are moved; others keep their score.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from storage.bulk import Bulk
from storage.models import Detection, Hit, Lead, Snapshot
from storage.review import audit
from storage.review.audit import Event
from storage.review.exceptions import ReviewError
from storage.review.filters import OPEN
from storage.review.models import Account, Decision, Ranking
from storage.review.ranking_features import LONGEST, Case, Facts, Past, features, probability, top_category
from storage.review.ranking_fit import Figures, fit, measure
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Row, Update

    from storage.database import Database
    from storage.review.audit import Actor

RIGHT = ("confirmed", "referred")
JUDGED = (*RIGHT, "dismissed")
ENOUGH, ENOUGH_OF_EACH = 300, 50  # decisions: below that the limits are so wide that no model is surely better
MOST = 10_000  # decisions learned from, the newest: older ones tell of other times, and a person waits for the answer


@dataclass(frozen=True, slots=True)
class Readiness:
    """Decisions there are to learn from; those in bulk are not counted, nobody looked at each."""

    right: int
    wrong: int

    @property
    def is_enough(self) -> bool:
        """Whether a model may be made."""
        return self.right + self.wrong >= ENOUGH and min(self.right, self.wrong) >= ENOUGH_OF_EACH


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was made."""

    id: int
    at: datetime
    who: str
    """Display name; empty for the command line."""
    decisions: int
    figures: Figures
    weights: Mapping[str, float]
    active: bool


def readiness(db: Database) -> Readiness:
    """How many decisions there are. Raises StorageError."""
    right = func.count().filter(Lead.status.in_(RIGHT))
    with db.read() as connection:
        last = _standing().subquery()
        query = select(right, func.count()).select_from(Lead).join(last, last.c.lead_id == Lead.id)
        query = query.join(Decision, Decision.id == last.c.id)
        good, whole = connection.execute(query.where(Lead.status.in_(JUDGED), Decision.bulk_id.is_(None))).one()
    return Readiness(good, whole - good)


def _standing() -> Any:
    """Lead -> its last confirmation or dismissal that was not undone."""
    undone = select(Decision.undoes).where(Decision.undoes.is_not(None))
    made = select(Decision.lead_id, func.max(Decision.id).label("id"))
    return made.where(Decision.kind.in_(("confirm", "dismiss")), Decision.id.not_in(undone)).group_by(Decision.lead_id)


def train(db: Database, actor: Actor, now: datetime) -> Trained:
    """Make a model of all decisions, and put it in force if it is surely better than the score; else there is none.

    Takes seconds. Raises ReviewError: there are not enough decisions.
    """
    there = readiness(db)
    if not there.is_enough:
        raise ReviewError(
            f"研判结论还不够：需要逐条作出的结论 {ENOUGH} 条以上，确认、排除各 {ENOUGH_OF_EACH} 条以上；"
            f"现有确认 {there.right} 条、排除 {there.wrong} 条"
        )
    with db.read() as connection:
        cases = _cases(connection)
    figures = measure(cases)
    weights, past = fit(cases)
    model = {"weights": weights, "past": past.as_facts()}
    with db.write() as connection:
        connection.execute(update(Ranking).where(Ranking.active).values(active=False))
        facts = {"at": now, "account_id": actor.account_id, "decisions": len(cases), "model": model}
        facts |= {"figures": figures.as_facts(), "active": figures.is_better}
        number = connection.execute(insert(Ranking).values(facts).returning(Ranking.id)).scalar_one()
        detail = {"decisions": len(cases), "active": figures.is_better}
        audit.add(connection, actor, Event("ranking.train", "ranking", number, detail), now)
    apply(db)
    return Trained(number, now, actor.name, len(cases), figures, weights, figures.is_better)


def switch(db: Database, actor: Actor, now: datetime, *, on: bool) -> None:
    """Put the newest model in force, or none. Raises ReviewError: there is none that is better than the score."""
    newest = latest(db)
    if on and newest is None:
        raise ReviewError("还没有训练过排序模型")
    if on and newest is not None and not newest.figures.is_better:
        raise ReviewError("最近训练的模型在留出的结论上不能确定比风险分好，没有启用")
    with db.write() as connection:
        connection.execute(update(Ranking).where(Ranking.active).values(active=False))
        if on and newest is not None:
            connection.execute(update(Ranking).where(Ranking.id == newest.id).values(active=True))
        number = newest.id if newest is not None else ""
        audit.add(connection, actor, Event("ranking.on" if on else "ranking.off", "ranking", number, {}), now)
    apply(db)


def is_on(db: Database) -> bool:
    """Whether a model orders the queue. Raises StorageError."""
    with db.read() as connection:
        return connection.scalar(select(Ranking.id).where(Ranking.active).limit(1)) is not None


def latest(db: Database) -> Trained | None:
    """The newest model; None when none was ever made."""
    return next(iter(history(db, limit=1)), None)


def history(db: Database, *, limit: int = 20) -> list[Trained]:
    """Models, the newest first."""
    query = select(Ranking, func.coalesce(Account.display_name, "").label("who"))
    query = query.outerjoin(Account, Account.id == Ranking.account_id).order_by(Ranking.id.desc()).limit(limit)
    with db.read() as connection:
        return [
            Trained(
                row.id,
                row.at,
                row.who,
                row.decisions,
                Figures.of_facts(row.figures),
                row.model["weights"],
                row.active,
            )
            for row in connection.execute(query)
        ]


def apply(db: Database) -> int:
    """Bring the order of all open leads in line with what is in force, some at a time; how many there are.

    Leads that come in meanwhile are in line already; a call that was cut off is simply made again.
    """
    with db.read() as connection:
        numbers = connection.scalars(select(Lead.id).where(Lead.status.in_(OPEN)).order_by(Lead.id)).all()
    for some in chunks(numbers):
        with db.write() as connection:
            prioritise(connection, some)
    return len(numbers)


def prioritise(connection: Connection, leads: Collection[int], *, scored: bool = False) -> None:
    """Order these leads (at most some hundred) anew within the caller's write transaction.

    By the model in force if they are open, else by score. `scored`: the caller has just ordered them by score.
    """
    if not leads:
        return
    kept = connection.scalar(select(Ranking.model).where(Ranking.active).order_by(Ranking.id.desc()).limit(1))
    if not scored:
        connection.execute(update(Lead).where(Lead.id.in_(leads)).values(priority=Lead.score))
    if kept is None:
        return
    query = select(Lead.id, Lead.detection_id).where(Lead.id.in_(leads), Lead.status.in_(OPEN))
    found = _facts(connection, [(row.id, row.detection_id) for row in connection.execute(query)])
    sellers = _sellers(connection, {facts.seller_id for facts in found.values()} - {None})
    rows = [(facts.lead_id, _priority(kept, facts, sellers)) for facts in found.values()]
    MOVE.run(connection, rows)


def _priority(kept: Mapping[str, Any], facts: Facts, sellers: Mapping[str, tuple[int, int]]) -> float:
    names = [f"site {facts.site_id}", *(f"entry {entry}" for entry, _ in facts.terms), f"seller {facts.seller_id}"]
    known = {name: pair for name in names if (pair := sellers.get(name) or kept["past"].get(name))}
    return round(100 * probability(kept["weights"], features(facts, Past.of_facts(known))), 6)


def _move(_dialect: Dialect) -> Update:
    return update(Lead).where(Lead.id == bindparam("lead_id")).values(priority=bindparam("priority"))


MOVE = Bulk(("lead_id", "priority"), _move)


def _sellers(connection: Connection, sellers: Collection[int | None]) -> dict[str, tuple[int, int]]:
    """What was decided on leads of these sellers until now."""
    right = func.count().filter(Lead.status.in_(RIGHT))
    query = select(Lead.seller_id, right, func.count()).where(Lead.status.in_(JUDGED)).group_by(Lead.seller_id)
    return {
        f"seller {seller}": (good, whole - good)
        for some in chunks(sellers)
        for seller, good, whole in connection.execute(query.where(Lead.seller_id.in_(some)))
    }


def _cases(connection: Connection) -> list[Case]:
    """The newest decided leads, oldest first, each as the person saw it. Duplicates count once: by the lead that stays."""
    last = _standing().subquery()
    query = (
        select(Lead.id, Lead.status, Lead.decided_at, Decision.detection_id, Decision.bulk_id)
        .join(last, last.c.lead_id == Lead.id)
        .join(Decision, Decision.id == last.c.id)
        .where(Lead.status.in_(JUDGED), Lead.decided_at.is_not(None))
        .order_by(Lead.decided_at.desc(), Lead.id.desc())
        .limit(MOST)
    )
    rows = connection.execute(query).all()[::-1]
    facts = _facts(connection, [(row.id, row.detection_id) for row in rows])
    return [
        Case(facts[row.id], row.status in RIGHT, row.decided_at, row.bulk_id)
        for row in rows
        if row.id in facts and row.decided_at is not None
    ]


SEEN = (
    select(
        Detection.id, Detection.score, Detection.verdict, Detection.intent, Detection.explanation, Lead.site_id,
        Snapshot.seller_id, Snapshot.price_text, Snapshot.images, Snapshot.title,
        func.substr(Snapshot.body, 1, LONGEST).label("body"),
    )
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
    .join(Lead, Lead.listing_id == Snapshot.listing_id)
)  # fmt: skip
HITS = select(Hit.detection_id, Hit.entry, Hit.channel, Hit.category, Hit.weight).order_by(
    Hit.detection_id, Hit.position
)


def _facts(connection: Connection, wanted: Sequence[tuple[int, int]]) -> dict[int, Facts]:
    """Lead -> its facts, for pairs of a lead and the detection that is meant."""
    found: dict[int, Facts] = {}
    for some in chunks(wanted):
        leads = {detection: lead for lead, detection in some}
        hits: defaultdict[int, list[Any]] = defaultdict(list)
        for hit in connection.execute(HITS.where(Hit.detection_id.in_(leads))):
            hits[hit.detection_id].append(hit)
        for row in connection.execute(SEEN.where(Detection.id.in_(leads))):
            found[leads[row.id]] = _made(leads[row.id], row, hits[row.id])
    return found


def _made(lead_id: int, row: Row[*tuple[Any, ...]], hits: list[Any]) -> Facts:
    return Facts(
        lead_id=lead_id,
        site_id=row.site_id,
        seller_id=row.seller_id,
        score=row.score,
        verdict=row.verdict,
        intent=row.intent,
        category=top_category(hits),
        flags=tuple(sorted(_flags(row.explanation))),
        terms=tuple(dict.fromkeys((hit.entry, hit.channel) for hit in hits)),
        hits=len(hits),
        has_price=row.price_text is not None,
        has_picture=bool(row.images),
        text=f"{row.title}\n{row.body}",
    )


def _flags(explanation: Mapping[str, Any]) -> Iterator[str]:
    yield from {str(flag) for flag in explanation.get("flags", ())}


__all__ = [
    "ENOUGH", "ENOUGH_OF_EACH", "Figures", "Readiness", "Trained", "apply", "history", "is_on", "latest",
    "prioritise", "readiness", "switch", "train",
]  # fmt: skip
