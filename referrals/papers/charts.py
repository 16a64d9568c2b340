"""Charts for papers as SVG: drawn here, no script, no outside file. Each goes with a table that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from referrals.papers.emoji_names import in_words, unjoined
from referrals.papers.inert import inert, showable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH: Final = 640  # units; text of 12 is legible on the 16 cm of a page
COLOURS: Final = ("#1f6f78", "#d98f2b", "#b0483c", "#6b7f3a", "#5b5a8c", "#8a8f98")
INK, GREY, RULE, PALE = "#2b2f33", "#6a7178", "#d9dde1", "#eef2f3"
FACES: Final = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, SimHei, Noto Serif CJK SC, SimSun"
NAMES: Final = 150  # units for names beside bars: eleven characters
LONGEST_NAME: Final = 11
ROW, BAR = 26, 15
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 30, 26
HIGH: Final = 210
LABELS: Final = 9  # dates below a chart: more would overlap
GAP, NODE, FLOW_EDGE = 8, 10, 130  # units between places, of a place's bar, for names at either edge
LEAST, MOST = -3, 12  # powers of ten of a price: a tenth of a fen, a million million
DENSITY: Final = 200  # dots an inch: sharp on paper, some 40 KB a chart


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """From the first quartile to the third, and the median between them."""

    name: str
    low: float
    middle: float
    high: float
    remark: str


def bars(names: Sequence[str], series: Sequence[Series]) -> str:
    """One bar for each name, the series in it one after the other."""
    totals = [sum(one.values[at] for one in series) for at in range(len(names))]
    most = max(totals, default=0) or 1
    top = TOP if len(series) > 1 else 6
    wide = WIDTH - NAMES - 60
    parts = [*_legend(series)] if len(series) > 1 else []
    for at, name in enumerate(names):
        middle = top + ROW * at + ROW / 2
        parts.append(_text(NAMES - 10, middle + 4.5, _short(name), anchor="end"))
        parts.append(_box(NAMES, middle - BAR / 2, wide, BAR, PALE))
        edge = 0.0
        for number, one in enumerate(series):
            long = wide * one.values[at] / most
            parts.append(_box(NAMES + edge, middle - BAR / 2, long, BAR, COLOURS[number % len(COLOURS)]))
            edge += long
        parts.append(_text(NAMES + edge + 7, middle + 4.5, f"{totals[at]:g}", colour=GREY))
    return _drawing(top + ROW * max(len(names), 1) + 4, parts)


def columns(labels: Sequence[str], series: Sequence[Series], *, side_by_side: bool = False) -> str:
    """Upright bars over time, the series one above the other or side by side."""
    totals = [value for one in series for value in one.values]
    if not side_by_side:
        totals = [sum(one.values[at] for one in series) for at in range(len(labels))]
    most = _nice(max(totals, default=0))
    room = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    wide = min(room * 0.68, 20.0 * len(series) if side_by_side else 34)
    parts = [*_grid(most), *_legend(series), *_dates(labels, room)]
    each = wide / len(series) if side_by_side else wide
    for at in range(len(labels)):
        base = float(HIGH - BOTTOM)
        x = LEFT + room * (at + 0.5) - wide / 2
        for number, one in enumerate(series):
            high = (HIGH - TOP - BOTTOM) * one.values[at] / most
            top = (HIGH - BOTTOM if side_by_side else base) - high
            base -= high
            left = x + each * number if side_by_side else x
            parts.append(_box(left, top, each, high, COLOURS[number % len(COLOURS)]))
    return _drawing(HIGH, parts)


def ranges(rows: Sequence[Range], measure: str) -> str:
    """Prices: the middle half as a bar, the median as a stroke, on a scale of powers of ten."""
    low = min((one.low for one in rows if one.low > 0), default=1)
    first, last = _power(low), max(_power(max((one.high for one in rows), default=1)) + 1, _power(low) + 1)
    wide = WIDTH - NAMES - 110

    def place(value: float) -> float:
        return NAMES + wide * (log10(max(value, 10.0**first)) - first) / (last - first)

    high = TOP + ROW * max(len(rows), 1)
    parts = []
    for power in range(first, last + 1):
        x = place(10.0**power)
        parts += [
            _line(x, TOP - 4, x, high, RULE),
            _text(x, TOP - 10, f"{10.0**power:g}", anchor="middle", colour=GREY, size=10),
        ]
    parts.append(_text(NAMES - 10, TOP - 10, measure, anchor="end", colour=GREY, size=10))
    for at, one in enumerate(rows):
        middle = TOP + ROW * at + ROW / 2
        left, right = place(one.low), place(one.high)
        parts.append(_text(NAMES - 10, middle + 4.5, _short(one.name), anchor="end"))
        parts.append(_box(left, middle - BAR / 2, max(right - left, 3), BAR, COLOURS[0], opacity=0.45))
        parts.append(_box(place(one.middle) - 1.5, middle - BAR / 2 - 2, 3, BAR + 4, COLOURS[2]))
        parts.append(_text(right + 8, middle + 4.5, one.remark, colour=GREY, size=11))
    return _drawing(high + 6, parts)


def flow(
    stages: Sequence[Sequence[str]], streams: Sequence[tuple[tuple[int, ...], float]], heads: Sequence[str]
) -> str:
    """Streams through stages: `stages` are the names at each, a stream names one place of each and how much flows."""
    most = max(len(names) for names in stages)
    high = max(30.0 * most, 90)
    scale = (high - GAP * (most - 1)) / (sum(amount for _, amount in streams) or 1)
    edges = [FLOW_EDGE + (WIDTH - 2 * FLOW_EDGE - NODE) * at / max(len(stages) - 1, 1) for at in range(len(stages))]
    sizes = [_sizes(stage, len(names), streams, scale) for stage, names in enumerate(stages)]
    tops = [_tops(some, high) for some in sizes]
    parts = [
        _text(x + NODE / 2, 14, said, anchor="middle", colour=GREY, size=11)
        for x, said in zip(edges, heads, strict=True)
    ]
    for stage in range(len(stages) - 1):
        leaving, coming = list(tops[stage]), list(tops[stage + 1])
        for (here, there), amount in sorted(_links(streams, stage).items()):
            thick = amount * scale
            colour = COLOURS[(here if stage == 0 else there) % len(COLOURS)]
            sides = (edges[stage] + NODE, edges[stage + 1])
            parts.append(_ribbon(sides, (leaving[here], coming[there]), thick, colour))
            leaving[here] += thick
            coming[there] += thick
    for stage, names in enumerate(stages):
        last = stage == len(stages) - 1
        for at, name in enumerate(names):
            size, top = sizes[stage][at], tops[stage][at]
            x = edges[stage]
            parts.append(_box(x, top, NODE, max(size, 1), INK))
            parts.append(
                _text(x + NODE + 6 if last or stage else x - 6, top + size / 2 + 4, f"{_short(name, 8)} {size / scale:g}",
                      anchor="start" if last or stage else "end", size=11)
            )  # fmt: skip
    return _drawing(high + TOP + 8, parts)


def _sizes(stage: int, count: int, streams: Sequence[tuple[tuple[int, ...], float]], scale: float) -> list[float]:
    found = [0.0] * count
    for path, amount in streams:
        found[path[stage]] += amount * scale
    return found


def _tops(sizes: Sequence[float], high: float) -> list[float]:
    """One below the other, the whole in the middle."""
    top = TOP + (high - sum(sizes) - GAP * (len(sizes) - 1)) / 2
    found = []
    for size in sizes:
        found.append(top)
        top += size + GAP
    return found


def _links(streams: Sequence[tuple[tuple[int, ...], float]], stage: int) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for path, amount in streams:
        key = (path[stage], path[stage + 1])
        found[key] = found.get(key, 0) + amount
    return found


def _ribbon(x: tuple[float, float], y: tuple[float, float], thick: float, colour: str) -> str:
    middle = (x[0] + x[1]) / 2
    path = (
        f"M{x[0]:.1f},{y[0]:.1f} C{middle:.1f},{y[0]:.1f} {middle:.1f},{y[1]:.1f} {x[1]:.1f},{y[1]:.1f} "
        f"l0,{thick:.1f} C{middle:.1f},{y[1] + thick:.1f} {middle:.1f},{y[0] + thick:.1f} {x[0]:.1f},{y[0] + thick:.1f} z"
    )
    return f'<path d="{path}" fill="{colour}" fill-opacity="0.38"/>'


def as_pngs(svgs: Sequence[str]) -> list[bytes]:
    """The same as pictures, for documents that take no drawings: all at once, since looking for typefaces takes long.

    Raises:
        Unprintable: there is no Chinese typeface here.
    """
    import typst

    from referrals.papers import fonts

    if not svgs:
        return []
    fonts.of_this_machine()
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number, svg in enumerate(svgs):
            (folder / f"{number}.svg").write_text(svg, encoding="utf-8")
        pages = [f'#image("{number}.svg", width: 100%)' for number in range(len(svgs))]
        head = f"#set page(width: {WIDTH}pt, height: auto, margin: 0pt, fill: white)\n"
        (folder / "charts.typ").write_text(head + "\n#pagebreak()\n".join(pages), encoding="utf-8")
        made = typst.compile(str(folder / "charts.typ"), root=name, format="png", ppi=DENSITY)
    return [made] if isinstance(made, bytes) else list(made or ())


def _grid(most: float) -> Iterator[str]:
    for part in (0, 0.5, 1):
        y = TOP + (HIGH - TOP - BOTTOM) * (1 - part)
        yield _line(LEFT, y, WIDTH - RIGHT, y, RULE)
        yield _text(LEFT - 7, y + 4, f"{most * part:g}", anchor="end", colour=GREY, size=11)


def _dates(labels: Sequence[str], room: float) -> Iterator[str]:
    every = max(1, ceil(len(labels) / LABELS))
    for at in range(0, len(labels), every):
        yield _text(LEFT + room * (at + 0.5), HIGH - 8, labels[at], anchor="middle", colour=GREY, size=11)


def _legend(series: Sequence[Series]) -> Iterator[str]:
    x = float(LEFT)
    for number, one in enumerate(series):
        yield _box(x, 5, 11, 11, COLOURS[number % len(COLOURS)])
        yield _text(x + 16, 15, one.name, size=11)
        x += 30 + 12 * len(one.name)


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, size: float = 12) -> str:  # noqa: PLR0913
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{colour}"'
    return f"<text {place}>{escape(showable(in_words(inert(unjoined(text)))))}</text>"


def _box(x: float, y: float, wide: float, high: float, colour: str, *, opacity: float = 1) -> str:  # noqa: PLR0913
    if wide <= 0 or high <= 0:
        return ""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    return f'<rect {place} fill="{colour}" fill-opacity="{opacity:g}"/>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" stroke-width="1"/>'


def _drawing(high: float, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{high:.0f}" viewBox="0 0 {WIDTH} {high:.0f}"'
    )
    return f'{head} font-family="{FACES}">{"".join(parts)}</svg>'


def _short(name: str, longest: int = LONGEST_NAME) -> str:
    name = " ".join(name.split())
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _power(value: float) -> int:
    return min(max(floor(log10(value)), LEAST), MOST) if value > 0 else 0


def _nice(value: float) -> float:
    """Where an axis ends: 1, 2, 4, 6, 8 times a power of ten, with a whole number halfway."""
    if value <= 2:
        return 2
    power = 10.0 ** int(log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10, 20) if step * power >= value)
