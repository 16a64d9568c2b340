"""What is sealed of an official capture, and of the drafts that tell of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from storage.evidence.records import CaptureDraft, FileDraft
from wangdun.output import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.circumstances import Circumstances
    from referrals.record.facts import Order
    from storage.evidence.records import Capture
    from storage.leads import Lead
    from wangdun.official.fetching import Found

TEXT_NOTICE = "网络在线提取所得网页的文字，由软件读出，便于阅读；以网页原始数据为准"
MHTML = "multipart/related"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def capture_draft(lead: Lead, site_id: int, found: Found, order: Order, circumstances: Circumstances) -> CaptureDraft:
    """The capture itself: what went over the wire, what a browser showed, who was there."""
    facts = circumstances.facts(found.seen.exchanges) | {
        "lead": lead.id,
        "official": order.facts(),
        "reached": found.reached,
        "browser": found.shot.facts | {"final_url": found.shot.final_url, "status": found.shot.status},
        "browser_requests": [dict(one) for one in found.shot.requests],
        "browser_blocked": [dict(one) for one in found.shot.blocked],
        "began_at": found.began_at.isoformat(),
        "ended_at": found.ended_at.isoformat(),
    }
    pictures = [{"name": name, "url": one.url} for name, one in named_pictures(found)]
    facts |= {"pictures": pictures}
    return CaptureDraft(
        site_id=site_id,
        site=lead.site,
        key=lead.key,
        url=lead.url,
        kind="official",
        cause="official",
        taken_at=found.answered_at,
        files=tuple(_files(found, facts)),
        facts=facts,
        missing="；".join(_missing(found)),
    )


def papers_draft(capture: Capture, lead_id: int, order: Order, papers: dict[str, bytes], missing: str) -> CaptureDraft:
    """The drafts for signature, sealed for themselves: they name the digest of the capture that they tell of."""
    kinds = {".docx": DOCX, ".pdf": "application/pdf"}
    files = tuple(
        FileDraft(name, "record", next(kind for end, kind in kinds.items() if name.endswith(end)), content)
        for name, content in papers.items()
    )
    facts = {"drafts_of": capture.id, "drafts_of_digest": capture.digest, "lead": lead_id, "official": order.facts()}
    return CaptureDraft(
        site_id=capture.site_id,
        site=capture.site,
        key=capture.key,
        url=capture.url,
        kind="official",
        cause="official",
        taken_at=capture.sealed_at,
        files=files,
        facts=facts,
        missing=missing,
    )


def _files(found: Found, facts: dict[str, Any]) -> Iterator[FileDraft]:
    from crawler.items import Listing
    from pipelines.drafts import kept, page_text
    from storage.evidence import warc

    exchanges = [kept(one) for one in found.seen.exchanges]
    if exchanges:
        yield FileDraft("page.warc.gz", "warc", warc.MEDIA_TYPE, warc.build(exchanges, facts))
    shot = found.shot
    if shot.png:
        yield FileDraft("screen.png", "screenshot", "image/png", shot.png)
    if shot.mhtml:
        yield FileDraft("page.mhtml", "mhtml", MHTML, shot.mhtml)
    if shot.text:
        yield FileDraft("screen.txt", "text", "text/plain; charset=utf-8", shot.text.encode("utf-8", "replace"))
    if isinstance(found.read, Listing):
        text = page_text(found.read, urlsplit(found.read.url).netloc, TEXT_NOTICE)
        yield FileDraft("text.txt", "text", "text/plain; charset=utf-8", text.encode("utf-8", "replace"))
        yield FileDraft("listing.json", "record", "application/json", _listing(found.read))
    pictures = found.seen.pictures
    if pictures.exchanges:
        content = warc.build([kept(one) for one in pictures.exchanges], facts)
        yield FileDraft("pictures.warc.gz", "warc", warc.MEDIA_TYPE, content)
    yield from (FileDraft(name, "picture", one.media_type, one.content) for name, one in named_pictures(found))


def named_pictures(found: Found) -> Iterator[tuple[str, Any]]:
    """The listing's pictures and the names under which they are kept."""
    from pipelines.drafts import SUFFIXES

    for place, one in enumerate(found.seen.pictures.pictures, 1):
        yield f"picture-{place}.{SUFFIXES[one.media_type]}", one


def _listing(listing: Any) -> bytes:
    facts = asdict(listing)
    facts["fetch"].pop("exchanges", None)  # they are the WARC
    return (json_text(json.loads(json.dumps(facts, default=str)), indent=1) + "\n").encode("utf-8", "replace")


def _missing(found: Found) -> Iterator[str]:
    if not found.seen.exchanges:
        yield f"没有网络报文：{found.seen.failure or '没有答复'}"
    elif found.seen.answer is None:
        yield f"没有取得网页：{found.seen.failure}"
    if found.shot.missing:
        yield found.shot.missing
    yield from (f"{url}：{reason}" for url, reason in found.seen.pictures.failures)
