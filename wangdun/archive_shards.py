"""The shards of an archive: zstd Parquet, one row a version of a listing, written in flat memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from storage.archive import Archived
from wangdun.archive_manifest import SCHEMA, Shard
from wangdun.bulk.keeping import sha256_of, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

ROWS: Final = 50_000
"""Of a shard: some 20 MB on the disk, some seconds of work for one core."""
CHARACTERS: Final = 128_000_000  # a shard of long texts ends sooner, so that its job does not take an hour
GROUP: Final = 2_000  # rows held in memory and read at a time: 2 MB of usual texts
GROUP_CHARACTERS: Final = 8_000_000  # and of long ones 24 MB of Chinese
LEVEL: Final = 3  # of zstd: a sixth smaller than level 1 at the same speed of the whole; 9 saves 3 % more at half of it
REPEATED: Final = ["site", "platform", "currency"]
"""Columns of few values."""


@cache
def schema() -> Any:
    """The columns of a shard, as pyarrow names them."""
    import pyarrow as pa

    text, time = pa.string(), pa.timestamp("us", tz="UTC")
    required = {"snapshot_id": pa.int64(), "listing_id": pa.int64(), "number": pa.int32()}
    required |= dict.fromkeys(("site", "platform", "key", "url", "title", "body"), text)
    kinds: dict[str, Any] = required | {"replies": pa.list_(text)}
    kinds |= dict.fromkeys(("seller", "price", "price_amount", "currency", "region"), text)
    kinds |= {"attributes": pa.list_(pa.list_(text)), "posted_at": time, "fetched_at": time, "first_seen_at": time}
    kinds |= {"last_seen_at": time, "gone_at": time, "digest": text, "offered": pa.bool_()}
    assert tuple(kinds) == Archived._fields
    facts = {"wangdun.archive": str(SCHEMA)}
    return pa.schema([pa.field(name, kind, name not in required) for name, kind in kinds.items()], facts)


@dataclass(slots=True)
class Tally:
    """What a shard holds so far."""

    rows: int = 0
    characters: int = 0
    first: int = 0
    last: int = 0
    last_digest: str = ""

    def add(self, row: Archived) -> None:
        """Count a row."""
        self.rows += 1
        self.characters += size_of(row)
        self.first = min(self.first or row.snapshot_id, row.snapshot_id)
        if row.snapshot_id > self.last:
            self.last, self.last_digest = row.snapshot_id, row.digest


def size_of(row: Archived) -> int:
    """Roughly, in characters."""
    return len(row.title) + len(row.body) + sum(map(len, row.replies))


def cut(rows: Iterable[Archived], most: int = ROWS) -> Iterator[Iterator[Archived]]:
    """Rows by shard; each part must be used up before the next one is asked for."""
    rest = iter(rows)
    for row in rest:
        yield _until_full(row, rest, most)


def _until_full(first: Archived, rest: Iterator[Archived], most: int) -> Iterator[Archived]:
    yield first
    count, size = 1, size_of(first)
    while count < most and size < CHARACTERS and (row := next(rest, None)) is not None:
        yield row
        count, size = count + 1, size + size_of(row)


def write(folder: Path, number: int, rows: Iterable[Archived]) -> Shard:
    """Write one shard, whole or not at all. Raises OSError."""
    name = f"listings-{number:06}.parquet"
    tally = Tally()
    with whole(folder / name) as half:
        with _writer(half) as writer:
            for group in _groups(rows, tally):
                writer.write_table(_table(group), row_group_size=len(group))
        found = (half.stat().st_size, sha256_of(half))
    facts = {"first": tally.first, "last": tally.last, "last_digest": tally.last_digest}
    return Shard(name=name, rows=tally.rows, bytes=found[0], sha256=found[1], **facts)


@contextmanager
def _writer(path: Path) -> Iterator[Any]:
    from pyarrow import parquet

    options = {"compression": "zstd", "compression_level": LEVEL, "use_dictionary": REPEATED}
    with parquet.ParquetWriter(str(path), schema(), **options) as writer:
        yield writer


def _groups(rows: Iterable[Archived], tally: Tally) -> Iterator[list[Archived]]:
    group: list[Archived] = []
    before = 0
    for row in rows:
        group.append(row)
        tally.add(row)
        if len(group) == GROUP or tally.characters - before >= GROUP_CHARACTERS:
            yield group
            group, before = [], tally.characters
    if group:
        yield group


def _table(group: Sequence[Archived]) -> Any:
    import pyarrow as pa

    columns = dict(zip(Archived._fields, zip(*group, strict=True), strict=True))
    amounts = columns["price_amount"]
    columns["price_amount"] = tuple(str(one) if one is not None else None for one in amounts)
    arrays = [pa.array(columns[field.name], field.type) for field in schema()]
    return pa.Table.from_arrays(arrays, schema=schema())
