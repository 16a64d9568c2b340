"""Bring what is stored in line with a newer lexicon: explanations beside the old ones, undecided leads moved.

Everything is decided inside one transaction from what is stored at that moment, so a crawl or a person at work at the
same time loses nothing. The rules:

- a detection is added where the lexicon says something else than the newest one stored, never changed or deleted;
- a lead that nobody decided follows the lexicon; where it is no lead any more it lapses, and keeps its explanation;
- a lead that somebody decided stays as it is, with the new explanation beside it;
- a lead whose page has changed since is judged by the page as it is now and by the version that raised it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.bulk import Bulk, inserting, take_ids
from storage.differing import Differences, agree, differences, is_lead, kind_of
from storage.marking import ADD_DETECTIONS, ADD_HITS, JUDGED, LAPSED, NEW, hit_rows
from storage.models import Detection, Lead, Listing, Snapshot
from storage.review.describing import refresh
from storage.statements import chunks, lock_site
from storage.versions import judgements
from storage.writing import NEWEST

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Row, Update

    from storage.differing import Kind
    from storage.records import DetectionRecord
    from storage.versions import Judgement, Lexicon

UNDECIDED = (NEW, LAPSED)
CRAWLED = "crawl"  # other sources are people
MOVED = ("detection_id", "snapshot_id", "status", "lexicon_version", "verdict", "score", "updated_at")
LISTINGS = select(
    Listing.id, Listing.site_id, Snapshot.id.label("snapshot_id"), Snapshot.seller_id, Snapshot.posted_at, Snapshot.title
).join(Snapshot, NEWEST)  # fmt: skip
LEADS = select(
    Lead.id, Lead.listing_id, Lead.status, Lead.source, Lead.verdict, Lead.score, Lead.lexicon_version, Lead.detection_id,
    Detection.snapshot_id.label("flagged_id"),
).join(Detection, Detection.id == Lead.detection_id)  # fmt: skip


def _move(_dialect: Dialect) -> Update:
    return update(Lead).where(Lead.id == bindparam("lead_id")).values({name: bindparam(name) for name in MOVED})


MOVE_LEADS = Bulk(("lead_id", *MOVED), _move)
ADD_LEADS = inserting(
    Lead,
    ("id", "site_id", "listing_id", "seller_id", "posted_at", "first_seen_at", *MOVED),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A listing about which two lexicons say different things."""

    kind: Kind
    listing_id: int
    snapshot_id: int
    """Whose text was judged."""
    lead_id: int | None
    title: str
    old_verdict: str | None
    """None where there was neither a lead nor a detection."""
    old_score: float | None
    new_verdict: str
    new_score: float
    differences: Differences


@dataclass(frozen=True)
class _Case:
    """One listing with all that its revision depends on."""

    listing: Row[*tuple[Any, ...]]
    lead: Row[*tuple[Any, ...]] | None
    newest: Judgement
    flagged: Judgement
    """The same as `newest` where there is no lead or its page has not changed."""

    @property
    def chosen(self) -> Judgement:
        """Whose text the lead rests on from now on."""
        return self.newest if is_lead(self.newest.now) else self.flagged

    @property
    def before(self) -> DetectionRecord | None:
        """What stood until now."""
        if self.lead is None:
            return self.newest.newest
        stored = self.flagged.stored
        meant = [one.record for one in stored if one.record.lexicon_version == self.lead.lexicon_version]
        return (meant or [one.record for one in stored if one.id == self.lead.detection_id])[0]

    @property
    def has_news(self) -> bool:
        """An explanation is to be stored."""
        return self.newest.is_news or self.flagged.is_news

    @cached_property
    def moves(self) -> bool:
        """The lexicon says something else of the lead than what stands."""
        if self.lead is None:
            return is_lead(self.newest.now)
        return self.chosen.id != self.flagged.id or not agree(self.before, self.chosen.now)

    @property
    def is_decided(self) -> bool:
        """A person has judged the lead, or has said that it is one: no lexicon takes that away."""
        if self.lead is None:
            return False
        said = self.lead.source != CRAWLED and not is_lead(self.chosen.now)
        return said or self.lead.status not in UNDECIDED

    @property
    def is_settled(self) -> bool:
        """Nothing is to be done."""
        return not self.has_news and (self.is_decided or not self.moves)


def revise(
    connection: Connection,
    lexicon: Lexicon,
    listings: Collection[int],
    found: Mapping[int, DetectionRecord | None],
    now: datetime,
) -> list[Change]:
    """Apply verdicts to these listings in the caller's write transaction; what changed.

    `found`: snapshot id -> verdict; what it lacks (a page that was fetched again meanwhile) is judged here.
    """
    _lock(connection, listings)
    cases = [case for case in _cases(connection, lexicon, listings, found) if not case.is_settled]
    ids = _add_detections(connection, cases)
    leads = _add_leads(connection, [case for case in cases if case.lead is None and case.moves], ids, now)
    moved = [case for case in cases if case.lead is not None and case.moves and not case.is_decided]
    MOVE_LEADS.run(connection, [_moved_lead(case, ids, now) for case in moved])
    refresh(connection, [*leads, *(case.listing.id for case in moved)])
    return [_change(case, leads.get(case.listing.id)) for case in cases]


def foresee(
    connection: Connection, lexicon: Lexicon, listings: Collection[int], found: Mapping[int, DetectionRecord | None]
) -> list[Change]:
    """What `revise` would change; nothing is written."""
    cases = _cases(connection, lexicon, listings, found)
    return [_change(case, None) for case in cases if not case.is_settled]


def _lock(connection: Connection, listings: Collection[int]) -> None:
    """Keep crawls and reviewers off these listings until the transaction ends; SQLite's is exclusive already."""
    if connection.dialect.name != "postgresql":
        return
    for site_id in sorted(set(connection.scalars(select(Listing.site_id).where(Listing.id.in_(listings))))):
        lock_site(connection, site_id)
    connection.execute(select(Lead.id).where(Lead.listing_id.in_(listings)).order_by(Lead.id).with_for_update()).all()


def _cases(
    connection: Connection, lexicon: Lexicon, listings: Collection[int], found: Mapping[int, DetectionRecord | None]
) -> list[_Case]:
    rows = [row for some in chunks(listings) for row in connection.execute(LISTINGS.where(Listing.id.in_(some)))]
    leads = {
        row.listing_id: row
        for some in chunks(listings)
        for row in connection.execute(LEADS.where(Lead.listing_id.in_(some)))
    }
    wanted = [row.snapshot_id for row in rows] + [lead.flagged_id for lead in leads.values()]
    snapshots = judgements(connection, lexicon, set(wanted), found)
    cases = []
    for row in sorted(rows):
        lead, newest = leads.get(row.id), snapshots[row.snapshot_id]
        cases.append(_Case(row, lead, newest, snapshots[lead.flagged_id] if lead is not None else newest))
    return cases


def _add_detections(connection: Connection, cases: list[_Case]) -> dict[int, int]:
    """Store what is news; snapshot id -> id of its new detection."""
    news = {one.id: one.now for case in cases for one in (case.newest, case.flagged) if one.is_news}
    ids = dict(zip(news, take_ids(connection, Detection, len(news)), strict=True)) if news else {}
    rows = [(ids[one], one, *(getattr(record, name) for name in JUDGED)) for one, record in news.items()]
    ADD_DETECTIONS.run(connection, rows)
    ADD_HITS.run(connection, [row for one, record in news.items() for row in hit_rows(ids[one], record)])
    return ids


def _add_leads(connection: Connection, cases: list[_Case], ids: Mapping[int, int], now: datetime) -> dict[int, int]:
    """Listing id -> id of its new lead."""
    if not cases:
        return {}
    leads = dict(zip((case.listing.id for case in cases), take_ids(connection, Lead, len(cases)), strict=True))
    ADD_LEADS.run(connection, [_new_lead(case, leads[case.listing.id], ids, now) for case in cases])
    return leads


def _new_lead(case: _Case, lead_id: int, ids: Mapping[int, int], now: datetime) -> tuple[Any, ...]:
    row = case.listing
    return (lead_id, row.site_id, row.id, row.seller_id, row.posted_at, now, *_position(case, ids, now))


def _moved_lead(case: _Case, ids: Mapping[int, int], now: datetime) -> tuple[Any, ...]:
    assert case.lead is not None
    return case.lead.id, *_position(case, ids, now)


def _position(case: _Case, ids: Mapping[int, int], now: datetime) -> tuple[Any, ...]:
    """The columns `MOVED`: a lapsed lead goes on showing the detection that raised it."""
    current = case.chosen.current
    record = current.record
    if is_lead(record):
        detection_id, status = current.id or ids[case.chosen.id], NEW
    else:
        assert case.lead is not None
        detection_id, status = case.lead.detection_id, LAPSED
    verdict = (record.lexicon_version, record.verdict, record.score)
    return detection_id, case.newest.id, status, *verdict, now


def _change(case: _Case, lead_id: int | None) -> Change:
    judged, before = (case.chosen, case.before) if case.moves else (case.newest, case.newest.newest)
    standing: Any = case.lead if case.lead is not None and case.moves else before
    return Change(
        kind=_kind(case),
        listing_id=case.listing.id,
        snapshot_id=judged.id,
        lead_id=case.lead.id if case.lead is not None else lead_id,
        title=case.listing.title,
        old_verdict=standing.verdict if standing is not None else None,
        old_score=standing.score if standing is not None else None,
        new_verdict=judged.now.verdict,
        new_score=judged.now.score,
        differences=differences(before, judged.now),
    )


def _kind(case: _Case) -> Kind:
    if not case.moves:
        return "below"
    if case.lead is None:
        return "new"
    if case.is_decided:
        return "decided"
    return kind_of(case.lead.verdict, case.lead.score, case.chosen.now, lapsed=case.lead.status == LAPSED)
