"""A rescan that reads an archive's shards: the workers read them, the database is only asked what has changed since."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from storage import archive as stored
from storage.rejudging import BATCH, Batch, Selection, Text
from wangdun import archive_manifest
from wangdun.exceptions import ArchiveError, UsageError
from wangdun.rescan import Judged, judge_texts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from keywords.detector import Detector
    from storage.database import Database
    from storage.records import DetectionRecord
    from storage.rescans import Rescan
    from wangdun.archive_manifest import Manifest
    from wangdun.cores import Cores

ROWS: Final = 10_000  # of a job: some hundred milliseconds of one core, some MB of verdicts
AT_ONCE: Final = 500  # texts that a worker holds while it judges
READ: Final = ["snapshot_id", "listing_id", "title", "body", "replies", "offered", "digest"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One job: some row groups of a shard."""

    path: Path
    groups: tuple[int, ...]
    first: int
    """Rows of the archive before it."""
    rows: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a job found."""

    first: int
    digests: tuple[tuple[int, str], ...]
    """(snapshot id, content hash) of each row."""
    found: dict[int, DetectionRecord]
    """Snapshot id -> verdict, of those about which there is something to say."""


class Archive:
    """The source of a rescan."""

    def __init__(self, db: Database, cores: Cores, folder: Path) -> None:
        """Read the manifest.

        Raises:
            UsageError: contacts are masked in it.
            ArchiveError: there is none.
        """
        self.db, self.cores, self.folder = db, cores, folder
        self.manifest: Manifest = archive_manifest.load(folder)
        if self.manifest.masked:
            raise UsageError(f"{folder} 的联系方式已遮挡，不能用来复查；请用不加 --masked 的归档")
        self.name: str | None = self.manifest.id
        self.chosen = Selection(self.manifest.site, self.manifest.since, self.manifest.since_text)

    def left(self, after: int) -> int:
        """Rows."""
        return self.manifest.rows - after

    def done(self, rescan: Rescan) -> int:
        """Rows."""
        return rescan.cursor

    def newer(self) -> int:
        """Listings of which the archive does not hold the newest version. Raises StorageError."""
        return stored.count_newer(self.db, self.manifest.cursor)

    def judged(self, _chosen: Selection, after: int) -> Generator[Judged]:
        """A batch at a time, of the versions that are still the newest of their listings.

        Raises:
            ArchiveError: a shard is not what the manifest says.
        """
        with closing(self.cores.map(judge_piece, self._pieces(after), lambda _: 0)) as found:
            for verdicts in found:
                yield from self._compared(verdicts, after)

    def _pieces(self, after: int) -> Iterator[Piece]:
        first = 0
        for shard in self.manifest.shards:
            if first + shard.rows > after:
                fault = archive_manifest.fault_of(self.folder, shard)
                if fault:
                    raise ArchiveError(f"归档已损坏，停在这里：{fault}")
                yield from (
                    piece for piece in pieces(self.folder / shard.name, first) if piece.first + piece.rows > after
                )
            first += shard.rows

    def _compared(self, verdicts: Verdicts, after: int) -> Iterator[Judged]:
        for at in range(0, len(verdicts.digests), BATCH):
            part = verdicts.digests[at : at + BATCH]
            upto = verdicts.first + at + len(part)
            if upto <= after:
                continue
            standing = stored.standing(self.db, dict(part))
            found = {one: verdicts.found.get(one) for one in standing.same}
            yield Judged(Batch(standing.newest, (), upto), found)


def pieces(path: Path, first: int) -> Iterator[Piece]:
    """The jobs of one shard; `first` rows come before it."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(index).num_rows for index in range(file.metadata.num_row_groups)]
    groups: list[int] = []
    rows = 0
    for index, size in enumerate(sizes):
        groups.append(index)
        rows += size
        if rows >= ROWS or index == len(sizes) - 1:
            yield Piece(path, tuple(groups), first, rows)
            first, groups, rows = first + rows, [], 0


def judge_piece(piece: Piece, detector: Detector) -> Verdicts:
    """Judge the texts of a piece; what a worker does."""
    digests: list[tuple[int, str]] = []
    found: dict[int, DetectionRecord] = {}
    for rows in _read(piece):
        texts = list(_texts(rows))
        digests += zip(rows["snapshot_id"], rows["digest"], strict=True)
        judged = judge_texts(texts, detector)
        found |= {text.snapshot_id: one for text, one in zip(texts, judged, strict=True) if one is not None}
    return Verdicts(piece.first, tuple(digests), found)


def _read(piece: Piece) -> Iterator[dict[str, list[Any]]]:
    from pyarrow import parquet

    with parquet.ParquetFile(piece.path, memory_map=False, pre_buffer=False) as file:
        for batch in file.iter_batches(AT_ONCE, list(piece.groups), READ):
            yield {name: batch.column(batch.schema.get_field_index(name)).to_pylist() for name in READ}


def _texts(rows: dict[str, list[Any]]) -> Iterable[Text]:
    columns = (rows[name] for name in ("snapshot_id", "title", "body", "replies", "offered"))
    for snapshot_id, title, body, replies, offered in zip(*columns, strict=True):
        yield Text(snapshot_id, "\n".join((title, body, *(replies or ()))), bool(offered))
