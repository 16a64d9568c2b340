"""The annex of an analysis: each query as it was run, with its parameters, its answer and the answer's hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from referrals.papers.model import Fields, Grouped, Head, Heading, Lines
from storage.masking import mask, mask_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from referrals.papers.model import Block
    from storage.referral.analysis import Analysis, Ran

ROWS: Final = 30  # of each answer on paper; the hash is of all
CELL: Final = 60  # characters
EDGES: Final = 4  # of a trend's steps that are written out
HIDDEN: Final = {"networks": frozenset({2, 4})}
"""Query -> columns with names and contacts of sellers."""
ABOUT: Final = (
    "下列查询在网盾数据库上按所列参数执行，即得本报告的全部数字；时间参数为数据库中的 UTC 时间，此处按北京时间写出。"
    "“结果校验”为全部结果行（紧凑 JSON，UTF-8）的 SHA-256。"
)


def blocks(analysis: Analysis, *, masked: bool) -> Iterator[Block]:
    """All queries, one after the other."""
    yield Lines((ABOUT,), small=True)
    for number, ran in enumerate(analysis.queries, 1):
        yield Heading(f"查询 {number}：{ran.title}", 2)
        yield Fields(_facts(ran))
        yield Lines(tuple(line.replace("  ", "　") for line in ran.sql.splitlines()), small=True)
        yield from _answer(ran, masked=masked)


def _facts(ran: Ran) -> tuple[tuple[str, str], ...]:
    return (
        ("名称", ran.name),
        ("参数", "\n".join(_parameters(ran)) or "无"),
        ("结果", f"{len(ran.rows)} 行"),
        ("结果校验", ran.digest),
    )


def _parameters(ran: Ran) -> Iterator[str]:
    """One a line; the edges of steps together, the first and the distance telling the rest."""
    edges = [(name, value) for name, value in ran.parameters if name[1:].isdecimal()]
    yield from (f"{name} = {value}" for name, value in ran.parameters if (name, value) not in edges)
    if edges:
        shown = edges if len(edges) <= EDGES else [*edges[:EDGES], edges[-1]]
        gap = [f"……（其间每段与 {shown[0][0]} 到 {shown[1][0]} 同长）"] if len(edges) > EDGES else []
        lines = [f"{name} = {value}" for name, value in shown]
        yield from [*lines[:EDGES], *gap, *lines[EDGES:]]


def _answer(ran: Ran, *, masked: bool) -> Iterator[Block]:
    hidden = HIDDEN.get(ran.name, frozenset()) if masked else frozenset()
    rows = tuple(
        tuple(_cell(value, hide=place in hidden, masked=masked) for place, value in enumerate(row))
        for row in ran.rows[:ROWS]
    )
    if not rows:
        return
    heads = tuple(Head(name) for name in ran.columns)
    yield Grouped((heads,), tuple(1.0 for _ in heads), rows, left=frozenset({0}), size=8.5)
    if len(ran.rows) > ROWS:
        yield Lines((f"只列前 {ROWS} 行，共 {len(ran.rows)} 行。",), small=True)
    if is_cut(ran):
        yield Lines((f"结果达到上限 {len(ran.rows)} 行，其余没有取。",), small=True)


def is_cut(ran: Ran) -> bool:
    """There may be more rows than were taken."""
    return dict(ran.parameters).get("most") == str(len(ran.rows))


def _cell(value: Any, *, hide: bool, masked: bool) -> str:
    text = mask(str(value)) if hide else mask_in(str(value), ()) if masked else str(value)
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"
