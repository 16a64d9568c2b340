"""Leads that people hear of elsewhere: telephone, reports, other offices. They are kept like what was crawled."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from storage import listings, runs, sites
from storage.models import Lead, Listing, Site, Snapshot
from storage.records import ListingRecord, RunTally
from storage.review import audit
from storage.review.audit import Event
from storage.review.exceptions import ReviewError
from storage.review.sources import PLATFORM, PREFIX, REFERENCE, SOURCE, SOURCES
from storage.review.words import MOST_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from storage.database import Database
    from storage.records import ContactRecord, DetectionRecord
    from storage.review.audit import Actor

REVIEW, ALERT = 35.0, 55.0  # points from which the delivered lexicon says so: below the first, a tip would stand last
LIMIT = 54.0  # points that detection gives at most to what claims to have a permit
REPORT = "report"
"""Detection's context of people who report or complain: harmless on a page, what every tip is made of."""
LEARNED = frozenset({"wording", "wordings", "learned"})
"""Detection's factors learned from advertisements: what they say of a report's words means nothing."""
LONGEST_TITLE = 200  # characters: a line
LONGEST_BODY = MOST_TOKENS - 1_000
"""What search takes in, a token for each character, with title, number and contacts beside it; detection reads more."""
LONGEST = {
    "title": ("标题", LONGEST_TITLE),
    "body": ("内容", LONGEST_BODY),
    "url": ("网址", 2_000),
    "seller": ("卖家", 100),
    "price_text": ("价格", 60),
    "region": ("所在地", 60),
    "reference": (REFERENCE, 100),
}
"""Fields of an entry -> what people call them, and their characters at most: nothing is cut in silence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person types in."""

    source: str
    """One of `SOURCES`."""
    title: str
    body: str
    url: str = ""
    seller: str | None = None
    price_text: str | None = None
    region: str | None = None
    contacts: Sequence[ContactRecord] = ()
    reference: str = ""
    """Number of the report at its source."""
    due_at: datetime | None = None


def record(entry: Entry, now: datetime) -> ListingRecord:
    """The entry as a listing, for detection to read its text. Raises ReviewError: source or text is missing or too long."""
    title, body = entry.title.strip(), entry.body.strip()
    if entry.source not in SOURCES:
        raise ReviewError("请选择线索来源")
    if not title:
        raise ReviewError("请填写标题")
    if said := "；".join(_too_long(entry)):
        raise ReviewError(f"{said}。没有保存，也没有截短，请删减后再提交")
    attributes = ((SOURCE, entry.source), *(((REFERENCE, entry.reference),) if entry.reference else ()))
    return ListingRecord(
        key=f"{now:%Y%m%d%H%M%S}-{secrets.token_hex(4)}",
        url=entry.url,
        title=title,
        body=body,
        digest=_digest(title, body),
        fetched_at=now,
        price_text=entry.price_text,
        seller=entry.seller or None,
        contacts=tuple(entry.contacts),
        region=entry.region,
        attributes=attributes,
    )


def _too_long(entry: Entry) -> Iterator[str]:
    for field, (label, most) in LONGEST.items():
        length = len((getattr(entry, field) or "").strip())
        if length > most:
            yield f"{label}有 {length} 个字，最多 {most} 个字"


def enter(db: Database, entry: Entry, detection: DetectionRecord, actor: Actor, now: datetime) -> int:
    """Keep a lead from another source; its id. `detection`: what the lexicon says of the text of `record`.

    A person says that it is a lead, so it is one even where the lexicon finds nothing: the verdict is at least review,
    the score at least `REVIEW`, and words of reporting take nothing off it (factors say so). The detection keeps what
    the lexicon itself said as ``lexicon_verdict`` and ``lexicon_score`` in its explanation.

    Raises:
        ReviewError: source or text is missing or too long.
        StorageError: nothing, or only the listing's site and run, was stored.
    """
    made = replace(record(entry, now), detection=_at_least_review(detection))
    site_id = sites.register(db, PREFIX + entry.source, PLATFORM, [], now)
    run_id = _run(db, site_id, detection.lexicon_version, now)
    listings.write(db, site_id, run_id, [made])
    with db.write() as connection:
        found = select(Lead.id).join(Listing, Listing.id == Lead.listing_id)
        lead_id = connection.execute(found.where(Listing.site_id == site_id, Listing.key == made.key)).scalar_one()
        values = {"source": entry.source, "due_at": entry.due_at}
        connection.execute(update(Lead).where(Lead.id == lead_id).values(values))
        detail = {"source": entry.source} | ({"source_number": entry.reference} if entry.reference else {})
        audit.add(connection, actor, Event("lead.enter", "lead", lead_id, detail), now)
    return lead_id


def twin(db: Database, entry: Entry) -> int | None:
    """The newest lead from another source whose title and text are the same; None for none. Raises StorageError."""
    digest = _digest(entry.title.strip(), entry.body.strip())
    same = select(Lead.id).join(Snapshot, Snapshot.listing_id == Lead.listing_id).join(Site, Site.id == Lead.site_id)
    found = same.where(Site.platform == PLATFORM, Snapshot.digest == digest).order_by(Lead.id.desc()).limit(1)
    with db.read() as connection:
        return connection.scalar(found)


def _digest(title: str, body: str) -> str:
    return sha256(f"{title}\n{body}".encode("utf-8", "replace")).hexdigest()


def _at_least_review(detection: DetectionRecord) -> DetectionRecord:
    factors = list(detection.explanation.get("factors", ()))
    verdict, score = detection.verdict, detection.score
    if (taken := _taken_off(factors)) > 0:
        score = min(score + taken, LIMIT if any(one.get("name") == "permit_limit" for one in factors) else 100.0)
        factors.append(_factor("人工录入：举报用语不减分", score - detection.score))
        verdict = "alert" if score >= ALERT or verdict == "alert" else verdict
    if verdict not in {"alert", "review"}:
        verdict = "review"
        if score < REVIEW:
            factors.append(_factor("人工录入：按待核起点计分", REVIEW - score))
        score = max(score, REVIEW)
    if (score, verdict) == (detection.score, detection.verdict):
        return detection
    said = {"lexicon_verdict": detection.verdict, "lexicon_score": detection.score, "factors": factors}
    return replace(detection, verdict=verdict, score=round(score, 1), explanation=detection.explanation | said)


def _taken_off(factors: Sequence[dict[str, Any]]) -> float:
    """Points that the words of reporting cost, where there are such words."""
    reported = -sum(one.get("weight", 0.0) for one in factors if one.get("name") == REPORT)
    learned = -sum(one.get("weight", 0.0) for one in factors if one.get("name") in LEARNED)
    return reported + max(learned, 0.0) if reported > 0 else 0.0


def _factor(label: str, weight: float) -> dict[str, Any]:
    return {"name": "entry", "label": label, "weight": round(weight, 1), "matched": ""}


def _run(db: Database, site_id: int, lexicon_version: str, now: datetime) -> int:
    """Listings belong to a run: one that is over at once, so that nobody takes it for a killed one."""
    run_id = runs.start(db, site_id, now=now, pid=0, lexicon_version=lexicon_version, config_hash="", trigger="entry")
    tally = RunTally(listings_new=1)
    runs.finish(db, run_id, now=now, status="complete", reason="", tally=tally, complete_walk=False)
    return run_id
