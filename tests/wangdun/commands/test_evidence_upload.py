"""``wangdun evidence upload``, and what people do with evidence afterwards, from the bucket."""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest
import yaml

from storage import sites
from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import sealing
from storage.evidence.objects import Objects
from tests import services
from tests.storage.evidence.making import ACTOR, draft
from tests.wangdun.archive import NOW, fill
from tests.wangdun.running import wangdun, write_config


@pytest.fixture
def bucket(monkeypatch):
    with services.bucket() as running:
        yield running


def test_evidence_moves_from_the_folder_into_a_bucket(bucket, tmp_path):
    path = write_config(tmp_path)
    fill(tmp_path / "data")
    config = StorageConfig(data_dir=tmp_path / "data", evidence={"keep_free_mb": 16})
    db = Database.open(config)
    sealing.seal(db, Objects.of(config), draft(sites.find(db, "论坛"), "1", site="论坛"), actor=ACTOR, now=NOW)
    db.close()
    refused = wangdun("evidence", "upload", cwd=tmp_path)
    assert (refused.returncode, "storage.evidence.store" in refused.stderr.decode()) == (2, True), (
        refused.stderr.decode()
    )

    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    facts["storage"]["evidence"] = {"store": bucket.store, "endpoint": bucket.endpoint, "keep_free_mb": 16}
    path.write_text(yaml.safe_dump(facts, allow_unicode=True), encoding="utf-8")
    without = wangdun("evidence", "upload", cwd=tmp_path)
    assert (without.returncode, "AWS_ACCESS_KEY_ID" in without.stderr.decode()) == (1, True)

    keys = bucket.environment
    told = wangdun("evidence", "upload", "--json", cwd=tmp_path, **keys)
    assert told.returncode == 0, told.stderr.decode()
    assert json.loads(told.stdout)["copied"] == 2, "the page and its manifest"
    shutil.rmtree(tmp_path / "data" / "evidence" / "objects")
    verified = wangdun("evidence", "verify", cwd=tmp_path, **keys)
    assert verified.returncode == 0, verified.stdout.decode() + verified.stderr.decode()
    exported = wangdun("evidence", "export", "--capture", "1", "-o", "one.zip", cwd=tmp_path, **keys)
    assert exported.returncode == 0, exported.stderr.decode()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert any(name.endswith("page.txt") for name in archive.namelist())
        assert archive.testzip() is None
