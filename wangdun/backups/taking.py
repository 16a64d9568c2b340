"""Takes a backup as a person or a timer asks for it: makes it, notes the outcome, lets old ones go."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.exceptions import StorageError
from storage.operation import records
from wangdun.backups import making
from wangdun.exceptions import Busy, UsageError, WangdunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from storage.database import Database
    from wangdun.backups.making import Made
    from wangdun.config import Config


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for."""

    target: Path
    tar: bool = False
    force: bool = False
    thorough: bool = False
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done."""

    made: Made
    seconds: float

    def facts(self) -> dict[str, Any]:
        """JSON-ready."""
        manifest = self.made.manifest
        return {
            "place": str(self.made.place), "made_at": manifest.made_at.isoformat(), "bytes": manifest.size,
            "objects": manifest.objects, "copied": self.made.copied, "copied_bytes": self.made.copied_bytes,
            "remarks": list(manifest.remarks), "removed_backups": list(self.made.thinned.backups),
            "removed_files": self.made.thinned.files, "seconds": round(self.seconds, 3),
        }  # fmt: skip


def take(
    config: Config, db: Database, wish: Wish, clock: Callable[[], datetime], tell: Callable[[str], None]
) -> Outcome:
    """Make one, note it among the operations, thin the folder.

    Raises:
        UsageError, Busy: nothing was tried.
        BackupError, StorageError: it failed; that is noted where it can be.
    """
    begun = time.monotonic()
    try:
        if wish.tar:
            made = making.to_tar(config, db, wish.target, clock(), tell, force=wish.force)
        else:
            keep = config.wangdun.backup.keep
            made = making.to_folder(config, db, wish.target, clock(), tell, thorough=wish.thorough, keep=keep)
    except (UsageError, Busy):
        raise
    except (WangdunError, StorageError) as error:
        with suppress(StorageError):  # the disk of the database may be the full one
            records.note(db, "backup", ok=False, actor=wish.actor, detail={"why": str(error)}, now=clock())
        raise
    outcome = Outcome(made, time.monotonic() - begun)
    records.note(db, "backup", ok=True, actor=wish.actor, detail=outcome.facts(), now=clock())
    return outcome
