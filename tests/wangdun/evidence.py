"""An installation with one lead and its sealed captures; persons and numbers are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from storage import listings, runs, sites
from storage.database import Database
from storage.evidence import sealing, warc
from storage.evidence.objects import Objects
from storage.evidence.records import Capture, CaptureDraft, Exchange, FileDraft
from tests import databases
from tests.referrals.making import screenshot
from tests.storage.making import full, listing
from tests.wangdun.running import write_config
from wangdun.config import Config, load

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
URL = "http://127.0.0.1/thread-1"
PAGE = "<html><title>出鸟</title><p>出售猫头鹰，微信 demo_owl</p></html>".encode()
SITE = """
- name: demo
  platform: discuz
  start: http://127.0.0.1/forum
"""


class Installation:
    """A folder with configuration, database and evidence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: Config = load(write_config(folder, SITE, more="wangdun:\n  log_level: WARNING\n"))
        databases.prepare(folder / "data")
        self.db = Database.open(self.config.storage)
        self.objects = Objects.of(self.config.storage)
        self.site_id = sites.register(self.db, "demo", "discuz", ["http://127.0.0.1/forum"], NOW)
        run = runs.start(
            self.db, self.site_id, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual"
        )
        listings.write(self.db, self.site_id, run, [full("1", at=NOW), listing("2", body="无关")])

    def seal(self, key: str = "1", *, minutes: int = 0, page: bytes = PAGE, **facts: Any) -> Capture:
        at = NOW + timedelta(minutes=minutes)
        given: dict[str, Any] = {
            "site_id": self.site_id, "site": "demo", "key": key, "url": URL, "kind": "page", "cause": "crawl",
            "taken_at": at, "files": (FileDraft("page.warc.gz", "warc", "application/warc", archive(page, at)),),
        }  # fmt: skip
        return sealing.seal(self.db, self.objects, CaptureDraft(**given | facts), actor="采集程序", now=at)

    def screen(self, *, minutes: int = 1) -> Capture:
        files = (
            FileDraft("screen.png", "screenshot", "image/png", screenshot(300)),
            FileDraft("page.txt", "text", "text/plain", "出售猫头鹰".encode()),
        )
        return self.seal(minutes=minutes, kind="screen", files=files)


def exchange(page: bytes = PAGE, at: datetime = NOW, **facts: Any) -> Exchange:
    given: dict[str, Any] = {
        "url": URL, "method": "GET", "request_headers": (("User-Agent", "Wangdun/0 (test)"),), "status": 200,
        "reason": "OK", "response_headers": (("Content-Type", "text/html; charset=utf-8"),), "body": page,
        "asked_at": at, "answered_at": at, "ip": "127.0.0.1",
    }  # fmt: skip
    return Exchange(**given | facts)


def archive(page: bytes = PAGE, at: datetime = NOW) -> bytes:
    return warc.build([exchange(page, at)], {"software": "wangdun", "notice": "网络监测线索，供核查"})
