"""Databases with all tables and no rows: one is made, the others are copies, for the tables take a third of a second."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from storage.database import Database

NAME = "wangdun.sqlite"  # in a data folder


def fresh(path: Path) -> Database:
    """A new database in a file of its own."""
    shutil.copy(empty(), path)
    return Database.open(f"sqlite:///{path}")


def prepare(data: Path) -> None:
    """Put a new database into a data folder that has none, where the product will look for it."""
    if not (data / NAME).exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(empty(), data / NAME)


@cache
def empty() -> Path:
    """What all others are copies of."""
    folder = tempfile.mkdtemp(prefix="wangdun-tests-")
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / NAME
    Database.open(f"sqlite:///{path}").close()
    return path
