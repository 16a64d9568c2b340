"""Building the kernel: with a compiler there is one, without there is none, and nothing else changes."""

from __future__ import annotations

import shutil

import pytest

from keywords.kernel import build
from keywords.kernel.binding import open_library


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    for path in (*build.sources(), *build.HERE.glob("*.h")):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(build, "HERE", tmp_path)
    return tmp_path


def test_without_a_compiler_there_is_none(elsewhere, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    assert build.build() is None
    assert open_library() is None
    build.main()
    assert "没有编译成" in capsys.readouterr().out


def test_a_compiler_that_fails_leaves_nothing(elsewhere, monkeypatch) -> None:
    before = set(elsewhere.iterdir())
    (elsewhere / "look.c").write_text("no C at all")
    assert build.build() is None
    assert set(elsewhere.iterdir()) == before


@pytest.mark.parametrize("changed", ["look.c", "kernel.h"])
def test_a_library_of_another_source_is_not_used(elsewhere, capsys, changed: str) -> None:
    if build.build() is None:
        pytest.skip("no C compiler")
    assert open_library() is not None
    first = build.built()
    with (elsewhere / changed).open("a") as source:
        source.write("\n/* changed */\n")
    assert open_library() is None
    build.main()
    assert "已编译" in capsys.readouterr().out
    assert build.built().exists()
    assert not first.exists()


def test_a_damaged_library_is_not_used(elsewhere) -> None:
    build.built().write_bytes(b"\x7fELF cut off")
    assert open_library() is None


def test_the_source_compiles_without_a_warning(elsewhere) -> None:
    compilers = list(build._compilers())
    if not compilers:
        pytest.skip("no C compiler")
    import subprocess

    command = [
        *compilers[0],
        *build.FLAGS,
        "-Wall",
        "-Wextra",
        "-pedantic",
        "-Werror",
        *map(str, build.sources()),
        "-o",
        str(elsewhere / "x.so"),
        "-lm",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(len(path.read_text(encoding="utf-8").splitlines()) < 300 for path in build.sources())
