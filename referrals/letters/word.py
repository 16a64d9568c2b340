"""A letter as an editable document (docx) in the layout of official documents, under the names of the official typefaces.

Typefaces that are not installed are replaced by the reader's program; the document names what to take instead.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt

from referrals.letters.breaking import lines_of
from referrals.letters.model import Grid, Para, Point, Signed
from referrals.letters.strokes import (
    CENTER,
    HEADING,
    INDENT,
    LEFT,
    PITCH,
    RED,
    RIGHT,
    SIZE,
    TEXT,
    TITLE,
    WIDE,
    blank,
    count_pages,
    grid,
    line,
    rule,
    typeface,
    write,
)
from referrals.letters.typefaces import name_substitutes
from referrals.papers.inert import inert

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.section import Section
    from docx.text.paragraph import Paragraph

    from referrals.letters.model import Annex, Block, Letter, Slip

FRAME = 68.0  # points: three lines of the frame and its borders
RED_SIZE = 42  # points of a red head that fits


def as_docx(letter: Letter) -> bytes:
    """The finished file."""
    word = Document()
    _shape(word, letter)
    _head(word, letter)
    write(line(word), f"{letter.receiver}：")
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
        write(head.paragraphs[0], letter.notice, size=9, align=RIGHT)
    count_pages(section.footer.paragraphs[0], RIGHT)
    count_pages(section.first_page_footer.paragraphs[0], RIGHT)
    count_pages(section.even_page_footer.paragraphs[0], LEFT)
    facts = word.core_properties
    facts.title, facts.author, facts.comments, facts.subject = inert(letter.title), "", letter.notice, ""
    facts.created = facts.modified = letter.made_at.replace(tzinfo=None)
    name_substitutes(word)


def _head(word: Word, letter: Letter) -> None:
    if letter.red_head:
        size = min(RED_SIZE, 442 / max(1, len(letter.red_head)))  # one line of 156 mm
        head = line(word, exact=False, align=CENTER)
        write(head, letter.red_head, face=TITLE, size=size, color=RED)
        blank(word, 2)
        number = line(word, align=CENTER)
        write(number, letter.number)
        rule(number)
    else:
        number = line(word, align=RIGHT)
        number.paragraph_format.right_indent = Pt(SIZE)
        write(number, letter.number)
    blank(word, 2)
    _title(word, letter.title)
    blank(word, 1)


def _title(word: Word, title: str) -> None:
    for part in lines_of(title):
        paragraph = line(word, pitch=32, align=CENTER)
        paragraph.paragraph_format.keep_with_next = True
        write(paragraph, part, face=TITLE, size=22, spacing=0)


def _add(word: Word, block: Block, size: float, *, sticky: bool = False) -> None:
    match block:
        case Para():
            paragraph = line(word)
            paragraph.paragraph_format.first_line_indent = INDENT
            paragraph.paragraph_format.keep_with_next = sticky
            write(paragraph, block.text)
        case Point():
            paragraph = line(word)
            paragraph.paragraph_format.first_line_indent = INDENT
            paragraph.paragraph_format.keep_with_next = True
            write(paragraph, block.text, face=HEADING)
        case Grid():
            blank(word, 0.2, sticky=True)
            grid(word, block, size)
            blank(word, 0.4)
        case Signed():
            for who in block.lines:
                paragraph = line(word)
                paragraph.paragraph_format.space_before = Pt(14)
                write(paragraph, f"{who}：＿＿＿＿＿＿＿＿＿　　　年　　月　　日", size=14)


def _sign(word: Word, letter: Letter) -> None:
    """附件说明, signature, date, 附注; the signature never stands alone on a page."""
    blank(word, 1, sticky=True)
    single = len(letter.attachments) == 1
    for number, name in enumerate(letter.attachments, 1):
        paragraph = line(word)
        shown = name if single else f"{number}. {name}"
        hang = 5 if single else 6.5  # characters: 附件： and two blanks, and the number
        paragraph.paragraph_format.left_indent = Pt(hang * 15.8)
        first = hang - (2 if number == 1 else 5)
        paragraph.paragraph_format.first_line_indent = Pt(-first * 15.8)
        paragraph.paragraph_format.keep_with_next = number > len(letter.attachments) - 8  # a list of usual length whole
        write(paragraph, f"附件：{shown}" if number == 1 else shown)
    blank(word, 2, sticky=True)
    room = max(0.0, 4 - max(0.0, len(letter.signer) - len(letter.date) * 0.72) / 2)  # half of a date is digits
    inset = max(0.0, len(letter.date) * 0.72 - len(letter.signer)) / 2
    signer = line(word, align=RIGHT)
    signer.paragraph_format.right_indent = Pt((room + inset) * 15.8)
    signer.paragraph_format.keep_with_next = True
    write(signer, letter.signer)
    date = line(word, align=RIGHT)
    date.paragraph_format.right_indent = Pt(4 * 15.8)
    write(date, letter.date)
    if letter.remark:
        date.paragraph_format.keep_with_next = True
        remark = line(word)
        remark.paragraph_format.first_line_indent = INDENT
        write(remark, letter.remark)


def _annex(word: Word, annex: Annex) -> None:
    mark = line(word)
    mark.paragraph_format.page_break_before = True
    write(mark, annex.mark, face=HEADING)
    blank(word, 1)
    _title(word, annex.title)
    blank(word, 0.4, sticky=True)
    for block in annex.blocks:
        _add(word, block, 10.5)


def _imprint(word: Word, letter: Letter) -> None:
    """版记: a frame at the foot of the page on which the text ends.

    All its paragraphs have the same borders, or LibreOffice makes no frame of them; so the rule between is a leader.
    """
    if letter.copies:
        write(_framed(word), f"　抄送：{letter.copies}。", size=14)
        rule = _framed(word, pitch=4)
        rule.paragraph_format.tab_stops.add_tab_stop(WIDE, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES)
        rule.add_run().add_tab()
    last = _framed(word)
    last.paragraph_format.tab_stops.add_tab_stop(Length(WIDE - Pt(14)), WD_TAB_ALIGNMENT.RIGHT)
    write(last, f"　{letter.printed}", size=14)
    last.add_run().add_tab()
    write(last, f"{letter.date} 印发", size=14)
    blank(word, FRAME / PITCH)  # what the frame is anchored to: where it does not fit, both go to the next page


def _framed(word: Word, pitch: float = 22) -> Paragraph:
    paragraph = line(word, pitch=pitch)
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
    cut = line(word, align=CENTER)
    write(cut, "－－－－－－－－－－ 沿此线撕下，填写后退回 －－－－－－－－－－", size=10.5, spacing=0)
    blank(word, 1)
    _title(word, slip.title)
    number = line(word, align=RIGHT)
    write(number, slip.number)
    write(line(word), f"{slip.receiver}：")
    _add(word, Para(slip.text), 12)
    blank(word, 0.3, sticky=True)
    grid(word, Grid((), (20, 80), slip.rows), 14, padding=5)
    blank(word, 1)
    for text in (f"{slip.signer}（盖章）", "　　　　年　　月　　日"):
        paragraph = line(word, align=RIGHT)
        paragraph.paragraph_format.right_indent = INDENT
        write(paragraph, text)


def _unnumbered(section: Section) -> None:
    section.different_first_page_header_footer = False
    for part in (section.footer, section.even_page_footer):
        part.is_linked_to_previous = False
        part.paragraphs[0].text = ""
