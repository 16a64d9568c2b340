"""What has been kept long enough goes, and leaves a record: old logs, told notices, evidence of leads that are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from storage.evidence import retention as evidence
from storage.evidence.objects import Objects
from storage.operation import notices, records
from wangdun import logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.database import Database
    from wangdun.config import Config


@dataclass(frozen=True, slots=True)
class OldLog:
    """A log file that nothing writes into any more and that has been kept long enough."""

    path: Path
    size: int
    until: datetime
    """Its last line."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What went, or would."""

    logs: tuple[OldLog, ...]
    notices: int
    captures: int
    files: int
    """Evidence files; unknown (0) in a dry run, for others may use them."""

    def facts(self) -> dict[str, Any]:
        """JSON-ready."""
        named = [{"name": one.path.name, "size": one.size, "until": one.until.isoformat()} for one in self.logs]
        return {"logs": named, "notices": self.notices, "captures": self.captures, "files": self.files}


def old_logs(config: Config, now: datetime) -> Iterator[OldLog]:
    """Logs whose last line is older than `wangdun.keep_logs_days`. A clock set back finds none. Raises OSError."""
    before = now - timedelta(days=config.wangdun.keep_logs_days)
    if not config.log_dir.is_dir():
        return
    for path in sorted(config.log_dir.iterdir()):
        if logs.OLD.search(path.name) and path.is_file() and not path.is_symlink():
            found = path.stat()
            until = datetime.fromtimestamp(found.st_mtime, UTC)
            if until < before:
                yield OldLog(path, found.st_size, until)


def look(config: Config, db: Database, now: datetime) -> Gone:
    """What `clear` would take away. Raises StorageError, OSError."""
    days = config.storage.evidence.keep_days
    captures = len(evidence.due(db, days, now)) if days else 0
    return Gone(tuple(old_logs(config, now)), notices.count_before(db, _notices_before(config, now)), captures, 0)


def clear(config: Config, db: Database, *, actor: str, now: datetime) -> Gone:
    """Take it away. What goes is noted before it goes: a kill in between leaves a record too many, never too few.

    Raises:
        StorageError: the database or the evidence folder cannot be written.
        OSError: a log cannot be removed.
    """
    going = look(config, db, now)
    if not (going.logs or going.notices or going.captures):
        return going
    records.note(db, "retention", ok=True, actor=actor, detail=going.facts(), now=now)
    for one in going.logs:
        one.path.unlink(missing_ok=True)
    dropped = notices.drop_before(db, _notices_before(config, now))
    days = config.storage.evidence.keep_days
    if not days or not going.captures:
        return Gone(going.logs, dropped, 0, 0)
    pruned = evidence.prune(db, Objects.of(config.storage), days, actor=actor, now=now)
    return Gone(going.logs, dropped, pruned.captures, pruned.files)


def _notices_before(config: Config, now: datetime) -> datetime:
    """Notices are a log of what people were told."""
    return now - timedelta(days=config.wangdun.keep_logs_days)
