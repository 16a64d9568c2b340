"""Evidence from the command line: seen, copied, verified, its chain written down; each of it on record."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from storage import leads, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import captures, custody, sealing
from storage.evidence.objects import Objects
from storage.evidence.records import FileDraft
from storage.models import Lead
from tests.storage.evidence.making import draft, overwrite, tamper
from tests.wangdun.archive import NOW, fill
from tests.wangdun.running import write_config
from tests.warmed import wangdun
from wangdun.words import NOTICE

PICTURE = b"\xff\xd8 picture"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Leads of two sites; listing 1 of the forum was secured twice, listing 9 of the shop once."""
    made = tmp_path_factory.mktemp("evidence")
    path = write_config(made)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("evidence: {", "evidence: {keep_days: 200, keep_free_mb: 16, "), encoding="utf-8")
    fill(made / "data")
    config = StorageConfig(data_dir=made / "data", evidence={"keep_free_mb": 16})
    db, objects = Database.open(config), Objects.of(config)
    for site, key, hours in (("论坛", "1", 0), ("论坛", "1", 6), ("商店", "9", 72)):
        files = (
            FileDraft("page.txt", "text", "text/plain", f"出售 \x1b[31m{key} {hours}".encode()),
            FileDraft("1.jpg", "picture", "image/jpeg", PICTURE),
        )
        at = NOW + timedelta(hours=hours)
        given = draft(sites.find(db, site), key, *files, site=site, taken_at=at, missing="没有截屏\x1b[31m")
        sealing.seal(db, objects, given, actor="采集程序", now=at)
    db.close()
    return made


@pytest.fixture
def folder(archive, tmp_path):
    shutil.copytree(archive, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def db(folder):
    made = Database.open(StorageConfig(data_dir=folder / "data"))
    yield made
    made.close()


@pytest.fixture
def objects(folder):
    return Objects.of(StorageConfig(data_dir=folder / "data"))


def ask(folder, *args, code=0):
    done = wangdun("evidence", *args, cwd=folder)
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode()


def refused(folder, *args, code=2):
    done = wangdun("evidence", *args, cwd=folder)
    assert done.returncode == code, done.stdout.decode()
    return done.stderr.decode()


def lead_of(db, site):
    (lead,) = [one for one in leads.list(db, limit=9) if one.site == site and one.url.endswith(("/1", "/9"))]
    return str(lead.id)


def test_list_shows_the_newest_first_and_narrows(folder, db):
    shown = ask(folder, "list")
    for word in ("固定时间", "2026-11-04 12:00:00 +0800", "网页", "采集命中", "没有截屏", "共固定 3 次"):
        assert word in shown
    assert "\x1b" not in shown
    listed = json.loads(ask(folder, "list", "--json"))
    assert [one["id"] for one in listed] == [3, 2, 1]
    assert all(one["notice"] == NOTICE for one in listed)
    for args, ids in (
        (["--site", "商店"], [3]),
        (["--lead", lead_of(db, "论坛")], [2, 1]),
        (["--since", "2026-11-02"], [3]),
        (["--limit", "1"], [3]),
    ):
        assert [one["id"] for one in json.loads(ask(folder, "list", "--json", *args))] == ids
    assert {one["id"]: one["lead"] for one in listed}[1] == int(lead_of(db, "论坛"))
    assert "线索" in shown
    for args, words in (
        (["list", "--site", "没有"], "没有名为 '没有' 的站点"),
        (["list", "--lead", "999"], "没有编号为 999 的线索"),
        (["custody", "--capture", "999"], "没有编号为 999 的固定"),
    ):
        assert words in refused(folder, *args)


def test_show_tells_all_and_goes_on_record(folder, db, objects):
    shown = ask(folder, "show", "1", "--by", "张三")
    made = captures.get(db, 1)
    for word in (
        NOTICE,
        made.digest,
        made.files[0].sha256,
        made.files[1].sm3,
        "时钟：",
        "偏差（秒）：0.125",
        "跳转：http://127.0.0.1/旧",
        "查看",
        "张三",
    ):
        assert word in shown
    assert "\x1b" not in shown
    facts = json.loads(ask(folder, "show", "--lead", lead_of(db, "论坛"), "--json"))
    assert [one["id"] for one in facts] == [1, 2]
    assert [link["action"] for link in facts[0]["custody"]] == ["captured", "viewed", "viewed"]
    assert [link["actor"] for link in facts[0]["custody"]][:2] == ["采集程序", "张三"]
    assert "没有编号为 99 的固定" in refused(folder, "show", "99")
    assert "没有固定的证据" in refused(folder, "show", "--lead", "99")
    assert "二者选一" in refused(folder, "show")
    assert custody.check(db) is None


def test_copies_are_what_was_kept_and_go_on_record(folder, db, objects):
    ask(folder, "copy", "1", "out", "--by", "李四")
    assert (folder / "out" / "1.jpg").read_bytes() == PICTURE
    manifest = (folder / "out" / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == captures.get(db, 1).digest
    link = custody.head(db)
    assert (link.actor, link.action, link.capture_id, link.detail["files"]) == ("李四", "copied", 1, 3)
    assert "不是空的" in refused(folder, "copy", "1", "out")
    overwrite(objects, captures.get(db, 1).files[1].sha256, b"changed")
    assert "没有复制" in refused(folder, "copy", "1", "other", code=1)
    assert not (folder / "other").exists()
    (folder / "mine").mkdir()
    refused(folder, "copy", "1", "mine", code=1)
    assert list((folder / "mine").iterdir()) == []
    assert custody.head(db) == link


def test_verify_says_that_all_is_whole(folder, db):
    shown = ask(folder, "verify", "--by", "张三")
    assert "核验通过：固定 3 次、文件 7 个" in shown
    assert "SM3" in shown
    link = custody.head(db)
    assert (link.actor, link.action, link.detail["faults"], link.detail["scope"]) == ("张三", "verified", 0, {})
    found = json.loads(ask(folder, "verify", "--lead", lead_of(db, "论坛"), "--fast", "--json"))
    assert (found["ok"], found["captures"], found["faults"]) == (True, 2, [])
    assert "SM3" not in ask(folder, "verify", "--capture", "3", "--fast")
    assert "没有编号为 99 的固定" in refused(folder, "verify", "--capture", "99")
    assert "没有编号为 99 的线索" in refused(folder, "verify", "--lead", "99")
    refused(folder, "verify", "--lead", "1", "--capture", "1")


def test_verify_names_the_first_broken_link_and_all_others(folder, db, objects):
    overwrite(objects, captures.get(db, 1).files[1].sha256, PICTURE[:-1] + b"x")
    objects.path(captures.get(db, 3).files[0].sha256).unlink()
    shown = ask(folder, "verify", code=1)
    assert "核验不通过" in shown
    assert "第一处：第 1 号固定 1.jpg：SHA-256 不符" in shown
    for other in ("第 2 号固定 1.jpg", "第 3 号固定 page.txt", "第 3 号固定 1.jpg"):
        assert f"其他：{other}" in shown
    assert custody.head(db).detail["first"].startswith("第 1 号固定 1.jpg")
    assert "保留现场" in shown
    assert shown.index("第 2 号固定 1.jpg") < shown.index("第 3 号固定 page.txt")
    for number in range(40):
        (objects.objects / f"stranger{number}").write_bytes(b"x")
    shown = ask(folder, "verify", code=1)
    assert (shown.count("其他："), "其余 17 处没有列出" in shown) == (29, True)
    assert "第 3 号固定 1.jpg" in shown
    for number in range(40):
        (objects.objects / f"stranger{number}").unlink()
    tamper(db, "UPDATE custody SET actor = 'x' WHERE id = 2")
    found = json.loads(ask(folder, "verify", "--capture", "3", "--json", code=1))
    assert found["first"]["place"] == "保管链第 2 条"
    assert {one["capture_id"] for one in found["faults"]} == {None, 3}


def test_a_deleted_row_is_found_by_number_and_by_lead(folder, db):
    lead = lead_of(db, "商店")
    tamper(db, "DELETE FROM capture_files WHERE capture_id = 3", "DELETE FROM captures WHERE id = 3")
    for args in ([], ["--capture", "3"], ["--lead", lead]):
        assert "第一处：第 3 号固定" in ask(folder, "verify", *args, code=1)
    ask(folder, "verify", "--capture", "1")


def test_the_chain_is_shown_exported_and_its_head_written_down(folder, db):
    shown = ask(folder, "custody")
    assert shown.count("采集程序") == 3
    assert [one["id"] for one in json.loads(ask(folder, "custody", "--json", "--limit", "2"))] == [2, 3]
    assert [one["id"] for one in json.loads(ask(folder, "custody", "--json", "--capture", "1"))] == [1]
    head = custody.head(db)
    shown = ask(folder, "custody", "--head")
    assert head.hash in shown
    (written,) = (folder / "data" / "evidence" / "heads").iterdir()
    assert written.read_text(encoding="utf-8").strip() == shown.strip()
    assert json.loads(ask(folder, "custody", "--head", "--json"))["hash"] == head.hash
    ask(folder, "custody", "--export", "chain.jsonl", "--by", "张三")
    previous = "0" * 64
    for line in (folder / "chain.jsonl").read_text(encoding="utf-8").splitlines():
        link = json.loads(line)
        fields = [link[name] for name in ("id", "at", "actor", "action", "capture_id", "detail", "previous")]
        text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert (link["previous"], link["hash"]) == (previous, hashlib.sha256(text.encode()).hexdigest())
        previous = link["hash"]
    assert previous == head.hash
    assert custody.head(db).action == "exported"
    assert "已存在" in refused(folder, "custody", "--export", "chain.jsonl")
    shown = ask(folder, "custody", "--head", "--export", "both.jsonl")
    assert custody.head(db).hash in shown
    assert (folder / "both.jsonl").exists()
    assert "种类：网页，站点：论坛" in ask(folder, "custody", "--json") + ask(folder, "custody").replace("\n", "")


def test_a_cut_chain_does_not_match_its_head(folder, db):
    ask(folder, "show", "1")
    ask(folder, "custody", "--head")
    tamper(db, f"DELETE FROM custody WHERE id = {custody.head(db).id}")
    assert "链尾被截断" in ask(folder, "verify", code=1)


@pytest.mark.parametrize(
    "act",
    [
        ["show", "1"], ["copy", "1", "out"], ["verify"], ["custody", "--export", "chain.jsonl"],
        ["transfer", "1", "--to", "公安局"], ["export", "--capture", "1", "-o", "1.zip"],
    ],
)  # fmt: skip
def test_what_a_person_did_cannot_be_cut_off_the_chain_unseen(folder, db, act):
    ask(folder, "show", "2")
    ask(folder, *act)
    last = custody.head(db).id
    tamper(db, f"DELETE FROM custody WHERE id > {last - 2}")
    assert f"保管链缺少第 {last - 1} 条到第 {last} 条" in ask(folder, "verify", code=1)
    ask(folder, "show", "1")
    assert "custody" in ask(folder, "verify", code=1)  # the head that the chain denies stays


def test_damaged_rows_are_named_by_every_command(folder, db):
    tamper(db, "UPDATE captures SET facts = 'notjson' WHERE id = 2")
    for args in (["show", "2"], ["list"], ["export", "--capture", "2", "-o", "2.zip"], ["copy", "2", "out"]):
        assert "第 2 号固定的数据库记录被改动或损坏，读不出" in refused(folder, *args, code=1)
    ask(folder, "show", "1")
    tamper(db, "UPDATE custody SET detail = '{{{' WHERE id = 1")
    for args in (["show", "1"], ["custody"], ["export", "--capture", "1", "-o", "1.zip"]):
        assert "第 1 条保管记录被改动或损坏，读不出" in refused(folder, *args, code=1)
    shown = ask(folder, "verify", code=1)
    assert "第 2 号固定：数据库记录被改动或损坏，读不出" in shown
    assert "保管链第 1 条" in shown
    assert "第 2 号固定" in ask(folder, "verify", "--capture", "2", code=1)


def test_prune_tries_first_and_takes_only_what_is_over(folder, db, objects):
    assert "0 次" in ask(folder, "prune")
    old = datetime.now(UTC) - timedelta(days=300)
    with db.write() as connection:
        connection.execute(
            update(Lead).where(Lead.id == int(lead_of(db, "商店"))).values(status="closed", updated_at=old)
        )
    tamper(db, "UPDATE captures SET sealed_at = '2020-01-01 00:00:00.000000' WHERE id = 3")
    assert "会删除 1 次" in ask(folder, "prune", "--dry-run")
    assert captures.get(db, 3).removed_at is None
    assert "已删除 1 次固定的 1 个文件" in ask(folder, "prune", "--by", "张三")
    assert not objects.has(captures.get(db, 3).files[0].sha256)
    assert custody.head(db).action == "deleted"
    assert "文件已按保留期删除" in ask(folder, "list")
    assert "已按保留期删除" in refused(folder, "copy", "3", "out", code=1)
    write_config(folder)
    assert "没有设置保留期" in refused(folder, "prune")


def test_without_evidence_nothing_fails(tmp_path):
    write_config(tmp_path)
    assert "没有固定的证据" in ask(tmp_path, "list")
    assert "没有证据可核验" in ask(tmp_path, "verify")
    assert "没有编号为 1 的固定" in refused(tmp_path, "custody", "--capture", "1")


def test_a_transfer_goes_on_record_for_each_capture(folder, db):
    lead = lead_of(db, "论坛")
    assert "已登记移交 2 次" in ask(
        folder, "transfer", "--lead", lead, "--to", "某县林业局 李四", "--note", "移送函1号"
    )
    links = custody.newest(db, 2)
    assert [(one.action, one.capture_id, one.detail["to"]) for one in links] == [
        ("transferred", 1, "某县林业局 李四"), ("transferred", 2, "某县林业局 李四"),
    ]  # fmt: skip
    assert json.loads(ask(folder, "transfer", "3", "--to", "公安局", "--json"))["captures"] == [3]
    assert "写明接收单位" in refused(folder, "transfer", "3", "--to", " ")
    assert "--to 太长：最多 500 个字，现有 501 个" in refused(folder, "transfer", "3", "--to", "某" * 501)
    assert "没有编号为 99 的固定" in refused(folder, "transfer", "99", "--to", "公安局")
    assert custody.check(db) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE captures SET url = CAST(x'66ff' AS TEXT) WHERE id = 2", "第 2 号固定：数据库记录被改动或损坏，读不出"),
        ("UPDATE custody SET actor = CAST(x'66ff' AS TEXT) WHERE id = 2", "第 2 条保管记录被改动或损坏，读不出"),
        (
            "UPDATE custody SET actor = CAST(x'66ff' AS TEXT) WHERE id = (SELECT max(id) FROM custody)",
            "条保管记录被改动或损坏，读不出",
        ),
    ],
)
def test_bytes_that_are_no_text_do_not_end_the_verification(folder, db, objects, change, told):
    objects.path(captures.get(db, 3).digest).unlink()
    tamper(db, change)
    shown = ask(folder, "verify", code=1)
    assert told in shown
    assert "第 3 号固定：清单文件不见了" in shown
