"""Shows how the lexicon judges one text: verdict, hits, reasons, and what did not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangdun.output import console, one_line, print_line, print_table, signed, signed_text
from wangdun.words import CATEGORIES, CHANNELS, DEPARTMENTS, INTENTS, VERDICTS, said

if TYPE_CHECKING:
    from keywords.results import Detection

HIT_STYLE = "bold reverse red"
REASON_STYLE = "underline cyan"
CHANNEL_NAMES = CHANNELS | {"reordered": "倒写对调"}


def print_detection(text: str, found: Detection) -> None:
    """Show a judged text to a person; on a terminal its hits are marked."""
    departments = [said(DEPARTMENTS, one) for one in found.departments]
    print_line(f"结论：{said(VERDICTS, found.verdict.value)}，{found.score:.1f} 分（词库 {found.lexicon_version}）")
    if found.hits:
        print_line(f"意图：{said(INTENTS, found.intent)}；主办 / 协办：{_leading(departments)}")
    _print_text(text, found)
    if found.hits:
        print_table(("命中词", "原文", "渠道", "类别", "位置", "分值", "切词", "依据"), _hits(found), title="命中")
    if found.factors:
        print_table(("分值", "因素", "原文", "位置"), _factors(found), title="研判依据")
    if found.suppressed:
        print_table(("词条", "原文", "位置", "没有计入的规则"), _suppressed(found), title="没有计入的候选")


def _leading(departments: list[str]) -> str:
    return f"{''.join(departments[:1]) or '—'} / {'、'.join(departments[1:]) or '—'}"


def _print_text(text: str, found: Detection) -> None:
    from console.highlight import Mark

    marks = [Mark(one.start, one.end, "factor") for one in found.factors]
    marks += [Mark(one.start, one.end, "hit") for one in found.hits]
    console().print(signed_text(text, marks, {"hit": HIT_STYLE, "factor": REASON_STYLE}))


def _hits(found: Detection) -> list[tuple[str, ...]]:
    return [
        (
            hit.term,
            signed(hit.matched),
            said(CHANNEL_NAMES, hit.channel),
            said(CATEGORIES, hit.category),
            f"{hit.start}–{hit.end}",
            f"{hit.weight:+.1f}",
            signed("/".join(hit.segmentation)) or "—",
            hit.clause or "—",
        )
        for hit in found.hits
    ]


def _factors(found: Detection) -> list[tuple[str, ...]]:
    return [
        (f"{one.weight:+.1f}", one.label, signed(one.matched), f"{one.start}–{one.end}" if one.start >= 0 else "—")
        for one in found.factors
    ]


def _suppressed(found: Detection) -> list[tuple[str, ...]]:
    return [(one.term, signed(one.matched), f"{one.start}–{one.end}", one_line(one.rule)) for one in found.suppressed]
