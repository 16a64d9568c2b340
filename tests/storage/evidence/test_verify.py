"""Each kind of damage to evidence is found and named, the first broken link first."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import insert

from storage.evidence import captures, chain, custody, heads, sealing, verify
from storage.evidence.models import Timestamp
from storage.evidence.records import CaptureDraft, Exchange, FileDraft
from storage.evidence.warc import build
from storage.exceptions import DamagedRow
from tests.storage.evidence.making import ACTOR, draft, overwrite, page, tamper
from tests.storage.making import NOW

WARC = build(
    [
        Exchange(
            "http://127.0.0.1/1", "GET", (("Host", "127.0.0.1"),), 200, "OK", (("Content-Type", "text/html"),),
            page() * 20, NOW, NOW,
        )
    ],
    {"software": "wangdun"},
)  # fmt: skip


def made_of(number: int, site_id: int) -> CaptureDraft:
    files = (
        FileDraft("page.warc.gz", "warc", "application/warc", WARC),
        FileDraft("page.txt", "text", "text/plain", page(number)),
        FileDraft("1.jpg", "picture", "image/jpeg", os.urandom(70_000)),
    )
    return draft(site_id, str(number), *files)


@pytest.fixture
def sealed(db, objects, site_id):
    """Three captures, one of them looked at afterwards."""
    made = [sealing.seal(db, objects, made_of(number, site_id), actor=ACTOR, now=NOW) for number in range(1, 4)]
    custody.note(db, at=NOW, actor="张三", action="viewed", capture_id=2)
    return made


def found(db, objects, only=None, **options):
    return verify.Verifier(db, objects, **options).run(only)


def test_what_is_whole_has_no_fault_and_shared_files_are_read_once(db, objects, sealed):
    heads.write_head(db, objects.folder, NOW)
    told = []
    done = verify.Verifier(db, objects).run(tell=lambda so_far: told.append(so_far.captures))
    assert (done.ok, done.faults) == (True, [])
    assert (done.captures, done.links, told) == (3, 4, [1, 2, 3])
    assert done.files == 3 + 3 * 2 + 1  # manifests, texts and pictures, the one WARC
    assert done.size == sum(objects.path(name).stat().st_size for name in objects.names())
    assert found(db, objects, [2], fast=True).captures == 1


def test_an_empty_store_holds(db, objects):
    assert found(db, objects).ok


def test_a_flipped_byte_is_found_in_every_file(db, objects, sealed):
    names = {file.sha256: file.name for file in sealed[1].files} | {sealed[1].digest: "清单"}
    for sha256, name in names.items():
        content = objects.read(sha256)
        middle = len(content) // 2
        overwrite(objects, sha256, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        for fast in (False, True):
            fault = next(one for one in found(db, objects, [2], fast=fast).faults)
            assert fault.capture_id == 2
            assert name in str(fault)
            assert "被改动" in fault.what
        overwrite(objects, sha256, content)
    assert found(db, objects).ok


def test_a_removed_a_cut_and_a_swapped_file_are_found(db, objects, sealed):
    text, picture = (sealed[0].files[place].sha256 for place in (1, 2))
    first, second = objects.read(text), objects.read(picture)
    overwrite(objects, text, second)
    overwrite(objects, picture, first)
    faults = found(db, objects).faults
    assert [one.place for one in faults if "SHA-256 不符" in one.what] == ["第 1 号固定 page.txt", "第 1 号固定 1.jpg"]
    overwrite(objects, text, first[:-1])
    assert "大小不符" in str(found(db, objects).faults[0])
    overwrite(objects, text, first)
    objects.path(picture).unlink()
    (fault,) = found(db, objects).faults
    assert fault.place == "第 1 号固定 1.jpg"
    assert "证据文件不存在" in fault.what


def test_a_file_shared_by_captures_is_missed_by_each(db, objects, sealed):
    objects.path(sealed[0].files[0].sha256).unlink()
    assert [one.capture_id for one in found(db, objects).faults] == [1, 2, 3]


def test_removed_and_foreign_manifests_are_found(db, objects, sealed):
    objects.path(sealed[2].digest).unlink()
    assert "清单文件不见了" in found(db, objects).faults[0].what
    overwrite(objects, sealed[1].digest, objects.read(sealed[0].digest))
    assert ["清单文件被改动" in one.what for one in found(db, objects, [2]).faults] == [True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE captures SET url = 'http://127.0.0.1/else' WHERE id = 2", "网址被改动"),
        ("UPDATE captures SET taken_at = '2026-03-04 00:00:00.000000' WHERE id = 2", "固定时间被改动"),
        ("UPDATE captures SET facts = '{}' WHERE id = 2", "固定信息被改动"),
        ("UPDATE captures SET digest = 'x' WHERE id = 2", "清单的哈希与保管链所记不符"),
        ("UPDATE captures SET removed_at = '2026-03-05 00:00:00.000000' WHERE id = 2", "没有删除记录"),
        ("UPDATE capture_files SET sha256 = sm3 WHERE capture_id = 2 AND position = 1", "文件清单被改动"),
        ("UPDATE capture_files SET sm3 = sha256 WHERE capture_id = 2 AND position = 1", "文件清单被改动"),
        ("DELETE FROM capture_files WHERE capture_id = 2", "文件清单被改动"),
        ("DELETE FROM captures WHERE id = 2", "没有它的记录"),
        ("DELETE FROM captures WHERE id = 3", "没有它的记录"),
    ],
)
def test_an_edited_or_deleted_row_is_found(db, objects, sealed, change, words):
    tamper(db, change)
    faults = found(db, objects).faults
    assert any(words in one.what and one.capture_id in {2, 3} for one in faults), faults
    assert all(one.capture_id in {2, 3, None} for one in faults)
    number = next(one.capture_id for one in faults if one.capture_id)
    alone = verify.Verifier(db, objects).run([], listing=("demo", str(number)))
    assert any(words in one.what for one in alone.faults)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE custody SET actor = '李四' WHERE id = 4", ("保管链第 4 条", "被改动")),
        ("DELETE FROM custody WHERE id = 2", ("保管链第 3 条", "缺少第 2 条")),
        ("DELETE FROM custody WHERE id = 4", ("链头文件 custody-2026-03-05.txt", "缺少第 4 条：")),
        ("DELETE FROM custody", ("链头文件 custody-2026-03-05.txt", "缺少第 1 条到第 4 条：")),
        ("DELETE FROM custody WHERE id >= 3", ("链头文件 custody-2026-03-05.txt", "缺少第 3 条到第 4 条：")),
    ],
)
def test_an_edited_and_a_deleted_link_are_the_first_fault(db, objects, sealed, change, words):
    heads.write_head(db, objects.folder, NOW)
    tamper(db, change)
    fault = found(db, objects).faults[0]
    assert fault.place == words[0]
    assert words[1] in fault.what


def test_a_capture_whose_link_was_cut_off_is_found_without_a_head(db, objects, sealed):
    tamper(db, "DELETE FROM custody WHERE id >= 3")
    faults = found(db, objects).faults
    assert [(one.capture_id, "没有它的封存记录" in one.what) for one in faults] == [(3, True)]


def test_a_chain_made_anew_does_not_match_a_head(db, objects, sealed):
    heads.write_head(db, objects.folder, NOW)
    links = list(custody.entries(db))
    tamper(db, "DELETE FROM custody")
    for link in links:
        actor = "李四" if link.id == 4 else link.actor
        custody.note(db, at=link.at, actor=actor, action=link.action, capture_id=link.capture_id, detail=link.detail)
    assert custody.check(db) is None
    (fault,) = found(db, objects).faults
    assert (fault.kind, fault.what) == ("head", "与保管链第 4 条的哈希不符")


def test_files_that_nobody_knows_are_found(db, objects, sealed):
    kept = objects.put(b"foreign")
    (fault,) = found(db, objects).faults
    assert (fault.kind, fault.place) == ("orphan", f"文件 {kept.sha256}")
    assert found(db, objects, [1, 2, 3]).ok


def test_files_that_lie_where_none_belongs_are_found(db, objects, sealed):
    kept = objects.path(sealed[0].digest)
    places = (
        "zz/hello.txt",
        "b1/plain.txt",
        "loose",
        "aa/bb/" + "c" * 64,
        f"{kept.parent.relative_to(objects.objects)}/note",
    )
    for place in places:
        path = objects.objects / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (objects.objects / "linked").symlink_to(kept.parent)
    faults = found(db, objects).faults
    assert {one.place for one in faults} == {f"文件 objects/{place}" for place in (*places, "linked")}
    assert all(one.kind == "orphan" and "来历不明的文件" in one.what for one in faults)
    assert found(db, objects, [1]).ok


def test_a_warc_whose_records_were_wrong_from_the_start_is_found(db, objects, site_id):
    for content in (b"no warc", b"", WARC[:-40], WARC[: len(WARC) // 2]):
        given = draft(site_id, "w", FileDraft("page.warc.gz", "warc", "application/warc", content))
        made = sealing.seal(db, objects, given, actor=ACTOR, now=NOW)
        faults = found(db, objects, [made.id]).faults
        assert faults, content
        assert all("WARC" in one.what for one in faults)


def test_the_outcome_is_a_link_of_the_chain(db, objects, sealed):
    objects.path(sealed[0].files[1].sha256).unlink()
    done = found(db, objects)
    verify.note_outcome(db, done, scope={"all": True}, fast=False, actor="张三", now=NOW)
    link = custody.head(db)
    assert (link.actor, link.action) == ("张三", "verified")
    assert link.detail["faults"] == 1
    assert link.detail["first"] == str(done.faults[0])
    assert chain.read(db, objects.folder).faults == []


def test_what_came_while_verifying_is_no_fault(db, objects, sealed, site_id, monkeypatch):
    real = chain.read

    def read_then_write(*args):
        made = real(*args)
        sealing.seal(db, objects, made_of(9, site_id), actor=ACTOR, now=NOW)
        return made

    monkeypatch.setattr(chain, "read", read_then_write)
    assert found(db, objects).ok
    assert len(captures.recent(db, 9)) == 4


def test_time_stamps_are_verified_with_what_they_stamp(db, objects, sealed):
    row = {"sha256": sealed[1].digest, "token_sha256": "0" * 64, "authority": "某机构", "at": NOW, "stored_at": NOW}
    with db.write() as connection:
        connection.execute(insert(Timestamp).values(row))
    assert found(db, objects).stamps == 1
    for only in (None, [2], [1, 2]):
        (fault,) = found(db, objects, only).faults
        assert fault.kind == "timestamp"
    assert found(db, objects, [1, 3]).ok


@pytest.mark.parametrize(
    ("change", "place", "number"),
    [
        ("UPDATE captures SET facts = 'notjson' WHERE id = 2", "第 2 号固定", 2),
        ("UPDATE captures SET facts = '[]' WHERE id = 2", "第 2 号固定", 2),
        ("UPDATE captures SET taken_at = 'garbage' WHERE id = 2", "第 2 号固定", 2),
        ("UPDATE captures SET url = x'ff' WHERE id = 2", "第 2 号固定", 2),
        ("UPDATE capture_files SET size = 'many' WHERE capture_id = 2", "第 2 号固定", 2),
        ("UPDATE custody SET detail = '{{{' WHERE id = 4", "保管链第 4 条", None),
        ("UPDATE custody SET detail = '[]' WHERE id = 2", "保管链第 2 条", None),
        ("UPDATE custody SET at = 'garbage' WHERE id = 2", "保管链第 2 条", None),
        ("UPDATE custody SET actor = x'ff' WHERE id = 1", "保管链第 1 条", None),
    ],
)
def test_a_row_that_cannot_be_read_is_a_fault(db, objects, sealed, change, place, number):  # noqa: PLR0917 -- fixtures
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses such values itself")
    objects.path(sealed[2].files[1].sha256).unlink()
    tamper(db, change)
    faults = found(db, objects).faults
    assert any(one.place == place and "被改动或损坏，读不出" in one.what for one in faults)
    assert any(one.place == "第 3 号固定 page.txt" for one in faults)
    assert {one.capture_id for one in faults} <= {number, 1, 2, 3, None}
    if number is None:
        assert [one.what for one in faults if one.kind == "chain"] == [
            f"第 {place.split()[1]} 条保管记录被改动或损坏，读不出"
        ]
        with pytest.raises(DamagedRow, match=f"第 {place.split()[1]} 条保管记录"):
            list(custody.entries(db))
    else:
        with pytest.raises(DamagedRow, match="第 2 号固定"):
            captures.recent(db, 9)
        assert captures.get(db, 1).id == 1


@pytest.mark.parametrize(
    ("table", "column", "where", "place"),
    [
        *(
            ("captures", name, "id = 2", "第 2 号固定")
            for name in ("key", "url", "kind", "facts", "taken_at", "missing")
        ),
        ("captures", "digest", "id = 2", "第 2 号固定"),
        *(
            ("capture_files", name, "capture_id = 2 AND position = 1", "第 2 号固定")
            for name in ("name", "sha256", "sm3")
        ),
        *(
            ("custody", name, "id = 2", "保管链第 2 条")
            for name in ("actor", "action", "detail", "at", "previous", "hash")
        ),
        *(("timestamps", name, "id = 1", "时间戳") for name in ("sha256", "token_sha256", "authority", "at")),
    ],
)
@pytest.mark.parametrize("damage", ["CAST(x'66ff6f' AS TEXT)", "CAST(x'660066' AS TEXT)"])
def test_bytes_that_are_no_text_are_damage_of_one_row(db, objects, sealed, table, column, where, place, damage):  # noqa: PLR0917 -- fixtures
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses such values itself")
    row = {"sha256": sealed[0].digest, "token_sha256": "0" * 64, "authority": "某机构", "at": NOW, "stored_at": NOW}
    with db.write() as connection:
        connection.execute(insert(Timestamp).values(row))
    objects.path(sealed[2].files[1].sha256).unlink()
    tamper(db, f"UPDATE {table} SET {column} = {damage} WHERE {where}")
    done = found(db, objects)
    assert any(one.place.startswith(place) for one in done.faults), [str(one) for one in done.faults]
    if table == "timestamps" and "ff" in damage:
        assert [str(one) for one in done.faults if one.place == "时间戳 1"] == [
            "时间戳 1：数据库记录被改动或损坏，读不出"
        ]
    assert any(one.place == "第 3 号固定 page.txt" for one in done.faults), "it goes on to the end"
    assert (done.captures, done.links, done.stamps) == (3, 4, 1)
