"""Evidence leaves the house: packages are put together from what is stored, and each handing over is put on record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wangdun import __version__
from wangdun.commands.leads import export_of
from wangdun.exceptions import UsageError, WangdunError
from wangdun.files import replacing
from wangdun.lead_record import UNMASKED, lead_record
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from referrals.package.evidence import Contents, LeadRecord, Stamp
    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.evidence.records import Capture
    from wangdun.config import Config

PIECE = 1 << 20  # bytes read at a time


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be handed over, and by whom."""

    lead_ids: tuple[int, ...]
    capture_ids: tuple[int, ...]
    actor: str
    masked: bool = False

    @property
    def name(self) -> str:
        """Plain ASCII: of the folder inside and, by default, of the file."""
        parts = [f"lead-{number}" for number in self.lead_ids] + [f"capture-{number}" for number in self.capture_ids]
        return "evidence-" + "-".join(parts)[:100]  # file systems take 255 bytes

    @property
    def subject(self) -> str:
        """For people."""
        leads = f"线索 {'、'.join(map(str, self.lead_ids))}" if self.lead_ids else ""
        captures = f"固定编号 {'、'.join(map(str, self.capture_ids))}" if self.capture_ids else ""
        return "；".join(part for part in (leads, captures) if part)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A package as written."""

    path: Path
    size: int
    sha256: str
    captures: int
    absent: int
    """Captures of which only the custody is left."""
    unit: str
    """Who hands it over; empty where nobody said."""


class Handover:
    """Writes evidence packages of one installation."""

    def __init__(self, config: Config, db: Database, objects: Objects) -> None:
        self.config = config
        self.db = db
        self.objects = objects

    def write(self, asked: Asked, target: Path, *, now: datetime, force: bool) -> HandedOver:
        """Write one package to `target`; it is there whole and on record, or not at all.

        Raises:
            UsageError: no such lead or capture, or `target` exists.
            WangdunError: the disk is full or fails.
            ReferralError, StorageError: a stored file is missing or altered; the database fails.
        """
        from referrals.package.bag import write_bag
        from referrals.package.evidence import info, members

        contents = self._contents(asked, now)
        with replacing(target, force=force) as temporary:
            try:
                write_bag(temporary, asked.name, members(contents, self.objects.path), info(contents))
                size, sha256 = temporary.stat().st_size, _sha256(temporary)
            except OSError as error:
                raise WangdunError(f"证据包没有写成：{why(error)}；没有留下不完整的文件：{target}") from error
            detail = {"package": target.name, "sha256": sha256, "size": size, "leads": list(asked.lead_ids)}
            self._put_on_record(contents, detail | {"masked": asked.masked}, now)
        absent = len(contents.captures) - len(contents.present)
        return HandedOver(target, size, sha256, len(contents.captures), absent, contents.unit)

    def _contents(self, asked: Asked, now: datetime) -> Contents:
        from referrals.package.evidence import Contents
        from storage.evidence import extracts

        captures = self._captures(asked)
        return Contents(
            subject=asked.subject,
            leads=tuple(self._lead(number, masked=asked.masked) for number in asked.lead_ids),
            captures=captures,
            custody=extracts.extract(self.db, [one.id for one in captures]),
            stamps=self._stamps(captures),
            ca=self._ca(),
            actor=asked.actor,
            made_at=now.astimezone(ZoneInfo("Asia/Shanghai")),
            software=f"网盾 {__version__}",
            unit=self.config.crawler.unit.strip(),
            remarks=(UNMASKED,) if asked.masked else (),
        )

    def _lead(self, number: int, *, masked: bool) -> LeadRecord:
        from storage import leads
        from storage.review import permits

        found = leads.get(self.db, number)
        if found is None:
            raise UsageError(f"没有编号为 {number} 的线索")
        return lead_record(found, export_of(self.config, full=not masked), permits.of_lead(self.db, number))

    def _captures(self, asked: Asked) -> tuple[Capture, ...]:
        from storage.evidence import captures

        found = {one.id: one for number in asked.lead_ids for one in captures.of_lead(self.db, number)}
        for number in asked.capture_ids:
            one = captures.get(self.db, number)
            if one is None:
                raise UsageError(f"没有编号为 {number} 的固定记录")
            found[one.id] = one
        return tuple(found[number] for number in sorted(found))

    def _stamps(self, captures: Iterable[Capture]) -> dict[str, Stamp]:
        from referrals.package.evidence import Stamp
        from storage.evidence import extracts

        hashes = [sha256 for one in captures for sha256 in (one.digest, *(file.sha256 for file in one.files))]
        return {
            sha256: Stamp(self.objects.path(one.token_sha256), one.token_sha256, one.authority, one.at)
            for sha256, one in extracts.stamps(self.db, hashes).items()
        }

    def _ca(self) -> bytes | None:
        path = self.config.storage.evidence.timestamp_ca
        try:
            return None if path is None else path.read_bytes()
        except OSError as error:
            raise WangdunError(f"时间戳服务的根证书读不出（storage.evidence.timestamp_ca）：{why(error)}") from error

    def _put_on_record(self, contents: Contents, detail: dict[str, object], now: datetime) -> None:
        """One link for each capture: the chain of each tells where copies of it went."""
        from storage.evidence import custody

        numbers: Sequence[int | None] = [one.id for one in contents.captures] or [None]
        with self.db.write() as connection:
            for number in numbers:
                facts = {"at": now, "actor": contents.actor, "action": "exported", "capture_id": number}
                custody.append(connection, **facts, detail=dict(detail))  # type: ignore[arg-type]


def _sha256(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            made.update(piece)
    return made.hexdigest()
