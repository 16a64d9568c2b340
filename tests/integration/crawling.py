"""Runs the product against running software, by configuration only, and reads what it stored."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import leads, listings, models
from storage.config import StorageConfig
from storage.database import Database
from tests import warmed
from tests.wangdun.running import environment

if TYPE_CHECKING:
    from pathlib import Path

    from storage.leads import Lead
    from storage.records import History

ENTRY_LINES = 6  # a site on a known platform needs no more
FAST = "{delay: 0, concurrency: 4, autothrottle: false}"  # our own server has four threads


@dataclass(frozen=True, slots=True)
class Office:
    """One installation of the product: a folder with config.yaml and the data."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def watch(self, *entries: str, politeness: str = FAST) -> Office:
        """Write config.yaml: each entry is a site, its first line ``- name: …``."""
        sites = textwrap.indent("\n".join(textwrap.dedent(entry).strip() for entry in entries), "    ")
        self.folder.mkdir(parents=True, exist_ok=True)
        text = f"crawler:\n  politeness: {politeness}\n  sites:\n{sites}\nstorage: {{data_dir: data}}\n"
        self.config.write_text(text, encoding="utf-8")
        return self

    def crawl(self, site: str, *options: str) -> dict[str, Any]:
        """One run to its end; the tally of the run."""
        done = warmed.run("wangdun.worker", *self.worker(site, *options)[3:], cwd=self.folder)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()[-3000:]
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert result["status"] == "complete", result["findings"]
        tally: dict[str, Any] = result["tally"]
        return tally

    def worker(self, site: str, *options: str) -> list[str]:
        return [sys.executable, "-m", "wangdun.worker", site, "--config", str(self.config), *options]

    def say(self, *args: str) -> tuple[int, str]:
        """What a command of the product answers: exit code and standard output."""
        done = warmed.wangdun(*args, cwd=self.folder, COLUMNS="200")
        return done.returncode, done.stdout.decode()

    def stored(self, site: str) -> Stored:
        db = Database.open(StorageConfig(data_dir=self.folder / "data"))
        try:
            return read_stored(db, site)
        finally:
            db.close()


@dataclass(frozen=True, slots=True)
class Stored:
    """All that is stored of one site."""

    histories: dict[str, History]
    """By the listing's key."""
    urls: dict[str, str]
    """By the listing's key."""
    gone: frozenset[str]
    """Keys of listings that are no longer there."""
    leads: dict[str, Lead]
    """By the listing's key."""
    issues: tuple[tuple[str, str, str], ...]
    """(address, kind, reason)."""
    runs: tuple[str, ...]
    """How each run ended, oldest first."""

    def newest(self) -> dict[str, Any]:
        """The newest snapshot of each listing, by key."""
        return {key: history.snapshots[-1] for key, history in self.histories.items()}

    def by_url(self) -> Stored:
        """The same with addresses for keys."""
        return replace(
            self,
            histories={self.urls[key]: history for key, history in self.histories.items()},
            leads={self.urls[key]: lead for key, lead in self.leads.items()},
        )


def read_stored(db: Database, site: str) -> Stored:
    of_site = models.Site.name == site
    rows_of = select(models.Listing.id, models.Listing.key, models.Listing.url, models.Listing.gone_at)
    issues_of = select(models.Issue.url, models.Issue.kind, models.Issue.reason)
    with db.read() as connection:
        rows = connection.execute(rows_of.join(models.Site).where(of_site)).all()
        issues = connection.execute(issues_of.join(models.Site).where(of_site)).all()
        runs = connection.scalars(select(models.Run.status).join(models.Site).where(of_site).order_by(models.Run.id))
        ended = tuple(runs)
    assert len({row.key for row in rows}) == len(rows)
    return Stored(
        histories={row.key: listings.history(db, row.id) for row in rows},
        urls={row.key: row.url for row in rows},
        gone=frozenset(row.key for row in rows if row.gone_at),
        leads={lead.key: lead for lead in leads.iterate(db, site=site)},
        issues=tuple((issue.url, issue.kind, issue.reason) for issue in issues),
        runs=ended,
    )


def entry(text: str) -> str:
    """A site's entry, which must be short."""
    text = textwrap.dedent(text).strip()
    assert len(text.splitlines()) <= ENTRY_LINES
    return text


def differences(expected: dict[str, Any], got: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """key -> (expected, got) where they differ; what only one side has differs too."""
    keys = expected.keys() | got.keys()
    return {key: (expected.get(key), got.get(key)) for key in keys if expected.get(key) != got.get(key)}


def folded(text: str) -> str:
    """White space normalised."""
    return " ".join(text.split())


def squeezed(text: str) -> str:
    """Without white space: only the words are compared."""
    return "".join(text.split())


def labelled(truth: Any) -> dict[str, set[str]]:
    """Keys of the listings by their label."""
    groups: dict[str, set[str]] = defaultdict(set)
    for one in truth:
        groups[one.label].add(one.key)
    return groups


def kill_after(office: Office, site: str, count: int) -> None:
    """Start a run and kill it without warning as soon as it has stored `count` listings."""
    with subprocess.Popen(
        office.worker(site), cwd=office.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                message = json.loads(line)
                assert message["type"] == "progress", "the run was done before it could be killed"
                if message["listings_new"] >= count:
                    break
        finally:
            process.send_signal(signal.SIGKILL)


def cells(line: str) -> list[str]:
    """A line of a table."""
    return [cell.strip() for cell in line.split("   ")]
