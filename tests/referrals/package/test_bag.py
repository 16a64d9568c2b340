from __future__ import annotations

import os
import zipfile
from hashlib import sha256

import bagit
import pytest

from referrals.exceptions import ReferralError, Unfaithful
from referrals.package.bag import Member, write_bag
from tests.wangdun.running import python

INFO = (("Source-Organization", "某县林业局\nEvil: yes"),)


def members(tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes(b"page" * 1000)
    return [
        Member("data/a.bin", kept, sha256(kept.read_bytes()).hexdigest()),
        Member("data/线索记录.txt", "线索".encode()),
        Member("verify.py", b"print()"),
    ]


def test_equal_input_gives_equal_bytes(tmp_path):
    for name in ("one.zip", "two.zip"):
        write_bag(tmp_path / name, "evidence-lead-1", members(tmp_path), INFO)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_bag_holds_what_was_given_under_chinese_names(tmp_path):
    sums = write_bag(tmp_path / "one.zip", "evidence", members(tmp_path), INFO)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "there")
    folder = tmp_path / "there" / "evidence"
    bag = bagit.Bag(str(folder))
    assert bag.validate()
    assert bag.info["Source-Organization"] == "某县林业局 Evil: yes"  # no fact of its own
    assert (folder / "data/线索记录.txt").read_text("utf-8") == "线索"
    found = next(one for one in sums if one.name == "data/a.bin")
    assert (found.size, found.sha256) == (4000, sha256(b"page" * 1000).hexdigest())
    assert found.sm3 in (folder / "manifest-sm3.txt").read_text("utf-8")


def test_two_files_of_one_name_are_refused(tmp_path):
    with pytest.raises(ReferralError, match="同名"):
        write_bag(tmp_path / "one.zip", "evidence", [*members(tmp_path), Member("data/a.bin", b"")], INFO)


def test_what_is_not_what_was_sealed_is_refused(tmp_path):
    with pytest.raises(Unfaithful, match="不是固定时的内容"):
        write_bag(tmp_path / "one.zip", "evidence", [Member("data/a", b"x", "0" * 64)], INFO)
    with pytest.raises(Unfaithful, match="不见了"):
        write_bag(tmp_path / "one.zip", "evidence", [Member("data/a", tmp_path / "none", "0" * 64)], INFO)


def test_links_and_pipes_are_not_followed(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    for name in ("pipe", "link"):
        with pytest.raises(Unfaithful, match="不是文件的东西"):
            write_bag(tmp_path / "one.zip", "evidence", [Member("data/a", tmp_path / name, "0" * 64)], INFO)


def test_memory_stays_flat_however_large_a_file_is(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(200 << 20)  # 200 MB that take no room
    grown = python(
        """
        import re
        from pathlib import Path
        from referrals.package.bag import Member, write_bag
        write_bag(Path("small.zip"), "bag", [Member("data/a.bin", b"x")], ())
        peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
        before = peak()  # of this program alone: getrusage hands down the parent's
        write_bag(Path("large.zip"), "bag", [Member("data/a.bin", Path("large"))], ())
        print(peak() - before)
        """,
        tmp_path,
    )
    assert int(grown) < 20_000  # KB
    assert (tmp_path / "large.zip").stat().st_size > 200 << 20
