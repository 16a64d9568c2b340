"""Parquet files as texts: any with a column of them, flat in memory whatever they were packed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wangdun.inputs import BODY_NAMES, CONTACT_NAMES, ID_NAMES, PRICE_NAMES, TITLE_NAMES, Unit, read_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAGIC: Final = b"PAR1"
BATCH: Final = 256  # rows: a batch of the detector
SWOLLEN: Final = 512 << 20  # bytes: what a batch may take when all its rows refer to one long text
UNKNOWN: Final = "Parquet 文件应有文字列 title、body 或 text（标题、正文、内容亦可），整个文件未检测"
BROKEN: Final = "Parquet 文件不完整或已损坏"
FIELDS: Final = {
    "title": TITLE_NAMES, "body": BODY_NAMES, "id": (*ID_NAMES, "url", "网址"), "price": PRICE_NAMES,
    "contact": CONTACT_NAMES, "replies": ("replies", "回复"), "offered": ("offered",),
}  # fmt: skip


def parquet_units(name: str, groups: Sequence[int] | None = None) -> Iterator[Unit]:
    """Texts of a file, or of some of its row groups; lines count from 1 in the whole file.

    Raises:
        OSError: it cannot be opened.
    """
    import pyarrow as pa
    from pyarrow import parquet

    row = 0
    try:
        with parquet.ParquetFile(name, memory_map=False, pre_buffer=False) as file:
            columns = _columns(file.schema_arrow)
            if not columns.keys() & {"title", "body"}:
                yield Unit(name, 0, "bad", body=UNKNOWN)
                return
            for index in range(file.metadata.num_row_groups):
                if groups is None or index in groups:
                    yield from _group(name, file, index, columns, row)
                row += file.metadata.row_group(index).num_rows
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError, OverflowError, MemoryError) as error:
        yield Unit(name, row, "bad", body=f"{BROKEN}（{type(error).__name__}）")


def _columns(schema: Any) -> dict[str, str]:
    """Field -> name of its column, of those whose values are of use."""
    from pyarrow import types

    found = {}
    named = {one.name.strip().lower(): one for one in schema}
    for field, names in FIELDS.items():
        column = next((named[name] for name in names if name in named), None)
        if column is None:
            continue
        inner = column.type.value_type if types.is_dictionary(column.type) else column.type
        if field in {"title", "body"} and not (
            _is_text(inner) or types.is_binary(inner) or types.is_large_binary(inner)
        ):
            continue  # a text that is none: numbers, nested columns
        if field == "replies" and not (types.is_list(inner) and _is_text(inner.value_type)):
            continue
        found[field] = column.name
    return found


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _group(name: str, file: Any, index: int, columns: dict[str, str], before: int) -> Iterator[Unit]:
    wanted = list(columns.values())
    row = before
    for batch in file.iter_batches(_rows_at_once(file.metadata.row_group(index), wanted), [index], columns=wanted):
        values = {field: batch.column(batch.schema.get_field_index(column)) for field, column in columns.items()}
        lists = {field: array.to_pylist() for field, array in values.items()}
        for at in range(batch.num_rows):
            row += 1
            yield _unit(name, row, {field: found[at] for field, found in lists.items()})


def _rows_at_once(group: Any, wanted: Sequence[str]) -> int:
    """A column that lists its different values once may have one of them in each row: no batch may swell with it."""
    largest = 1
    for number in range(group.num_columns):
        column = group.column(number)
        top = column.path_in_schema.partition(".")[0]
        if top in wanted and any("DICTIONARY" in encoding for encoding in column.encodings):
            largest = max(largest, column.total_uncompressed_size)
    return max(1, min(BATCH, SWOLLEN // largest))


def _unit(name: str, row: int, given: dict[str, Any]) -> Unit:
    (title, without), (body, lost) = _text(given.get("title")), _text(given.get("body"))
    replies = [one for one in given.get("replies") or () if one is not None]
    if given.get("title") is None and given.get("body") is None:
        return Unit(name, row, "bad", body="这一行没有标题和正文")
    offered = (
        given["offered"] is True if "offered" in given else any(map(_is_said, map(given.get, ("price", "contact"))))
    )
    identity = given.get("id")
    return Unit(
        name, row, "text", id=None if identity is None else str(identity), title=title, body="\n".join((body, *replies)),
        offered=offered, lost=without + lost,
    )  # fmt: skip


def _text(value: Any) -> tuple[str, int]:
    """(text, places that are no characters)."""
    if value is None:
        return "", 0
    return read_line(value) if isinstance(value, bytes) else (str(value), 0)


def _is_said(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)
