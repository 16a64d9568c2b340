"""An installation with everything a backup must bring along; persons and numbers are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.database import Database
from storage.evidence import heads
from tests.wangdun.evidence import NOW, Installation
from wangdun.backups import making
from wangdun.config import Config, load

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

OVERLAY = "version: 1\nentries: []\n"


def silent(_text: str) -> None:
    """Nobody listens."""


def installed(folder: Path) -> Installation:
    """One lead, two captures, a written-down head, a file that the lexicon keeps."""
    folder.mkdir(parents=True)
    made = Installation(folder)
    made.seal()
    made.screen()
    heads.write_head(made.db, made.objects.folder, NOW)
    local = made.config.storage.data_dir / "lexicon" / "local"
    local.mkdir(parents=True)
    (local / "notes.txt").write_text("本县的词", encoding="utf-8")
    (made.config.storage.data_dir / "cache").mkdir()
    (made.config.storage.data_dir / "cache" / "big").write_bytes(b"x")
    return made


def back_up(made: Installation, folder: Path, now: datetime = NOW, **how) -> making.Made:
    return making.to_folder(made.config, made.db, folder, now, silent, **how)


def opened(folder: Path) -> tuple[Config, Database]:
    """The installation that a restore made."""
    config = load(folder / "config.yaml")
    return config, Database.open(config.storage)
