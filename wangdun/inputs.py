"""What `wangdun scan` reads: files become units of text, one after another, whatever their format and state."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wangdun.bulk.unpacking import AHEAD as SNIFFED  # bytes looked at to tell UTF-8 from GB 18030
from wangdun.bulk.unpacking import ZSTD, open_input, plain_name
from wangdun.characters import is_wide, text_encoding, wide_lines
from wangdun.exceptions import UsageError
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Format: TypeAlias = Literal["auto", "jsonl", "csv", "text", "whole", "warc", "parquet"]
MAX_LINE = 64 << 20  # bytes; the longest honest line (a page as JSON) has ten million
MAX_WHOLE = 256 << 20  # bytes of a file taken as one text
ENDINGS: dict[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".warc": "warc", ".wet": "warc",
    ".txt": "text", ".parquet": "parquet",
}  # fmt: skip
TITLE_NAMES = ("title", "标题")
BODY_NAMES = ("body", "text", "content", "正文", "内容")
ID_NAMES = ("id", "编号")
PRICE_NAMES = ("price", "价格")
CONTACT_NAMES = ("contact", "contacts", "联系方式")
UNKNOWN_HEADER = "CSV 第一行应有 title、body 或 text 列（标题、正文、内容亦可），整个文件未检测"
UNCLOSED = "引号没有闭合，从这一行到文件末尾并成了一篇"
LOST = "\ufdd0"  # a non-character: stands for bytes that are none until they are counted
SHOWN = "\ufffd"  # and this after that, as everywhere
KEPT = "wangdun.lost"


@dataclass(frozen=True, slots=True)
class Unit:
    """One text to judge, or the raw bytes that one will be read from, or what is wrong with them."""

    source: str
    """File name as given, ``-`` for standard input."""
    line: int
    """Line of the file, from 1; in an archive the number of the record."""
    kind: Literal["json", "text", "html", "bad"]
    raw: bytes = b""
    """A JSON line or an HTML page."""
    id: str | None = None
    title: str = ""
    body: str = ""
    """For ``bad`` units: what is wrong, in Chinese."""
    content_type: str | None = None
    offered: bool = False
    """The record states a price or a contact beside the text; only of a row of a table."""
    lost: int = 0
    """Places whose bytes are no characters; the rest of the text is there."""
    torn: bool = False
    """The rest of the page is missing, which is told by a unit of its own."""

    @property
    def size(self) -> int:
        """Roughly, in bytes."""
        return len(self.raw) + len(self.title) + len(self.body)


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a file: bytes that begin and end with whole lines, or row groups."""

    start: int = 0
    end: int = 0
    """Bytes, from the beginning of the file."""
    lines: int = 0
    """Before `start`."""
    groups: tuple[int, ...] = ()
    """Numbers of the row groups of a Parquet file."""


def read_units(name: str, wanted: Format, encoding: str | None) -> Iterator[Unit]:
    """All units of one file, in order, in flat memory.

    Raises:
        OSError: the file cannot be read on.
    """
    with open_input(name) as file:
        kind = guess(name, file) if wanted == "auto" else wanted
        if kind in {"warc", "parquet"}:
            yield from _binary(name, kind, file)
        elif kind == "jsonl":
            yield from _json_lines(name, file, encoding=encoding or text_encoding(file))
        elif kind == "csv":
            yield from _csv_rows(name, file, encoding)
        elif kind == "whole":
            yield _whole(name, file, encoding)
        else:
            yield from _text_lines(name, file, encoding or text_encoding(file))


def read_part(name: str, kind: Format, encoding: str | None, part: Part) -> Iterator[Unit]:
    """The units of a part of a ``parquet``, ``jsonl`` or ``text`` file; of the last one `encoding` is the encoding.

    Raises:
        OSError: the file cannot be read on.
    """
    if kind == "parquet":
        from wangdun.bulk.parquet import parquet_units

        yield from parquet_units(name, part.groups)
        return
    with open(name, "rb") as whole:  # noqa: PTH123 -- names are as given
        raw: Any = _Range(whole, part)
        file = io.BufferedReader(raw, SNIFFED)
        if kind == "jsonl":
            yield from _json_lines(name, file, part.lines)
        else:
            yield from _text_lines(name, file, encoding or "utf-8", part.lines)


class _Range(io.RawIOBase):
    """The bytes of a part."""

    def __init__(self, file: io.BufferedReader, part: Part) -> None:
        file.seek(part.start)
        self._file, self._left = file, part.end - part.start

    def readable(self) -> bool:
        """It is made to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of `buffer`; 0 at the end."""
        data = self._file.read1(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def _binary(name: str, kind: Format, file: io.BufferedReader) -> Iterator[Unit]:
    """Web archives and Parquet files, which are opened anew where that is possible: the one packed, the other by name."""
    if kind == "warc":
        from wangdun.bulk.warc import warc_units

        if name == "-":
            yield from warc_units(name, file)
            return
        with open_input(name, packed=not _is_zstd(name)) as packed:
            yield from warc_units(name, packed)
    elif name == "-":
        yield Unit(name, 0, "bad", body="Parquet 文件不能从标准输入读取")
    else:
        from wangdun.bulk.parquet import parquet_units

        yield from parquet_units(name)


def _is_zstd(name: str) -> bool:
    with open(name, "rb") as file:  # noqa: PTH123 -- names are as given
        return file.read(len(ZSTD)) == ZSTD


def check_readable(path: Path) -> None:
    """Refuse at once what cannot be read at all.

    Raises:
        UsageError: no such file, no permission, or a folder.
    """
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise UsageError(f"无法读取 {path}：{why(error)}") from error


def _lose(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return LOST, error.end


codecs.register_error(KEPT, _lose)


def _counted(text: str) -> tuple[str, int]:
    """(text with what was lost shown, how many places that are)."""
    lost = text.count(LOST)
    return (text.replace(LOST, SHOWN), lost) if lost else (text, 0)


def guess(name: str, file: io.BufferedReader) -> Format:
    """What the file is: by what it begins with where that is beyond doubt, else by its name. `file` is not read on."""
    start = file.peek(SNIFFED)[:SNIFFED]
    encoding = text_encoding(file)
    if is_wide(encoding):
        start = start.decode(encoding, "ignore").encode()
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"WARC/"):
        return "warc"
    stem = plain_name(name)
    for ending, kind in ENDINGS.items():
        if stem.endswith(ending) and kind != "parquet":
            return kind
    return "jsonl" if start.startswith(b"{") else "text"


def raw_lines(file: io.BufferedReader, before: int = 0) -> Iterator[tuple[int, bytes | None]]:
    """(number, line) of each line that is not blank; None in place of a line that is too long to be one.

    `before`: lines that come before the first one.
    """
    number = before
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def _too_long(name: str, number: int) -> Unit:
    return Unit(name, number, "bad", body=f"一行超过 {MAX_LINE >> 20} MB")


def _json_lines(name: str, file: io.BufferedReader, before: int = 0, encoding: str = "utf-8") -> Iterator[Unit]:
    """`encoding` matters where a line end is more than one byte: others are found line by line."""
    if is_wide(encoding):
        for number, text in wide_lines(file, encoding, KEPT, MAX_LINE):
            yield _too_long(name, number) if text is None else Unit(name, number, "json", raw=text.encode())
        return
    for number, line in raw_lines(file, before):
        if line is None:
            yield _too_long(name, number)
            continue
        yield Unit(name, number, "json", raw=line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)


def _text_lines(name: str, file: io.BufferedReader, encoding: str, before: int = 0) -> Iterator[Unit]:
    if is_wide(encoding):
        yield from _wide_texts(name, file, encoding)
        return
    for number, line in raw_lines(file, before):
        if line is None:
            yield _too_long(name, number)
            continue
        text, lost = read_line(line, encoding)
        yield Unit(name, number, "text", body=text.strip("\r\n\ufeff"), lost=lost)


def _wide_texts(name: str, file: io.BufferedReader, encoding: str) -> Iterator[Unit]:
    for number, line in wide_lines(file, encoding, KEPT, MAX_LINE):
        if line is None:
            yield _too_long(name, number)
            continue
        text, lost = _counted(line)
        yield Unit(name, number, "text", body=text, lost=lost)


def decode_line(line: bytes, encoding: str = "utf-8") -> tuple[str, str | None]:
    """(text, None), or ("", what is wrong); a line that is no UTF-8 is tried as GB 18030."""
    for candidate in dict.fromkeys((encoding, "utf-8", "gb18030")):
        try:
            return line.decode(candidate), None
        except UnicodeDecodeError:
            continue
    return "", "编码无法识别（不是 UTF-8，也不是 GB18030）"


def read_line(line: bytes, encoding: str = "utf-8") -> tuple[str, int]:
    """(text, places whose bytes are no characters).

    A few broken bytes do not make UTF-8 into GB 18030, which reads nearly anything: the encoding that loses least is
    taken, the given one first, and GB 18030 only where UTF-8 makes little sense of the line.
    """
    try:
        return _counted(line.decode(encoding))
    except UnicodeDecodeError:
        pass
    own = line.decode(encoding, KEPT)
    wide, other = line.decode("utf-8", KEPT), line.decode("gb18030", KEPT)
    if sum(char > "\u07ff" for char in wide) > 3 * wide.count(LOST):  # a LOST counts as such a character itself
        return _counted(wide)
    return _counted(min(own, wide, other, key=lambda text: text.count(LOST)))


def _whole(name: str, file: io.BufferedReader, given: str | None) -> Unit:
    encoding = given or text_encoding(file)
    data = file.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        return Unit(name, 1, "bad", body=f"文件超过 {MAX_WHOLE >> 20} MB，不能作为一篇文本")
    text, lost = _counted(data.decode(encoding, KEPT).removeprefix("\ufeff"))
    return Unit(name, 1, "text", id=name, body=text, lost=lost)


def _csv_rows(name: str, file: io.BufferedReader, given: str | None) -> Iterator[Unit]:
    encoding = given or text_encoding(file)
    columns: dict[str, int] | None = None
    with io.TextIOWrapper(file, encoding, errors=KEPT, newline="") as lines:
        for line, row, problem in _numbered_rows(lines):
            if problem:
                yield Unit(name, line, "bad", body=problem)
            elif columns is None:
                columns = _columns(row)
                if columns is None:  # the other files are still judged
                    yield Unit(name, line, "bad", body=UNKNOWN_HEADER)
                    return
            else:
                yield _csv_unit(name, line, row, columns)


def _numbered_rows(lines: io.TextIOWrapper) -> Iterator[tuple[int, list[str], str | None]]:
    """(first line, cells, what is wrong) of each row that is not blank."""
    csv.field_size_limit(MAX_LINE)
    quotes = [0]
    reader = csv.reader(_counting_quotes(lines, quotes))
    start = begun = 1
    odd = False  # the row before lacks a quotation mark: it went on to the end of the file
    while True:
        row: list[str] | None = []
        problem = None
        quotes_before = quotes[0]
        try:
            row = next(reader, None)
        except csv.Error as error:
            problem = f"CSV 格式有误：{error}"
        if row is None:
            if odd and reader.line_num > begun:
                yield begun, [], UNCLOSED
            return
        if problem or any(cell.strip() for cell in row):
            yield start, row, problem
        odd = (quotes[0] - quotes_before) % 2 == 1
        begun, start = start, reader.line_num + 1


def _counting_quotes(lines: Iterable[str], quotes: list[int]) -> Iterator[str]:
    for line in lines:
        quotes[0] += line.count('"')
        yield line


def _columns(header: list[str]) -> dict[str, int] | None:
    """Where the known fields stand; None when no column holds text."""
    names = [cell.strip().lower().removeprefix("\ufeff") for cell in header]
    wanted = {"id": ID_NAMES, "title": TITLE_NAMES, "body": BODY_NAMES, "price": PRICE_NAMES, "contact": CONTACT_NAMES}
    columns = {
        field: next(names.index(one) for one in known if one in names)
        for field, known in wanted.items()
        if set(known) & set(names)
    }
    return columns if columns.keys() & {"title", "body"} else None


def _csv_unit(name: str, line: int, row: list[str], columns: dict[str, int]) -> Unit:
    cells = {field: row[index] for field, index in columns.items() if index < len(row)}
    if not cells.keys() & {"title", "body"}:
        return Unit(name, line, "bad", body="这一行缺少标题和正文两列")
    offered = any(cells.get(field, "").strip() for field in ("price", "contact"))
    (title, without), (body, lost) = _counted(cells.get("title", "")), _counted(cells.get("body", ""))
    identity = cells["id"].replace(LOST, SHOWN) if "id" in cells else None
    return Unit(name, line, "text", id=identity, title=title, body=body, offered=offered, lost=without + lost)
