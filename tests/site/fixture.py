"""Start the test site in a process of its own, talk to it, end it."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 10  # s for the process to end by itself


@dataclass(frozen=True)
class TestSite:
    """A running test site."""

    __test__ = False  # not a test, whatever its name says

    url: str
    """``http://127.0.0.1:PORT``, no slash at the end."""

    def control(self, **order: Any) -> dict[str, Any]:
        """Change the board; see README.md beside this file for the orders."""
        request = Request(f"{self.url}/control", json.dumps(order).encode(), {"Content-Type": "application/json"})
        with urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def log(self) -> list[dict[str, Any]]:
        """Every request since the start or the last ``clear_log``, oldest first."""
        with urlopen(f"{self.url}/log", timeout=PATIENCE) as answer:
            return json.load(answer)

    def paths(self) -> list[str]:
        """The paths of the log."""
        return [entry["path"] for entry in self.log()]


@contextmanager
def serve() -> Iterator[TestSite]:
    """The test site on a free port of 127.0.0.1, ended when the context is left."""
    command = [sys.executable, "-m", "tests.site"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield TestSite(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.stdin.close()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
