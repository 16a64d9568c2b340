"""Files of others: whatever they hold, the answer is one clear error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from keywords.exceptions import LexiconError
from keywords.lexicon.packs import read_entries
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import Pack
from tests.keywords.lexicon.hostile import FILES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", FILES)
def test_hostile_yaml_is_one_clear_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_bytes(FILES[name])
    with pytest.raises(LexiconError) as error:
        list(read_entries(path))
    said = str(error.value)
    assert str(path) in said
    assert len(said) < 2_000


def test_what_is_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    for name, part in {
        "deep lines": "第 21 行：嵌套太深",
        "alias bomb": "第 2 行：不支持引用",
        "a key twice": "第 3 行：键“entries”重复",
        "ten megabytes": "超过 4 MB",
        "not UTF-8": "不是 UTF-8",
        "an escape": "控制字符",
    }.items():
        path.write_bytes(FILES[name])
        with pytest.raises(LexiconError) as error:
            read_pack(path, Pack)
        assert part in str(error.value), name


def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path, tmp_path / "pipe.yaml"):
        with pytest.raises(LexiconError, match="不是普通文件"):
            read_pack(path, Pack)


def test_a_composed_term_is_text_not_a_format(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(
        "compose: [{heads: [虎], parts: [骨], entry: {term: '{head}{part}{head.__class__}{0}'}}]\n", encoding="utf-8"
    )
    assert [entry.term for entry in read_entries(path)] == ["虎骨{head.__class__}{0}"]
