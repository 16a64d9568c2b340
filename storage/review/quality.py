"""What reviewers' decisions say of the lexicon: how often each entry is right, and what should not have been flagged."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal, select

from storage.columns import fit
from storage.models import Detection, Hit, Lead, Snapshot
from storage.review.intervals import Share, wilson
from storage.review.mining import Candidate, mine
from storage.review.models import Decision, LeadTerm
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database

RIGHT = ("confirmed", "referred")
JUDGED = (*RIGHT, "dismissed")
LOOKED_AT = 2_000  # leads whose texts are read: a few MB
FEWEST = 3  # leads before a word is suggested: less is chance
AROUND = 3  # characters on each side of a hit: longer words are rare
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Quality:
    """How one entry does through one channel, in the leads decided in a period."""

    entry: str
    channel: str
    term: str
    right: int
    wrong: int
    waiting: int
    """Open leads that show it now, counted up to 1,000."""
    reasons: tuple[tuple[str, int], ...]
    """Codes of dismissals and how often, the commonest first."""

    @property
    def precision(self) -> Share:
        """Right ones among the decided."""
        return wilson(self.right, self.right + self.wrong)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A longer word around an entry's hits that was always dismissed."""

    entry: str
    text: str
    wrong: int
    """Dismissed leads that show it."""
    examples: tuple[int, ...]
    """Lead ids."""


def entries(  # noqa: PLR0913 - one fact each
    db: Database,
    since: datetime,
    until: datetime,
    *,
    entry: str | None = None,
    channel: str | None = None,
    text: str = "",
    limit: int = 200,
) -> list[Quality]:
    """Entries and channels of leads decided in that time, those most often wrong first. Raises StorageError.

    `text` is part of the entry's id or term.

    A lead counts for each of its entries: a decision does not say which of them was meant.
    """
    right = func.sum(case((Lead.status.in_(RIGHT), 1), else_=0))
    query = (
        select(LeadTerm.entry, LeadTerm.channel, func.min(LeadTerm.term), right, func.count())
        .join(Lead, Lead.id == LeadTerm.lead_id)
        .where(Lead.decided_at >= since, Lead.decided_at < until, Lead.status.in_(JUDGED))
        .group_by(LeadTerm.entry, LeadTerm.channel)
        .order_by((func.count() - right).desc(), LeadTerm.entry, LeadTerm.channel)
        .limit(limit)
    )
    if entry is not None:
        query = query.where(LeadTerm.entry == fit(entry))
    if channel is not None:
        query = query.where(LeadTerm.channel == fit(channel))
    if text:
        query = query.where(
            LeadTerm.entry.contains(text, autoescape=True) | LeadTerm.term.contains(text, autoescape=True)
        )
    with db.read() as connection:
        rows = connection.execute(query).all()
        why = _reasons(connection, since, until)
        waiting = {(row[0], row[1]): _waiting(connection, row[0], row[1]) for row in rows}
    found = []
    for name, way, term, good, of in rows:
        reasons = tuple(why[name, way].most_common(5))
        found.append(Quality(name, way, term, int(good), of - int(good), waiting[name, way], reasons))
    return found


def _reasons(connection: Connection, since: datetime, until: datetime) -> defaultdict[tuple[str, str], Counter[str]]:
    query = (
        select(LeadTerm.entry, LeadTerm.channel, Decision.reason, func.count())
        .join(Lead, Lead.id == LeadTerm.lead_id)
        .join(Decision, (Decision.lead_id == Lead.id) & (Decision.at == Lead.decided_at) & (Decision.kind == "dismiss"))
        .where(Lead.decided_at >= since, Lead.decided_at < until, Lead.status == "dismissed")
        .group_by(LeadTerm.entry, LeadTerm.channel, Decision.reason)
    )
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for entry, channel, reason, count in connection.execute(query):
        found[entry, channel][reason or ""] += count
    return found


def _waiting(connection: Connection, entry: str, channel: str) -> int:
    some = select(LeadTerm.lead_id).where(
        LeadTerm.entry == entry, LeadTerm.channel == channel, LeadTerm.status.in_(("new", "needs_info", "pending"))
    )
    return connection.scalar(select(func.count()).select_from(some.limit(1_000).subquery())) or 0


def trends(db: Database, edges: Sequence[datetime]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """(entry, channel) -> (right, wrong) between each two edges, of all that were decided in that time."""
    # how many of the inner edges have passed: the place in the list
    place: Any = sum((case((Lead.decided_at >= edge, 1), else_=0) for edge in edges[1:-1]), literal(0))
    right = func.sum(case((Lead.status.in_(RIGHT), 1), else_=0))
    query = (
        select(LeadTerm.entry, LeadTerm.channel, place, right, func.count())
        .join(Lead, Lead.id == LeadTerm.lead_id)
        .where(Lead.decided_at >= edges[0], Lead.decided_at < edges[-1], Lead.status.in_(JUDGED))
        .group_by(LeadTerm.entry, LeadTerm.channel, place)
    )
    found: defaultdict[tuple[str, str], list[tuple[int, int]]]
    found = defaultdict(lambda: [(0, 0)] * (len(edges) - 1))
    with db.read() as connection:
        for entry, channel, at, good, of in connection.execute(query):
            found[entry, channel][at] = int(good), of - int(good)
    return dict(found)


def trend(db: Database, entry: str, channel: str | None, edges: Sequence[datetime]) -> list[tuple[int, int]]:
    """(right, wrong) of one entry between each two edges."""
    right = func.sum(case((Lead.status.in_(RIGHT), 1), else_=0))
    query = select(right, func.count()).select_from(Lead).where(Lead.status.in_(JUDGED))
    shown = select(LeadTerm.lead_id).where(LeadTerm.entry == entry)
    shown = shown if channel is None else shown.where(LeadTerm.channel == channel)
    query = query.where(Lead.id.in_(shown))
    found = []
    with db.read() as connection:
        for since, until in pairwise(edges):
            good, all_ = connection.execute(query.where(Lead.decided_at >= since, Lead.decided_at < until)).one()
            found.append((int(good or 0), all_ - int(good or 0)))
    return found


def exclusions(db: Database, entry: str, *, limit: int = 20) -> list[Exclusion]:
    """Words that contain the entry, that at least three dismissed leads show and no confirmed one.

    Each covers leads that those before it do not. Of words that say the same, the one that begins with the entry and is
    the shortest is proposed: it will also cover what is to come.
    """
    wrong: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    right: set[str] = set()
    for lead_id, status, around in _hits(db, entry):
        if status in RIGHT:
            right.update(one for _, one in around)
        else:
            for one in around:
                wrong[one].add(lead_id)
    found = [(one, leads) for one, leads in wrong.items() if len(leads) >= FEWEST and one[1] not in right]
    found.sort(key=lambda pair: (-len(pair[1]), pair[0][0], len(pair[0][1]), pair[0][1]))
    kept: list[Exclusion] = []
    covered: set[int] = set()
    for (_, word), leads in found:
        if not leads <= covered:
            kept.append(Exclusion(entry, word, len(leads), tuple(sorted(leads)[:EXAMPLES])))
            covered |= leads
    return kept[:limit]


def _hits(db: Database, entry: str) -> Iterator[tuple[int, str, set[tuple[int, str]]]]:
    """Lead, status and the longer words around the entry's hits, of the leads decided last."""
    shown = select(LeadTerm.lead_id).where(LeadTerm.entry == entry)
    newest = (
        select(Lead.id).where(Lead.id.in_(shown), Lead.status.in_(JUDGED)).order_by(Lead.id.desc()).limit(LOOKED_AT)
    )
    query = (
        select(Lead.id, Lead.status, Snapshot.title, Snapshot.body, Snapshot.replies, Hit.start, Hit.end)
        .join(Detection, Detection.id == Lead.detection_id)
        .join(Snapshot, Snapshot.id == Detection.snapshot_id)
        .join(Hit, Hit.detection_id == Detection.id)
        .where(Hit.entry == entry)
    )
    with db.read() as connection:
        for some in chunks(connection.scalars(newest).all()):
            for row in connection.execute(query.where(Lead.id.in_(some))):
                text = "\n".join((row.title, row.body, *row.replies))
                yield row.id, row.status, set(_around(text, row.start, row.end))


BEHIND, BOTH, BEFORE = range(3)  # where a longer word goes beyond the hit; the first says most in Chinese: 象牙白


def _around(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The hit with up to `AROUND` letters before or behind it, and on which side they are."""
    for before in range(AROUND + 1):
        for behind in range(AROUND + 1):
            left, right = text[max(start - before, 0) : start], text[end : end + behind]
            if len(left) == before and len(right) == behind and (left + right).isalnum():
                side = BEHIND if not left else BOTH if right else BEFORE
                yield side, left + text[start:end] + right


def candidates(db: Database, known: Collection[str] = (), *, limit: int = 50) -> list[Candidate]:
    """Words that confirmed leads share and others lack: perhaps code words.

    What was found in these leads is known to the lexicon, and left out like `known`. Takes seconds.
    """
    right = _texts(db, Lead.status.in_(RIGHT))
    known = {*known, *_found(db)}
    wrong = _texts(db, Lead.status == "dismissed")
    ordinary = _ordinary(db)
    return mine(right, [text for _, _, text in wrong] + ordinary, known)[:limit]


TEXTS = (
    select(Lead.id, Lead.seller_id, Snapshot.title, func.substr(Snapshot.body, 1, 2_000))
    .join(Detection, Detection.id == Lead.detection_id)
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
)


def texts_of(connection: Connection, leads: Collection[int]) -> dict[int, str]:
    """Lead -> title and the beginning of the text."""
    query = TEXTS.where(Lead.id.in_(leads))
    return {row[0]: f"{row[2]}\n{row[3]}" for row in connection.execute(query)}


def _texts(db: Database, condition: Any) -> list[tuple[int, str, str]]:
    """(lead, seller, text) of the newest such leads."""
    query = TEXTS.where(condition)
    with db.read() as connection:
        rows = connection.execute(query.order_by(Lead.id.desc()).limit(LOOKED_AT)).all()
    return [(row[0], str(row[1] or f"lead {row[0]}"), f"{row[2]}\n{row[3]}") for row in rows]


def _found(db: Database) -> set[str]:
    """Terms and their writings that the lexicon found in confirmed leads."""
    newest = select(Lead.detection_id).where(Lead.status.in_(RIGHT)).order_by(Lead.id.desc()).limit(LOOKED_AT)
    query = select(Hit.term, Hit.matched).where(Hit.detection_id.in_(newest)).distinct()
    with db.read() as connection:
        return {word for row in connection.execute(query) for word in row}


def _ordinary(db: Database) -> list[str]:
    """Texts of the newest listings that are no leads."""
    newest = select(Snapshot.id).order_by(Snapshot.id.desc()).limit(LOOKED_AT)
    query = select(Snapshot.title, func.substr(Snapshot.body, 1, 2_000)).where(
        Snapshot.id.in_(newest), Snapshot.listing_id.not_in(select(Lead.listing_id))
    )
    with db.read() as connection:
        return [f"{title}\n{body}" for title, body in connection.execute(query)]
