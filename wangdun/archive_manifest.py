"""What an archive says of itself: its shards with size and SHA-256, and how far the database is in it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wangdun.bulk.keeping import sha256_of, write_whole
from wangdun.exceptions import ArchiveError
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST: Final = "manifest.json"
SCHEMA: Final = 1
"""Of the columns in `wangdun.archive_shards`; a change of their meaning takes the next number."""
LARGEST: Final = 64 << 20  # bytes: ten thousand shards take 3 MB
NAME: Final = r"^listings-[0-9]{6,9}\.parquet$"
NOTICE: Final = "含信息全文、卖家和联系方式，仅供本单位复查和研究使用，不得外传"


class Shard(BaseModel):
    """One file of an archive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME)
    rows: int = Field(ge=1)
    bytes: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    first: int = Field(ge=1)
    """Lowest snapshot id."""
    last: int = Field(ge=1)
    """Highest snapshot id."""
    last_digest: str
    """Content hash of that snapshot: by it a database is known again."""


class Manifest(BaseModel):
    """All of it. Lexicons play no part: an archive holds texts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["wangdun-archive"] = "wangdun-archive"
    version: Literal[1] = SCHEMA
    id: str
    """Made up when the archive was begun."""
    software: str
    begun_at: datetime
    masked: bool = False
    """Contacts are masked: of no use for a rescan."""
    notice: str = NOTICE
    site: str | None = None
    since: datetime | None = None
    since_text: str | None = None
    shards: tuple[Shard, ...] = ()

    @property
    def rows(self) -> int:
        """Of all shards."""
        return sum(one.rows for one in self.shards)

    @property
    def bytes(self) -> int:
        """Of all shards."""
        return sum(one.bytes for one in self.shards)

    @property
    def newest(self) -> Shard | None:
        """The shard with the highest snapshot id."""
        return max(self.shards, key=lambda one: one.last, default=None)

    @property
    def cursor(self) -> int:
        """The highest snapshot id that is archived; 0 for none."""
        return self.newest.last if self.newest else 0

    def wants(self, *, masked: bool, site: str | None, since_text: str | None) -> bool:
        """Whether this is what is asked for."""
        return (self.masked, self.site, self.since_text) == (masked, site, since_text)


def load(folder: Path) -> Manifest:
    """Read the manifest of an archive.

    Raises:
        ArchiveError: there is none, or it is not one of ours.
    """
    found = load_if_any(folder)
    if found is None:
        raise ArchiveError(f"{folder} 不是归档文件夹（没有 {MANIFEST}）")
    return found


def load_if_any(folder: Path) -> Manifest | None:
    """The same; None where there is none yet. Raises ArchiveError."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        return Manifest.model_validate_json(raw)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArchiveError(f"无法读取 {path}：{why(error)}") from error
    except ValidationError as error:
        raise ArchiveError(f"{path} 不是归档清单，或由更新版本的网盾写成") from error


def save(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest. Raises OSError."""
    write_whole(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")


def faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What does not agree with the manifest, in Chinese; reads every byte."""
    for shard in manifest.shards:
        fault = fault_of(folder, shard)
        if fault:
            yield fault


def fault_of(folder: Path, shard: Shard) -> str | None:
    """What is wrong with one shard."""
    path = folder / shard.name
    try:
        if path.stat().st_size != shard.bytes or sha256_of(path) != shard.sha256:
            return f"{path}：与清单里的 SHA-256 不符"
    except OSError as error:
        return f"{path}：{why(error)}"
    return None
