"""Every storage test runs on both databases, each time on a fresh one."""

from __future__ import annotations

import shutil
from itertools import count
from typing import TYPE_CHECKING

import pytest

from storage import runs, sites
from storage.database import Database
from tests import databases
from tests.services import postgres
from tests.storage.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

numbers = count(1)


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    return databases.empty()


@pytest.fixture(scope="session")
def cluster() -> Iterator:
    with postgres() as server:
        Database.open(server.create("template_wangdun")).close()
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> Iterator[str]:
    """The address of a fresh database with all tables."""
    if request.param == "sqlite":
        path = tmp_path / "wangdun.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("cluster")
    name = f"test_{next(numbers)}"
    yield server.create(name, "template_wangdun")
    server.drop(name)


@pytest.fixture
def db(url) -> Iterator[Database]:
    database = Database.open(url)
    yield database
    database.close()


@pytest.fixture
def site_id(db) -> int:
    return sites.register(db, "demo", "discuz", ["http://127.0.0.1/forum"], NOW)


@pytest.fixture
def run_id(db, site_id) -> int:
    return runs.start(db, site_id, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual")
