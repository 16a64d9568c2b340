"""Tables of an editable document whose head goes over several lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from docx.document import Document as Word

    from referrals.papers.model import Grouped, Head

SHADE = "EEEEEE"
BEHIND = ("w:noWrap", "w:tcMar", "w:textDirection", "w:tcFitText", "w:vAlign", "w:hideMark")
"""What the format wants behind a cell's shade."""


def add(word: Word, block: Grouped, width: int, write: Callable[..., None]) -> None:
    """Append the table; `write`: puts a text into a paragraph (size, bold, align). `width` in EMU."""
    total = sum(block.widths)
    widths = [int(width * share / total) for share in block.widths]
    lines = len(block.head)
    table = word.add_table(lines + len(block.rows), len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    cells = [list(row.cells) for row in table.rows]
    for row in cells:
        for cell, wide in zip(row, widths, strict=True):
            cell.width = wide
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for head, line, place in places(block.head, len(widths)):
        cell = cells[line][place].merge(cells[line + head.down - 1][place + head.across - 1])
        write(cell.paragraphs[0], head.text, size=block.size, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
    for number, values in enumerate(block.rows):
        for place, value in enumerate(values):
            align = WD_ALIGN_PARAGRAPH.LEFT if place in block.left else WD_ALIGN_PARAGRAPH.CENTER
            bold = number in block.bold
            write(cells[lines + number][place].paragraphs[0], value, size=block.size, bold=bold, align=align)
    for row in table.rows[:lines]:
        _repeat(row, widths)
    for row in table.rows[lines:]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 -- the library has no word for it


def places(head: Sequence[Sequence[Head]], columns: int) -> Iterator[tuple[Head, int, int]]:
    """Each cell of a head with its line and its first column."""
    taken: set[tuple[int, int]] = set()
    for line, cells in enumerate(head):
        place = 0
        for cell in cells:
            while (line, place) in taken:
                place += 1
            taken.update((line + down, place + across) for down in range(cell.down) for across in range(cell.across))
            yield cell, line, place
        assert place < columns


def _repeat(row: Any, widths: Sequence[int]) -> None:
    """A line of the head: on each page again, shaded."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 -- the library has no word for it
    for cell in row._tr.tc_lst[: len(widths)]:  # noqa: SLF001 -- merged cells once
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), SHADE)
        cell.get_or_add_tcPr().insert_element_before(shade, *BEHIND)
