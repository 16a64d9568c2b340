"""Evidence: what the seal stage needs to secure a hit, and the securing itself. Runs outside the engine's thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from storage.evidence import jobs, known, sealing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crawler.items import Gone, Listing
    from pipelines.drafts import Drafting
    from pipelines.judged import Judged
    from storage.config import EvidenceConfig
    from storage.database import Database
    from storage.evidence.known import Standing
    from storage.evidence.objects import Objects
    from storage.evidence.records import CaptureDraft

ACTORS = {"crawl": "采集程序", "watch": "复查程序"}
"""Cause of a capture → who takes it."""
HITS = ("alert", "review")
SCREENED = {"always": HITS, "alert": ("alert",), "manual": ()}
"""Policy of `storage.evidence.screens` → verdicts of which a browser takes a picture."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Secures what one run of one site finds. Safe to use from several threads."""

    db: Database
    objects: Objects
    config: EvidenceConfig
    drafting: Drafting
    watched: set[str] = field(default_factory=set)
    """Keys of leads whose pages this run reads because they are watched."""

    def secure_page(self, judged: Judged, now: datetime) -> bool:
        """Seal the page of a hit or of a changed lead, once per content; whether it was sealed now.

        Raises:
            DiskFull: there is no room; nothing of it counts.
            StorageError: evidence folder or database cannot be written.
        """
        key, verdict = judged.listing.key, judged.detection.verdict.value
        lead = known.lead(self.db, self.drafting.site_id, key)
        if verdict not in HITS and lead is None:
            return False
        if known.secured_digest(self.db, self.drafting.site_id, key) == judged.digest:
            return False
        # what a seller made of an ad is worth as much as the ad was
        screened = not {verdict, lead.verdict if lead else verdict}.isdisjoint(SCREENED[self.config.screens])
        self.seal(self.drafting_of(key).page(judged, list(self._not_captured(judged, screened=screened))), now)
        if screened:
            self._ask_browser(judged, lead, now)
        return True

    def secure_gone(self, gone: Gone, now: datetime) -> bool:
        """Seal the answer that a lead's page is no longer there; whether it was one. Raises as `secure_page`."""
        site_id = self.drafting.site_id
        if known.lead(self.db, site_id, gone.key) is None or known.secured_gone(self.db, site_id, gone.key):
            return False
        self.seal(self.drafting_of(gone.key).vanished(gone), now)
        return True

    def drafting_of(self, key: str) -> Drafting:
        """How captures of this listing are drafted."""
        return replace(self.drafting, cause="watch") if key in self.watched else self.drafting

    def seal(self, draft: CaptureDraft, now: datetime) -> None:
        """Seal a draft. Raises as `secure_page`."""
        sealing.seal(self.db, self.objects, draft, actor=ACTORS[draft.cause], now=now)

    def pictures_of(self, listing: Listing) -> tuple[str, ...]:
        """The images to be secured."""
        return listing.images[: self.config.pictures]

    def _ask_browser(self, judged: Judged, lead: Standing | None, now: datetime) -> None:
        cause = self.drafting_of(judged.listing.key).cause
        # a lead's page that shows again what it showed before is a new occasion
        occasion = judged.digest if lead is None else f"{judged.digest} {self.drafting.run_id}"
        wanted = jobs.Wanted(
            site_id=self.drafting.site_id,
            key=judged.listing.key,
            url=judged.listing.url,
            occasion=occasion,
            cause=cause,
            score=max(judged.detection.score, lead.score if lead else 0.0),
            asked_by=ACTORS[cause],
        )
        jobs.ask(self.db, wanted, now)

    def _not_captured(self, judged: Judged, *, screened: bool) -> Iterator[dict[str, str]]:
        if not any(one.drawn for one in judged.listing.fetch.exchanges):
            yield {"what": "网页脚本执行后的内容", "why": "采集程序不执行脚本"}
        if screened:
            yield {"what": "截屏、MHTML", "why": "已排队由浏览器截取，另行固定"}
        else:
            yield {"what": "截屏、MHTML", "why": f"按设置（screens: {self.config.screens}）不自动截取，可由人要求"}
        count, most = len(judged.listing.images), self.config.pictures
        if count:
            why = "随后由采集程序取得，另行固定" if most else "按设置（pictures: 0）不固定"
            yield {"what": "信息图片", "why": why}
        if count > most > 0:
            yield {"what": f"第 {most + 1} 张以后的信息图片（共 {count} 张）", "why": "超过设置的张数"}
