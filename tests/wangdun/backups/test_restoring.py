"""Restores: what comes back works, what is not as its manifest says does not come back at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from itertools import count

import pytest

from storage.database import Database
from storage.evidence import captures, custody
from storage.evidence.objects import Objects
from storage.evidence.verify import Verifier
from tests.services import postgres
from tests.wangdun.backups.making import back_up, installed, opened, silent
from tests.wangdun.evidence import NOW, Installation
from tests.wangdun.running import wangdun, write_config
from wangdun.backups import making, manifest, reading
from wangdun.backups.exceptions import BackupError, BrokenBackup
from wangdun.backups.restoring import Wish, restore
from wangdun.config import load
from wangdun.locks import scheduler_lock

NUMBERS = count(1)


@pytest.fixture
def made(tmp_path):
    one = installed(tmp_path / "here")
    yield one
    one.db.close()


@pytest.fixture(params=["folder", "tar"])
def backup(request, made, tmp_path):
    if request.param == "folder":
        return back_up(made, tmp_path / "backups").place
    return making.to_tar(made.config, made.db, tmp_path / "b.tar", NOW, silent).place


def test_the_restored_installation_works(made, backup, tmp_path):
    shutil.rmtree(made.folder)
    done = restore(backup, Wish(tmp_path / "there", actor="张三"), NOW, silent)
    assert (done.remarks, done.aside) == ((), None)
    listed = wangdun("leads", "list", "--json", cwd=tmp_path / "there")
    assert listed.returncode == 0, listed.stderr.decode()
    assert len(json.loads(listed.stdout)) == 1
    verified = wangdun("evidence", "verify", cwd=tmp_path / "there")
    assert verified.returncode == 0, verified.stdout.decode()
    assert "固定 2 次、文件 5 个" in verified.stdout.decode()
    config, db = opened(tmp_path / "there")
    last = custody.newest(db, 2)[0]
    assert (last.action, last.actor, last.detail["head"]) == ("restored", "张三", 2)
    assert (
        Objects.of(config.storage).path(next(iter(Objects.of(config.storage).names()))).stat().st_mode & 0o777 == 0o444
    )
    assert (config.storage.data_dir / "lexicon" / "local" / "notes.txt").read_text(encoding="utf-8") == "本县的词"
    db.close()


def test_the_crawl_goes_on_after_a_restore(made, backup, tmp_path):
    folder = tmp_path / "there"
    restore(backup, Wish(folder), NOW, silent)
    again = Installation.__new__(Installation)
    again.config, again.db = opened(folder)
    again.objects = Objects.of(again.config.storage)
    again.site_id = made.site_id
    sealed = again.seal(minutes=9, page="<p>出售猫头鹰，又降价</p>".encode())
    assert captures.get(again.db, sealed.id) is not None
    assert Verifier(again.db, again.objects).run().faults == []
    again.db.close()
    checked = wangdun("check", cwd=folder)
    assert checked.returncode == 0, checked.stderr.decode()


def test_a_folder_that_is_not_empty_is_left_alone_unless_forced(made, backup, tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "config.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(BackupError, match="不是空文件夹"):
        restore(backup, Wish(folder), NOW, silent)
    assert [path.name for path in folder.iterdir()] == ["config.yaml"]
    done = restore(backup, Wish(folder, force=True), NOW, silent)
    assert done.aside is not None
    assert (done.aside / "config.yaml").read_text(encoding="utf-8") == "mine"
    config, db = opened(folder)
    db.close()
    with scheduler_lock(config.storage.data_dir), pytest.raises(BackupError, match="定时采集正在运行"):
        restore(backup, Wish(folder, force=True), NOW, silent)


def test_settings_that_lead_elsewhere_are_put_right(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "words.yaml").write_text("version: local-1\n", encoding="utf-8")
    (elsewhere / "rules.yaml").write_text("{}", encoding="utf-8")
    made = installed(tmp_path / "here")
    data = tmp_path / "var"
    made.db.close()
    shutil.move(made.config.storage.data_dir, data)
    path = write_config(
        made.folder,
        "",
        f"keywords:\n  overlay: [{elsewhere}/words.yaml]\nreferrals: {{rules: {elsewhere}/rules.yaml}}\n",
    )
    path.write_text(
        path.read_text(encoding="utf-8").replace("data_dir: data", f"data_dir: {data}  # big disk"), encoding="utf-8"
    )
    config = load(path)
    db = Database.open(config.storage)
    done = making.to_folder(config, db, tmp_path / "backups", NOW, silent)
    db.close()
    shutil.rmtree(elsewhere)
    shutil.rmtree(data)
    restored = restore(done.place, Wish(tmp_path / "there"), NOW, silent)
    config = load(tmp_path / "there" / "config.yaml")
    assert restored.remarks == ()
    assert config.storage.data_dir == tmp_path / "there" / "data"
    assert [one.read_text(encoding="utf-8") for one in config.keywords.overlay] == ["version: local-1\n"]
    assert config.referrals.rules is not None
    assert config.referrals.rules.read_text(encoding="utf-8") == "{}"
    assert "# big disk" in config.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.99])
def test_a_tar_that_was_cut_off_does_not_come_back(made, tmp_path, share):
    whole = making.to_tar(made.config, made.db, tmp_path / "b.tar", NOW, silent).place.read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: int(len(whole.rstrip(b"\0")) * share)])
    with pytest.raises(BrokenBackup, match=r"备份文件不完整|已损坏|备份里缺少"):
        reading.verify(tmp_path / "cut.tar")
    with pytest.raises(BrokenBackup):
        restore(tmp_path / "cut.tar", Wish(tmp_path / "there"), NOW, silent)
    assert not list((tmp_path / "there").glob("*"))


def _files(backup):
    with tarfile.open(backup) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}


def _pack(path, files):
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            tar.addfile(one, io.BytesIO(content))


def _changed(files, name):
    return files | {name: files[name][:-1] + bytes([files[name][-1] ^ 1])}


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("database/wangdun.sqlite", "SHA-256 不符"),
        ("config.yaml", "SHA-256 不符"),
        ("manifest.json", "清单被改动"),
        ("manifest.sha256", "清单被改动"),
        ("objects.txt", "SHA-256 不符"),
        ("objects/", "SHA-256 不符"),
    ],
)
@pytest.mark.parametrize("way", ["changed", "missing", "short"])
def test_whatever_is_wrong_nothing_is_restored(made, tmp_path, part, said, way):
    backup = making.to_tar(made.config, made.db, tmp_path / "b.tar", NOW, silent).place
    files = _files(backup)
    name = next(one for one in files if one.startswith(part))
    if way == "changed":
        files = _changed(files, name)
    elif way == "missing":
        del files[name]
        said = "缺少"
    else:
        files[name] = files[name][:-10]
        said = "大小不符|清单被改动"
    _pack(tmp_path / "bad.tar", files)
    with pytest.raises(BrokenBackup, match=said):
        restore(tmp_path / "bad.tar", Wish(tmp_path / "there"), NOW, silent)
    assert list((tmp_path / "there").iterdir()) == []


def test_tricks_with_names_are_refused(made, tmp_path):
    files = _files(making.to_tar(made.config, made.db, tmp_path / "b.tar", NOW, silent).place)
    facts = json.loads(files["manifest.json"])
    for trick in ("../outside", "data/../../outside", "/etc/outside", "data//x", "run.sh"):
        bad = facts | {
            "parts": [*facts["parts"], {"name": trick, "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}]
        }
        content = json.dumps(bad).encode()
        _pack(tmp_path / "bad.tar", {"manifest.sha256": manifest.seal(content), "manifest.json": content, trick: b"x"})
        with pytest.raises(BrokenBackup, match="读不懂"):
            restore(tmp_path / "bad.tar", Wish(tmp_path / "there"), NOW, silent)
    _pack(tmp_path / "extra.tar", files | {"data/evidence/extra": b"x"})
    with pytest.raises(BrokenBackup, match="没有列出"):
        restore(tmp_path / "extra.tar", Wish(tmp_path / "there"), NOW, silent)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "bad.tar", "extra.tar", "here", "there"]


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\0" * 20_000, b"PK\x03\x04" + b"x" * 2000])
def test_what_is_no_backup_is_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BrokenBackup):
        reading.verify(tmp_path / "x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BackupError, match="没有备份"):
        reading.verify(tmp_path / "empty")


@pytest.fixture(scope="module")
def cluster():
    with postgres() as server:
        yield server


def test_postgresql_comes_back_too(cluster, tmp_path, monkeypatch):
    from tests.wangdun import evidence

    url = cluster.create(f"live_{next(NUMBERS)}")
    monkeypatch.setenv("WANGDUN_DATABASE_URL", url)
    made = installed(tmp_path / "here")
    assert made.db.engine.dialect.name == "postgresql"
    done = making.to_tar(made.config, made.db, tmp_path / "b.tar", evidence.NOW, silent)
    assert {"database/wangdun.dump"} <= {part.name for part in done.manifest.parts}
    with pytest.raises(BackupError, match="已有数据表"):
        restore(done.place, Wish(tmp_path / "there", url=url), NOW, silent)
    made.db.close()
    fresh = cluster.create(f"back_{next(NUMBERS)}")
    restored = restore(done.place, Wish(tmp_path / "there", url=fresh), NOW, silent)
    assert restored.remarks == ()
    monkeypatch.delenv("WANGDUN_DATABASE_URL")
    config, db = opened(tmp_path / "there")
    assert config.storage.url is not None
    assert config.storage.url.endswith(fresh.rpartition("/")[2])
    assert Verifier(db, Objects.of(config.storage)).run().faults == []
    db.close()
    with pytest.raises(BackupError, match="WANGDUN_DATABASE_URL"):
        restore(done.place, Wish(tmp_path / "third"), NOW, silent)


def test_a_password_goes_neither_into_a_process_list_nor_into_the_configuration(cluster, tmp_path, monkeypatch):
    for tool in ("pg_dump", "pg_restore"):
        listening = tmp_path / "bin" / tool
        listening.parent.mkdir(exist_ok=True)
        listening.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/heard\nexec {shutil.which(tool)} "$@"\n')
        listening.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    url = cluster.create(f"live_{next(NUMBERS)}").replace("tester@", "tester:s3cret@")
    monkeypatch.setenv("WANGDUN_DATABASE_URL", url)
    made = installed(tmp_path / "here")
    done = making.to_tar(made.config, made.db, tmp_path / "b.tar", NOW, silent)
    made.db.close()
    fresh = cluster.create(f"back_{next(NUMBERS)}")
    monkeypatch.setenv("WANGDUN_DATABASE_URL", fresh.replace("tester@", "tester:s3cret@"))
    restore(done.place, Wish(tmp_path / "there", url=fresh.replace("tester@", "tester:s3cret@")), NOW, silent)
    heard = (tmp_path / "heard").read_text()
    assert f"--dbname={fresh}" in heard
    assert "s3cret" not in heard
    assert load(tmp_path / "there" / "config.yaml").storage.url == fresh
    monkeypatch.delenv("WANGDUN_DATABASE_URL")
    _, db = opened(tmp_path / "there")
    db.close()
