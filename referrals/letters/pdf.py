"""A letter as PDF/A in the layout of official documents; typefaces as in `referrals.papers.fonts`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from referrals.letters.breaking import lines_of
from referrals.letters.model import TYPED, Grid, Para, Point
from referrals.papers import fonts
from referrals.papers.pdf import typeset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from referrals.letters.model import Block, Letter, Slip
    from referrals.papers.pdf import Text

TEMPLATE = Path(__file__).with_name("official.typ")


def as_pdf(letter: Letter) -> bytes:
    """The finished file; the same letter gives the same bytes.

    Raises:
        Unprintable: there is no Chinese typeface, or the typesetter refuses the letter.
    """
    faces = fonts.of_this_machine()
    return typeset(TEMPLATE, lambda text, _: _facts(letter, faces, text), letter.made_at)


def _facts(letter: Letter, faces: fonts.Typefaces, text: Text) -> dict[str, Any]:
    official = bool(faces.title) and faces.title[0].casefold() in {one.casefold() for one in fonts.OFFICIAL_TITLES}
    annexes = [
        {"mark": text(one.mark), "title-lines": _lines(one.title, text), "blocks": _blocks(one.blocks, text)}
        for one in letter.annexes
    ]
    return {
        "fonts": {"text": faces.text, "title": faces.title, "heading": (*fonts.headings(), *faces.text)},
        "bold-title": not official,
        "remark-of-fonts": faces.remark,
        "red-head": text(letter.red_head),
        "number": text(letter.number),
        "title": text(letter.title),
        "title-lines": _lines(letter.title, text),
        "receiver": text(letter.receiver),
        "blocks": _blocks(letter.blocks, text),
        "attachments": [text(name) for name in letter.attachments],
        "signer": text(letter.signer),
        "date": text(letter.date),
        "remark": text(letter.remark),
        "copies": text(letter.copies),
        "printed": text(letter.printed),
        "notice": text(letter.notice),
        "annexes": annexes,
        "slip": None if letter.slip is None else _slip(letter.slip, text),
    }


def _lines(title: str, text: Text) -> list[str]:
    return [text(line) for line in lines_of(title)]


def _blocks(blocks: Sequence[Block], text: Text) -> list[dict[str, Any]]:
    return [_block(block, text) | {"sticky": number == len(blocks) - 1} for number, block in enumerate(blocks)]


def _block(block: Block, text: Text) -> dict[str, Any]:
    if isinstance(block, Para):
        return {"kind": "para", "text": text(block.text, TYPED)}
    if isinstance(block, Point):
        return {"kind": "point", "text": text(block.text)}
    if isinstance(block, Grid):
        rows = [[text(value, TYPED) for value in row] for row in block.rows]
        return {"kind": "grid", "columns": [text(name) for name in block.columns], "widths": block.widths, "rows": rows}
    return {"kind": "signed", "lines": [text(line) for line in block.lines]}


def _slip(slip: Slip, text: Text) -> dict[str, Any]:
    return {
        "title-lines": _lines(slip.title, text),
        "number": text(slip.number),
        "receiver": text(slip.receiver),
        "text": text(slip.text),
        "rows": [[text(name), text(value)] for name, value in slip.rows],
        "signer": text(slip.signer),
    }
