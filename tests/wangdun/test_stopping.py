"""A worker that is asked to stop, at whatever moment, stops; and says so."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
import yaml

from storage.config import StorageConfig
from storage.database import Database
from storage.sites import overview
from tests.wangdun.running import PATIENCE
from wangdun.demo.server import DemoSites

PAGES = 67  # what a whole run of the demo forum reads


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopping")
    with DemoSites() as sites:
        config = sites.config(".")
        for site in config["crawler"]["sites"]:
            site["delay"] = 0.4  # a run of half a minute, so that every moment below lies within it
        path = folder / "config.yaml"
        path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
        yield path


def _start(path):
    command = [sys.executable, "-m", "wangdun.worker", "demo-forum", "--config", str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _messages(process, *, until_pages=None):
    for line in process.stdout:
        message = json.loads(line)
        yield message
        if until_pages is not None and message.get("pages", 0) >= until_pages:
            return


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("pages", [0, 8])
def test_stops_when_asked_once(watch, number, pages):
    process = _start(watch)
    list(_messages(process, until_pages=pages))  # 0: with the first sign of life, while the engine starts
    process.send_signal(number)
    last = list(_messages(process))[-1]
    assert process.wait(timeout=PATIENCE) == 130
    process.stdout.close()
    assert (last["type"], last["status"]) == ("result", "interrupted")
    assert last["tally"]["pages"] < PAGES
    db = Database.open(StorageConfig(data_dir=watch.parent))
    forum = next(site for site in overview(db) if site.name == "demo-forum")
    db.close()
    assert forum.last_run.status == "interrupted"
    assert not forum.last_run.complete_walk


def test_asked_twice_drops_what_is_under_way_and_keeps_what_was_read(watch):
    process = _start(watch)
    read = list(_messages(process, until_pages=10))[-1]
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    last = list(_messages(process))[-1]
    process.wait(timeout=PATIENCE)
    process.stdout.close()
    assert last["status"] == "interrupted"
    assert last["tally"]["pages"] >= read["pages"]


def test_a_run_after_interrupted_ones_finds_everything_once(watch):
    watch.write_text(watch.read_text(encoding="utf-8").replace("delay: 0.4", "delay: 0"), encoding="utf-8")
    process = _start(watch)
    last = list(_messages(process))[-1]
    assert process.wait(timeout=PATIENCE) == 0
    process.stdout.close()
    assert last["status"] == "complete"
    db = Database.open(StorageConfig(data_dir=watch.parent))
    forum = next(site for site in overview(db) if site.name == "demo-forum")
    db.close()
    assert (forum.listings, forum.gone) == (61, 0)
