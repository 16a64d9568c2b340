"""Opens an office's own .docx: bounded, without macros, or says why not."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from lxml.etree import XMLSyntaxError

from referrals.exceptions import TemplateError

if TYPE_CHECKING:
    from pathlib import Path

    from docx.document import Document as Word

LARGEST = 10 * 1024 * 1024  # bytes: a letterhead with a picture has one
UNPACKED = 60 * 1024 * 1024  # bytes of all parts together
MOST_PARTS = 2000


def opened(template: Path) -> Word:
    """The document.

    Raises:
        TemplateError: not there, not a .docx, damaged, too large, with macros, or with a field where none is filled in.
    """
    name = template.name
    try:
        if template.stat().st_size > LARGEST:
            raise TemplateError(f"模板 {name} 超过 {LARGEST // 1024 // 1024} MB，不像公文模板")
        _check_parts(template)
        return Document(str(template))
    except OSError as error:
        raise TemplateError(f"模板 {template} 读不出来：{error.strerror or error}") from error
    except (
        zipfile.BadZipFile,
        PackageNotFoundError,
        XMLSyntaxError,
        KeyError,
        ValueError,
        zlib.error,
        EOFError,
    ) as error:
        raise TemplateError(
            f"模板 {name} 不是完好的 Word 文档（.docx）：请用 Word 或 WPS 打开，另存为 .docx"
        ) from error


def _check_parts(template: Path) -> None:
    with zipfile.ZipFile(template) as package:
        parts = package.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED:
            raise TemplateError(f"模板 {template.name} 解开后太大，不像公文模板")
        names = {part.filename.lower() for part in parts}
        if any("vbaproject" in part or "activex" in part for part in names):
            raise TemplateError(f"模板 {template.name} 含有宏，请另存为不带宏的 .docx")
        for part in parts:
            if part.filename in {"word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"}:
                _check_no_fields(template.name, part.filename, package.read(part))


def _check_no_fields(name: str, part: str, content: bytes) -> None:
    where = {"word/footnotes.xml": "脚注", "word/endnotes.xml": "尾注", "word/comments.xml": "批注"}[part]
    if b"{{" in content or "｛｛".encode() in content:
        raise TemplateError(f"模板 {name} {where}：这里不能用字段，请移到正文、表格、页眉或页脚")
