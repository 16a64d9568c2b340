"""The report of a rescan, for people and for programs: what changed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wangdun.masking import mask_in
from wangdun.output import local_time, one_line, print_line, print_table
from wangdun.words import VERDICTS, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from storage.differing import Differences, Kind
    from storage.rescans import Rescan
    from storage.revising import Change
    from wangdun.rescan_summary import EntryTally, Summary

KINDS: dict[Kind, str] = {
    "new": "新线索",
    "raised": "风险上调",
    "lowered": "风险下调",
    "lapsed": "词库已改判（移出待办，未删除）",
    "restored": "改判后恢复",
    "decided": "已研判线索，解释有变化，未改动",
    "reworded": "仅解释有变化",
    "below": "未达待核，解释有变化",
}
STATUS = {"running": "进行中（或被终止）", "interrupted": "已中断", "complete": "完成", "abandoned": "已放弃"}
QUIET = ("reworded", "below")
"""Counted, not told one by one: they move nothing."""
TITLE, WORDS = 36, 40  # characters: a change fits on one line of a wide screen
ENTRIES = 20  # of the table; all are in the JSON


def print_report(summary: Summary, rescan: Rescan | None, zone: tzinfo) -> None:
    """Tables on stdout."""
    print_table(("项目", "内容"), list(_head(summary, rescan, zone)), title=_title(rescan))
    for kind, name in KINDS.items():
        if kind not in QUIET and summary.counts[kind]:
            _print_kind(summary, kind, name)
    if summary.entries:
        rows = [_entry_row(one) for one in summary.busiest[:ENTRIES]]
        more = f"，列出前 {ENTRIES} 个" if len(summary.entries) > ENTRIES else ""
        columns = ("词条", "新增命中（条）", "不再命中（条）", "例")
        print_table(columns, rows, title=f"按词条（共 {len(summary.entries)} 个{more}）")
    if not summary.counts.total():
        print_line(_nothing(summary, rescan))


def _nothing(summary: Summary, rescan: Rescan | None) -> str:
    if rescan is not None and rescan.status != "complete":
        return "到中断为止没有变化；再次运行会从中断处继续。"
    return "没有任何变化：已存的解释与这个词库一致。" if summary.scanned else "没有需要复查的信息。"


def as_facts(summary: Summary, rescan: Rescan | None) -> dict[str, Any]:
    """The same, JSON-ready, and all entries."""
    return {
        "rescan": _rescan_facts(rescan) if rescan else None,
        "dry_run": rescan is None,
        "scanned": summary.scanned,
        "unchanged": summary.unchanged,
        "changes": {kind: summary.counts[kind] for kind in KINDS},
        "entries": [_entry_facts(one) for one in summary.busiest],
        "factors": dict(summary.factors.most_common()),
        "examples": {kind: [_change_facts(one) for one in kept.changes] for kind, kept in summary.examples.items()},
    }


def _title(rescan: Rescan | None) -> str:
    return f"复查 {rescan.id}" if rescan else "复查（试运行，未写入任何内容）"


def _head(summary: Summary, rescan: Rescan | None, zone: tzinfo) -> Iterator[tuple[str, str]]:
    if rescan is not None:
        yield "状态", said(STATUS, rescan.status)
        files = f"（本地词库：{'、'.join(rescan.lexicon)}）" if rescan.lexicon else ""
        yield "词库版本", rescan.lexicon_version + files
        yield "范围", _scope(rescan)
        yield "开始 / 结束", f"{local_time(rescan.started_at, zone)} / {local_time(rescan.finished_at, zone)}"
    unit = "版（读自归档）" if rescan and rescan.source else "条"
    yield "已复查", f"{summary.scanned:,} 条" + (f"，共 {rescan.total:,} {unit}" if rescan else "")
    yield "无变化", f"{summary.unchanged:,} 条"
    for kind, name in KINDS.items():
        if summary.counts[kind] or kind not in QUIET:
            yield name, f"{summary.counts[kind]:,} 条"
    if summary.factors:
        yield "变化的因素", "、".join(f"{label} {count:,}" for label, count in summary.factors.most_common(8))


def _scope(rescan: Rescan) -> str:
    site = f"站点 {rescan.chosen.site}" if rescan.chosen.site else "全部站点"
    return f"{site}，{rescan.chosen.since_text} 以来" if rescan.chosen.since_text else site


def _print_kind(summary: Summary, kind: Kind, name: str) -> None:
    changes = summary.examples[kind].changes
    total = summary.counts[kind]
    shown = f"{total:,} 条" + (f"，列出 {len(changes)} 条" if total > len(changes) else "")
    columns = ("线索", "标题", "原 → 新", "新增词", "减少词", "因素")
    print_table(columns, [_change_row(one) for one in changes], title=f"{name}（{shown}）")


def _change_row(change: Change) -> tuple[str, ...]:
    told = change.differences
    lead = str(change.lead_id) if change.lead_id else f"信息 {change.listing_id}"
    old = f"{said(VERDICTS, change.old_verdict)} {change.old_score:.0f}" if change.old_verdict is not None else "—"
    gained, lost = (one_line("、".join(one.term for one in terms), WORDS) for terms in (told.gained, told.lost))
    new = f"{said(VERDICTS, change.new_verdict)} {change.new_score:.0f}"
    return lead, _excerpt(change), f"{old} → {new}", gained or "—", lost or "—", _factors(told)


def _factors(told: Differences) -> str:
    points = ((one.label, f"{one.before:+.0f}", f"{one.after:+.0f}") for one in told.factors)
    parts = (f"{label} {before}→{after}" for label, before, after in points if before != after)
    return one_line("，".join(parts), WORDS) or "—"


def _excerpt(change: Change) -> str:
    return one_line(mask_in(change.title, ()), TITLE)


def _entry_row(one: EntryTally) -> tuple[str, ...]:
    examples = "；".join(f"{change.lead_id or '—'} {_excerpt(change)}" for change in one.examples.changes)
    return f"{one.term}（{one.entry}）", f"{one.gained:,}", f"{one.lost:,}", one_line(examples, 3 * TITLE)


def _rescan_facts(rescan: Rescan) -> dict[str, Any]:
    return {
        "id": rescan.id,
        "status": rescan.status,
        "lexicon_version": rescan.lexicon_version,
        "lexicon": list(rescan.lexicon),
        "archive": rescan.source,
        "site": rescan.chosen.site,
        "since": rescan.chosen.since_text,
        "total": rescan.total,
        "started_at": rescan.started_at.isoformat(),
        "finished_at": rescan.finished_at.isoformat() if rescan.finished_at else None,
    }


def _entry_facts(one: EntryTally) -> dict[str, Any]:
    names = ("entry", "term", "gained", "lost", "hits_gained", "hits_lost")
    examples = [{"lead": change.lead_id, "title": _excerpt(change)} for change in one.examples.changes]
    return {name: getattr(one, name) for name in names} | {"examples": examples}


def _change_facts(change: Change) -> dict[str, Any]:
    return {
        "lead": change.lead_id,
        "listing": change.listing_id,
        "title": _excerpt(change),
        "old": {"verdict": change.old_verdict, "score": change.old_score},
        "new": {"verdict": change.new_verdict, "score": change.new_score},
        **change.differences.as_facts(),
    }
