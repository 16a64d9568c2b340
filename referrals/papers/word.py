"""A paper as an editable document (docx), in the typefaces that offices expect: 仿宋 for text, 宋体 for titles."""

from __future__ import annotations

from io import BytesIO
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from referrals.papers import charts, word_tables
from referrals.papers.inert import inert
from referrals.papers.model import Break, Chart, Fields, Grouped, Heading, Lines, Picture, Sides, Signatures, Table

if TYPE_CHECKING:
    from datetime import datetime

    from docx.document import Document as Word
    from docx.text.paragraph import Paragraph

    from referrals.papers.model import Block, Paper

TEXT, TITLE, LATIN = "仿宋", "宋体", "Times New Roman"
SHORT, LONG = Mm(210), Mm(297)  # A4
LARGE = 14  # points: a text above that is set as official documents are
LABEL = Mm(32)  # seven characters of 11 pt
SIGNED = "＿" * 12


def as_docx(paper: Paper, made_at: datetime) -> bytes:
    """The finished file."""
    word = Document()
    width = _shape(word, paper)
    _describe(word, paper, made_at)
    size = 22 if paper.body > LARGE else 20
    _write(word.add_paragraph(), paper.title, face=TITLE, size=size, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
    drawn = iter(charts.as_pngs([block.svg for block in paper.blocks if isinstance(block, Chart)]))
    for block, after in zip_longest(paper.blocks, paper.blocks[1:]):
        if isinstance(block, Chart):
            word.add_paragraph().add_run().add_picture(BytesIO(next(drawn)), width=width)
            _write(word.add_paragraph(), block.caption, size=10, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
        elif isinstance(block, Heading):
            _head(word, block, paper.body)
        elif isinstance(block, Sides):
            _sides(word, block, width, paper.body)
        elif isinstance(block, Lines):
            _lines(word, block, paper.body, sticky=isinstance(after, Signatures))
        else:
            _add(word, block, width)
    sink = BytesIO()
    word.save(sink)
    return sink.getvalue()


def _shape(word: Word, paper: Paper) -> int:
    """Page, margins, the lines above and below each page; the width of the text in EMU."""
    section = word.sections[0]
    section.page_width, section.page_height = (LONG, SHORT) if paper.landscape else (SHORT, LONG)
    section.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    side = Mm(16) if paper.landscape else Mm(25)
    section.left_margin = section.right_margin = side
    section.top_margin, section.bottom_margin = Mm(25), Mm(23)
    _typeface(word.styles["Normal"], TEXT, 12)
    _write(section.header.paragraphs[0], paper.notice, size=9, align=WD_ALIGN_PARAGRAPH.CENTER)
    foot = section.footer.paragraphs[0]
    _write(foot, f"{paper.foot}　　第 ", size=9, align=WD_ALIGN_PARAGRAPH.RIGHT)
    for code, after in (("PAGE", " 页　共 "), ("NUMPAGES", " 页")):
        _count(foot, code)
        _write(foot, after, size=9)
    return int(section.page_width) - 2 * int(side)


def _describe(word: Word, paper: Paper, made_at: datetime) -> None:
    """The library's template names its own author and year."""
    facts = word.core_properties
    facts.title, facts.author, facts.comments, facts.subject = paper.title, "", paper.notice, ""
    facts.created = facts.modified = made_at.replace(tzinfo=None)


def _head(word: Word, block: Heading, body: float) -> None:
    heading = word.add_paragraph()
    heading.paragraph_format.keep_with_next = True
    if body > LARGE or block.level > 1:  # as in official documents: set in, like the text
        heading.paragraph_format.first_line_indent = Pt(2 * body)
    size = 14 if body <= LARGE and block.level == 1 else body
    _write(heading, block.text, face=TITLE if block.level == 1 else TEXT, size=size, bold=True)


def _lines(word: Word, block: Lines, body: float, *, sticky: bool) -> None:
    for one in block.texts:
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.keep_with_next = sticky
        if not block.small:
            paragraph.paragraph_format.first_line_indent = Pt(2 * body)  # two characters
        _write(paragraph, one, size=9.5 if block.small else body)


def _add(word: Word, block: Block, width: int) -> None:
    match block:
        case Fields():
            rows = tuple((name, value) for name, value in block.rows)
            _grid(word, rows, (int(LABEL), width - int(LABEL)), bold_first=True)
        case Table():
            total = sum(block.widths)
            shares = tuple(int(width * share / total) for share in block.widths)
            _grid(word, (block.columns, *block.rows), shares, size=8, head=True, codes=block.codes)
        case Grouped():
            word_tables.add(word, block, width, _write)
        case Break():
            word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        case Picture():
            word.add_paragraph().add_run().add_picture(BytesIO(block.content), width=width)
            _write(word.add_paragraph(), block.caption, size=9.5, align=WD_ALIGN_PARAGRAPH.CENTER)
        case Signatures():
            _sign(word, block)


def _sides(word: Word, block: Sides, width: int, body: float) -> None:
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    _write(paragraph, block.left, size=body)
    paragraph.add_run().add_tab()
    _write(paragraph, block.right, size=body)


def _sign(word: Word, block: Signatures) -> None:
    """All of it on one page."""
    said = word.add_paragraph()
    said.paragraph_format.keep_with_next = True
    _write(said, block.said)
    for number, who in enumerate(block.who, 1):
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(18)
        paragraph.paragraph_format.keep_with_next = number < len(block.who)
        _write(paragraph, f"{who}：{SIGNED}　　　　年　　月　　日")


def _grid(  # noqa: PLR0913 -- how a table looks
    word: Word,
    rows: tuple[tuple[str, ...], ...],
    widths: tuple[int, ...],
    *,
    size: float = 11,
    head: bool = False,
    bold_first: bool = False,
    codes: frozenset[int] = frozenset(),
) -> None:
    table = word.add_table(len(rows), len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for number, (row, values) in enumerate(zip(table.rows, rows, strict=True)):
        for column, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            cell.width = widths[column]
            bold = (head and number == 0) or (bold_first and column == 0)
            small = 6.5 if column in codes and number else size
            _write(cell.paragraphs[0], value, size=small, bold=bold)
    if head:  # the library has no word for it: repeated on each page
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _write(  # noqa: PLR0913 -- how a text looks
    paragraph: Paragraph,
    text: str,
    *,
    face: str = TEXT,
    size: float = 12,
    bold: bool = False,
    align: WD_ALIGN_PARAGRAPH | None = None,
) -> None:
    """Append a text; its line breaks stay."""
    run = paragraph.add_run(inert(text))
    run.bold = bold
    _typeface(run, face, size)
    if align is not None:
        paragraph.alignment = align


def _typeface(styled: Any, face: str, size: float) -> None:
    """A run or a style. Without the East Asian name, Chinese text keeps the template's typeface."""
    styled.font.name, styled.font.size = LATIN, Pt(size)
    styled.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _count(paragraph: Paragraph, code: str) -> None:
    """A number that the reader's program fills in: PAGE or NUMPAGES."""
    run = paragraph.add_run()
    _typeface(run, TEXT, 9)
    for kind in ("begin", None, "end"):
        element = OxmlElement("w:instrText" if kind is None else "w:fldChar")
        if kind is None:
            element.text = code
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # noqa: SLF001 -- the library has no word for fields
