from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.exceptions import LexiconError
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import Pack

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    path = folder / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_misspelt_key_is_named_with_file_line_and_nearest_key(tmp_path: Path) -> None:
    path = written(tmp_path, "entries:\n  - term: 象牙\n    alises: [牙雕]\n")
    with pytest.raises(LexiconError) as error:
        read_pack(path, Pack)
    assert f"{path} 第 3 行" in str(error.value)
    assert "aliases" in str(error.value)


def test_a_wrong_value_is_named_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "entries:\n  - term: 象牙\n  - term: 虎骨\n    kind: animal\n")
    with pytest.raises(LexiconError, match=r"第 4 行.*kind"):
        read_pack(path, Pack)


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "entries:\n  - term: [象牙\n")
    with pytest.raises(LexiconError, match="不是合法的 YAML"):
        read_pack(path, Pack)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="无法读取"):
        read_pack(tmp_path / "nothing.yaml", Pack)


def test_an_empty_file_is_an_empty_pack(tmp_path: Path) -> None:
    assert read_pack(written(tmp_path, ""), Pack).entries == ()
