"""What a paper consists of, free of any file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that begins a part."""

    text: str


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


Block: TypeAlias = Heading | Lines | Fields | Table | Picture | Signatures


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
