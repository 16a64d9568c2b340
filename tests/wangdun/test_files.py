"""Files that appear complete or not at all."""

from __future__ import annotations

import stat

import pytest

from wangdun.exceptions import UsageError
from wangdun.files import replacing


def test_appears_at_the_end_for_its_owner_only(tmp_path):
    target = tmp_path / "线索.csv"
    with replacing(target, force=False) as temporary:
        temporary.write_text("done")
        assert not target.exists()
    assert target.read_text() == "done"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_nothing_and_keeps_what_was_there(tmp_path):
    target = tmp_path / "a"
    target.write_text("old")
    with pytest.raises(IsADirectoryError), replacing(target, force=True) as temporary:  # noqa: PT012
        temporary.write_text("half")
        tmp_path.write_text("fails")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_refusals(tmp_path):
    (tmp_path / "a").write_text("old")
    for target, said in ((tmp_path / "a", "已存在"), (tmp_path, "是文件夹"), (tmp_path / "no" / "a", "不存在")):
        with pytest.raises(UsageError, match=said), replacing(target, force=False):
            pass
