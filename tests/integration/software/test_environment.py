"""Environments of foreign software are built once, again when their lock changes, and never left half made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.software import environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock that asks for nothing, so that no index is needed."""
    monkeypatch.setattr(environment, "HERE", tmp_path)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    path = tmp_path / "oscar" / "requirements.lock"
    path.parent.mkdir()
    path.write_text("# nothing\n")
    return path


def test_built_once_then_again_when_the_lock_changes(lock: Path) -> None:
    python = environment.ensure("oscar")
    assert python.exists()
    mark = python.parents[1] / "mark"
    mark.touch()
    environment.ensure("oscar")
    assert mark.exists()
    lock.write_text("# nothing, said otherwise\n")
    environment.ensure("oscar")
    assert not mark.exists()


def test_half_made_environment_is_made_anew(lock: Path) -> None:
    rest = environment.folder("oscar") / "bin" / "rest"
    rest.parent.mkdir(parents=True)
    rest.touch()
    assert environment.ensure("oscar").exists()
    assert not rest.exists()


def test_failed_build_tells_why_and_leaves_no_stamp(lock: Path) -> None:
    lock.write_text("nothing==1\n")
    with pytest.raises(environment.EnvironmentUnavailableError, match="hash"):
        environment.ensure("oscar")
    assert not (environment.folder("oscar") / "lock.stamp").exists()


def test_unknown_software_is_refused() -> None:
    with pytest.raises(ValueError, match="oscar, spirit"):
        environment.ensure("../other")


@pytest.mark.parametrize("name", environment.NAMES)
def test_locks_hold_hashes_and_no_address(name: str) -> None:
    text = (environment.HERE / name / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index-url" not in text
