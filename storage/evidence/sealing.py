"""Seal a capture: its files, then its manifest, then its rows and the first link of its custody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from storage import statements
from storage.evidence import captures, custody, manifests
from storage.evidence.disk import MEGABYTE
from storage.evidence.models import Capture as CaptureRow
from storage.evidence.models import CaptureFile
from storage.evidence.records import Capture, StoredFile
from storage.models import Run

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.evidence.manifests import Manifest
    from storage.evidence.objects import Batch, Objects
    from storage.evidence.records import CaptureDraft, FileDraft


def seal(db: Database, objects: Objects, draft: CaptureDraft, *, actor: str, now: datetime) -> Capture:
    """Keep a capture for good. Sealing the same draft at the same `now` again gives the same capture.

    Files that would take it over the limit of `max_mb` are left out and named in `missing`.

    Raises:
        DiskFull: there is no room; nothing counts as sealed.
        EvidenceError: the evidence folder cannot be written.
        StorageError: the database cannot; the files are there, and the next `sweep` recovers the capture.
        ValueError: a file's name is not plain ASCII, or two files share one: a fault of the calling code.
    """
    _refuse_names(draft)
    with objects.writing() as batch:
        files, left_out = _keep(batch, draft.files, objects.config.max_mb)
        missing = "；".join(part for part in (draft.missing, *left_out) if part)
        manifest = manifests.write(draft, files, missing=missing, actor=actor, now=now)
        digest = batch.put(manifest.encode()).sha256
        with db.write() as connection:
            return record(connection, manifest, digest, action="captured", actor=actor, at=now)


def record(  # noqa: PLR0913 -- the columns of a link of custody
    connection: Connection, manifest: Manifest, digest: str, *, action: str, actor: str, at: datetime
) -> Capture:
    """Write a capture's rows from its manifest, and its link of custody, unless they are there already."""
    made = connection.execute(_inserted(connection, manifest, digest)).scalar()
    if made is not None:
        rows = [{"capture_id": made, "position": place, **_file_row(one)} for place, one in enumerate(manifest.files)]
        if rows:
            connection.execute(insert(CaptureFile), rows)
        detail = {"digest": digest, "files": len(rows), "kind": manifest.kind, "site": manifest.site}
        detail["key"] = manifest.key
        custody.append(connection, at=at, actor=actor, action=action, capture_id=made, detail=detail)
    found = captures.by_digest(connection, digest)
    assert found is not None
    return found


def _inserted(connection: Connection, manifest: Manifest, digest: str) -> Any:
    names = ("site_id", "key", "url", "kind", "cause", "taken_at", "sealed_at", "facts", "missing")
    values = {**statements.row_values(manifest, names), "digest": digest, "run_id": _known_run(connection, manifest)}
    query = statements.insert(connection, CaptureRow).values(values)
    return query.on_conflict_do_nothing(index_elements=[CaptureRow.digest]).returning(CaptureRow.id)


def _known_run(connection: Connection, manifest: Manifest) -> int | None:
    if manifest.run_id is None:
        return None
    return connection.execute(select(Run.id).where(Run.id == manifest.run_id)).scalar()


def _file_row(file: StoredFile) -> dict[str, Any]:
    return statements.row_values(file, ("name", "role", "media_type", "size", "sha256", "sm3"))


def _refuse_names(draft: CaptureDraft) -> None:
    names = [file.name for file in draft.files]
    wrong = [name for name in names if not manifests.FILE_NAME.fullmatch(name) or names.count(name) > 1]
    if wrong:
        raise ValueError(f"file names must be plain ASCII and differ: {wrong!r}")


def _keep(batch: Batch, drafts: tuple[FileDraft, ...], most: int) -> tuple[list[StoredFile], list[str]]:
    kept: list[StoredFile] = []
    left_out: list[str] = []
    room = most * MEGABYTE
    for one in drafts:
        size = len(one.content) if isinstance(one.content, bytes) else one.content.stat().st_size
        if size > room:
            left_out.append(f"{one.name} 未保存：一次固定超过 {most} MB 的上限")
            continue
        room -= size
        made = batch.put(one.content)
        kept.append(StoredFile(one.name, one.role, one.media_type, made.size, made.sha256, made.sm3))
    return kept, left_out
