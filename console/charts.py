"""Charts as SVG, made on the server: no script, no inline style, a text for those who do not see them.

Each chart goes with a table that says the same. Everything is drawn in a box of fixed units that the page scales.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log10
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from console.hidden import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH: Final = 640  # units; text of 12 is legible on half a screen of 1280 and on half an A4 page
HEIGHT: Final = 190
LEFT, RIGHT, TOP, BOTTOM = 42, 10, 12, 24  # around the plot: numbers, nothing, half a number, dates
NAMES: Final = 150  # units for the names beside bars: twelve characters
ROW: Final = 24
BAR: Final = 14
LABELS: Final = 10  # dates below a chart: more would overlap
LONGEST_NAME: Final = 12  # characters
SPARK_WIDTH: Final = 96  # units, which are pixels here
SPARK_HEIGHT: Final = 22  # a line of text
CHARTS: Final = 6  # colours there are, then they repeat


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind."""

    name: str
    values: tuple[float, ...]


def lines(title: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Series over time: one column of points for each label."""
    most = nice(max((value for one in series for value in one.values), default=0))
    parts = [*_grid(most), *_dates(labels)]
    for number, one in enumerate(series):
        places = [_place(at, value, len(labels), most) for at, value in enumerate(one.values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(Markup('<polyline class="line c{}" points="{}"/>').format(number % CHARTS, path))
        for (x, y), label, value in zip(places, labels, one.values, strict=True):
            text = f"{label} {one.name} {value:g}"
            parts.append(_dot(number, x, y, text))
    return _picture(title, WIDTH, HEIGHT, parts)


def _dot(number: int, x: float, y: float, text: str) -> Markup:
    # each series has a shape of its own: colours are not all that tells them apart
    made = Markup('<circle class="dot c{}" cx="{}" cy="{}" r="3.2"><title>{}</title></circle>')
    if number % 2:
        made = Markup('<rect class="dot c{}" x="{}" y="{}" width="6" height="6"><title>{}</title></rect>')
        x, y = x - 3, y - 3
    return made.format(number % CHARTS, f"{x:.1f}", f"{y:.1f}", visible(text, 100))


def _place(at: int, value: float, count: int, most: float) -> tuple[float, float]:
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return LEFT + wide * (at + 0.5) / max(count, 1), TOP + high * (1 - value / most)


def _grid(most: float) -> Iterator[Markup]:
    for part in (0, 0.5, 1):
        y = _place(0, most * part, 1, most)[1]
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            LEFT, WIDTH - RIGHT, f"{y:.1f}", f"{y:.1f}"
        )
        yield Markup('<text class="axis end" x="{}" y="{}">{}</text>').format(
            LEFT - 6, f"{y + 4:.1f}", f"{most * part:g}"
        )


def _dates(labels: Sequence[str]) -> Iterator[Markup]:
    every = max(1, ceil(len(labels) / LABELS))
    for at in range(0, len(labels), every):
        x = _place(at, 0, len(labels), 1)[0]
        yield Markup('<text class="axis middle" x="{}" y="{}">{}</text>').format(f"{x:.1f}", HEIGHT - 7, labels[at])


def bars(title: str, names: Sequence[str], series: Sequence[Series]) -> Markup:
    """One bar for each name, the series in it one after the other."""
    totals = [sum(one.values[at] for one in series) for at in range(len(names))]
    most = max(totals, default=0) or 1
    wide = WIDTH - NAMES - LEFT
    parts = []
    for at, name in enumerate(names):
        middle = ROW * at + ROW / 2
        short = visible(name, LONGEST_NAME)
        parts.append(Markup('<text class="name end" x="{}" y="{}">{}</text>').format(NAMES - 8, middle + 4, short))
        edges = [0.0]
        for one in series:
            edges.append(edges[-1] + one.values[at])
        for number, (left, right) in enumerate(pairwise(edges)):
            if right > left:
                text = f"{name} {series[number].name} {right - left:g}"
                x, width = NAMES + wide * left / most, wide * (right - left) / most
                parts.append(_bar(number, x, middle - BAR / 2, width, text))
        x = NAMES + wide * totals[at] / most + 6
        parts.append(
            Markup('<text class="axis" x="{}" y="{}">{}</text>').format(f"{x:.1f}", middle + 4, f"{totals[at]:g}")
        )
    return _picture(title, WIDTH, max(ROW * len(names), ROW), parts)


def _bar(number: int, x: float, y: float, width: float, text: str) -> Markup:
    made = Markup('<rect class="bar c{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>')
    return made.format(number % CHARTS, f"{x:.1f}", f"{y:.1f}", f"{width:.1f}", BAR, visible(text, 100))


def spark(title: str, pairs: Sequence[tuple[int, int]]) -> Markup:
    """Two numbers over time, one on the other, as small as a word; the table behind it is a click away."""
    most = max((sum(pair) for pair in pairs), default=0) or 1
    wide = SPARK_WIDTH / max(len(pairs), 1)
    parts = []
    for at, pair in enumerate(pairs):
        foot = float(SPARK_HEIGHT)
        for number, value in enumerate(pair):
            high = (SPARK_HEIGHT - 1) * value / most
            foot -= high
            made = Markup('<rect class="bar c{}" x="{}" y="{}" width="{}" height="{}"/>')
            parts.append(made.format(number, f"{wide * at:.1f}", f"{foot:.1f}", f"{wide - 1:.1f}", f"{high:.1f}"))
    made = Markup('<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    head = made.format(SPARK_WIDTH, SPARK_HEIGHT, visible(title, 200))
    return head + Markup("").join(parts) + Markup("</svg>")


def legend(series: Sequence[Series]) -> Markup:
    """What the colours mean."""
    signs = [
        Markup(
            '<li><svg class="sign" viewBox="0 0 10 10" aria-hidden="true"><rect class="bar c{}" width="10" height="10"/></svg>{}</li>'
        ).format(number % CHARTS, one.name)
        for number, one in enumerate(series)
    ]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(signs))


def _picture(title: str, width: int, height: int, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    return head.format(width, height, visible(title, 200)) + Markup("").join(parts) + Markup("</svg>")


def nice(value: float) -> float:
    """The next number of 1, 2, 4 times a power of ten, at least 2: where an axis ends, with a whole number halfway."""
    if value <= 2:
        return 2
    power = 10.0 ** int(log10(value))
    return next(step * power for step in (1, 2, 4, 10, 20) if step * power >= value)
