"""Put the evidence folder in order after a kill: adopt what was sealed, take away what was not.

What a killed writer leaves is found by its name in ``tmp/``, so an ordinary sweep costs nothing. Once after each boot
(a power cut may take the database's last commits, never synced files) all files are looked at.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.evidence import custody, heads, manifests, removing, sealing
from storage.evidence.disk import digest_file, speaking_of
from storage.evidence.models import Capture as CaptureRow
from storage.evidence.models import CaptureFile, Timestamp
from storage.evidence.records import UnreadableLink
from storage.exceptions import EvidenceError
from storage.models import Site
from storage.referral import kept
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from storage.database import Database
    from storage.evidence.manifests import Manifest
    from storage.evidence.objects import Leftover, Objects

ACTOR = "证据整理程序"
PATIENCE = 20.0  # s to wait for writers: one holds the lock for some ten milliseconds
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NAMED_AT_ONCE = 500  # files named in one link of custody: it stays readable


@dataclass(slots=True)
class Swept:
    """What a sweep did."""

    adopted: list[int] = field(default_factory=list)
    """Ids of captures whose rows were made anew from their manifest."""
    removed: list[tuple[str, int]] = field(default_factory=list)
    """Name and size (bytes) of files that never became evidence."""
    whole: bool = False
    """Whether all files were looked at."""
    skipped: bool = False
    """Others were writing all the time: nothing was done."""


def sweep(db: Database, objects: Objects, now: datetime, *, whole: bool = False) -> Swept:
    """Bring folder and database to agree; `whole` looks at every file even where this boot has seen to it.

    Every run begins with it, so it also writes down the head of the custody chain for the day.

    Raises:
        EvidenceError: the evidence folder cannot be read or written.
        StorageError: the database cannot.
    """
    with objects.alone(PATIENCE) as alone:
        if not alone:
            return Swept(skipped=True)
        boot = _boot()
        done = Swept(whole=whole or not _seen(objects, boot))
        left = objects.leftovers()
        named = {one.name for one in left if one.name}
        _settle(db, objects, objects.settled() if done.whole else named, done, now)
        _remove_halves(db, objects, left, done, now)
        if removing.is_begun(objects):
            removing.finish(db, objects)
        if done.whole:
            _remember(objects, boot)
    heads.write_head(db, objects.folder, now)
    return done


def unnamed(db: Database, names: Iterable[str]) -> Iterator[str]:
    """Those of the files' names that no row of the database speaks of."""
    columns = (CaptureRow.digest, CaptureFile.sha256, Timestamp.sha256, Timestamp.token_sha256)
    for chunk in chunks(names):
        with db.read() as connection:
            known = {name for one in columns for name in connection.scalars(select(one).where(one.in_(chunk)))}
            known |= kept.among(connection, chunk)
        yield from (name for name in chunk if name not in known)


def orphans(db: Database, objects: Objects) -> tuple[dict[str, Manifest], set[str]]:
    """Of all files: manifests that no row speaks of, and files that neither a row nor such a manifest names."""
    return _sort(objects, unnamed(db, objects.names()))


def _sort(objects: Objects, names: Iterable[str]) -> tuple[dict[str, Manifest], set[str]]:
    found: dict[str, Manifest] = {}
    others: set[str] = set()
    for name in names:
        manifest = _manifest(objects, name)
        if manifest is None:
            others.add(name)
        else:
            found[name] = manifest
    return found, others - {file.sha256 for one in found.values() for file in one.files}


def _manifest(objects: Objects, name: str) -> Manifest | None:
    with suppress(EvidenceError, ValueError):
        if objects.size(name) <= manifests.LONGEST:
            return manifests.read(objects.read(name))
    return None


def _settle(db: Database, objects: Objects, names: Iterable[str], done: Swept, now: datetime) -> None:
    found, others = _sort(objects, unnamed(db, names))
    if found:
        known = _sealed_before(db, set(found))
        for digest, manifest in found.items():
            if digest not in known and _complete(objects, digest, manifest):
                _adopt(db, digest, manifest, done, now)
    if others and not done.whole:  # a manifest that no leftover points at may name it
        others -= {file.sha256 for one in orphans(db, objects)[0].values() for file in one.files}
    sizes = [(name, objects.size(name)) for name in sorted(others)]
    _say_removed(db, sizes, "没有任何记录提到的文件（固定中途被中断）", now)
    for name, _ in sizes:
        objects.remove(name)
    done.removed += sizes


def _sealed_before(db: Database, digests: set[str]) -> set[str]:
    """Captures whose custody is there though their row is not: somebody took the row away, `verify` names it."""
    known: set[str] = set()
    for one in custody.remains(db):
        if one.action in STARTS:
            if isinstance(one, UnreadableLink):
                return digests  # it may speak of any of them: nothing is adopted
            known.add(str(one.detail.get("digest")))
    return digests & known


STARTS = ("captured", "recovered")


def _complete(objects: Objects, digest: str, manifest: Manifest) -> bool:
    wanted = {digest: digest} | {file.sha256: file.sha256 for file in manifest.files}
    with suppress(EvidenceError):
        for name in wanted:
            with objects.open(name) as file:
                if digest_file(file, fast=True).sha256 != name:
                    return False
        return True
    return False


def _adopt(db: Database, digest: str, manifest: Manifest, done: Swept, now: datetime) -> None:
    with db.write() as connection:
        if connection.execute(select(Site.id).where(Site.id == manifest.site_id)).scalar() is None:
            return  # of another database: left alone
        made = sealing.record(connection, manifest, digest, action="recovered", actor=ACTOR, at=now)
    done.adopted.append(made.id)


def _remove_halves(db: Database, objects: Objects, left: list[Leftover], done: Swept, now: datetime) -> None:
    halves = [(one.label, one.size) for one in left if one.name is None]
    _say_removed(db, halves, "没有写完的临时文件", now)
    for one in left:
        objects.forget(one)
    done.removed += halves


def _say_removed(db: Database, files: list[tuple[str, int]], why: str, now: datetime) -> None:
    for start in range(0, len(files), NAMED_AT_ONCE):
        part = [{"name": name, "size": size} for name, size in files[start : start + NAMED_AT_ONCE]]
        custody.note(db, at=now, actor=ACTOR, action="swept", detail={"why": why, "files": part})


def _boot() -> str:
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:  # not Linux: all files are looked at once, and again only when asked
        return "unknown"


def _seen(objects: Objects, boot: str) -> bool:
    try:
        return (objects.folder / "swept").read_text(encoding="ascii") == boot
    except (OSError, ValueError):
        return False


def _remember(objects: Objects, boot: str) -> None:
    with speaking_of(objects.folder):
        (objects.folder / "swept").write_text(boot, encoding="ascii")
