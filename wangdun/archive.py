"""Archive: stored texts become Parquet shards; each call writes what the calls before it have not."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from storage import archive as stored
from wangdun import __version__, archive_manifest
from wangdun.archive_manifest import Manifest, Shard, load_if_any
from wangdun.archive_shards import ROWS, cut, write
from wangdun.bulk.keeping import sweep
from wangdun.exceptions import ArchiveError, UsageError
from wangdun.locks import file_lock
from wangdun.masking import mask_in
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from storage.archive import Archived
    from storage.database import Database
    from storage.records import ContactRecord

LOCK = ".lock"
SAID = ("title", "body", "seller", "price", "region")
"""Fields in which people write contacts."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for."""

    folder: Path
    chosen: stored.Chosen
    since_text: str | None = None
    masked: bool = False
    rows: int = ROWS
    """Of a shard, at most."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is in the folder afterwards."""

    manifest: Manifest
    new_rows: int
    new_shards: int
    interrupted: bool


class Run:
    """One call of the command."""

    def __init__(self, db: Database, wish: Wish, clock: Callable[[], datetime]) -> None:
        self.db = db
        self.wish = wish
        self.clock = clock

    def work(self, show: Callable[[int, int], None], stopping: Callable[[], bool]) -> Outcome:
        """Write what is new; `show` hears how many rows of how many are done, `stopping` is asked after each batch.

        A shard counts from the moment the manifest names it: whatever is cut off before is written again.

        Raises:
            UsageError: the folder holds something else than what is asked for.
            ArchiveError: it cannot be written, or is of another database.
            StorageError: the database cannot be read; whole shards stay.
        """
        folder = self.wish.folder
        with _speaking_of(folder), _own(folder):
            manifest = before = self._begun()
            total = stored.count(self.db, self._chosen(manifest), after=manifest.cursor)
            seen = _Seen(total, show, stopping)
            for rows in cut(seen.of(self._rows(manifest)), self.wish.rows):
                shard = write(folder, len(manifest.shards) + 1, rows)
                if seen.stopped:  # the last shard is cut short: the next call makes it whole
                    (folder / shard.name).unlink()
                    break
                manifest = self._with(manifest, shard)
            made = len(manifest.shards) - len(before.shards)
            return Outcome(manifest, manifest.rows - before.rows, made, seen.stopped)

    def _begun(self) -> Manifest:
        found = load_if_any(self.wish.folder)
        if found is None:
            return self._new()
        if not found.wants(masked=self.wish.masked, site=self.wish.chosen.site, since_text=self.wish.since_text):
            raise UsageError(f"{self.wish.folder} 是另一种归档（站点、时间或遮挡不同），请换一个文件夹")
        newest = found.newest
        if newest is not None and stored.digest(self.db, newest.last) != newest.last_digest:
            raise ArchiveError(f"{self.wish.folder} 是另一个数据库的归档，或数据库恢复到了归档之前；请换一个文件夹")
        _drop_unnamed(self.wish.folder, found)
        return found

    def _new(self) -> Manifest:
        if any(path.name != LOCK for path in self.wish.folder.iterdir()):
            raise UsageError(f"{self.wish.folder} 不是空的，也不是归档文件夹")
        chosen = self.wish.chosen
        facts = {"masked": self.wish.masked, "site": chosen.site, "since": chosen.since}
        manifest = Manifest(
            id=uuid.uuid4().hex, software=__version__, begun_at=self.clock(), since_text=self.wish.since_text, **facts
        )
        archive_manifest.save(self.wish.folder, manifest)
        return manifest

    @staticmethod
    def _chosen(manifest: Manifest) -> stored.Chosen:
        """``7d`` means the same in each call: seven days before the first."""
        return stored.Chosen(manifest.site, manifest.since)

    def _with(self, manifest: Manifest, shard: Shard) -> Manifest:
        longer = manifest.model_copy(update={"shards": (*manifest.shards, shard)})
        archive_manifest.save(self.wish.folder, longer)
        return longer

    def _rows(self, manifest: Manifest) -> Iterator[Archived]:
        batches = chain(stored.pick(self.db, self._late(manifest)), self._newer(manifest))
        for batch in batches:
            yield from self._hidden(batch) if self.wish.masked else batch

    def _newer(self, manifest: Manifest) -> Iterator[list[Archived]]:
        after = manifest.cursor
        while batch := stored.read(self.db, self._chosen(manifest), after=after):
            yield batch
            after = batch[-1].snapshot_id

    def _late(self, manifest: Manifest) -> set[int]:
        """Snapshots whose ids were reserved before those of archived ones, but that were stored after them."""
        if self.db.engine.dialect.name != "postgresql" or not manifest.cursor:  # SQLite has one writer
            return set()
        start = max(manifest.cursor - stored.LATE, 0)
        there = stored.stored_between(self.db, self._chosen(manifest), start, manifest.cursor)
        for shard in manifest.shards:
            if shard.last > start and there:
                there -= _ids(self.wish.folder / shard.name)
        return there

    def _hidden(self, batch: list[Archived]) -> Iterator[Archived]:
        known = stored.contacts(self.db, (row.listing_id for row in batch))
        for row in batch:
            yield hidden(row, known.get(row.listing_id, ()))


def hidden(row: Archived, contacts: Iterable[ContactRecord]) -> Archived:
    """A version with whatever is or reads as a contact masked in place, as in exports; lengths stay."""
    known = tuple(contacts)
    said: dict[str, Any] = {name: mask_in(value, known) for name in SAID if (value := getattr(row, name))}
    said["replies"] = [mask_in(one, known) for one in row.replies]
    said["attributes"] = [[mask_in(one, known) for one in pair] for pair in row.attributes]
    return row._replace(**said)


class _Seen:
    """Counts rows on their way, and ends them when somebody wants to stop."""

    def __init__(self, total: int, show: Callable[[int, int], None], stopping: Callable[[], bool]) -> None:
        self.total, self.show, self.stopping = total, show, stopping
        self.done = 0
        self.stopped = False

    def of(self, rows: Iterable[Archived]) -> Iterator[Archived]:
        """The rows; fewer when `stopping` says so."""
        for row in rows:
            yield row
            self.done += 1
            if self.done % stored.BATCH == 0:
                self.show(self.done, max(self.total, self.done))
                if self.stopping():
                    self.stopped = True
                    return


def _ids(path: Path) -> set[int]:
    from pyarrow import parquet

    return set(parquet.read_table(path, columns=["snapshot_id"], memory_map=False)["snapshot_id"].to_pylist())


def _drop_unnamed(folder: Path, manifest: Manifest) -> None:
    """A shard that the manifest does not name was cut off."""
    sweep(folder)
    named = {shard.name for shard in manifest.shards}
    for path in folder.glob("listings-*.parquet"):
        if path.name not in named:
            path.unlink()


@contextmanager
def _own(folder: Path) -> Iterator[None]:
    """Be the only one who writes there. Raises Busy, OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file_lock(folder / LOCK, f"{folder} 正在写入"):
        yield


@contextmanager
def _speaking_of(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"归档没有写成：{error.filename or folder}：{why(error)}") from error
