"""Builds the environments of the third-party software that integration tests crawl, one virtual environment each.

Run as ``python -m tests.integration.software.environment`` to build them before the tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NAMES = ("oscar", "spirit")
BUILD_SECONDS = 900  # downloads of some 40 MB through a slow line
LOG_TAIL = 2000  # characters: the end of an installer's log holds the cause


class EnvironmentUnavailableError(RuntimeError):
    """Raised by `ensure` when the environment cannot be built; holds the end of the installer's output."""


def folder(name: str) -> Path:
    return ROOT / f".venv-{name}"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time: the others wait. The system frees the lock of a killed holder."""
    locks = ROOT / ".venv-locks"
    locks.mkdir(exist_ok=True)
    with (locks / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fingerprint(name: str) -> str:
    """Changes with the locked requirements and with the Python that runs them."""
    lock = (HERE / name / "requirements.lock").read_bytes()
    return f"{hashlib.sha256(lock).hexdigest()} {sys.version_info.major}.{sys.version_info.minor}"


def ensure(name: str) -> Path:
    """The Python of the software's environment, built first where it is missing, half made or of another lock.

    Raises:
        EnvironmentUnavailableError: when the packages cannot be installed.
    """
    if name not in NAMES:
        raise ValueError(f"no such software: {name}; there are {', '.join(NAMES)}")
    python, stamp, wanted = folder(name) / "bin" / "python", folder(name) / "lock.stamp", fingerprint(name)
    with locked(name):
        if not (stamp.is_file() and stamp.read_text() == wanted and python.exists()):
            build(name)
            stamp.write_text(wanted)  # written last: an environment without it is half made
    return python


def build(name: str) -> None:
    shutil.rmtree(folder(name), ignore_errors=True)
    run([sys.executable, "-I", "-m", "venv", "--without-pip", folder(name)])
    # our own pip installs into it: unpacking another one takes longer than all the rest of an empty environment
    pip: list[str | Path] = [sys.executable, "-I", "-m", "pip", "--python", folder(name) / "bin" / "python"]
    quiet = ["--disable-pip-version-check", "install", "--quiet", "--no-input"]
    run([*pip, *quiet, "--require-hashes", "-r", HERE / name / "requirements.lock"])


def run(command: Sequence[str | Path]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise EnvironmentUnavailableError(f"{command[0]}: not done after {BUILD_SECONDS} s") from error
    if done.returncode:
        output = (done.stdout + done.stderr)[-LOG_TAIL:]
        raise EnvironmentUnavailableError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{output}")


if __name__ == "__main__":
    for each in NAMES:
        sys.stdout.write(f"{ensure(each)}\n")
