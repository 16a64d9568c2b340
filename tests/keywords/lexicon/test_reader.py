from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.exceptions import LexiconError
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import Entry, Header, Pack, Scope

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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\n", "第 1 行：version 不是这里的键，“version”写在 pack 下"),
        ("entries:\n  - term: 象牙\n    provinces: [福建省]\n", "“provinces”写在 defaults.scope 下或 entries.scope 下"),
        ("entries:\n  - term: 象牙\n    about: 说明\n", "不是这里的键，“about”写在最外层"),
        ("pack:\n  name: 包\n  versio: 1\n", "pack.versio 不是已知的键，是否应为“version”"),
        ("entry: []\n", "entry 不是这里的键，是否应为“entries”，“entry”写在 compose 下"),
        ("qqq: 1\n", "qqq 不是已知的键"),
    ],
)
def test_a_key_that_belongs_elsewhere_is_told_where(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(LexiconError) as error:
        read_pack(written(tmp_path, text), Pack)
    assert told in str(error.value)


def test_no_key_is_suggested_for_itself(tmp_path: Path) -> None:
    for key in {**Entry.model_fields, **Header.model_fields, **Scope.model_fields}:
        with pytest.raises(LexiconError) as error:
            read_pack(written(tmp_path, f"{key}: 1\n"), Pack)
        assert f"是否应为“{key}”" not in str(error.value)
