"""Drafts: what was read of a page, in the form in which it is sealed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipelines.circumstances import NOTICE
from pipelines.records import listing_record
from storage.evidence import warc
from storage.evidence.records import CaptureDraft, FileDraft
from storage.evidence.records import Exchange as Kept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crawler.items import Exchange, Gone, Listing
    from crawler.pictures import Fetched
    from pipelines.circumstances import Circumstances
    from pipelines.judged import Judged

CHINA = ZoneInfo("Asia/Shanghai")
SUFFIXES = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/bmp": "bmp",
    "image/avif": "avif",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drafting:
    """Drafts of one run of one site."""

    site_id: int
    site: str
    run_id: int | None
    circumstances: Circumstances
    cause: str = "crawl"

    def page(self, judged: Judged, not_captured: Sequence[dict[str, str]] = ()) -> CaptureDraft:
        """A listing's page: its exchanges as WARC, its text, its record."""
        listing, exchanges = judged.listing, judged.listing.fetch.exchanges
        way = [one for one in exchanges if not one.is_part]
        facts = self.circumstances.facts(way) | _verdict(judged) | {"not_captured": list(not_captured)}
        files = (
            *_archive(exchanges, facts),
            FileDraft("text.txt", "text", "text/plain; charset=utf-8", page_text(listing, self.site).encode()),
            FileDraft("listing.json", "record", "application/json", _record(judged).encode()),
        )
        taken_at = way[-1].answered_at if way else listing.fetch.fetched_at
        missing = "" if exchanges else "没有记录到网络报文，未保存 WARC"
        return self._draft(listing.key, listing.url, "page", taken_at, files, facts, missing)

    def vanished(self, gone: Gone) -> CaptureDraft:
        """The answer that said a lead's page is no longer there."""
        way = [one for one in gone.exchanges if not one.is_part]
        facts = self.circumstances.facts(way) | {"outcome": "gone", "reason": gone.reason}
        files = _archive(gone.exchanges, facts)
        return self._draft(gone.key, gone.url, "page", gone.seen_at, files, facts)

    def pictures(self, key: str, url: str, fetched: Fetched, now: datetime) -> CaptureDraft:
        """The pictures of a listing: each a file, all exchanges as WARC; what is missing is named."""
        shown = [{"name": name, "url": url} for name, url in zip(_names(fetched), fetched.urls, strict=True)]
        failures = [{"url": url, "reason": reason} for url, reason in fetched.failures]
        facts = self.circumstances.facts(*fetched.chains) | {"pictures": shown, "failures": failures}
        files = tuple(
            FileDraft(name, "picture", picture.media_type, picture.content)
            for name, picture in zip(_names(fetched), fetched.pictures, strict=True)
        )
        missing = "；".join(f"{url}：{reason}" for url, reason in fetched.failures)
        files = (*_archive(fetched.exchanges, facts, "pictures.warc.gz"), *files)
        return self._draft(key, url, "pictures", now, files, facts, missing)

    def _draft(  # noqa: PLR0913, PLR0917 -- the parts of a draft
        self,
        key: str,
        url: str,
        kind: Any,
        taken_at: datetime,
        files: tuple[FileDraft, ...],
        facts: dict[str, Any],
        missing: str = "",
    ) -> CaptureDraft:
        return CaptureDraft(
            site_id=self.site_id,
            site=self.site,
            key=key,
            url=url,
            kind=kind,
            cause=self.cause,
            taken_at=taken_at,
            files=files,
            facts=facts,
            run_id=self.run_id,
            missing=missing,
        )


def kept(exchange: Exchange) -> Kept:
    """An exchange in storage's words: both have the same fields."""
    return Kept(*(getattr(exchange, one.name) for one in fields(Kept)))


def _archive(exchanges: Sequence[Exchange], facts: dict[str, Any], name: str = "page.warc.gz") -> tuple[FileDraft, ...]:
    if not exchanges:
        return ()
    content = warc.build([kept(one) for one in exchanges], facts)
    return (FileDraft(name, "warc", warc.MEDIA_TYPE, content),)


def _names(fetched: Fetched) -> list[str]:
    return [f"picture-{place}.{SUFFIXES[one.media_type]}" for place, one in enumerate(fetched.pictures, 1)]


def _verdict(judged: Judged) -> dict[str, Any]:
    detection, listing = judged.detection, judged.listing
    return {
        "url": listing.url,
        "title": listing.title,
        "listing_digest": judged.digest,
        "verdict": detection.verdict.value,
        "score": detection.score,
        "terms": list(dict.fromkeys(hit.term for hit in detection.hits)),
        "matched": list(dict.fromkeys(hit.matched for hit in detection.hits)),
    }


def _record(judged: Judged) -> str:
    return json.dumps(asdict(listing_record(judged)), default=str, ensure_ascii=False, indent=1, sort_keys=True)


def page_text(listing: Listing, site: str, notice: str = NOTICE) -> str:
    """The page's own words for a person to read, with what was read of it above them."""
    posted = _local(listing.posted_at) if listing.posted_at else "网页未显示"
    head = [
        notice,
        f"站点：{site}",
        f"网址：{listing.url}",
        f"读取时间：{_local(listing.fetch.fetched_at)}",
        f"发布时间：{posted}",
        f"标题：{listing.title}",
        f"价格：{listing.price.text if listing.price else '无'}",
        f"卖家：{listing.seller or '无'}",
        f"联系方式：{'；'.join(f'{one.kind} {one.text}' for one in listing.contacts) or '无'}",
        f"地区：{listing.region or '无'}",
        *(f"{name}：{value}" for name, value in listing.attributes),
        *(f"图片：{url}" for url in listing.images),
    ]
    replies = ["", "回复：", *listing.replies] if listing.replies else []
    return "\n".join([*head, "", "正文：", listing.body, *replies, ""])


def _local(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S（北京时间，UTC+8）")
