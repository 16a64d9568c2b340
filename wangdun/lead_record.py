"""The record of a lead as it goes into an evidence package: JSON for programs, text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangdun.dossier import as_facts, explained, marks
from wangdun.export import COLUMNS
from wangdun.output import json_text, plain
from wangdun.words import CATEGORIES, CHANNELS, NOTICE, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from referrals.package.evidence import LeadRecord
    from storage.leads import LeadFile
    from storage.review.permits import Permit
    from wangdun.export import Export

OF_LISTING = ("snapshots", "events")
UNMASKED = "联系方式已在本记录中遮挡；网页原始数据（WARC）、截屏、网页存档不能遮挡，仍含原文。"


def lead_record(file: LeadFile, export: Export, papers: Sequence[Permit] = ()) -> LeadRecord:
    """The record, with contacts as `export` says; `papers` are those that its text claims."""
    from referrals.package.evidence import LeadRecord

    facts = as_facts(file, export, papers)
    versions = {"notice": NOTICE, "site": file.lead.site, "key": file.lead.key, "url": file.lead.url}
    versions |= {name: facts.pop(name) for name in OF_LISTING}
    return LeadRecord(file.lead.id, _json(facts), _json(versions), "\n".join(_readable(file, export, papers)) + "\n")


def _json(value: object) -> bytes:
    return (json_text(value, indent=2) + "\n").encode()


def _readable(file: LeadFile, export: Export, papers: Sequence[Permit]) -> Iterator[str]:
    lead, texts, explanation = file.lead, export.texts(file.lead), explained(file, export)
    yield f"线索记录　第 {lead.id} 号"
    yield NOTICE
    if not export.full:
        yield UNMASKED
    yield ""
    for name, value in zip(COLUMNS, export.row(lead), strict=True):
        if value and not name.startswith("说明"):
            yield f"{name}：{plain(value)}"
    yield from (f"{name}：{plain(value)}" for name, value in marks(file, export, papers))
    yield "（时间均为北京时间）" if str(export.zone) == "Asia/Shanghai" else f"（时区：{export.zone}）"
    yield from ("", "命中")
    for hit in lead.hits:
        how = f"{said(CHANNELS, hit.channel)}，{said(CATEGORIES, hit.category)}"
        clause = f"，依据：{hit.clause}" if hit.clause else ""
        yield f"  {hit.term}：原文“{plain(texts.quoted(hit.matched, hit.start, hit.end))}”（{how}，第 {hit.start}–{hit.end} 字{clause}）"
    yield from ("", "研判依据")
    for factor in explanation.get("factors", ()):
        yield f"  {factor.get('weight', 0):+.1f}　{factor.get('label', '')}　{plain(str(factor.get('matched', '')))}"
