from __future__ import annotations

import json
import os
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from storage.referral import pickups
from storage.referral.deliveries import Message
from tests import databases
from wangdun.exceptions import UsageError
from wangdun.folder_watch import STEADY, Inbox, Refused, Taken, drop, safe_name

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def db(tmp_path):
    opened = databases.fresh(tmp_path / "w.sqlite")
    yield opened
    opened.close()


def message(number: str = "网移〔2026〕1号") -> Message:
    payload = {"id": "ab12cd34ef", "event": "referral.send", "referral": {"id": 7, "number": number}}
    return Message(1, "referral.send", "folder", 7, payload, "waiting", 0, NOW, "", NOW, None)


def zipped(path):
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("函.docx", b"letter")


def test_a_package_and_then_its_manifest(tmp_path):
    assert drop(tmp_path, message(), zipped).ok
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "网移〔2026〕1号-ab12cd34.json", "网移〔2026〕1号-ab12cd34.zip"
    ]  # fmt: skip
    told = json.loads((tmp_path / "网移〔2026〕1号-ab12cd34.json").read_text(encoding="utf-8"))
    package = tmp_path / told["file"]
    assert told["sha256"] == sha256(package.read_bytes()).hexdigest()
    assert told["size"] == package.stat().st_size
    assert told["referral"]["number"] == "网移〔2026〕1号"
    assert zipfile.ZipFile(package).read("函.docx") == b"letter"
    assert drop(tmp_path, message(), lambda _: pytest.fail("it is there")).ok  # an attempt that was not written down


def test_a_package_that_cannot_be_made_leaves_nothing(tmp_path):
    def fail(path):
        path.write_bytes(b"half")
        raise UsageError("线索 4 的证据文件缺失")

    attempt = drop(tmp_path, message(), fail)
    assert (attempt.ok, attempt.error) == (False, "线索 4 的证据文件缺失")
    assert list(tmp_path.iterdir()) == []
    assert "没有这个文件夹" in drop(tmp_path / "nowhere", message(), zipped).error


@pytest.mark.parametrize("number", ["../../etc/x", 'a<b>|?*":', "\x00\n\ud800", "长" * 300, "...", ""])
def test_whatever_the_number_is_the_package_stays_in_the_folder(tmp_path, number):
    assert drop(tmp_path, message(number), zipped).ok
    assert len(list(tmp_path.iterdir())) == 2
    assert safe_name(number)


class Desk:
    """Reads texts that begin with 回执."""

    def __init__(self, folder, db):
        self.read: list[str] = []
        self.inbox = Inbox(folder, db, self)
        self.moment = 100.0

    def __call__(self, name, content, _hash):
        self.read.append(name)
        if not content.decode("utf-8", "replace").startswith("回执"):
            raise Refused("不是回执：第一行应为文号")
        return Taken(None, "网移〔2026〕1号：签收")

    def look(self, after: float = STEADY, now=NOW):
        self.moment += after
        return [(one.name, one.outcome) for one in self.inbox.look(now, self.moment)]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    return made


@pytest.fixture
def desk(folder, db):
    return Desk(folder, db)


def below(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_is_read_once_it_stopped_growing(folder, desk, db):
    file = folder / "回执.xlsx"
    file.write_text("回", encoding="utf-8")
    assert desk.look() == []
    file.write_text("回执", encoding="utf-8")  # copied on
    assert desk.look() == []
    assert desk.look(after=STEADY / 2) == []
    assert desk.look(after=STEADY / 2) == [("回执.xlsx", "read")]
    assert below(folder) == ["done/20261102-010000-回执.xlsx"]
    assert pickups.recent(db)[0].detail == {"said": "网移〔2026〕1号：签收"}


def test_the_same_content_again_is_put_away_unread(folder, desk):
    for name in ("回执.xlsx", "回执 (2).xlsx"):
        (folder / name).write_text("回执一", encoding="utf-8")
    desk.look()
    assert desk.look() == [("回执 (2).xlsx", "read"), ("回执.xlsx", "known")]
    assert desk.read == ["回执 (2).xlsx"]
    (folder / "回执.xlsx").write_text("回执二", encoding="utf-8")  # the same name, other content
    desk.look()
    assert desk.look() == [("回执.xlsx", "read")]
    assert len(below(folder)) == 3
    assert all(name.startswith("done/") for name in below(folder))


def test_what_cannot_be_taken_goes_aside_with_the_reason(folder, desk):
    (folder / "坏.xlsx").write_text("别的", encoding="utf-8")
    (folder / "空.xlsx").write_bytes(b"")
    desk.look()
    assert desk.look() == [("坏.xlsx", "refused"), ("空.xlsx", "refused")]
    reason = (folder / "refused" / "20261102-010000-坏.xlsx.txt").read_bytes()
    assert reason.startswith(b"\xef\xbb\xbf")
    assert reason.decode("utf-8-sig") == "不是回执：第一行应为文号\n"
    (folder / "坏.xlsx").write_text("别的", encoding="utf-8")
    desk.look(now=NOW + timedelta(hours=1))
    assert desk.look(now=NOW + timedelta(hours=1)) == [("坏.xlsx", "refused")]
    assert "内容相同" in (folder / "refused" / "20261102-020000-坏.xlsx.txt").read_text(encoding="utf-8-sig")
    assert desk.read == ["坏.xlsx"]


def test_too_large(folder, desk, monkeypatch):
    monkeypatch.setattr("wangdun.folder_watch.LARGEST", 10)
    (folder / "大.xlsx").write_text("回执" * 10, encoding="utf-8")
    desk.look()
    assert desk.look() == [("大.xlsx", "refused")]
    assert desk.read == []


def test_unfinished_hidden_linked_and_special_files_stay_where_they_are(folder, desk, tmp_path):
    (tmp_path / "secret").write_text("回执", encoding="utf-8")
    for name in (".hidden", "~$回执.xlsx", "a.xlsx.part", "b.TMP"):
        (folder / name).write_text("回执", encoding="utf-8")
    (folder / "link.xlsx").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.xlsx")
    (folder / "sub").mkdir()
    desk.look()
    assert desk.look() == []
    assert desk.read == []


def test_names_that_are_no_text_or_very_long(folder, desk):
    for name in (b"\xff\xfe.xlsx", ("长" * 80 + ".xlsx").encode()):
        (folder / os.fsdecode(name)).write_bytes(b"no " + name)
    desk.look()
    assert [outcome for _, outcome in desk.look()] == ["refused", "refused"]
    assert len(list((folder / "refused").iterdir())) == 4


def test_a_folder_that_is_not_there(tmp_path, db):
    with pytest.raises(UsageError, match="无法读取文件夹"):
        Desk(tmp_path / "nowhere", db).look()
