"""Drafts for tests, and the ways in which somebody tampers with what was made of them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import psycopg

from storage.evidence.records import CaptureDraft, FileDraft
from tests.storage.making import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database
    from storage.evidence.objects import Objects

ACTOR = "采集程序"


def page(number: int = 1) -> bytes:
    return f"出售猫头鹰 {number} ".encode() * 50


def draft(site_id: int, key: str = "1", *files: FileDraft, **facts: Any) -> CaptureDraft:
    made = files or (FileDraft("page.txt", "text", "text/plain", page()),)
    given = {
        "site_id": site_id, "site": "demo", "key": key, "url": f"http://127.0.0.1/thread-{key}", "kind": "page",
        "cause": "crawl", "taken_at": NOW, "files": made,
        "facts": {"clock": {"source": "ntp", "offset": 0.125}, "redirects": ["http://127.0.0.1/旧"]},
    }  # fmt: skip
    return CaptureDraft(**given | facts)


def tamper(db: Database, *statements: str) -> None:
    """Change rows behind the product's back, as whoever owns the database can: without triggers, without keys."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        with sqlite3.connect(url.database, isolation_level=None) as connection:
            kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in kept:
                connection.execute(f"DROP TRIGGER {name}")
            for one in (*statements, *(sql for _, sql in kept)):
                connection.execute(one)
        connection.close()
        return
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute("SET session_replication_role = replica")
        for one in statements:
            connection.execute(one.encode())


def overwrite(objects: Objects, sha256: str, content: bytes) -> Path:
    """Change a kept file on the disk, as whoever owns the folder can."""
    path = objects.path(sha256)
    path.chmod(0o600)
    path.write_bytes(content)
    return path
