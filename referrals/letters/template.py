"""Fills an office's own .docx: {{字段}} anywhere, rows and passages repeated for each lead. Values are text, nothing else."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from referrals.exceptions import TemplateError
from referrals.letters.breaking import lines_of
from referrals.letters.model import TYPED
from referrals.letters.opening import opened
from referrals.letters.word import saved
from referrals.papers.inert import inert
from referrals.routing.words import meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from docx.document import Document as Word

    from referrals.letters.model import Letter

FIELD = re.compile(r"(?:\{\{|｛｛)([^{}｛｝]{0,60})(?:\}\}|｝｝)")
OPEN = re.compile(r"\{\{|｛｛|\}\}|｝｝")
LEAD = "线索."
BEGIN, END = "#线索", "/线索"
CELL = 1200  # characters of one value of a lead: a page and a half; the evidence package holds the whole
SHORT = {"标题": 240, "网址": 240}  # characters of what offices put into narrow columns
SAID = 20  # characters of a paragraph's beginning: enough to search for in Word
P, T, TR, TBL, TC = qn("w:p"), qn("w:t"), qn("w:tr"), qn("w:tbl"), qn("w:tc")
PPR, SECTION = qn("w:pPr"), qn("w:sectPr")


def fill(template: Path, letter: Letter) -> bytes:
    """The filled document.

    Raises:
        TemplateError: not a Word document, damaged, with macros; an unknown or unfinished field: named with its place.
    """
    word = opened(template)
    _describe(word, letter)
    filling = _Filling(template.name, dict(letter.fields), [dict(row) for row in letter.rows])
    for name, root in _parts(word):
        filling.fill(root, name)
    return saved(word)


def _describe(word: Word, letter: Letter) -> None:
    """The template's own author is nobody's business."""
    facts = word.core_properties
    facts.title, facts.author, facts.last_modified_by = inert(letter.title), "", ""
    facts.comments = letter.notice
    facts.created = facts.modified = letter.made_at.replace(tzinfo=None)


def _parts(word: Word) -> Iterator[tuple[str, Any]]:
    yield "正文", word.element.body
    for relation in word.part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if kind in {"header", "footer"} and not relation.is_external:
            yield {"header": "页眉", "footer": "页脚"}[kind], relation.target_part.element


class _Filling:
    """Fills the parts of one document."""

    def __init__(self, name: str, values: Mapping[str, str], leads: list[dict[str, str]]) -> None:
        self.name = name
        self.values = {key: inert(value, TYPED) for key, value in values.items()}
        self.leads = [
            {f"{LEAD}{key}": inert(value, SHORT.get(key, CELL)) for key, value in lead.items()} for lead in leads
        ]
        self.known = [*self.values, *(self.leads[0] if self.leads else ())]
        self.done: list[Any] = []
        """Paragraphs that hold values: what stands in them is no field any more. Held, so that ids stay theirs."""

    def fill(self, root: Any, part: str) -> None:
        """Fill one part."""
        self.part, self.root = part, root
        self.finished: set[int] = set()
        for paragraph in root.iter(P):
            self.check(paragraph)
        self.repeat_passages(root)
        for row in list(root.iter(TR)):
            if self.leads and any(name.startswith(LEAD) for name in self.names(row)):
                self.repeat([row])
        for paragraph in list(root.iter(P)):
            if id(paragraph) not in self.finished:
                self.fill_paragraph(paragraph, self.values)

    def check(self, paragraph: Any) -> None:
        """Every field is known and finished, before anything is changed."""
        text = text_of(paragraph)
        for found in FIELD.finditer(text):
            name = found.group(1).strip()
            if name not in {BEGIN, END} and name not in self.known:
                raise TemplateError(f"模板 {self.said(paragraph)}：没有字段 {{{{{name}}}}}{meant(name, self.known)}")
        rest = FIELD.sub("", text)
        if stray := OPEN.search(rest):
            start = max(0, stray.start() - 10)
            raise TemplateError(f"模板 {self.said(paragraph)}：花括号没有配对：“{rest[start : stray.end() + 20]}”")

    def names(self, element: Any) -> list[str]:
        """Fields below an element, those of values left out."""
        paragraphs = [one for one in element.iter(P) if id(one) not in self.finished]
        return [found.group(1).strip() for one in paragraphs for found in FIELD.finditer(text_of(one))]

    def repeat_passages(self, container: Any) -> None:
        """{{#线索}} … {{/线索}}: paragraphs, rows or whole tables between two marks of the same level."""
        children = list(container)
        number = 0
        while number < len(children):
            names = self.names(children[number])
            begins, ends = names.count(BEGIN), names.count(END)
            if begins == ends and (not begins or children[number].tag not in {P, TR}):
                if begins:
                    self.repeat_passages(children[number])
                number += 1
                continue
            last = number if begins == ends else self.end_of(children, number)
            self.repeat(children[number : last + 1])
            number = last + 1

    def end_of(self, children: list[Any], begin: int) -> int:
        """Where a passage ends."""
        if BEGIN in self.names(children[begin]):
            for number in range(begin + 1, len(children)):
                if END in self.names(children[number]):
                    return number
        mark = BEGIN if BEGIN in self.names(children[begin]) else END
        raise TemplateError(f"模板 {self.said(children[begin])}：{{{{{mark}}}}} 没有在同一层次配对")

    def repeat(self, elements: list[Any]) -> None:
        """Once for each lead, in place; paragraphs that hold a mark alone go."""
        parent = elements[0].getparent()
        place = parent.index(elements[0])
        models = [element for element in elements if not self.is_mark(element)]
        for element in elements:
            parent.remove(element)
        for lead in self.leads:
            for model in models:
                clone = copy.deepcopy(model)
                parent.insert(place, clone)
                place += 1
                for paragraph in list(clone.iter(P)):
                    self.fill_paragraph(paragraph, {**self.values, **lead, BEGIN: "", END: ""})
        if parent.tag == TC and not [one for one in parent if one.tag == P]:
            parent.append(OxmlElement("w:p"))  # a cell must end with a paragraph

    def is_mark(self, element: Any) -> bool:
        """A paragraph that says nothing but where a passage begins or ends."""
        return element.tag == P and text_of(element).strip().strip("{}｛｝").strip() in {BEGIN, END}

    def fill_paragraph(self, paragraph: Any, values: Mapping[str, str]) -> None:
        """Put values where fields stand; a field that is a whole paragraph may become several."""
        self.done.append(paragraph)
        self.finished.add(id(paragraph))
        text = text_of(paragraph)
        found = list(FIELD.finditer(text))
        if not found:
            return
        for one in found:
            if one.group(1).strip() not in values:
                said = f"{{{{{one.group(1).strip()}}}}} 须放在表格的一行里，或放在 {{{{#线索}}}} 与 {{{{/线索}}}} 之间"
                raise TemplateError(f"模板 {self.said(paragraph)}：{said}")
        name = found[0].group(1).strip()
        if len(found) == 1 and found[0].group() == text.strip():
            lines = lines_of(values[name]) if name == "标题" else values[name].split("\n")
            if not values[name] and self.is_spare(paragraph):
                paragraph.getparent().remove(paragraph)
                return
            self.spread(paragraph, found[0], lines)
            return
        for one in reversed(found):
            put(paragraph, one.span(), values[one.group(1).strip()])

    def is_spare(self, paragraph: Any) -> bool:
        """It can go: nothing but an empty value, and its cell or part keeps another paragraph."""
        return sum(one.tag == P for one in paragraph.getparent()) > 1 and paragraph.find(f"{PPR}/{SECTION}") is None

    def spread(self, paragraph: Any, found: re.Match[str], lines: list[str]) -> None:
        """A paragraph for each line, all of the same form."""
        for line in lines[:-1]:
            clone = copy.deepcopy(paragraph)
            paragraph.addprevious(clone)
            self.done.append(clone)
            self.finished.add(id(clone))
            put(clone, found.span(), line)
        put(paragraph, found.span(), lines[-1])

    def said(self, element: Any) -> str:
        """``lead.docx 正文第 3 段（“现将…”）``, ``… 第 2 个表格第 1 行第 2 列（…）``: Word shows nobody the number."""
        text = " ".join(text_of(element).split())
        begins = f"（“{text[:SAID]}{'…' if len(text) > SAID else ''}”）" if text else ""
        return f"{self.name} {self.part}{self.place(element)}{begins}"

    def place(self, element: Any) -> str:
        """Within the part."""
        rows = [one for one in (element, *element.iterancestors()) if one.tag == TR]
        if rows:
            table = rows[-1].getparent()
            cell = next((one for one in (element, *element.iterancestors()) if one.tag == TC), None)
            number = list(self.root.iter(TBL)).index(table) + 1
            row = [one for one in table if one.tag == TR].index(rows[-1]) + 1
            column = (
                f"第 {[one for one in cell.getparent() if one.tag == TC].index(cell) + 1} 列"
                if cell is not None
                else ""
            )
            return f"第 {number} 个表格第 {row} 行{column}"
        paragraphs = [one for one in self.root.iter(P) if not any(up.tag == TBL for up in one.iterancestors())]
        return f"第 {paragraphs.index(element) + 1} 段" if element in paragraphs else ""


def pieces(paragraph: Any) -> list[Any]:
    """Its own texts; those of a text box within it belong to the box's paragraphs."""
    return [one for one in paragraph.iter(T) if next(up for up in one.iterancestors() if up.tag == P) is paragraph]


def text_of(paragraph: Any) -> str:
    """As its runs say together: Word splits a field over several."""
    if paragraph.tag != P:
        return "".join(text_of(one) for one in paragraph.iter(P))
    return "".join(one.text or "" for one in pieces(paragraph))


def put(paragraph: Any, span: tuple[int, int], value: str) -> None:
    """Replace characters `span` of the paragraph's text; the first run's look stays."""
    start, end = span
    place = 0
    for piece in pieces(paragraph):
        text = piece.text or ""
        left, right = max(start - place, 0), min(end - place, len(text))
        if left < len(text) and right > 0 and left < right:
            first = start >= place
            _set(piece, text[:left], value if first else "", text[right:])
        place += len(text)


def _set(piece: Any, before: str, value: str, after: str) -> None:
    """Text with line breaks: a break is an element of its own."""
    lines = f"{before}{value}{after}".split("\n")
    _say(piece, lines[0])
    for line in lines[1:]:
        mark, text = OxmlElement("w:br"), OxmlElement("w:t")
        piece.addnext(mark)
        mark.addnext(text)
        piece = text
        _say(piece, line)


def _say(piece: Any, text: str) -> None:
    piece.text = text
    piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
