"""What a backup says of itself: every part with its size and SHA-256."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from wangdun.backups.exceptions import BrokenBackup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MANIFEST, SEAL, OBJECTS = "manifest.json", "manifest.sha256", "objects.txt"
CONFIG: Final = "config.yaml"
DATABASE_FILES: Final = {"sqlite": "database/wangdun.sqlite", "postgresql": "database/wangdun.dump"}
FOLDERS: Final = ("database/", "data/", "files/", "outside/")
LARGEST: Final = 256 << 20  # bytes of a manifest: a hundred thousand files take 20 MB
NAME = re.compile(r"objects/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")
LINE = re.compile(r"([0-9a-f]{64})  ([0-9]{1,18})")


class Part(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("name")
    @classmethod
    def stay_inside(cls, name: str) -> str:
        """A name that leaves the folder it is restored to is somebody's trick."""
        steps = name.split("/")
        known = name in {OBJECTS, CONFIG} or name.startswith(FOLDERS)
        if not known or "\0" in name or "\\" in name or {"", ".", ".."} & set(steps):
            raise ValueError(f"不是备份里的文件名：{name!r}")
        return name


class Setting(BaseModel):
    """A setting that must say something else once the files lie where a backup is restored to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: tuple[str, ...]
    key: str
    value: str | None
    """A YAML snippet; None takes it out."""


class Manifest(BaseModel):
    """All of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["wangdun-backup"] = "wangdun-backup"
    version: Literal[1] = 1
    made_at: datetime
    software: str
    database: Literal["sqlite", "postgresql"]
    revision: str
    """Of the tables."""
    head_number: int | None = None
    """Of the newest link of the custody chain; None while it is empty."""
    head_hash: str = ""
    objects: int = 0
    """Evidence files."""
    object_bytes: int = 0
    parts: tuple[Part, ...]
    settings: tuple[Setting, ...] = ()
    remarks: tuple[str, ...] = ()
    """For people: what was not as it should be when the backup was made."""

    def render(self) -> bytes:
        """The file's content."""
        facts = self.model_dump(mode="json")
        return (json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    @property
    def size(self) -> int:
        """Bytes of everything."""
        return self.object_bytes + sum(part.size for part in self.parts)


def seal(content: bytes) -> bytes:
    """The line that ``sha256sum -c`` reads."""
    return f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n".encode()


def read(content: bytes, sealed: bytes) -> Manifest:
    """Read a manifest. Raises BrokenBackup: it was changed, or a newer program wrote it."""
    if seal(content) != sealed:
        raise BrokenBackup("备份的清单被改动或损坏（SHA-256 不符）")
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise BrokenBackup(f"备份的清单读不懂，可能由更新版本的网盾制作：{error.errors()[0]['msg']}") from error
    names = [part.name for part in manifest.parts]
    if len(set(names)) < len(names) or not {OBJECTS, CONFIG, DATABASE_FILES[manifest.database]} <= set(names):
        raise BrokenBackup("备份的清单不完整")
    return manifest


def object_name(sha256: str) -> str:
    """Where an evidence file lies in a backup."""
    return f"objects/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def render_objects(found: Iterable[tuple[str, int]]) -> Iterator[str]:
    """Lines of ``objects.txt`` for (SHA-256, size)."""
    return (f"{sha256}  {size}\n" for sha256, size in found)


def read_objects(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """(SHA-256, size) of each line. Raises BrokenBackup."""
    for line in lines:
        found = LINE.fullmatch(line.rstrip("\n"))
        if not found:
            raise BrokenBackup(f"备份的证据文件清单里有读不懂的一行：{line[:80]!r}")
        yield found[1], int(found[2])
