"""Puts together all parts of a backup but the evidence files themselves, in a folder that is not a backup yet."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage import migrating
from storage.database import Database
from storage.evidence import chain, custody, naming
from storage.exceptions import DamagedRow
from wangdun import __version__
from wangdun.backups import contents, database, writing
from wangdun.backups import manifest as manifests
from wangdun.backups.manifest import DATABASE_FILES, MANIFEST, OBJECTS, SEAL, Manifest, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from storage.evidence.objects import Objects
    from wangdun.config import Config

LISTED = 5  # examples of faults in one remark: the rest is for `wangdun evidence verify`


@dataclass(slots=True)
class Draft:
    """A backup in the making."""

    config: Config
    folder: Path
    objects: Objects
    now: datetime
    tell: Callable[[str], None]
    remarks: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    settings: list[manifests.Setting] = field(default_factory=list)

    @property
    def list_file(self) -> Path:
        """Names and sizes of the evidence files that the copied database speaks of."""
        return self.folder / OBJECTS

    def evidence(self) -> Iterator[tuple[str, int]]:
        """What `list_file` says."""
        with self.list_file.open(encoding="ascii") as lines:
            yield from manifests.read_objects(lines)

    def leave_out(self, damaged: set[str]) -> None:
        """These evidence files are not what their names say: a backup must not hold them as good ones."""
        kept = [one for one in self.evidence() if one[0] not in damaged]
        self.list_file.write_text("".join(manifests.render_objects(kept)), encoding="ascii")
        self._remark(f"{len(damaged)} 个证据文件已被改动或读不出来，没有备份", sorted(damaged))

    def _remark(self, what: str, examples: list[str]) -> None:
        more = "等" if len(examples) > LISTED else ""
        self.remarks.append(f"{what}（{'、'.join(examples[:LISTED])}{more}），请运行 wangdun evidence verify 核验")

    def take(self, files: dict[str, Path]) -> None:
        """Copy files. One that was there a moment ago and is gone is left out. Raises OSError."""
        for name, path in files.items():
            target = self.folder / name
            try:
                size, sha256 = writing.copy(path, target)
            except FileNotFoundError:
                if path.exists():
                    raise
                continue
            self.parts.append(Part(name=name, size=size, sha256=sha256))

    def look(self, db: Database) -> None:
        """Note what the copied database says of itself and of the evidence. Raises StorageError."""
        with db.read() as connection:
            self.facts["revision"] = migrating.current(connection) or ""
        try:
            head = custody.head(db)
        except DamagedRow as error:
            head = None
            self.remarks.append(str(error))
        if head is not None:
            self.facts |= {"head_number": head.id, "head_hash": head.hash}
        if faults := chain.read(db, self.folder / "data" / "evidence").faults:
            self.remarks.append(f"保管链有问题：{faults[0]}，请运行 wangdun evidence verify 核验")
        if missing := sorted(set(naming.missing(db, self.objects))):
            self._remark(f"{len(missing)} 个证据文件不见了", missing)
        with self.list_file.open("w", encoding="ascii") as file:
            sizes = ((name, self.objects.size(name)) for name in naming.named(db, self.objects))
            file.writelines(manifests.render_objects(sizes))

    def finish(self) -> Manifest:
        """Write the manifest and its seal. Raises OSError."""
        with self.list_file.open("rb") as file:
            os.fsync(file.fileno())
        count = size = 0
        for _name, length in self.evidence():
            count, size = count + 1, size + length
        named = [writing.part(OBJECTS, self.list_file), *sorted(self.parts, key=lambda part: part.name)]
        made = Manifest.model_validate({
            "made_at": self.now, "software": __version__, "database": database.kind(self.config.storage),
            "objects": count, "object_bytes": size, "parts": named, "settings": self.settings,
            "remarks": self.remarks, **self.facts,
        })  # fmt: skip
        content = made.render()
        for name, data in ((MANIFEST, content), (SEAL, manifests.seal(content))):
            with (self.folder / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        return made

    def check(self, made: Manifest) -> None:
        """Read all parts from the disk again. Raises BrokenBackup, OSError."""
        for part in made.parts:
            writing.check(part.name, writing.read_again(self.folder / part.name), (part.size, part.sha256))


@contextmanager
def drafted(  # noqa: PLR0913, PLR0917 -- one fact each
    config: Config, db: Database, objects: Objects, folder: Path, now: datetime, tell: Callable[[str], None]
) -> Iterator[Draft]:
    """All parts but the evidence files. Until the block ends, retention takes no evidence file away.

    Raises:
        BackupError: the database cannot be copied.
        StorageError, OSError: something cannot be read, or the disk is full.
    """
    draft = Draft(config, folder, objects, now, tell)
    with objects.writing():  # shared: crawls go on, whoever removes files waits
        tell("复制数据库")
        draft.take(contents.heads(config))
        _take_database(draft, db)
        others = contents.collect(config)
        draft.take(others.files)
        draft.settings += others.settings
        yield draft


def _take_database(draft: Draft, db: Database) -> None:
    kind = database.kind(draft.config.storage)
    name = DATABASE_FILES[kind]
    target = draft.folder / name
    if kind == "sqlite":
        database.copy_sqlite(db, target)
        copied = Database.open(target, migrate=False)
        try:
            draft.look(copied)
        finally:
            copied.close()
        database.settle(target)
    else:
        with database.dumped(db, target) as frozen:
            draft.look(frozen)
        database.check_dump(target)
    draft.parts.append(writing.part(name, target))
