"""Programs that tests run to look at what the product makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 240  # seconds; a paper takes a tenth of one


def text_of_pdf(content: bytes, folder: Path, *options: str) -> str:
    """What pdftotext reads; without the program, CI fails and a person's tests are skipped."""
    found = shutil.which("pdftotext")
    message = "pdftotext 未安装:apt-get install poppler-utils(Debian 软件包)"
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(message)
    if found is None:
        pytest.skip(message)
    path = folder / "paper.pdf"
    path.write_bytes(content)
    command = [found, *(options or ("-layout",)), str(path), "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
    assert done.stderr == b""  # it complains of broken files there
    return done.stdout.decode()
