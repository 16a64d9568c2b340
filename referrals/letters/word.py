"""A letter as an editable document (docx) in the layout of official documents, under the names of the official typefaces.

Typefaces that are not installed are replaced by the reader's program; the document names what to take instead.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor

from referrals.letters.breaking import lines_of
from referrals.letters.model import TYPED, Grid, Para, Point, Signed
from referrals.letters.typefaces import name_substitutes
from referrals.papers.inert import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document as Word
    from docx.section import Section
    from docx.text.paragraph import Paragraph

    from referrals.letters.model import Annex, Block, Letter, Slip

TEXT, TITLE, HEADING, LATIN = "仿宋_GB2312", "方正小标宋简体", "黑体", "Times New Roman"
SIZE, PITCH = 16.0, 28.95  # points: 3号; 225 mm / 22 lines
SPACING = -4  # twentieths of a point: 28 characters of 16 pt fit into 156 mm
FRAME = 68.0  # points: three lines of the frame and its borders
INDENT = Pt(2 * 15.8)  # two characters
WIDE = Mm(156)
RED = RGBColor(0xD7, 0x00, 0x0F)
CENTER, RIGHT, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT


def as_docx(letter: Letter) -> bytes:
    """The finished file."""
    word = Document()
    _shape(word, letter)
    _head(word, letter)
    _write(_line(word), f"{letter.receiver}：")
    for number, block in enumerate(letter.blocks, 1):
        _add(word, block, 11, sticky=number == len(letter.blocks))
    _sign(word, letter)
    for annex in letter.annexes:
        _annex(word, annex)
    _imprint(word, letter)
    if letter.slip is not None:
        _slip(word, letter.slip)
    return saved(word)


def saved(word: Word) -> bytes:
    """The file's bytes: the same document gives the same ones, whenever it is written."""
    written, sink = BytesIO(), BytesIO()
    word.save(written)
    with zipfile.ZipFile(written) as package, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as again:
        for part in package.infolist():
            again.writestr(zipfile.ZipInfo(part.filename), package.read(part), zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _shape(word: Word, letter: Letter) -> None:
    """Page, margins, page numbers on the outer side, properties."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(24), Mm(22)  # the number stands 7 mm below the text
    word.settings.odd_and_even_pages_header_footer = True
    section.different_first_page_header_footer = True
    typeface(word.styles["Normal"], TEXT, SIZE)
    for language in word.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")  # or commas stand in the middle, as in Taiwan and Japan
    for head in (section.header, section.even_page_header):
        _write(head.paragraphs[0], letter.notice, size=9, align=RIGHT)
    _count(section.footer.paragraphs[0], RIGHT)
    _count(section.first_page_footer.paragraphs[0], RIGHT)
    _count(section.even_page_footer.paragraphs[0], LEFT)
    facts = word.core_properties
    facts.title, facts.author, facts.comments, facts.subject = inert(letter.title), "", letter.notice, ""
    facts.created = facts.modified = letter.made_at.replace(tzinfo=None)
    name_substitutes(word)


def _head(word: Word, letter: Letter) -> None:
    if letter.red_head:
        size = min(42, 442 / max(1, len(letter.red_head)))  # one line of 156 mm
        head = _line(word, exact=False, align=CENTER)
        _write(head, letter.red_head, face=TITLE, size=size, color=RED)
        _blank(word, 2)
        number = _line(word, align=CENTER)
        _write(number, letter.number)
        _rule(number)
    else:
        number = _line(word, align=RIGHT)
        number.paragraph_format.right_indent = Pt(SIZE)
        _write(number, letter.number)
    _blank(word, 2)
    _title(word, letter.title)
    _blank(word, 1)


def _title(word: Word, title: str) -> None:
    for line in lines_of(title):
        paragraph = _line(word, pitch=32, align=CENTER)
        paragraph.paragraph_format.keep_with_next = True
        _write(paragraph, line, face=TITLE, size=22, spacing=0)


def _add(word: Word, block: Block, size: float, *, sticky: bool = False) -> None:
    match block:
        case Para():
            paragraph = _line(word)
            paragraph.paragraph_format.first_line_indent = INDENT
            paragraph.paragraph_format.keep_with_next = sticky
            _write(paragraph, block.text)
        case Point():
            paragraph = _line(word)
            paragraph.paragraph_format.first_line_indent = INDENT
            paragraph.paragraph_format.keep_with_next = True
            _write(paragraph, block.text, face=HEADING)
        case Grid():
            _blank(word, 0.2, sticky=True)
            grid(word, block, size)
            _blank(word, 0.4)
        case Signed():
            for who in block.lines:
                paragraph = _line(word)
                paragraph.paragraph_format.space_before = Pt(14)
                _write(paragraph, f"{who}：＿＿＿＿＿＿＿＿＿　　　年　　月　　日", size=14)


def _sign(word: Word, letter: Letter) -> None:
    """附件说明, signature, date, 附注; the signature never stands alone on a page."""
    _blank(word, 1, sticky=True)
    single = len(letter.attachments) == 1
    for number, name in enumerate(letter.attachments, 1):
        paragraph = _line(word)
        shown = name if single else f"{number}. {name}"
        hang = 5 if single else 6.5  # characters: 附件： and two blanks, and the number
        paragraph.paragraph_format.left_indent = Pt(hang * 15.8)
        first = hang - (2 if number == 1 else 5)
        paragraph.paragraph_format.first_line_indent = Pt(-first * 15.8)
        paragraph.paragraph_format.keep_with_next = number >= len(letter.attachments) - 1  # the last two
        _write(paragraph, f"附件：{shown}" if number == 1 else shown)
    _blank(word, 2, sticky=True)
    room = max(0.0, 4 - max(0.0, len(letter.signer) - len(letter.date) * 0.72) / 2)  # half of a date is digits
    inset = max(0.0, len(letter.date) * 0.72 - len(letter.signer)) / 2
    signer = _line(word, align=RIGHT)
    signer.paragraph_format.right_indent = Pt((room + inset) * 15.8)
    signer.paragraph_format.keep_with_next = True
    _write(signer, letter.signer)
    date = _line(word, align=RIGHT)
    date.paragraph_format.right_indent = Pt(4 * 15.8)
    _write(date, letter.date)
    if letter.remark:
        date.paragraph_format.keep_with_next = True
        remark = _line(word)
        remark.paragraph_format.first_line_indent = INDENT
        _write(remark, letter.remark)


def _annex(word: Word, annex: Annex) -> None:
    mark = _line(word)
    mark.paragraph_format.page_break_before = True
    _write(mark, annex.mark, face=HEADING)
    _blank(word, 1)
    _title(word, annex.title)
    _blank(word, 0.4, sticky=True)
    for block in annex.blocks:
        _add(word, block, 10.5)


def _imprint(word: Word, letter: Letter) -> None:
    """版记: a frame at the foot of the page on which the text ends.

    All its paragraphs have the same borders, or LibreOffice makes no frame of them; so the rule between is a leader.
    """
    if letter.copies:
        _write(_framed(word), f"　抄送：{letter.copies}。", size=14)
        rule = _framed(word, pitch=4)
        rule.paragraph_format.tab_stops.add_tab_stop(WIDE, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES)
        rule.add_run().add_tab()
    last = _framed(word)
    last.paragraph_format.tab_stops.add_tab_stop(Length(WIDE - Pt(14)), WD_TAB_ALIGNMENT.RIGHT)
    _write(last, f"　{letter.printed}", size=14)
    last.add_run().add_tab()
    _write(last, f"{letter.date} 印发", size=14)
    _blank(word, FRAME / PITCH)  # what the frame is anchored to: where it does not fit, both go to the next page


def _framed(word: Word, pitch: float = 22) -> Paragraph:
    paragraph = _line(word, pitch=pitch)
    _frame(paragraph)
    return paragraph


def _frame(paragraph: Paragraph) -> None:
    """Rules above and below; neighbours of the same frame are one. The library has no word for either."""
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    frame: Any = OxmlElement("w:framePr")
    for name, value in (("w", str(int(WIDE.twips))), ("hSpace", "0"), ("wrap", "around"), ("vAnchor", "margin"),
                        ("hAnchor", "margin"), ("xAlign", "center"), ("yAlign", "bottom")):  # fmt: skip
        frame.set(qn(f"w:{name}"), value)
    properties.insert_element_before(
        frame, "w:widowControl", "w:numPr", "w:suppressLineNumbers", "w:pBdr", "w:shd", "w:tabs", "w:spacing", "w:ind"
    )
    borders: Any = OxmlElement("w:pBdr")
    for side, width in (("top", "8"), ("bottom", "8")):  # eighths of a point: 0.35 mm
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", width), ("space", "4"), ("color", "000000")):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _slip(word: Word, slip: Slip) -> None:
    """A section of its own, so that it bears no page number."""
    section = word.add_section(WD_SECTION.NEW_PAGE)
    _unnumbered(section)
    cut = _line(word, align=CENTER)
    _write(cut, "－－－－－－－－－－ 沿此线撕下，填写后退回 －－－－－－－－－－", size=10.5, spacing=0)
    _blank(word, 1)
    _title(word, slip.title)
    number = _line(word, align=RIGHT)
    _write(number, slip.number)
    _write(_line(word), f"{slip.receiver}：")
    _add(word, Para(slip.text), 12)
    _blank(word, 0.3, sticky=True)
    grid(word, Grid((), (20, 80), slip.rows), 14, padding=5)
    _blank(word, 1)
    for text in (f"{slip.signer}（盖章）", "　　　　年　　月　　日"):
        paragraph = _line(word, align=RIGHT)
        paragraph.paragraph_format.right_indent = INDENT
        _write(paragraph, text)


def _unnumbered(section: Section) -> None:
    section.different_first_page_header_footer = False
    for part in (section.footer, section.even_page_footer):
        part.is_linked_to_previous = False
        part.paragraphs[0].text = ""


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
        _write(paragraph, value, size=size, face=HEADING if head else TEXT, align=CENTER if middle else None, spacing=0)


def _line(
    word: Word, *, pitch: float = PITCH, exact: bool = True, align: WD_ALIGN_PARAGRAPH | None = None
) -> Paragraph:
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


def _blank(word: Word, lines: float, *, sticky: bool = False) -> None:
    paragraph = _line(word, pitch=max(1.0, lines * PITCH))
    paragraph.paragraph_format.keep_with_next = sticky


def _write(  # noqa: PLR0913 -- how a text looks
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


def _rule(paragraph: Paragraph) -> None:
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


def _count(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH) -> None:
    """``— 1 —``, one character from the outer edge; the number is filled in by the reader's program."""
    paragraph.alignment = align
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    _write(paragraph, "— ", face="宋体", size=14)
    run = paragraph.add_run()
    typeface(run, "宋体", 14)
    for kind in ("begin", None, "end"):
        element = OxmlElement("w:instrText" if kind is None else "w:fldChar")
        if kind is None:
            element.text = "PAGE"
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # noqa: SLF001 -- the library has no word for fields
    _write(paragraph, " —", face="宋体", size=14)
