"""Referrals leave the house: papers and evidence in a folder or a zip, whole or not at all, and on record."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wangdun.exceptions import UsageError, WangdunError
from wangdun.files import replacing
from wangdun.folder_watch import safe_name
from wangdun.refer_papers import MadeFile, papers
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.referral.records import File, ReferralCase
    from storage.review.audit import Actor
    from wangdun.config import Config

SUMS = "校验值.txt"
PACKAGE = "电子证据包.zip"
DRAFT = "（草稿）"
"""Before the name of whatever was not approved."""
PIECE = 1 << 20  # bytes read at a time


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    number: str
    files: tuple[tuple[str, int, str], ...]
    """(name, bytes, SHA-256)."""
    approved: bool
    """The papers are those that were approved; otherwise drafts."""
    captures: int | None
    """In the evidence package; None where this letter takes none."""


class Export:
    """Writes referrals of one installation."""

    def __init__(self, config: Config, db: Database, objects: Objects) -> None:
        self.config = config
        self.db = db
        self.objects = objects

    def write(  # noqa: PLR0913 -- what, where, who, when
        self, referral_id: int, target: Path, actor: Actor, now: datetime, *, masked: bool = False, force: bool = False
    ) -> Exported:
        """Write one referral: to a zip where `target` ends so, else to a folder of its own within `target`.

        `masked` hides personal data also where the letter does not; the papers are then not those that were approved.

        Raises:
            UsageError: the target exists, or cannot be written; the office has no name.
            WangdunError: the disk is full or fails, or a kept paper was altered.
            ReferralError: a paper cannot be made, or evidence is missing or altered.
            Absent, StorageError.
        """
        from storage.referral import queries

        case = queries.get(self.db, referral_id)
        if masked and not case.referral.masked:
            case = replace(case, referral=replace(case.referral, masked=True), files=())
        with _place(target, safe_name(case.referral.number), force=force) as (folder, final):
            try:
                exported = self._fill(case, folder, final, actor, now)
            except OSError as error:
                raise WangdunError(f"没有写成：{why(error)}；没有留下不完整的文件：{final}") from error
            self._put_on_record(case, exported, actor, now)
        return exported

    def _fill(self, case: ReferralCase, folder: Path, final: Path, actor: Actor, now: datetime) -> Exported:
        from referrals.letters import KINDS

        approved = [one for one in case.files if one.current and one.kind in {"letter", "list", "attachment"}]
        for one in approved or papers(self.config, case, now):
            prefix = "" if approved else DRAFT
            (folder / f"{prefix}{safe_name(one.name)}").write_bytes(self._content(one))
        captures = None
        if KINDS[case.referral.template].evidence:
            captures = self._package(case, folder / PACKAGE, actor, now)
        found = sorted(folder.iterdir())
        files = tuple((path.name, path.stat().st_size, _sha256(path)) for path in found)
        lines = "".join(f"{digest}  {name}\n" for name, _, digest in files)
        (folder / SUMS).write_text(lines, encoding="utf-8")
        return Exported(final, case.referral.number, files, bool(approved), captures)

    def _content(self, one: File | MadeFile) -> bytes:
        if isinstance(one, MadeFile):
            return one.content
        content = self.objects.read(one.sha256)
        if hashlib.sha256(content).hexdigest() != one.sha256:
            raise WangdunError(f"{one.name} 与审核时的哈希不符，没有导出；请运行 wangdun evidence verify 核验")
        return content

    def _package(self, case: ReferralCase, target: Path, actor: Actor, now: datetime) -> int:
        from wangdun.handover import Asked, Handover

        asked = Asked(case.referral.lead_ids, (), actor.name, case.referral.masked)
        return Handover(self.config, self.db, self.objects).write(asked, target, now=now, force=False).captures

    def _put_on_record(self, case: ReferralCase, exported: Exported, actor: Actor, now: datetime) -> None:
        from storage.evidence import custody
        from storage.review import audit

        referral = case.referral
        detail: dict[str, Any] = {"referral": referral.number, "to": referral.receiver, "masked": referral.masked}
        detail |= {"files": [{"name": name, "sha256": digest} for name, _, digest in exported.files]}
        detail |= {"approved": exported.approved, "target": exported.path.name}
        with self.db.write() as connection:
            custody.append(connection, at=now, actor=actor.name, action="exported", detail=detail)
            audit.add(connection, actor, audit.Event("referral.export", "referral", referral.id, detail), now)


@contextmanager
def _place(target: Path, name: str, *, force: bool) -> Iterator[tuple[Path, Path]]:
    """A folder to fill, and what it becomes when the block ends well: a zip, or a folder called `name` in `target`."""
    if target.suffix.lower() == ".zip" and not target.is_dir():
        with replacing(target, force=force) as temporary, _temporary(target.parent, name) as folder:
            yield folder, target
            _zip(folder, temporary, name)
        return
    final = target / name
    if final.exists():
        raise UsageError(f"{final} 已存在，请换一个文件夹或先移走")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"建不了文件夹 {target}：{why(error)}") from error
    with _temporary(target, name) as folder:
        yield folder, final
        try:
            _sync(folder)
            folder.rename(final)
        except OSError as error:  # somebody made it meanwhile, or the disk fails
            raise WangdunError(f"没有写成：{why(error)}；没有留下不完整的文件：{final}") from error


@contextmanager
def _temporary(parent: Path, name: str) -> Iterator[Path]:
    """A folder that is gone afterwards, unless it was renamed."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{name[:40]}.", dir=parent))
    except OSError as error:
        raise UsageError(f"无法写入文件夹 {parent}：{why(error)}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _zip(folder: Path, target: Path, name: str) -> None:
    """What is inside is packed already, so it is only put together."""
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
            for path in sorted(folder.iterdir()):
                made.write(path, f"{name}/{path.name}")
    except OSError as error:
        raise WangdunError(f"没有写成：{why(error)}；没有留下不完整的文件：{target}") from error


def _sync(folder: Path) -> None:
    """The name must not point to data that a power cut takes away."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown(exported: Exported) -> Sequence[str]:
    """For people: what lies where."""
    lines = [f"已导出 {exported.number} 到 {exported.path}"]
    lines += [f"  {name}　{size:,} 字节　SHA-256 {digest}" for name, size, digest in exported.files]
    if not exported.approved:
        lines.append("  注意：没有审核通过的文书（或按要求遮挡后重做），以上为草稿，不得发出")
    if exported.captures == 0:
        lines.append("  注意：这些线索没有固定的证据，证据包内只有线索记录")
    return lines
