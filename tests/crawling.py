"""Crawls the test site with the real worker, in a process of its own, and looks at what it stored."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests import databases, warmed
from tests.wangdun.running import environment

if TYPE_CHECKING:
    from pathlib import Path

LIST = {
    "rows": "div.row", "link": "a.title", "title": "a.title", "price": "span.price", "activity": "span.replied",
    "next": "a.next", "order": "newest",
}  # fmt: skip
ITEM = {
    "title": "h1", "body": "div.content", "price": "span.price", "seller": "span.seller", "contact": "span.contact",
    "date": "time.date", "images": "//img",
}  # fmt: skip


@dataclass(frozen=True)
class Ran:
    """What a worker said and how it ended."""

    code: int
    said: list[dict[str, Any]]
    errors: str

    @property
    def result(self) -> dict[str, Any]:
        return self.said[-1]

    @property
    def status(self) -> str:
        return self.result["status"]

    @property
    def tally(self) -> dict[str, Any]:
        return self.result["tally"]

    @property
    def reasons(self) -> str:
        return "；".join(finding["reason"] for finding in self.result["findings"])

    @property
    def kinds(self) -> set[str]:
        return {finding["kind"] for finding in self.result["findings"]}


@dataclass
class Watch:
    """A folder with a config.yaml that watches one site, called ``b``, and its database."""

    folder: Path
    start: str | list[str]
    keys: dict[str, Any] = field(default_factory=dict)
    """Of the site, over the defaults below."""
    politeness: dict[str, Any] = field(default_factory=dict)
    crawler: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    name: str = "b"

    @property
    def config(self) -> Path:
        """Written anew from what the fields say now."""
        site = {"name": self.name, "start": self.start, "delay": 0, "list": LIST, "item": ITEM, **self.keys}
        crawler = {"contact": "demo@example.org", "politeness": {"retries": 0, "timeout": 60, **self.politeness}}
        whole = {"crawler": {**crawler, **self.crawler, "sites": [site]}, "storage": {"data_dir": "data"}, **self.more}
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
        return path

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "wangdun.worker", self.name, "--config", str(self.config)]

    def begin(self, **more: Any) -> subprocess.Popen[str]:
        """Start a worker and leave it running."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(self.command, cwd=self.folder, env=environment(), **{**pipes, **more})

    def run(self, *more: str, before: str = "") -> Ran:
        """Crawl once; `before` is Python to be run in the worker first."""
        self._take_database()
        done = warmed.run("wangdun.worker", *self.command[3:], *more, cwd=self.folder, before=before)
        return read(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _take_database(self) -> None:
        """A fresh database, tables and all, is copied: making the tables anew takes a second each time."""
        if not (self.folder / "data").exists() and not self.more:
            databases.prepare(self.folder / "data")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with closing(sqlite3.connect(self.folder / "data" / "wangdun.sqlite", timeout=30)) as db:
            return db.execute(query, values).fetchall()

    def grow_old(self) -> None:
        """As if every page had been read long ago: all are due to be looked at again."""
        with closing(sqlite3.connect(self.folder / "data" / "wangdun.sqlite", timeout=30)) as db:
            db.execute("UPDATE listings SET checked_at = '2026-01-01 00:00:00.000000'")
            db.commit()

    def issues(self) -> dict[str, tuple[str, str]]:
        """Path of each failed page → (kind, reason), of the last run."""
        found = self.rows("SELECT url, kind, reason FROM issues WHERE run_id = (SELECT max(id) FROM runs)")
        return {url.split("/", 3)[3]: (kind, reason) for url, kind, reason in found}

    def titles(self) -> list[str]:
        """Titles of all snapshots, in the order of their listings."""
        query = "SELECT s.title FROM snapshots s JOIN listings l ON l.id = s.listing_id ORDER BY l.key, s.number"
        return [title for (title,) in self.rows(query)]


def read(code: int, output: str, errors: str) -> Ran:
    """What a worker wrote, line by line."""
    return Ran(code, [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith("\n")], errors)
