"""Recapture: the page anew, sealed; the papers, sealed after it; copies for signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wangdun.exceptions import UsageError
from wangdun.files import replacing
from wangdun.official import fetching, looks, sealing, telling
from wangdun.official.stamping import stamp

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.config import Site
    from referrals.papers.model import Paper
    from referrals.record.comparing import Comparison
    from referrals.record.facts import Extraction, Order
    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.evidence.records import Capture
    from storage.leads import LeadFile
    from wangdun.config import Config
    from wangdun.official.fetching import Found

NAMES = {"record": "网络在线提取笔录", "list": "电子数据提取固定清单"}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a recapture."""

    capture: Capture
    papers: Capture
    written: tuple[Path, ...]
    comparison: Comparison
    summary: str
    """What has changed, in words and looks."""
    reached: str
    obtained: bool
    """False when the page could not be had: the papers tell of an attempt."""
    blind: str
    """Chinese: why there is no screenshot; empty when there is one."""


class Recapture:
    """One official capture of one lead's page."""

    def __init__(self, config: Config, db: Database, objects: Objects, order: Order) -> None:
        self.config = config
        self.db = db
        self.objects = objects
        self.order = order
        self.actor = "、".join(one.name for one in order.officers)

    def run(self, lead_id: int, folder: Path) -> Done:
        """Take it. What cannot be had is said in the papers; only what nobody could use is an error.

        Raises:
            UsageError: no such lead, its site is configured no more, `folder` cannot be written.
            StorageError: nothing could be sealed.
        """
        from storage import leads

        file = leads.get(self.db, lead_id)
        if file is None:
            raise UsageError(f"没有编号为 {lead_id} 的线索")
        if not folder.is_dir():
            raise UsageError(f"没有这个文件夹：{folder}")
        site = fetching.site_of(self.config, file.lead.site)
        before = looks.first_screenshot(self.db, self.objects, lead_id)
        found = fetching.look(self.config, site, file.lead.url, file.lead.key)
        capture = self._seal(file, found)
        zone = ZoneInfo(self.config.wangdun.timezone)
        stamped = stamp(
            self.config.storage.evidence, self.db, self.objects, capture, zone=zone, clock=lambda: datetime.now(UTC)
        )
        extraction = telling.extraction_of(self.order, file.lead, site, found, capture, zone, stamped)
        comparison, said, papers = _papers(extraction, file, found, before)
        made, missing = _set(papers, capture.sealed_at)
        drafts = self._seal_papers(capture, lead_id, made, missing)
        written = self._write(folder, lead_id, capture, drafts, made)
        blind = "" if found.shot.png else found.shot.missing or "浏览器没有给出画面"
        return Done(capture, drafts, written, comparison, said, found.reached, found.obtained, blind)

    def _seal(self, file: LeadFile, found: Found) -> Capture:
        from storage import sites
        from storage.evidence.sealing import seal
        from wangdun.securing import circumstances_of

        lead = file.lead
        site: Site = fetching.site_of(self.config, lead.site)
        site_id = sites.find(self.db, lead.site)
        assert site_id is not None, "a lead's site is stored"
        circumstances = circumstances_of(self.config, site, lead.lexicon_version)
        draft = sealing.capture_draft(lead, site_id, found, self.order, circumstances)
        return seal(self.db, self.objects, draft, actor=self.actor, now=datetime.now(UTC))

    def _seal_papers(self, capture: Capture, lead_id: int, made: dict[str, bytes], missing: str) -> Capture:
        from storage.evidence.sealing import seal

        draft = sealing.papers_draft(capture, lead_id, self.order, made, missing)
        return seal(self.db, self.objects, draft, actor=self.actor, now=datetime.now(UTC))

    def _write(
        self, folder: Path, lead_id: int, capture: Capture, drafts: Capture, made: dict[str, bytes]
    ) -> tuple[Path, ...]:
        """Copies for printing and signing; the sealed ones stay as they are."""
        from storage.evidence import custody

        written = []
        for name, content in made.items():
            stem, _, suffix = name.partition(".")
            target = folder / f"线索{lead_id}-固证{capture.id}-{NAMES[stem]}.{suffix}"
            with replacing(target, force=False) as temporary:
                temporary.write_bytes(content)
            written.append(target)
        detail = {"files": [path.name for path in written], "purpose": "打印、签名"}
        now = datetime.now(UTC)
        custody.note(self.db, at=now, actor=self.actor, action="copied", capture_id=drafts.id, detail=detail)
        return tuple(written)


def _papers(
    extraction: Extraction, file: LeadFile, found: Found, before: bytes | None
) -> tuple[Comparison, str, dict[str, Paper]]:
    from referrals.record.comparing import compare
    from referrals.record.drafting import record_paper, summary
    from referrals.record.listing import list_paper
    from referrals.record.pictures import side_by_side

    comparison = compare(looks.first_look(file), looks.present_look(found))
    pictures = side_by_side(before, found.shot.png or None)
    papers = {"record": record_paper(extraction, comparison, pictures), "list": list_paper(extraction)}
    return comparison, summary(comparison, pictures), papers


def _set(papers: dict[str, Paper], made_at: datetime) -> tuple[dict[str, bytes], str]:
    """Each paper in both forms; and why there is no PDF where this machine cannot make one."""
    from referrals.exceptions import Unprintable
    from referrals.papers.pdf import as_pdf
    from referrals.papers.word import as_docx

    made, missing = {}, ""
    for name, paper in papers.items():
        made[f"{name}.docx"] = as_docx(paper, made_at)
        try:
            made[f"{name}.pdf"] = as_pdf(paper, made_at)
        except Unprintable as error:
            missing = f"PDF 未生成：{error}"
    return made, missing
