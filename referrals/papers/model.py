"""What a paper consists of, free of any file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that begins a part."""

    text: str
    level: int = 1
    """2 begins a part of a part."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Paragraphs."""

    texts: tuple[str, ...]
    small: bool = False
    """A remark."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A ruled form: what is asked for, and the answer."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Ruled columns under a head."""

    columns: tuple[str, ...]
    widths: tuple[float, ...]
    """Shares of the paper's width."""
    rows: tuple[tuple[str, ...], ...]
    codes: frozenset[int] = frozenset()
    """Columns that hold hashes: small letters of one width, four lines."""


@dataclass(frozen=True, slots=True)
class Break:
    """What follows begins a page."""


@dataclass(frozen=True, slots=True)
class Head:
    """A cell of a head; it may go over several columns or lines."""

    text: str
    across: int = 1
    down: int = 1


@dataclass(frozen=True, slots=True)
class Grouped:
    """Ruled columns under a head of one or several lines, figures in the middle of their cells."""

    head: tuple[tuple[Head, ...], ...]
    """Lines of the head; a cell that goes down is named in its first line alone."""
    widths: tuple[float, ...]
    """Shares of the paper's width."""
    rows: tuple[tuple[str, ...], ...]
    left: frozenset[int] = frozenset()
    """Columns of running text, which begin at the left."""
    bold: frozenset[int] = frozenset()
    """Rows that stand out, from 0: totals."""
    size: float = 9
    """Points."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One line with a text at either edge."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing over the whole width."""

    svg: str
    """Made by `referrals.papers.charts`."""
    caption: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture over the whole width."""

    content: bytes
    """PNG."""
    caption: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to be signed by hand: who, then a rule, then the date; kept on one page with what is signed."""

    said: str
    who: tuple[str, ...]


Block: TypeAlias = Break | Heading | Lines | Fields | Table | Grouped | Sides | Chart | Picture | Signatures


@dataclass(frozen=True, slots=True)
class Paper:
    """One document, A4."""

    title: str
    notice: str
    """Above the title on each page: what it is worth."""
    foot: str
    """Below each page, beside the page's number."""
    blocks: tuple[Block, ...]
    landscape: bool = False
    body: float = 12
    """Points of the text: 16 (三号) as official letters and reports have it."""
