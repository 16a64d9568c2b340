"""The queue's tables: made once by whoever is first, brought up to date, out of the way of everything else."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from importlib import resources

import psycopg
import pytest
from sqlalchemy import make_url

from storage import moving, sites
from storage.database import Database
from storage.exceptions import StorageError
from tests import databases
from tests.distributed.crew import write_config
from wangdun.backups import database
from wangdun.config import load
from wangdun.distributed import tables

SHAPE = (
    "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname = 'wangdun_jobs' ORDER BY 1"
)


def test_any_number_may_begin_at_once(cluster, tmp_path):
    config = load(write_config(tmp_path, cluster.create("crowded"), []))
    failed = []

    def prepare():
        try:
            tables.prepare(config)
        except StorageError as error:
            failed.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    with psycopg.connect(cluster.url("crowded")) as connection:
        assert tables.are_ready(connection)
        ours = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(ours).fetchone() == (0,)


def test_an_older_queue_gets_the_migrations_that_it_has_not_had(cluster, tmp_path):
    """As a version before left it: without a function of a later one."""
    config = load(write_config(tmp_path, cluster.create("older"), []))
    tables.prepare(config)
    sql = resources.files("procrastinate.sql") / "migrations"
    (one,) = (path.name for path in sql.iterdir() if "pre_priority_lock_fetch_job" in path.name)
    with psycopg.connect(cluster.url("older")) as connection:
        whole = connection.execute(SHAPE).fetchall()
        connection.execute("SET search_path = wangdun_jobs")
        connection.execute("DROP FUNCTION procrastinate_fetch_job_v2")
        connection.execute("DELETE FROM applied WHERE name = %s", (one,))
        assert connection.execute(SHAPE).fetchall() != whole
    tables.prepare(config)
    with psycopg.connect(cluster.url("older")) as connection:
        assert connection.execute(SHAPE).fetchall() == whole


def test_a_database_that_is_away_is_said_so(tmp_path):
    config = load(write_config(tmp_path, "postgresql://tester@127.0.0.1:9/none", []))
    with pytest.raises(StorageError, match="任务队列的数据表没有建成"):
        tables.prepare(config)


def test_a_backup_leaves_the_queue_out(db, url, cluster, tmp_path):
    with database.dumped(db, tmp_path / "dump"):
        pass
    restored = cluster.create("restored")
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE restored")
        connection.execute("CREATE DATABASE restored TEMPLATE template0")
    database.load_dump(tmp_path / "dump", make_url(restored))
    with psycopg.connect(restored) as connection:
        schemas = (
            "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        assert connection.execute(schemas).fetchall() == [("public",)]


def test_data_move_into_a_database_that_has_the_queue_already(cluster, tmp_path):
    url = cluster.create("moved")
    tables.prepare(load(write_config(tmp_path, url, [])))
    source, target = databases.fresh(tmp_path / "source.sqlite"), Database.open(url)
    try:
        sites.register(source, "a", "generic", ["http://127.0.0.1:9/"], datetime.now(UTC))
        assert moving.move(source, target, lambda *_: None).rows["sites"] == 1
        assert [site.name for site in sites.overview(target)] == ["a"]
    finally:
        source.close()
        target.close()
