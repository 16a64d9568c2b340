"""Evidence as people see it: captures, their files, the chain of custody, the outcome of a verification."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wangdun.evidence_words import describe_detail, describe_facts
from wangdun.output import one_line, print_line, print_table
from wangdun.words import NOTICE, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from storage.evidence.chain import Fault
    from storage.evidence.records import Capture, CustodyEntry
    from storage.evidence.verify import Verification

KINDS = {"page": "网页", "pictures": "图片", "screen": "截屏", "official": "正式固证"}
CAUSES = {"crawl": "采集命中", "watch": "定期复查", "request": "人工要求", "official": "正式固证"}
ROLES = {
    "warc": "网页原始数据",
    "screenshot": "截屏",
    "mhtml": "网页存档",
    "text": "文字",
    "picture": "图片",
    "record": "记录",
    "timestamp": "时间戳",
    "other": "其他",
}
ACTIONS = {
    "captured": "固定",
    "recovered": "恢复（断电或中断后）",
    "restored": "从备份恢复",
    "viewed": "查看",
    "copied": "复制",
    "exported": "导出",
    "transferred": "移交",
    "verified": "核验",
    "stamped": "加盖时间戳",
    "deleted": "按保留期删除",
    "swept": "清理未完成的文件",
}
COLUMNS = ("编号", "线索", "固定时间", "站点", "种类", "起因", "信息编号", "文件", "大小", "说明", "网址")
FILE_COLUMNS = ("文件", "内容", "大小（字节）", "SHA-256", "SM3")
LINK_COLUMNS = ("序号", "时间", "经手", "动作", "固定", "说明", "哈希")
DETAIL_WIDTH = 60  # characters: a link fits on one line of a wide screen
LONGEST_LINE = 400  # characters of one fact: --json has all
MOST_FAULTS = 30  # lines of faults: a screen that can be read; --json has all
MEGABYTE = 1024 * 1024


WHAT_NEXT = (
    "接下来怎么办：",
    "  1. 停止采集（结束 wangdun schedule、wangdun crawl），先查清原因；",
    "  2. 不要改动、移动、补回证据文件夹和数据库里的任何东西，保留现场；",
    "  3. 从备份恢复到另一处，在那里核验，与现场核对，找出何时起不同；",
    "  4. 报告负责人，连同本次核验结果（可用 --json 存档）。",
)


def moment(value: datetime, zone: ZoneInfo) -> str:
    """``2026-11-22 12:51:26 +0800``: evidence always names the zone."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def megabytes(size: int) -> str:
    """``1.5 MB``; kilobytes below one."""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{size / 1024:.1f} KB"


def capture_facts(capture: Capture, zone: ZoneInfo) -> dict[str, Any]:
    """A capture for programs."""
    facts = asdict(capture) | {"notice": NOTICE}
    for name in ("taken_at", "sealed_at", "removed_at"):
        value = getattr(capture, name)
        facts[name] = None if value is None else value.astimezone(zone).isoformat()
    return facts


def link_facts(link: CustodyEntry) -> dict[str, Any]:
    """A link for programs; the time as it is hashed."""
    from storage.evidence.manifests import iso

    return asdict(link) | {"at": iso(link.at)}


def print_captures(found: Iterable[Capture], zone: ZoneInfo, leads: Mapping[int, int]) -> None:
    """One line a capture; `leads` is the lead of each that has one."""
    print_table(COLUMNS, [_capture_row(one, zone, leads.get(one.id)) for one in found])


def _capture_row(capture: Capture, zone: ZoneInfo, lead_id: int | None) -> tuple[str, ...]:
    remark = "文件已按保留期删除" if capture.removed_at else capture.missing
    return (
        str(capture.id),
        "—" if lead_id is None else str(lead_id),
        moment(capture.taken_at, zone),
        capture.site,
        said(KINDS, capture.kind),
        said(CAUSES, capture.cause),
        one_line(capture.key, 24),
        str(len(capture.files)),
        megabytes(sum(file.size for file in capture.files)),
        one_line(remark or "—", 40),
        one_line(capture.url),
    )


def print_capture(capture: Capture, links: Iterable[CustodyEntry], zone: ZoneInfo) -> None:
    """A capture in full: facts, files with hashes, custody."""
    print_line(f"第 {capture.id} 号固定　{said(KINDS, capture.kind)}　{NOTICE}")
    for name, value in _heading(capture, zone):
        print_line(f"  {name}：{one_line(value)}")
    for line in describe_facts(capture.facts):
        print_line(f"  {one_line(line, LONGEST_LINE)}")
    rows = [(file.name, said(ROLES, file.role), f"{file.size:,}", file.sha256, file.sm3) for file in capture.files]
    print_table(FILE_COLUMNS, rows)
    print_links(links, zone)


def _heading(capture: Capture, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    yield "网址", capture.url
    yield "站点", capture.site
    yield "信息编号", capture.key
    yield "起因", said(CAUSES, capture.cause)
    yield "固定时间", moment(capture.taken_at, zone)
    yield "封存时间", moment(capture.sealed_at, zone)
    yield "清单 SHA-256", capture.digest
    if capture.missing:
        yield "缺失", capture.missing
    if capture.removed_at:
        yield "文件已按保留期删除", moment(capture.removed_at, zone)


def print_links(links: Iterable[CustodyEntry], zone: ZoneInfo) -> None:
    """One line a link of the chain."""
    print_table(LINK_COLUMNS, [_link_row(one, zone) for one in links], title="保管链")


def _link_row(link: CustodyEntry, zone: ZoneInfo) -> tuple[str, ...]:
    detail = describe_detail(link.detail) or "—"
    number = "—" if link.capture_id is None else str(link.capture_id)
    action = said(ACTIONS, link.action)
    return (
        str(link.id), moment(link.at, zone), one_line(link.actor, 20), action, number,
        one_line(detail, DETAIL_WIDTH), link.hash[:16] + "…",
    )  # fmt: skip


def outcome_facts(done: Verification) -> dict[str, Any]:
    """The outcome of a verification for programs."""
    counts = {
        "captures": done.captures,
        "files": done.files,
        "bytes": done.size,
        "links": done.links,
        "stamps": done.stamps,
    }
    faults = [asdict(one) for one in done.faults]
    return {"ok": done.ok, **counts, "first": faults[0] if faults else None, "faults": faults}


def print_outcome(done: Verification, *, fast: bool) -> None:
    """The outcome of a verification: the first broken link, then all others."""
    hashes = "SHA-256" if fast else "SHA-256、SM3、WARC 摘要"
    amount = f"固定 {done.captures} 次、文件 {done.files} 个（{megabytes(done.size)}）、保管链 {done.links} 条"
    amount += f"、时间戳 {done.stamps} 个" if done.stamps else "、时间戳：无"
    if done.ok:
        print_line(f"核验通过：{amount}；清单、{hashes} 和保管链全部相符")
        return
    print_line(f"核验不通过：{amount}；发现 {len(done.faults)} 处问题")
    print_line(f"第一处：{one_line(str(done.faults[0]))}")
    for fault in _grouped(done.faults[1:])[: MOST_FAULTS - 1]:
        print_line(f"　其他：{one_line(str(fault))}")
    if len(done.faults) > MOST_FAULTS:
        print_line(f"　其余 {len(done.faults) - MOST_FAULTS} 处没有列出，用 --json 可看到全部")
    for line in WHAT_NEXT:
        print_line(line)


def _grouped(faults: Sequence[Fault]) -> list[Fault]:
    """The chain first, then capture by capture, then files that belong to none; otherwise in the order found."""
    last = max((fault.capture_id or 0 for fault in faults), default=0) + 1
    chain = {"chain", "guard", "head"}
    return sorted(faults, key=lambda fault: 0 if fault.kind in chain else fault.capture_id or last)


@contextmanager
def telling(total: int) -> Iterator[Callable[[Verification], None]]:
    """A bar on a terminal, nothing elsewhere; what it gives is told how far a verification is."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("核验"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[read]}"))
    screen = Console(stderr=True, markup=False, emoji=False, highlight=False)
    with Progress(*columns, TimeRemainingColumn(), console=screen, transient=True) as progress:
        task = progress.add_task("", total=total, read="")
        yield lambda done: progress.update(task, completed=done.captures, read=megabytes(done.size))
