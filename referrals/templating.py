"""Texts of reports as the office keeps them: plain text with ``{{fields}}`` and ``[[parts]]``, filled in here.

``#`` begins the title, ``##`` and ``###`` headings, ``>`` a remark in small letters; an empty line ends a paragraph.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

from referrals.exceptions import TemplateError
from referrals.papers.model import Heading, Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from referrals.papers.model import Block

T = TypeVar("T")

PARAGRAPH = 1_000  # characters: what a paper shows of one text is bounded
LARGEST = 1 << 20  # bytes: three hundred pages
FIELD = re.compile(r"\{\{([^{}]{0,60})\}\}")
PART = re.compile(r"\[\[([^\[\]]{0,60})\]\]")


def read(path: Path) -> str:
    """The text of a template. Raises TemplateError: it cannot be read, is no UTF-8 text, or is too long."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TemplateError(f"{path}：读不了模板（{error.strerror}）") from error
    if len(raw) > LARGEST:
        raise TemplateError(f"{path}：模板超过 1 MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}：模板不是 UTF-8 文本（第 {error.start} 字节起），请另存为 UTF-8") from error


def fill(
    text: str, name: str, fields: Mapping[str, str], parts: Mapping[str, Sequence[Block]]
) -> tuple[str, tuple[Block, ...]]:
    """Title and blocks of the filled template. `name`: of the template, for messages.

    Raises:
        TemplateError: an unknown field or part, or no title; the line is told.
    """
    title = ""
    blocks: list[Block] = []
    for number, line in paragraphs(text):
        place = f"{name} 第 {number} 行"
        part = PART.fullmatch(line)
        if part:
            blocks.extend(_known(part[1].strip(), parts, place, "内容块"))
            continue
        said = _filled(line, fields, place)
        if said.startswith("# ") and not title:
            title = said.removeprefix("# ").strip()
        else:
            blocks.append(_block(said))
    if not title:
        raise TemplateError(f"{name}：没有标题（以“# ”开头的一行）")
    return title, tuple(blocks)


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of each paragraph; headings and parts end with their line."""
    kept: list[str] = []
    first = 0
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        line = raw.strip()
        alone = line.startswith("#") or PART.fullmatch(line) is not None
        if kept and (alone or not line):
            yield first, "".join(kept)
            kept = []
        if alone:
            yield number, line
        elif line:
            first = first if kept else number
            kept.append(line)


def _filled(line: str, fields: Mapping[str, str], place: str) -> str:
    return FIELD.sub(lambda found: _known(found[1].strip(), fields, place, "字段"), line)


def _known(name: str, known: Mapping[str, T], place: str, what: str) -> T:
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 1, 0.4)  # two of four characters
    hint = f"，是不是“{near[0]}”？" if near else f"；可用的有：{'、'.join(_some(known))}"
    raise TemplateError(f"{place}：没有名为“{name}”的{what}{hint}")


def _some(known: Iterable[str]) -> list[str]:
    return sorted(known)[:40]


def _block(said: str) -> Block:
    for mark, level in (("### ", 2), ("## ", 1)):
        if said.startswith(mark):
            return Heading(said.removeprefix(mark).strip(), level)
    if said.startswith("> "):
        return Lines(pieces(said.removeprefix("> ")), small=True)
    return Lines(pieces(said))


def pieces(text: str) -> tuple[str, ...]:
    """Paragraphs that a paper takes whole: each line, a long one cut behind sentences."""
    found = []
    for line in text.splitlines():
        rest = line.strip()
        while len(rest) > PARAGRAPH:
            end = rest.rfind("。", 0, PARAGRAPH) + 1 or PARAGRAPH
            found.append(rest[:end])
            rest = rest[end:]
        if rest:
            found.append(rest)
    return tuple(found)
