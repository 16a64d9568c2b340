"""An official letter, free of any file format. Layout: GB/T 9704-2012."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

TYPED = 20_000  # characters of a paragraph or cell: people's own words are not cut, those from pages were cut before


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph of the text, indented by two characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """一、 in the typeface of headings."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table."""

    columns: tuple[str, ...]
    """Empty: no head; then the first column holds names."""
    widths: tuple[float, ...]
    """Shares of the text's width."""
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signs, and a line for it; blanks are written by hand."""

    lines: tuple[str, ...]


Block: TypeAlias = Para | Point | Grid | Signed


@dataclass(frozen=True, slots=True)
class Annex:
    """An attachment that is part of the same file, on pages of its own."""

    mark: str
    """附件1."""
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """The receipt (回执联): a page to be filled in and sent back."""

    title: str
    number: str
    receiver: str
    """Who gets it back."""
    text: str
    rows: tuple[tuple[str, str], ...]
    """What is asked for -> what may be ticked, or a blank."""
    signer: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter."""

    kind: str
    red_head: str
    number: str
    """发文字号."""
    title: str
    receiver: str
    blocks: tuple[Block, ...]
    attachments: tuple[str, ...]
    signer: str
    date: str
    """2026年11月22日."""
    remark: str
    """附注: whom to ask."""
    copies: str
    """抄送; empty: none."""
    printed: str
    """印发机关."""
    notice: str
    annexes: tuple[Annex, ...]
    slip: Slip | None
    made_at: datetime
    """Aware; in the zone that all moments are told in."""
    fields: tuple[tuple[str, str], ...]
    """For an office's own template: name -> text."""
    rows: tuple[tuple[tuple[str, str], ...], ...]
    """The same for each lead."""
