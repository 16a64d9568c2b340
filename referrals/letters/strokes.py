"""What a letter's document is drawn with: lines on the grid, runs in official typefaces, ruled tables, page numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from referrals.letters.model import TYPED
from referrals.papers.inert import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document as Word
    from docx.text.paragraph import Paragraph

    from referrals.letters.model import Grid

TEXT, TITLE, HEADING, LATIN = "仿宋_GB2312", "方正小标宋简体", "黑体", "Times New Roman"
SIZE, PITCH = 16.0, 28.95  # points: 3号; 225 mm / 22 lines
SPACING = -5  # twentieths of a point: 28 characters of 15.75 pt are 441 pt, the line of 156 mm has 442
INDENT = Pt(2 * 15.8)  # two characters
WIDE = Mm(156)
RED = RGBColor(0xD7, 0x00, 0x0F)
CENTER, RIGHT, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT


def grid(word: Word, block: Grid, size: float, padding: float = 2) -> None:
    """A ruled table, its head repeated on each page."""
    rows = (block.columns, *block.rows) if block.columns else block.rows
    if not rows:
        return
    total = sum(block.widths)
    widths = [int(WIDE * share / total) for share in block.widths]
    table = word.add_table(0, len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    last = len(rows) - 1
    for number, values in enumerate(rows):
        head = bool(block.columns) and number == 0
        _row(table, values, widths, size, head=head, bound=not block.columns and number < last, padding=padding)


def _row(  # noqa: PLR0913 -- how a row looks
    table: Any, values: Sequence[str], widths: Sequence[int], size: float, *, head: bool, bound: bool, padding: float
) -> None:
    row = table.add_row()
    marks = row._tr.get_or_add_trPr()  # noqa: SLF001 -- the library has no word for either
    if sum(map(len, values)) < 600:  # a longer row may need more than a page
        marks.append(OxmlElement("w:cantSplit"))
    if head:
        marks.append(OxmlElement("w:tblHeader"))
    for column, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
        cell.width = widths[column]
        cell.vertical_alignment = 1  # centred
        paragraph = cell.paragraphs[0]
        shape = paragraph.paragraph_format
        shape.space_before = shape.space_after = Pt(padding)
        shape.keep_with_next = bound
        middle = head or column == 0
        write(paragraph, value, size=size, face=HEADING if head else TEXT, align=CENTER if middle else None, spacing=0)


def line(word: Word, *, pitch: float = PITCH, exact: bool = True, align: WD_ALIGN_PARAGRAPH | None = None) -> Paragraph:
    """An empty paragraph on the grid of lines."""
    paragraph = word.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.widow_control = True
    if exact:
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    if align is not None:
        paragraph.alignment = align
    return paragraph


def blank(word: Word, lines: float, *, sticky: bool = False) -> None:
    """Room of so many lines; `sticky`: it goes to the next page with what follows."""
    paragraph = line(word, pitch=max(1.0, lines * PITCH))
    paragraph.paragraph_format.keep_with_next = sticky


def write(  # noqa: PLR0913 -- how a text looks
    paragraph: Paragraph,
    text: str,
    *,
    face: str = TEXT,
    size: float = SIZE,
    align: WD_ALIGN_PARAGRAPH | None = None,
    color: RGBColor | None = None,
    spacing: int = SPACING,
) -> None:
    """Append a text; its line breaks stay, nothing in it is read as a field or as markup."""
    run = paragraph.add_run(inert(text, TYPED))
    typeface(run, face, size)
    if color is not None:
        run.font.color.rgb = color
    if spacing and size == SIZE:
        space: Any = OxmlElement("w:spacing")
        space.set(qn("w:val"), str(spacing))
        properties = run._r.get_or_add_rPr()  # noqa: SLF001
        properties.insert_element_before(space, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u")
    if align is not None:
        paragraph.alignment = align


def typeface(styled: Any, face: str, size: float) -> None:
    """A run or a style. Without the East Asian name, Chinese text keeps the template's typeface."""
    styled.font.name, styled.font.size = LATIN, Pt(size)
    styled.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def rule(paragraph: Paragraph) -> None:
    """The red line, 4 mm below the number."""
    borders: Any = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "8"), ("color", "D7000F")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def count_pages(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH) -> None:
    """``— 1 —``, one character from the outer edge; the number is filled in by the reader's program."""
    paragraph.alignment = align
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    write(paragraph, "— ", face="宋体", size=14)
    run = paragraph.add_run()
    typeface(run, "宋体", 14)
    for kind in ("begin", None, "end"):
        element = OxmlElement("w:instrText" if kind is None else "w:fldChar")
        if kind is None:
            element.text = "PAGE"
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # noqa: SLF001 -- the library has no word for fields
    write(paragraph, " —", face="宋体", size=14)
