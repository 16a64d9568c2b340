"""``wangdun ranking`` and ``wangdun sample`` as programs."""

from __future__ import annotations

import json

import pytest

from storage import runs, sites
from storage.database import Database
from storage.review import audit, sampling
from tests.storage.making import NOW, listing
from tests.storage.review.deciding import fill
from tests.storage.review.making import account
from tests.wangdun.running import wangdun, write_config


@pytest.fixture
def folder(tmp_path):
    write_config(tmp_path)
    return tmp_path


@pytest.fixture
def db(folder):
    assert wangdun("ranking", "show", cwd=folder).returncode == 0  # makes the database
    (file,) = folder.rglob("*.sqlite")
    opened = Database.open(f"sqlite:///{file}")
    yield opened
    opened.close()


def place(db):
    site_id = sites.register(db, "demo", "discuz", [], NOW)
    facts = {"now": NOW, "pid": 1, "lexicon_version": "lex-1", "config_hash": "c", "trigger": "manual"}
    return site_id, runs.start(db, site_id, **facts)


def said(done):
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_ranking_is_trained_shown_and_switched(db, folder):
    refused = wangdun("ranking", "train", cwd=folder)
    assert refused.returncode == 1
    assert "研判结论还不够" in refused.stderr.decode()
    assert wangdun("ranking", "on", cwd=folder).returncode == 1
    fill(db, *place(db), account(db, "anna").id)
    text = said(wangdun("ranking", "train", cwd=folder))
    assert "留出最近的 64 条" in text
    assert "已启用" in text
    shown = json.loads(said(wangdun("ranking", "show", "--json", cwd=folder)))
    assert (shown["on"], shown["right"], shown["newest"]["better"]) == (True, 176, True)
    assert "已停用" in said(wangdun("ranking", "off", cwd=folder))
    assert "未启用" in said(wangdun("ranking", "show", cwd=folder))
    assert "已启用" in said(wangdun("ranking", "on", cwd=folder))
    (entry,) = audit.recent(db, audit.Wanted(action="ranking.on"))
    assert entry.actor.startswith("命令行")


def test_samples_are_drawn_and_shown(db, folder):
    from datetime import UTC, datetime, timedelta

    from storage import listings

    assert "没有要抽取的" in said(wangdun("sample", "draw", cwd=folder))
    assert "还没有抽取过" not in said(wangdun("sample", "show", cwd=folder))  # last week is on record, as empty
    listings.write(
        db, *place(db), [listing(str(n), f"旧书{n}", at=datetime.now(UTC) - timedelta(seconds=5)) for n in range(3)]
    )
    drawn = json.loads(said(wangdun("sample", "draw", "--now", "--json", cwd=folder)))["drawn"]
    assert drawn in {0, 3}  # 0 in the first seconds of a week
    if drawn:
        for one in sampling.waiting(db, "unflagged", 0):
            sampling.judge(db, one.id, "harmless", "", audit.Actor(None, "test"), NOW)
        found = json.loads(said(wangdun("sample", "show", "--json", cwd=folder)))
        assert (found[-1]["week"], found[-1]["judged"], found[-1]["miss_rate"]) == ("合计", 3, 0.0)
        assert found[-1]["miss_rate_95"][1] > 0.3
        assert "0.0%（" in said(wangdun("sample", "show", cwd=folder))
