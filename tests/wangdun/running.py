"""Runs the real program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 280  # seconds; only a hung program takes them, and it must not hang the suite


def environment(**more: str) -> dict[str, str]:
    """Ours, without what the person who runs the tests has set for the product."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANGDUN_", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def wangdun(*args: str, cwd: Path, stdin: bytes | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run `wangdun` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "wangdun", *args],
        cwd=cwd,
        env=environment(**env),
        input=stdin if stdin is not None else b"",
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def python(code: str, cwd: Path) -> str:
    """Run Python code; what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def write_config(folder: Path, sites: str = "", more: str = "", evidence: str = "{screens: manual}") -> Path:
    """A config.yaml that watches `sites` (YAML list items, flush left); no browser starts unless `evidence` says so."""
    path = folder / "config.yaml"
    listed = textwrap.indent(textwrap.dedent(sites).strip() or "[]", "    ")
    kept = f"storage:\n  data_dir: data\n  evidence: {evidence}\n"
    text = f"crawler:\n  contact: demo@example.org\n  sites:\n{listed}\n{kept}{textwrap.dedent(more)}"
    path.write_text(text, encoding="utf-8")
    return path
