"""Tells the reader's program which typefaces to take where the official ones are not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

if TYPE_CHECKING:
    from docx.document import Document

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CONTENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"
SUBSTITUTES = {
    "仿宋_GB2312": ("仿宋", "modern"),
    "方正小标宋简体": ("宋体", "roman"),
    "黑体": ("SimHei", "modern"),
    "Times New Roman": ("Liberation Serif", "roman"),
}


def name_substitutes(word: Document) -> None:
    """Write the table of typefaces anew."""
    root = etree.Element(f"{{{MAIN}}}fonts", nsmap={"w": MAIN})
    for name, (substitute, family) in SUBSTITUTES.items():
        font = etree.SubElement(root, f"{{{MAIN}}}font", {f"{{{MAIN}}}name": name})
        etree.SubElement(font, f"{{{MAIN}}}altName", {f"{{{MAIN}}}val": substitute})
        etree.SubElement(font, f"{{{MAIN}}}family", {f"{{{MAIN}}}val": family})
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    part = word.part
    for key, relation in list(part.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
            del part.rels[key]
    table = Part(PackURI("/word/fontTable.xml"), CONTENT, content, part.package)
    part.relate_to(table, RELATIONSHIP_TYPE.FONT_TABLE)
