"""LibreOffice, as a receiving office would open what the product makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 240  # seconds; its first start takes five


def as_pdf(content: bytes, name: str, folder: Path) -> bytes:
    """What LibreOffice prints of a file; without the program, CI fails and a person's tests are skipped."""
    found = shutil.which("soffice")
    message = "LibreOffice 未安装:apt-get install libreoffice-writer-nogui libreoffice-calc-nogui(Debian 软件包)"
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(message)
    if found is None:
        pytest.skip(message)
    path = folder / name
    path.write_bytes(content)
    profile = (folder / "profile").as_uri()  # one of its own: two runs at once would refuse each other
    command = [
        found,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--norestore",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(path),
    ]
    subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
    return path.with_suffix(".pdf").read_bytes()
