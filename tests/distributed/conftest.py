"""A PostgreSQL server for this folder's tests; each test has a database of its own with all tables."""

from __future__ import annotations

from itertools import count

import psycopg
import pytest

from storage.database import Database
from tests.distributed import cluster as clusters
from tests.distributed.crew import write_config
from wangdun.config import load
from wangdun.distributed import tables

numbers = count()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with clusters.running() as running:
        url = running.create("whole")
        Database.open(url).close()
        tables.prepare(load(write_config(tmp_path_factory.mktemp("whole"), url, [])))
        yield running


@pytest.fixture
def url(cluster):
    """Of a new database."""
    name = f"test{next(numbers)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE whole'.encode())
    return cluster.url(name)


@pytest.fixture
def make_config(url, tmp_path):
    """Write and read the settings of a machine."""

    def make(*sites, more="", run="", folder=tmp_path):
        return load(write_config(folder, url, sites, more, run))

    return make


@pytest.fixture
def config(make_config):
    """Two sites that are due."""
    return make_config(("a", "http://127.0.0.1:9/a"), ("b", "http://127.0.0.1:9/b"))


@pytest.fixture
def db(config):
    opened = Database.open(config.storage)
    yield opened
    opened.close()
