"""A paper as PDF/A, set by typst: all texts are data, and a typeface that is missing is an error, not a surprise."""

from __future__ import annotations

import json
import re
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from referrals.exceptions import Unprintable
from referrals.papers import fonts
from referrals.papers.emoji_names import in_words, unjoined
from referrals.papers.inert import LONGEST, inert, showable
from referrals.papers.model import Break, Chart, Fields, Grouped, Heading, Lines, Picture, Sides, Signatures, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from referrals.papers.model import Block, Paper

TEMPLATE = Path(__file__).with_name("paper.typ")
ARCHIVAL: Literal["a-2b"] = "a-2b"
TRIES = 12  # some ten seconds; each names one text that no typeface shows; a page can hold more kinds, then the form without PDF/A serves
_UNSHOWN = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)
_QUARTER = re.compile("[0-9a-f]{16}(?=[0-9a-f])")  # a hash in a narrow column: four lines


def as_pdf(paper: Paper, made_at: datetime) -> bytes:
    """The finished file; the same paper made at the same time gives the same bytes.

    Raises:
        Unprintable: there is no Chinese typeface, or the typesetter refuses the paper.
    """
    faces = fonts.of_this_machine()
    return typeset(TEMPLATE, lambda text, folder: _facts(paper, faces, text, folder), made_at)


def typeset(template: Path, facts: Callable[[Text, Path], Mapping[str, Any]], made_at: datetime) -> bytes:
    """What `template` makes of ``paper.json``: the facts that `facts` tells, JSON-ready, texts through the given `Text`.

    `facts` may lay pictures into the folder it is given; it may be asked several times.

    Raises:
        Unprintable: the typesetter refuses.
    """
    told: frozenset[str] = frozenset()
    for _ in range(TRIES):
        found = _set(template, facts, told, made_at, archival=True)
        if isinstance(found, bytes):
            return found
        told |= found
    plain = _set(template, facts, told, made_at, archival=False)
    assert isinstance(plain, bytes)
    return plain


def _set(
    template: Path,
    facts: Callable[[Text, Path], Mapping[str, Any]],
    told: frozenset[str],
    made_at: datetime,
    *,
    archival: bool,
) -> bytes | frozenset[str]:
    """The file, or the characters that no typeface shows. Raises Unprintable."""
    import typst

    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "paper.typ").write_bytes(template.read_bytes())
        said = json.dumps(facts(Text(told), folder), ensure_ascii=False)
        (folder / "paper.json").write_text(said, encoding="utf-8")
        try:
            compiler = typst.Compiler(str(folder / "paper.typ"), root=str(folder), font_paths=fonts.loaded())
            content, warnings = compiler.compile_with_warnings(
                format="pdf",
                timestamp=int(made_at.timestamp()),
                pdf_standards=ARCHIVAL if archival else None,
            )
        except typst.TypstError as error:
            unshown = frozenset("".join(_UNSHOWN.findall(str(error)))) - told
            if archival and unshown:
                return unshown
            raise Unprintable(f"PDF 排版失败：{str(error)[:300]}") from error
    if warnings:
        raise Unprintable(f"PDF 排版有警告，未采用：{warnings[0].message}")
    assert isinstance(content, bytes)
    return content


class Text:
    """Texts as the typesetter gets them."""

    def __init__(self, told: frozenset[str]) -> None:
        """`told`: characters that no typeface of this machine shows."""
        self.told = told

    def __call__(self, text: str, longest: int = LONGEST) -> str:
        """Harmless, with what no typeface shows told by its number; cut where it is longer than `longest`."""
        text = showable(in_words(inert(unjoined(text), longest)))
        return "".join(f"〔U+{ord(char):04X}〕" if char in self.told else char for char in text)


def _facts(paper: Paper, faces: fonts.Typefaces, text: Text, folder: Path) -> dict[str, Any]:
    return {
        "title": text(paper.title),
        "notice": text(paper.notice),
        "foot": text(paper.foot),
        "landscape": paper.landscape,
        "body": paper.body,
        "remark": faces.remark,
        "fonts": {"text": faces.text, "title": faces.title, "codes": (*fonts.CODES, *faces.text)},
        "blocks": [
            _block(block, number, text, folder) | {"sticky": isinstance(after, Signatures)}
            for number, (block, after) in enumerate(zip_longest(paper.blocks, paper.blocks[1:]))
        ],
    }


def _block(block: Block, number: int, text: Text, folder: Path) -> dict[str, Any]:  # noqa: C901, PLR0911 -- one a kind
    match block:
        case Break():
            return {"kind": "break"}
        case Heading():
            return {"kind": "heading", "text": text(block.text), "level": block.level}
        case Lines():
            return {"kind": "lines", "texts": [text(one) for one in block.texts], "small": block.small}
        case Fields():
            return {"kind": "fields", "rows": [[text(name), text(value)] for name, value in block.rows]}
        case Table():
            rows = [[_value(block, n, text(value)) for n, value in enumerate(row)] for row in block.rows]
            facts = {"columns": [text(name) for name in block.columns], "widths": block.widths}
            return {"kind": "table", "rows": rows, "codes": sorted(block.codes), **facts}
        case Grouped():
            return _grouped(block, text)
        case Sides():
            return {"kind": "sides", "left": text(block.left), "right": text(block.right)}
        case Chart():
            (folder / f"{number}.svg").write_text(block.svg, encoding="utf-8")
            return {"kind": "chart", "file": f"{number}.svg", "caption": text(block.caption)}
        case Picture():
            (folder / f"{number}.png").write_bytes(block.content)
            return {"kind": "picture", "file": f"{number}.png", "caption": text(block.caption)}
        case Signatures():
            return {"kind": "signatures", "said": text(block.said), "who": [text(one) for one in block.who]}


def _grouped(block: Grouped, text: Text) -> dict[str, Any]:
    head = [{"text": text(one.text), "across": one.across, "down": one.down} for line in block.head for one in line]
    rows = [[text(value) for value in row] for row in block.rows]
    facts = {"widths": block.widths, "left": sorted(block.left), "bold": sorted(block.bold), "size": block.size}
    return {"kind": "grouped", "head": head, "lines": len(block.head), "rows": rows, **facts}


def _value(table: Table, column: int, text: str) -> str:
    return _QUARTER.sub(lambda found: f"{found.group()}\n", text) if column in table.codes else text
