"""Packages from the command line: where they go, what is said, what is refused."""

from __future__ import annotations

import getpass
import json
import zipfile
from hashlib import sha256

import pytest

from storage.evidence import custody
from tests.wangdun.evidence import Installation
from tests.warmed import wangdun


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("house"))
    made.seal()
    made.screen()
    yield made
    made.db.close()


def ask(house, *args):
    done = wangdun("evidence", "export", *args, cwd=house.folder)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_lead_becomes_a_package_in_the_folder_at_hand(house):
    code, said, told = ask(house, "1", "--by", " 王五 ")
    assert code == 0, told
    path = house.folder / "evidence-lead-1.zip"
    assert "网络监测线索，供核查" in said
    assert "没有填写监测单位" in said
    assert sha256(path.read_bytes()).hexdigest() in said
    last = custody.head(house.db)
    assert (last.actor, last.action) == ("王五", "exported")
    code, _, told = ask(house, "1")
    assert code == 2
    assert "已存在" in told
    assert ask(house, "1", "--force")[0] == 0
    assert custody.head(house.db).actor == getpass.getuser()


def test_captures_and_leads_go_into_one_file_or_each_into_a_folder(house):
    code, said, told = ask(house, "1", "--capture", "2", "-o", "all.zip", "--json")
    assert code == 0, told
    (facts,) = json.loads(said)
    assert facts["captures"] == 2
    with zipfile.ZipFile(house.folder / "all.zip") as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"evidence-lead-1-capture-2"}
    (house.folder / "out").mkdir()
    code, said, told = ask(house, "1", "--capture", "2", "-o", "out")
    assert code == 0, told
    assert {path.name for path in (house.folder / "out").iterdir()} == {"evidence-lead-1.zip", "evidence-capture-2.zip"}


def test_masked_contacts_are_not_in_the_record(house):
    assert ask(house, "1", "--mask", "-o", "masked.zip")[0] == 0
    with zipfile.ZipFile(house.folder / "masked.zip") as archive:
        record = archive.read("evidence-lead-1/data/lead-1/线索记录.txt").decode("utf-8-sig")
    assert "13800001234" not in record
    assert "138****1234" in record
    assert custody.head(house.db).detail["masked"] is True


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        ((), "请写明线索编号"),
        (("7",), "没有编号为 7 的线索"),
        (("--capture", "77"), "没有编号为 77 的固定记录"),
        (("1", "-o", "nowhere"), "不是已有的文件夹"),
        (("1", "-o", "nowhere/x.zip"), "无法写入文件夹"),
        (("0",), "0"),
    ],
)
def test_what_cannot_be_done_is_said(house, args, complaint):
    before = custody.head(house.db)
    code, _, told = ask(house, *args)
    assert code == 2
    assert complaint in told
    assert custody.head(house.db) == before
