"""Heads that were written down: what they say, and that they are found again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.evidence import chain, custody, heads
from storage.exceptions import EvidenceError
from tests.storage.evidence.making import tamper
from tests.storage.making import NOW


def test_a_head_a_day_is_written_and_read_again(db, tmp_path):
    assert heads.write_head(db, tmp_path, NOW) is None
    assert heads.written(tmp_path) == []
    custody.note(db, at=NOW, actor="张三", action="viewed")
    custody.note(db, at=NOW, actor="张三", action="copied")
    path = heads.write_head(db, tmp_path, NOW)
    assert path == tmp_path / "heads" / "custody-2026-03-05.txt"
    text = path.read_text(encoding="utf-8")
    head = custody.head(db)
    for word in ("编号：2", f"哈希：{head.hash}", "2026-03-05 16:30:00 Asia/Shanghai", "wangdun"):
        assert word in text
    custody.note(db, at=NOW, actor="张三", action="viewed")
    heads.write_head(db, tmp_path, NOW)
    heads.write_head(db, tmp_path, NOW + timedelta(hours=8))  # past midnight in China
    assert [(one.file, one.number) for one in heads.written(tmp_path)] == [
        ("custody-2026-03-05.txt", 3), ("custody-2026-03-06.txt", 3),
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "heads").iterdir()) == [
        "custody-2026-03-05.txt", "custody-2026-03-06.txt",
    ]  # fmt: skip
    assert chain.read(db, tmp_path).faults == []


def test_a_head_that_the_chain_denies_is_never_replaced(db, tmp_path):
    for _ in range(3):
        custody.note(db, at=NOW, actor="张三", action="viewed")
    first = heads.write_head(db, tmp_path, NOW)
    before = first.read_bytes()
    tamper(db, "DELETE FROM custody WHERE id = 3")
    second = heads.write_head(db, tmp_path, NOW)
    custody.note(db, at=NOW, actor="李四", action="viewed")
    assert heads.write_head(db, tmp_path, NOW) == second
    assert (first.read_bytes(), second.name) == (before, "custody-2026-03-05.2.txt")
    (fault,) = chain.read(db, tmp_path).faults
    assert (fault.place, fault.what) == (f"链头文件 {first.name}", "与保管链第 3 条的哈希不符")
    second.write_bytes(b"damaged")
    assert heads.write_head(db, tmp_path, NOW).name == "custody-2026-03-05.3.txt"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", "编号：x\n哈希：y".encode(), b"0" * 10**6])
def test_a_head_that_was_damaged_is_a_fault(db, tmp_path, content):
    (tmp_path / "heads").mkdir()
    (tmp_path / "heads" / "custody-2026-01-01.txt").write_bytes(content)
    assert isinstance(heads.written(tmp_path)[0], Path)
    (fault,) = chain.read(db, tmp_path).faults
    assert (fault.kind, fault.place) == ("head", "链头文件 custody-2026-01-01.txt")


def test_a_folder_that_cannot_be_written_is_said(db, tmp_path):
    custody.note(db, at=NOW, actor="张三", action="viewed")
    (tmp_path / "heads").write_bytes(b"")
    with pytest.raises(EvidenceError):
        heads.write_head(db, tmp_path, NOW)
