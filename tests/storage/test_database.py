from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from storage import leads, listings, migrating, runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.exceptions import StorageError
from storage.referral.models import Base
from tests.storage.making import NOW, full, listing, rows
from tests.storage.writer import BATCH, keys


@contextmanager
def writer(url, *args):
    command = [sys.executable, "-m", "tests.storage.writer", url, *args]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def chinese(sentence: str) -> bool:
    return any("一" <= letter <= "龥" for letter in sentence)


def test_migrations_and_models_agree(db):
    with db.read() as connection:
        # the search index has another shape in each database
        options = {"include_name": lambda name, kind, _: kind != "table" or not name.startswith("lead_search")}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
        assert migrating.current(connection) == migrating.revisions()[-1]


def test_every_table_from_nothing(tmp_path, cluster):
    cluster.create("from_nothing")
    for url in (f"sqlite:///{tmp_path}/new/deep/w.sqlite", cluster.url("from_nothing")):
        with pytest.raises(StorageError, match="还没有升级"):
            Database.open(url, migrate=False)
        for _ in range(2):  # the second time there is nothing to do
            db = Database.open(url)
            assert sites.overview(db) == []
            db.close()
    cluster.drop("from_nothing")


def test_two_processes_may_make_the_database_at_once(tmp_path, cluster):
    cluster.create("at_once")
    for url in (f"sqlite:///{tmp_path}/once.sqlite", cluster.url("at_once")):
        with writer(url, "a", "1") as one, writer(url, "b", "1") as two:
            answers = [process.communicate() for process in (one, two)]
        assert answers == [(b"0\n", b""), (b"0\n", b"")]
    cluster.drop("at_once")


def test_sqlite_settings(tmp_path):
    db = Database.open(StorageConfig(data_dir=tmp_path / "50% of ?"))
    with db.read() as connection:
        got = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in (
            "journal_mode", "busy_timeout", "foreign_keys", "synchronous",
        )]  # fmt: skip
    db.close()
    assert got == ["wal", 10000, 1, 1]
    assert (tmp_path / "50% of ?" / "wangdun.sqlite").stat().st_size > 0
    assert (tmp_path / "50% of ?").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("acknowledged", [1, 7, 15])
def test_killed_while_writing(url, acknowledged):
    with writer(url, "demo") as process:
        for _ in range(acknowledged):
            process.stdout.readline()
        process.kill()
        rest, errors = process.communicate()
        assert errors == b""
    done = acknowledged + rest.count(b"\n")
    db = Database.open(url)
    site_id = sites.find(db, "demo")
    run_id = runs.last(db, site_id).id
    stored = listings.known(db, site_id, [key for batch in range(done + 2) for key in keys(batch)])
    assert len(stored) in {done * BATCH, (done + 1) * BATCH}  # the last commit may have come before the kill
    assert stored.keys() >= {key for batch in range(done) for key in keys(batch)}
    for table in ("listings", "snapshots", "detections", "hits", "leads"):
        assert len(rows(db, table, *Base.metadata.tables[table].primary_key.columns.keys())) == len(stored), table
    if db.engine.dialect.name == "sqlite":
        with db.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    again = [full(key, body=f"出售猫头鹰 {key}") for batch in range(done) for key in keys(batch)]
    assert {str(outcome) for outcome in listings.write(db, site_id, run_id, again)} == {"unchanged"}
    assert leads.count(db) == len(stored)
    db.close()


def test_two_processes_write_at_once(db, url):
    with writer(url, "a", "15") as one, writer(url, "b", "15") as two:
        answers = [process.communicate() for process in (one, two)]
    assert [errors for _, errors in answers] == [b"", b""]
    counts = {site.name: (site.listings, site.leads) for site in sites.overview(db)}
    assert counts == {"a": (15 * BATCH, 15 * BATCH), "b": (15 * BATCH, 15 * BATCH)}
    assert len(rows(db, "contacts")) == 2


def test_two_threads_write_the_same_site_at_once(db, site_id, run_id):
    batches = [[full(str(number)) for number in range(start, start + 30)] for start in (0, 10, 20, 5)]
    threads = [threading.Thread(target=listings.write, args=(db, site_id, run_id, batch)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(db, "listings")) == len(rows(db, "snapshots")) == len(rows(db, "leads")) == 50


def test_an_error_inside_a_write_takes_all_back(db):
    def fail():
        with db.write() as connection:
            connection.execute(
                text("INSERT INTO run_requests (site, requested_at) VALUES ('x', '2026-03-05 00:00:00')")
            )
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert rows(db, "run_requests") == []


def test_a_reference_to_nothing_is_refused(db, site_id, run_id):
    with pytest.raises(StorageError, match=r"数据库操作失败（.*(FOREIGN KEY|foreign key)"):
        listings.write(db, site_id + 1, run_id, [listing()])
    assert rows(db, "listings") == []


def test_made_by_newer_software(db, url):
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match=r"9999.*请先升级软件"):
        Database.open(url)


def test_tables_of_another_program(tmp_path):
    with sqlite3.connect(tmp_path / "w.sqlite") as other:
        other.execute("CREATE TABLE sites (id INTEGER)")
    other.close()
    with pytest.raises(StorageError, match="别的程序"):
        Database.open(f"sqlite:///{tmp_path}/w.sqlite")


def test_a_number_no_database_holds(db):
    with pytest.raises(StorageError, match="超出"):
        runs.last(db, 2**63)


def test_disk_full(tmp_path):
    db = Database.open(f"sqlite:///{tmp_path}/w.sqlite")
    site_id = sites.register(db, "demo", "discuz", [], NOW)
    run_id = runs.start(db, site_id, now=NOW, pid=1, lexicon_version="1", config_hash="", trigger="manual")
    with db.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # as if the disk ended here
    with pytest.raises(StorageError, match="磁盘已满") as caught:
        listings.write(db, site_id, run_id, [listing(body="长" * 100_000)])
    assert isinstance(caught.value.__cause__.orig, sqlite3.OperationalError)
    assert rows(db, "listings") == []
    db.close()


def test_read_only(tmp_path):
    Database.open(f"sqlite:///{tmp_path}/w.sqlite").close()
    with sqlite3.connect(tmp_path / "w.sqlite") as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
    plain.close()
    with pytest.raises(StorageError, match="不能写入"):
        Database.open(f"sqlite:///file:{tmp_path}/w.sqlite?mode=ro&uri=true")


def test_the_write_lock_is_waited_for_and_then_given_up(tmp_path):
    db = Database.open(f"sqlite:///{tmp_path}/w.sqlite")
    with db.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")  # this one connection waits 10 ms, not 10 s
    other = sqlite3.connect(tmp_path / "w.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="数据库正忙"):
        sites.register(db, "demo", "discuz", [], NOW)
    assert sites.overview(db) == []  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert sites.register(db, "demo", "discuz", [], NOW) == 1
    db.close()


def test_not_a_database(tmp_path):
    (tmp_path / "wangdun.sqlite").write_bytes(b"<html>not a database</html>" * 400)
    with pytest.raises(StorageError, match=r"不是网盾的数据库.*wangdun\.sqlite"):
        Database.open(StorageConfig(data_dir=tmp_path))


def test_no_folder_can_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="建不了数据文件夹"):
        Database.open(StorageConfig(data_dir=tmp_path / "file" / "data"))


def test_the_file_is_a_folder(tmp_path):
    (tmp_path / "wangdun.sqlite").mkdir()
    with pytest.raises(StorageError, match="打不开数据库文件"):
        Database.open(StorageConfig(data_dir=tmp_path))


@pytest.mark.parametrize("url", [
    "mysql://user:s3cret@host/db", "sqlite://", "sqlite:///:memory:", "not an address s3cret", "postgresql://u:s3cret@h:port/d",
])  # fmt: skip
def test_an_address_that_cannot_be_used(url):
    with pytest.raises(StorageError) as caught:
        Database.open(url)
    assert chinese(str(caught.value))
    assert "s3cret" not in str(caught.value)


def test_nobody_answers(cluster):
    with pytest.raises(StorageError, match="连不上数据库") as caught:
        Database.open("postgresql://tester:s3cret@127.0.0.1:1/none")
    assert isinstance(caught.value.__cause__.orig, psycopg.OperationalError)
    assert "s3cret" not in str(caught.value)


def test_no_such_postgres_database(cluster):
    with pytest.raises(StorageError) as caught:
        Database.open(cluster.url("nowhere"))
    assert chinese(str(caught.value))
    assert "nowhere" in str(caught.value)


def test_a_lost_connection_is_replaced(cluster):
    db = Database.open(cluster.create("lost"))
    with psycopg.connect(cluster.url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = 'lost'")
    assert sites.overview(db) == []
    db.close()
    cluster.drop("lost")
