"""The compiled lexicon in a private folder: read where it is beyond doubt, compiled anew where it is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from keywords.lexicon import kept
from keywords.lexicon.compile import compile_lexicon, load_compiled, source_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A local file, and a cache that holds the lexicon with it."""
    folder = tmp_path_factory.mktemp("kept")
    local = folder / "local.yaml"
    local.write_text("entries: [{term: 闽江山鸡套, kind: gear}]\n", encoding="utf-8")
    load_compiled([local], folder / "cache")
    return local, folder / "cache"


def test_what_is_kept_equals_what_is_compiled(files: tuple[Path, Path]) -> None:
    local, cache = files
    version = source_version([local])
    found = kept.read(cache, version)
    assert found is not None
    assert found == load_compiled([local], cache)
    assert found["entries"][-1]["term"] == "闽江山鸡套"
    assert found["patterns"] == compile_lexicon([local])["patterns"]


def test_it_is_private(files: tuple[Path, Path]) -> None:
    _, cache = files
    assert cache.stat().st_mode & 0o077 == 0
    assert (cache / kept.NAME).stat().st_mode & 0o077 == 0


def test_another_version_is_not_read(files: tuple[Path, Path]) -> None:
    local, cache = files
    local.write_text("entries: [{term: 闽江山鸡套, kind: gear, severity: 2}]\n", encoding="utf-8")
    assert kept.read(cache, source_version([local])) is None


@pytest.mark.parametrize("place", [0, 40, 200, -1])
def test_damage_is_noticed(place: int, tmp_path: Path) -> None:
    kept.write(tmp_path / "cache", "v", {"version": "v", "entries": list(range(500))})
    path = tmp_path / "cache" / kept.NAME
    assert kept.read(tmp_path / "cache", "v") is not None
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    assert kept.read(tmp_path / "cache", "v") is None


def test_a_file_that_others_may_write_or_a_link_is_not_read(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kept.write(cache, "v", {"version": "v"})
    path = cache / kept.NAME
    path.chmod(0o666)
    assert kept.read(cache, "v") is None
    path.chmod(0o600)
    assert kept.read(cache, "v") == {"version": "v"}
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert kept.read(cache, "v") is None


def test_a_folder_that_others_may_use_is_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    kept.write(shared, "v", {"version": "v"})
    assert os.listdir(shared) == []  # noqa: PTH208


def test_a_folder_that_cannot_be_made_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    local = tmp_path / "local.yaml"
    local.write_text("entries: [{term: 闽江山鸡套, kind: gear}]\n", encoding="utf-8")
    assert load_compiled([local], tmp_path / "file" / "cache")["entries"][-1]["term"] == "闽江山鸡套"
