"""What belongs to an installation beside its database and its evidence files, and what it is called in a backup."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wangdun.backups.manifest import CONFIG, Setting
from wangdun.config import imported_packs, written_in_console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wangdun.config import Config

LEFT_OUT = {"locks", "cache", "logs"}
"""Folders of the data folder that are made anew (locks, cache) or kept by other means (logs)."""
DATA = Path("data")  # where the data folder lies after a restore


@dataclass(slots=True)
class Contents:
    """Files to save."""

    files: dict[str, Path] = field(default_factory=dict)
    """Name in the backup -> where it lies."""
    settings: list[Setting] = field(default_factory=list)


def heads(config: Config) -> dict[str, Path]:
    """Written-down heads of the custody chain.

    They are copied before the database: then the copied chain holds all that they name.
    """
    folder = config.storage.evidence_dir / "heads"
    return {f"data/evidence/heads/{path.name}": path for path in sorted(folder.glob("custody-*.txt"))}


def collect(config: Config) -> Contents:
    """Configuration, what it names, and the rest of the data folder. Raises OSError."""
    found = Contents({CONFIG: config.path})
    found.files |= _data(config)
    _add_lexicon(config, found)
    _add_referrals(config, found)
    _add_certificate(config, found)
    if config.storage.data_dir != config.path.parent / DATA:
        found.settings.append(Setting(place=("storage",), key="data_dir", value=str(DATA)))
    if config.storage.url and config.storage.url.startswith("sqlite"):
        found.settings.append(Setting(place=("storage",), key="url", value=None))
    return found


def _data(config: Config) -> dict[str, Path]:
    root = config.storage.data_dir
    if not root.is_dir():
        return {}
    own = {config.storage.database_file.name + end for end in ("", "-wal", "-shm", "-journal")}
    logs = config.log_dir.resolve()
    found: dict[str, Path] = {}
    for path in _walk(root, logs):
        name = path.relative_to(root)
        if str(name) not in own:
            found[f"data/{name.as_posix()}"] = path
    return found


def _walk(root: Path, logs: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        place = Path(folder)
        if place == root:
            folders[:] = [name for name in folders if name not in {*LEFT_OUT, "evidence"}]
        folders[:] = sorted(name for name in folders if (place / name).resolve() != logs)
        yield from (place / name for name in sorted(files) if _is_plain(place / name))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _placed(config: Config, path: Path, found: Contents, outside: str) -> str:
    """Take in a file that the configuration names; its name in the backup, `outside` where it lies elsewhere."""
    here = config.path.parent.resolve()
    inside = path.resolve().is_relative_to(here)
    name = f"files/{path.resolve().relative_to(here).as_posix()}" if inside else f"outside/{outside}"
    if restored(name) not in map(restored, found.files):  # of the data folder it is there already
        found.files[name] = path
    return name


def restored(name: str) -> str:
    """Where a part lies below the folder that a backup is restored to."""
    if name == "database/wangdun.sqlite":
        return "data/wangdun.sqlite"
    return name.removeprefix("files/")


def _add_lexicon(config: Config, found: Contents) -> None:
    data = config.storage.data_dir
    ours = {*imported_packs(data), written_in_console(data)}
    given = [path for path in config.keywords.overlay if path not in ours and path.is_file()]
    names = [_placed(config, path, found, f"{number}-{path.name}") for number, path in enumerate(given)]
    if any(name.startswith("outside/") for name in names):
        places = [restored(name) for name in names]
        found.settings.append(Setting(place=("keywords",), key="overlay", value=json.dumps(places, ensure_ascii=False)))


def _add_referrals(config: Config, found: Contents) -> None:
    for key in ("rules", "holidays", "templates"):
        path = getattr(config.referrals, key)
        if path is not None:
            _add_named(config, found, ("referrals",), key, path)


def _add_certificate(config: Config, found: Contents) -> None:
    """The root certificate of time stamps. Keys of the console's TLS are secrets and stay where they are."""
    path = config.storage.evidence.timestamp_ca
    if path is not None:
        _add_named(config, found, ("storage", "evidence"), "timestamp_ca", path)


def _add_named(config: Config, found: Contents, place: tuple[str, ...], key: str, path: Path) -> None:
    files = sorted(filter(_is_plain, path.iterdir())) if path.is_dir() else [path] if path.is_file() else []
    base = path if path.is_dir() else path.parent
    names = [_placed(config, one, found, f"{key}/{one.relative_to(base).as_posix()}") for one in files]
    if any(name.startswith("outside/") for name in names):
        target = f"outside/{key}" if path.is_dir() else names[0]
        found.settings.append(Setting(place=place, key=key, value=json.dumps(target, ensure_ascii=False)))
