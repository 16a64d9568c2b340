"""Records: what the crawler and the detector say, in storage's own words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from storage.listings import Touch
from storage.records import ContactRecord, DetectionRecord, HitRecord, IssueRecord, ListingRecord

if TYPE_CHECKING:
    from crawler.items import Problem, Sighting
    from keywords.results import Detection, Hit
    from pipelines.judged import Judged


def listing_record(judged: Judged) -> ListingRecord:
    """A judged listing, ready to be kept."""
    listing, price = judged.listing, judged.listing.price
    return ListingRecord(
        key=listing.key,
        url=listing.url,
        title=listing.title,
        body=listing.body,
        digest=judged.digest,
        fetched_at=listing.fetch.fetched_at,
        price_text=price.text if price else None,
        price_amount=price.amount if price else None,
        price_currency=price.currency if price else None,
        price_unit=price.unit if price else None,
        negotiable=bool(price and price.negotiable),
        seller=listing.seller,
        contacts=tuple(ContactRecord(one.kind, one.value, one.text) for one in listing.contacts),
        region=listing.region,
        posted_at=listing.posted_at,
        images=listing.images,
        replies=listing.replies,
        attributes=listing.attributes,
        etag=listing.fetch.etag,
        last_modified=listing.fetch.last_modified,
        row_signature=listing.fetch.row_signature,
        status=listing.fetch.status,
        detection=detection_record(judged.detection),
    )


def touch_of(sighting: Sighting) -> Touch:
    """Listings seen unchanged, ready to be noted."""
    keys = tuple(key for key, _ in sighting.rows)
    signatures = {key: signature for key, signature in sighting.rows if signature is not None}
    return Touch(keys, sighting.seen_at, sighting.checked, signatures, sighting.validators)


def detection_record(detection: Detection) -> DetectionRecord:
    """An explained verdict, ready to be kept."""
    return DetectionRecord(
        verdict=detection.verdict.value,
        score=detection.score,
        intent=detection.intent,
        departments=detection.departments,
        lexicon_version=detection.lexicon_version,
        hits=tuple(map(_hit_record, detection.hits)),
        explanation=_explanation(detection),
    )


def issue_record(problem: Problem) -> IssueRecord:
    """A problem, ready to be kept."""
    return IssueRecord(
        url=problem.url,
        kind=problem.kind,
        reason=problem.reason,
        page=problem.page,
        seen_at=problem.seen_at,
        key=problem.key,
        detail=problem.detail,
    )


def unwritten(record: ListingRecord, error: Exception) -> IssueRecord:
    """What is kept in place of a listing that could not be written because of a mistake of our own."""
    reason = f"程序保存这条信息时出错（{type(error).__name__}），已记录，下次再试"
    return IssueRecord(
        url=record.url, kind="internal", reason=reason, page="item", seen_at=record.fetched_at, key=record.key
    )


def _hit_record(hit: Hit) -> HitRecord:
    return HitRecord(
        entry=hit.entry,
        term=hit.term,
        kind=hit.kind,
        category=hit.category,
        channel=hit.channel,
        matched=hit.matched,
        start=hit.start,
        end=hit.end,
        weight=hit.weight,
        clause=hit.clause,
        detail={"folded": hit.folded, "segmentation": list(hit.segmentation)},
    )


def _explanation(detection: Detection) -> dict[str, Any]:
    if not detection.factors and not detection.suppressed:
        return {}
    return {
        "factors": [asdict(factor) for factor in detection.factors],
        "suppressed": [asdict(one) for one in detection.suppressed],
        "claims": [claim._asdict() for claim in detection.claims],
        "flags": list(detection.flags),
    }
