"""Reads a backup from beginning to end and holds every byte against its manifest."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from wangdun.backups import manifest as manifests
from wangdun.backups.exceptions import BackupError, BrokenBackup, speaking_of
from wangdun.backups.manifest import MANIFEST, OBJECTS, SEAL, Manifest
from wangdun.backups.writing import check, forget, pour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POINT = re.compile(r"\d{8}T\d{6}Z(?:-\d+)?")
"""The folder of one backup, by its moment in UTC."""
Member = tuple[str, BinaryIO]
Take: TypeAlias = "Callable[[str, BinaryIO], tuple[int, str]]"


class Source(Protocol):
    """Where a backup is read from."""

    def members(self) -> Iterator[Member]:
        """All files: seal, manifest, list of evidence files, the other parts in order, then the evidence files.

        Raises BrokenBackup, OSError.
        """
        ...


class FolderSource:
    """One backup of a folder with many."""

    def __init__(self, point: Path) -> None:
        self.point = point

    def members(self) -> Iterator[Member]:
        """As `Source`."""
        first = (SEAL, MANIFEST, OBJECTS)
        others = (path.relative_to(self.point).as_posix() for path in self.point.rglob("*") if not path.is_dir())
        yield from self._open((name, self.point / name) for name in (*first, *sorted(set(others) - set(first))))
        with (self.point / OBJECTS).open(encoding="ascii") as lines:
            names = (manifests.object_name(sha256) for sha256, _size in manifests.read_objects(lines))
            yield from self._open((name, self.point.parent / name) for name in names)

    @staticmethod
    def _open(files: Iterator[tuple[str, Path]]) -> Iterator[Member]:
        for name, path in files:
            try:
                file = path.open("rb")
            except FileNotFoundError:
                raise BrokenBackup(f"备份里缺少 {name}") from None
            with file:
                forget(file.fileno())
                yield name, file


class TarSource:
    """A backup in one file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def members(self) -> Iterator[Member]:
        """As `Source`."""
        try:
            with self.file.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
                forget(raw.fileno())
                while (one := tar.next()) is not None:
                    tar.members = []  # type: ignore[attr-defined]  # it would remember all of them: a million evidence files
                    content = tar.extractfile(one) if one.isreg() else None
                    if content is None:
                        raise BrokenBackup(f"备份文件里有不该有的东西：{one.name!r}")
                    yield one.name, content  # type: ignore[misc]  # it reads bytes, and says so nowhere
        except (tarfile.TarError, EOFError) as error:
            raise BrokenBackup(f"不是备份文件，或已损坏：{self.file}") from error


@contextmanager
def _speaking_of_torn_tars() -> Iterator[None]:
    """A tar that was cut off shows it where its content is read, far from whoever opened it."""
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        raise BrokenBackup("备份文件不完整，可能没有复制完，请重新复制再试") from error


def find(place: Path) -> Source:
    """The backup at `place`: a tar file, the folder of one backup, or a folder with many, then the newest.

    Raises:
        BackupError: there is none.
    """
    if place.is_file():
        return TarSource(place)
    if (place / MANIFEST).is_file():
        return FolderSource(place)
    known = points(place)
    if not known:
        raise BackupError(f"这里没有备份：{place}")
    return FolderSource(known[-1])


def points(folder: Path) -> list[Path]:
    """Finished backups of a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if POINT.fullmatch(path.name) and (path / MANIFEST).is_file())


def read(source: Source, take: Take) -> Manifest:
    """Give every file to `take`, which reads it to its end and answers size and SHA-256.

    Raises:
        BrokenBackup: something is missing, was changed, or is not listed.
        BackupError: the disk cannot be read.
    """
    with speaking_of("读备份时出错", Path()), _speaking_of_torn_tars(), tempfile.TemporaryFile() as spool:
        members = source.members()
        manifest = _read_manifest(members)
        expected = {part.name: (part.size, part.sha256) for part in manifest.parts}
        for name, file in members:
            found = expected.pop(name, None)
            if found is None:
                members = chain([(name, file)], members)
                break
            check(name, pour(file, spool) if name == OBJECTS else take(name, file), found)
        if expected:
            raise BrokenBackup(f"备份里缺少 {min(expected)}")
        _read_objects(manifest, spool, members, take)
    return manifest


def _read_manifest(members: Iterator[Member]) -> Manifest:
    files: list[bytes] = []
    for expected in (SEAL, MANIFEST):
        name, file = next(members, ("", io.BytesIO()))
        if name != expected:
            raise BrokenBackup(f"不是备份，或已损坏：缺少 {expected}")
        files.append(file.read(manifests.LARGEST))
    return manifests.read(files[1], files[0])


def _read_objects(manifest: Manifest, spool: BinaryIO, members: Iterator[Member], take: Take) -> None:
    spool.seek(0)
    count = size = 0
    for sha256, length in manifests.read_objects(line.decode("ascii", "replace") for line in spool):
        expected = manifests.object_name(sha256)
        name, file = next(members, ("", io.BytesIO()))
        if name != expected:
            raise BrokenBackup(f"备份里缺少 {expected}")
        check(name, take(name, file), (length, sha256))
        count, size = count + 1, size + length
    if (count, size) != (manifest.objects, manifest.object_bytes):
        raise BrokenBackup("备份的证据文件清单与清单所记的数目不符")
    extra = next(members, None)
    if extra is not None:
        raise BrokenBackup(f"备份里有清单没有列出的文件：{extra[0]!r}")


def verify(place: Path) -> Manifest:
    """Read a whole backup. Raises BrokenBackup, BackupError."""
    return read(find(place), lambda _name, file: pour(file))
