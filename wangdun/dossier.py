"""One lead in full: text with its hits, why it was flagged, what changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keywords.flags import LABELS
from storage.evidence.watching import UNCARED
from storage.words import PERMITS
from wangdun.output import console, local_time, print_line, print_table, signed, signed_text
from wangdun.words import (
    CATEGORIES,
    CHANNELS,
    CONTACTS,
    DEPARTMENTS,
    INTENTS,
    NOTICE,
    PAGE_STATES,
    VERDICTS,
    VISITS,
    said,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from console.fragments import Texts
    from storage.evidence.watching import Visited
    from storage.leads import Lead, LeadFile
    from storage.records import Snapshot
    from storage.review.permits import Permit
    from wangdun.export import Export

OPEN = "open"  # of `PERMITS`: nobody has said what a paper is worth
HIT_STYLE = "bold reverse red"
EVENTS = {"gone": "页面消失", "back": "页面重新出现"}
COMPARED = {
    "title": "标题",
    "body": "正文",
    "replies": "回复",
    "price_text": "价格",
    "seller": "卖家",
    "region": "所在地",
    "images": "图片",
    "attributes": "属性",
}


def as_facts(file: LeadFile, export: Export, papers: Sequence[Permit] = ()) -> dict[str, Any]:
    """Everything that is stored, JSON-ready, contacts masked unless `export` says otherwise.

    `papers`: that the text claims, with what was found out of them.
    """
    hide = export.hider(file.lead)
    history = file.history
    return {
        **export.facts(file.lead),
        "explanation": explained(file, export),
        "permits": [_permit_facts(one, hide) for one in papers],
        "snapshots": [_snapshot_facts(one, hide) for one in history.snapshots],
        "events": [{"kind": one.kind, "at": one.at.isoformat(), "reason": one.reason} for one in history.events],
        "next_visit": file.watch.next_at.isoformat() if file.watch and file.watch.next_at else None,
        "visits": [_visit_facts(one, hide) for one in file.visits],
    }


def _visit_facts(one: Visited, hide: Callable[[str], str]) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "outcome": one.outcome,
        "reason": hide(one.reason),
        "capture_id": one.capture_id,
        "other_lead_id": one.other_lead_id,
    }


def _snapshot_facts(one: Snapshot, hide: Callable[[str], str]) -> dict[str, Any]:
    return {
        "number": one.number,
        "fetched_at": one.fetched_at.isoformat(),
        "url": one.url,
        "digest": one.digest,
        "title": hide(one.title),
        "text": hide(one.text),
        "price": hide(one.price_text) if one.price_text else None,
        "seller": hide(one.seller) if one.seller else None,
    }


def explained(file: LeadFile, export: Export) -> dict[str, Any]:
    """What detection said besides its hits; what it quotes is cut out of the masked text, and looked at once more."""
    found: dict[str, Any] = _hidden(export.texts(file.lead).explained(file.explanation), export.hider(file.lead))
    return found


def _hidden(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {key: _hidden(item, hide) for key, item in value.items()}
    return [_hidden(item, hide) for item in value] if isinstance(value, list) else value


def print_lead(file: LeadFile, export: Export, papers: Sequence[Permit] = ()) -> None:
    """Show a lead to a person, with the papers that it claims."""
    lead, texts = file.lead, export.texts(file.lead)
    print_table(("项目", "内容"), _facts(file, export, papers), title=f"线索 {lead.id}（{NOTICE}）")
    _print_text(lead, texts.shown)
    print_table(
        ("命中词", "原文", "方式", "类别", "依据", "位置"),
        [_hit_row(hit, texts) for hit in lead.hits],
        title="命中",
    )
    print_table(("分值", "因素", "原文"), _factor_rows(file, export), title="研判依据（规则给出的理由与加减分）")
    print_table(("时间", "版本", "变化"), _history_rows(file, export), title="历次改动")
    if file.visits:
        print_table(("时间", "结果", "说明", "证据编号"), _visit_rows(file, export), title="复查记录")


def marks(file: LeadFile, export: Export, papers: Sequence[Permit] = ()) -> Iterator[tuple[str, str]]:
    """What the campaign looks at first, and the papers that the text says there are, with what was found out of them."""
    explanation = explained(file, export)
    flags = [said(LABELS, flag) for flag in explanation.get("flags", ())]
    if flags:
        yield "优先", "；".join(flags)
    known = {(one.paper, one.number): one for one in papers}
    told: dict[str, dict[str, None]] = {outcome: {} for outcome in PERMITS}
    for claim, shown in zip(file.explanation.get("claims", ()), explanation.get("claims", ()), strict=True):
        one = known.get((str(claim.get("kind", "")), str(claim.get("number", ""))))
        name = f"{shown['kind']} {shown['number']}".strip()
        told[one.outcome if one else OPEN][name + _found_out(one, export, file)] = None
    for outcome, names in told.items():
        if names:
            yield f"声称有证（{PERMITS[outcome]}）", "；".join(names)


def _found_out(one: Permit | None, export: Export, file: LeadFile) -> str:
    """In brackets: who found it out, when and how; of another offer where the same number was looked up only there."""
    check = (one.check or one.elsewhere) if one else None
    if check is None or check.outcome == OPEN:
        return ""
    other = "" if check.lead_id == file.lead.id else f"同一编号在线索 {check.lead_id} {PERMITS[check.outcome]}，"
    who = f"{check.who} {local_time(check.at, export.zone)}".strip()
    return f"（{other}{who}：{export.hider(file.lead)(check.note)}）"


def _permit_facts(one: Permit, hide: Callable[[str], str]) -> dict[str, Any]:
    check = one.check
    found = {"note": hide(check.note), "at": check.at.isoformat(), "who": check.who} if check else {}
    return {"paper": one.paper, "number": hide(one.number), "outcome": one.outcome, **found}


def _facts(file: LeadFile, export: Export, papers: Sequence[Permit]) -> Iterator[tuple[str, str]]:
    lead = file.lead
    hide, explanation = export.hider(lead), explained(file, export)
    departments = [said(DEPARTMENTS, one) for one in lead.departments]
    yield "风险", f"{said(VERDICTS, lead.verdict)}，{lead.score:.1f} 分（词库 {lead.lexicon_version}）"
    if "lexicon_verdict" in explanation:
        yield "注意", f"由人列为线索，词库判断为“{said(VERDICTS, explanation['lexicon_verdict'])}”"
    yield "意图", said(INTENTS, lead.intent)
    yield from marks(file, export, papers)
    yield "主办 / 协办", f"{''.join(departments[:1]) or '—'} / {'、'.join(departments[1:]) or '—'}"
    yield "站点", lead.site
    yield "链接", lead.url
    yield "卖家", hide(lead.seller or "—")
    contacts = (f"{said(CONTACTS, one.kind)} {hide(one.value)}" for one in lead.contacts)
    yield "联系方式", "；".join(contacts) or "—"
    yield "价格", hide(lead.price_text or "—")
    yield "所在地", hide(lead.region or "—")
    for name, moment in (("发布时间", lead.posted_at), ("首次发现", lead.first_seen), ("最近见到", lead.last_seen)):
        yield name, local_time(moment, export.zone)
    yield from _watch(file, export)
    if lead.gone_at:
        yield "页面已消失", local_time(lead.gone_at, export.zone)
    if lead.status == "lapsed":
        yield "注意", "词库已改判：上面是新词库的结论，下面是原来触发线索的解释（见 wangdun rescan --report）"
    if lead.changed_since:
        yield "注意", "页面此后已改动，下面是触发线索的版本"
    if lead.site in export.reasons:
        yield "未遵守 robots.txt 的理由", export.reasons[lead.site]


def _watch(file: LeadFile, export: Export) -> Iterator[tuple[str, str]]:
    if file.watch is None:
        return
    seen = f"（{local_time(file.watch.last_at, export.zone)} 复查）" if file.watch.last_at else ""
    yield "网页现状", f"{said(PAGE_STATES, file.watch.state)}{seen}"
    if file.lead.status in UNCARED or file.watch.next_at is None:
        yield "下次复查", "已由人停止" if file.watch.stopped else "不再复查"
    else:
        yield "下次复查", local_time(file.watch.next_at, export.zone)


def _visit_rows(file: LeadFile, export: Export) -> Iterator[tuple[str, ...]]:
    hide = export.hider(file.lead)
    for one in file.visits:
        capture = str(one.capture_id) if one.capture_id else "—"
        yield local_time(one.at, export.zone), said(VISITS, one.outcome), hide(one.reason) or "—", capture


def _print_text(lead: Lead, shown: str) -> None:
    from console.highlight import Mark

    marks = [Mark(hit.start, hit.end, "hit") for hit in lead.hits]
    print_line("原文")
    console().print(signed_text(shown, marks, {"hit": HIT_STYLE}))
    print_line("")


def _hit_row(hit: Any, texts: Texts) -> tuple[str, ...]:
    kinds = (said(CHANNELS, hit.channel), said(CATEGORIES, hit.category))
    return (
        hit.term,
        signed(texts.quoted(hit.matched, hit.start, hit.end)),
        *kinds,
        hit.clause or "—",
        f"{hit.start}–{hit.end}",
    )


def _factor_rows(file: LeadFile, export: Export) -> Iterator[tuple[str, ...]]:
    explanation = explained(file, export)
    for factor in explanation.get("factors", ()):
        yield f"{factor.get('weight', 0):+.1f}", str(factor.get("label", "")), signed(str(factor.get("matched", "")))
    for one in explanation.get("suppressed", ()):
        yield "不计", f"{one.get('term', '')}：{one.get('rule', '')}", signed(str(one.get("matched", "")))


def _history_rows(file: LeadFile, export: Export) -> list[tuple[str, ...]]:
    rows: list[tuple[Any, tuple[str, ...]]] = []
    before: Snapshot | None = None
    for one in file.history.snapshots:
        changed = "、".join(label for name, label in COMPARED.items() if before and _differs(name, before, one))
        mark = "（触发线索）" if one.id == file.lead.flagged_snapshot_id else ""
        what = f"{changed or '其他'}改动" if before else "首次读取"
        rows.append((one.fetched_at, (local_time(one.fetched_at, export.zone), f"{one.number}{mark}", what)))
        before = one
    for event in file.history.events:
        what = f"{said(EVENTS, event.kind)}：{event.reason}" if event.reason else said(EVENTS, event.kind)
        rows.append((event.at, (local_time(event.at, export.zone), "—", what)))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _differs(name: str, one: Snapshot, other: Snapshot) -> bool:
    return bool(getattr(one, name) != getattr(other, name))
