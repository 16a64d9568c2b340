"""Files cut into shards: a file each, or a part of a large one where whole lines or row groups let it be cut."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from wangdun.bulk.unpacking import GZIP, ZSTD, open_input
from wangdun.characters import is_wide, text_encoding
from wangdun.inputs import Format, Part, guess

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

PIECE: Final = 64 << 20  # bytes of a part: ten to twenty seconds of one core
ROWS: Final = 50_000  # of a part of a Parquet file: the same
STEP: Final = 1 << 20  # bytes looked through at a time
LONGEST: Final = 80  # characters of a name: the hash behind them tells files apart


@dataclass(frozen=True, slots=True)
class Shard:
    """What one job reads."""

    name: str
    """Of its results, without ending; shards are in the order of their names."""
    source: str
    """The file as it was given."""
    kind: Format
    encoding: str | None
    part: Part | None
    """None for the whole file."""
    start: int
    end: int
    """Bytes of the file that it is made of."""

    @property
    def bytes(self) -> int:
        """How much there is to read."""
        return self.end - self.start

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def of_facts(cls, facts: dict[str, Any]) -> Self:
        """What `as_facts` gave."""
        part = facts["part"]
        return cls(**facts | {"part": Part(**part | {"groups": tuple(part["groups"])}) if part else None})


def cut(source: str, wanted: Format, encoding: str | None, *, piece: int = PIECE, rows: int = ROWS) -> list[Shard]:
    """The shards of one file, in order; where they are cut depends on nothing but the file.

    Raises:
        OSError: it cannot be read.
    """
    path = Path(source)
    size = path.stat().st_size
    kind, packed, known = _look(source, wanted)
    encoding = encoding or (known if kind == "text" else None)
    if kind == "parquet":
        found = list(_row_groups(source, size, rows))
    elif not packed and size > piece and kind in {"jsonl", "text"} and not is_wide(encoding or known):
        with path.open("rb") as file:
            found = list(_lines(file, size, piece))
    else:
        found = []
    if len(found) < 2:
        return [Shard(_name(path, None), source, kind, encoding, None, 0, size)]
    return [Shard(_name(path, one), source, kind, encoding, one, one.start, one.end) for one in found]


def _look(source: str, wanted: Format) -> tuple[Format, bool, str]:
    """(what it is, whether it is packed, the encoding if it is text)."""
    with open_input(source, packed=True) as raw:
        start = raw.peek(len(ZSTD))[: len(ZSTD)]
    packed = start.startswith(GZIP) or start == ZSTD
    try:
        with open_input(source) as file:
            return (guess(source, file) if wanted == "auto" else wanted), packed, text_encoding(file)
    except OSError:  # torn: whoever reads it says so
        return ("auto" if wanted == "auto" else wanted), packed, "utf-8"


def _name(path: Path, part: Part | None) -> str:
    """What tells shards apart on any disk, and sorts as they are read."""
    place = hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    plain = re.sub(r"[^0-9A-Za-z\u4e00-\u9fff._-]", "_", path.name).lstrip(".-")[:LONGEST]
    return f"{plain}-{place}" + (f"-{part.start:014}" if part else "")


def _lines(file: io.BufferedReader, size: int, piece: int) -> Iterator[Part]:
    start = lines = 0
    while start < size:
        end, more = _line_end(file, start, min(start + piece, size), size)
        yield Part(start, end, lines)
        start, lines = end, lines + more


def _line_end(file: io.BufferedReader, start: int, target: int, size: int) -> tuple[int, int]:
    """(where the line ends that holds the byte before `target`, lines from `start` to there)."""
    file.seek(start)
    at, lines = start, 0
    while at < target:
        data = file.read(min(STEP, target - at))
        if not data:
            return size, lines
        at, lines, last = at + len(data), lines + data.count(b"\n"), data[-1:]
    if last == b"\n":
        return at, lines
    while data := file.read(STEP):
        found = data.find(b"\n")
        if found >= 0:
            return at + found + 1, lines + 1
        at += len(data)
    return size, lines


def _row_groups(source: str, size: int, most: int) -> Iterator[Part]:
    """Nothing for a file that cannot be read or has one row group."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(source, memory_map=False) as file:
            places = [_place(file.metadata.row_group(index)) for index in range(file.metadata.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError):
        return
    groups: list[int] = []
    rows = 0
    for index, (_, _, count) in enumerate(places):
        groups.append(index)
        rows += count
        if rows >= most or index == len(places) - 1:
            end = max(places[one][1] for one in groups)
            yield Part(min(places[one][0] for one in groups), min(end, size), 0, tuple(groups))
            groups, rows = [], 0


def _place(group: Any) -> tuple[int, int, int]:
    """(first byte, byte behind the last, rows) of a row group."""
    columns = [group.column(index) for index in range(group.num_columns)]
    starts = [
        min(offset for offset in (one.dictionary_page_offset, one.data_page_offset) if offset is not None)
        for one in columns
    ]
    ends = [start + one.total_compressed_size for start, one in zip(starts, columns, strict=True)]
    return min(starts, default=0), max(ends, default=0), group.num_rows
