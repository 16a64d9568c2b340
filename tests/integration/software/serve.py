"""Runs a real shop and a real forum on 127.0.0.1, filled with known listings.

with oscar(tmp_path) as shop:
    crawl(shop.base_url)
    assert titles == [truth.title for truth in shop.truth]
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin
from urllib.request import ProxyHandler, build_opener
from zoneinfo import ZoneInfo

from tests.integration.software.environment import HERE, ensure, folder, locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHANGHAI = ZoneInfo("Asia/Shanghai")  # the time zone of both installations
PROJECTS = {"oscar": "shop", "spirit": "forum"}
SEED_SECONDS = 240  # 10 to 20 s on an idle core; tests share few cores
START_SECONDS = 60  # 2 to 4 s on an idle core
STOP_SECONDS = 10  # the server finishes the answers that it has begun
POLL_SECONDS = 0.1
LOG_TAIL = 3000  # characters: one traceback


class SoftwareFailedError(RuntimeError):
    """Raised when the software cannot be filled or does not answer; holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What one item page says, known because we put it there."""

    key: str
    """The number in the item's address."""
    url: str
    title: str
    body: str
    """Lines separated by ``\\n``, without markup."""
    category: str
    label: str
    """``ad``: offers or seeks what must not be traded; ``innocent``: does not, even where its words look like it."""
    price: Decimal | None = None
    """CNY; the shop only, None where it asks to talk."""
    author: str | None = None
    """The forum only."""
    posted_at: datetime | None = None
    """Aware, whole minutes; the forum only."""
    attributes: dict[str, str] = field(default_factory=dict)
    """The shop only."""
    images: int = 0
    pinned: bool = False
    closed: bool = False
    replies: tuple[str, ...] = ()
    """Replies in the forum, reviews in the shop."""


@dataclass(frozen=True, slots=True)
class Software:
    """A running installation."""

    base_url: str
    """Without a slash at the end."""
    lists: dict[str, str]
    """Absolute addresses of the list pages by the name of their category; ``全部`` holds all."""
    truth: tuple[Truth, ...]
    pid: int
    log: Path


@contextmanager
def oscar(tmp_path: Path) -> Iterator[Software]:
    """A django-oscar shop with 60 products; its lists hold 20 a page, in the order of `truth`."""
    with serve("oscar", tmp_path) as software:
        yield software


@contextmanager
def spirit(tmp_path: Path) -> Iterator[Software]:
    """A django-spirit forum with 50 topics; its lists hold 20 a page, by last reply, a category's pinned topic first."""
    with serve("spirit", tmp_path) as software:
        yield software


def change(software: Software, statements: str) -> str:
    """Run Python statements in the software's own environment, Django set up, against its own data; what they print.

    Raises:
        SoftwareFailedError: the statements failed.
    """
    data = software.log.parent
    code = f"import django; django.setup()\n{textwrap.dedent(statements)}"
    command: list[str | Path] = [ensure(data.name), "-P", "-c", code]
    done = subprocess.run(
        command, cwd=data, env=describe(data.name, data), capture_output=True, timeout=SEED_SECONDS, check=False
    )
    if done.returncode:
        raise SoftwareFailedError(f"{data.name}: the change ended with {done.returncode}:\n{done.stderr.decode()}")
    return done.stdout.decode()


@contextmanager
def serve(name: str, tmp_path: Path) -> Iterator[Software]:
    python = ensure(name)
    data = tmp_path / name
    copy_seeded(name, python, data)
    log = data / "server.log"
    command: list[str | Path] = [python, "-P", HERE / "host.py", f"{PROJECTS[name]}.wsgi", data / "port"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=data, env=describe(name, data), stdin=subprocess.PIPE, stdout=output, stderr=output
        ) as process,
    ):
        try:
            base_url = wait_until_it_answers(process, data / "port", log)
            yield read_truth(data / "truth.json", base_url, process.pid, log)
        finally:
            stop(process)


def describe(name: str, data: Path) -> dict[str, str]:
    """The environment variables of the software's processes: nothing of ours leaks in."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(HERE / name),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "DJANGO_SETTINGS_MODULE": f"{PROJECTS[name]}.settings",
        "SOFTWARE_DATA": str(data),
    }


def copy_seeded(name: str, python: Path, data: Path) -> None:
    """Fill a folder of this run from the installation that was seeded once."""
    with locked(f"{name}-seed"):
        kept = folder(name) / "seeded"
        wanted = kept / fingerprint(name)
        if not wanted.is_dir():
            shutil.rmtree(kept, ignore_errors=True)
            seed(name, python, wanted)
        shutil.copytree(wanted, data)


def fingerprint(name: str) -> str:
    """Changes with all that the seeded data depends on; with the month too, since seeded dates are relative to now."""
    digest = hashlib.sha256(f"{datetime.now(UTC):%Y-%m}".encode())
    files = [path for path in (HERE / name).rglob("*") if path.suffix in {".py", ".json", ".lock"}]
    for path in sorted(files):
        digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def seed(name: str, python: Path, target: Path) -> None:
    part = target.with_suffix(".part")
    part.mkdir(parents=True)
    log = part / "seed.log"
    with log.open("wb") as output:
        command: list[str | Path] = [python, "-P", "-m", f"{PROJECTS[name]}.seed"]
        done = subprocess.run(
            command, cwd=part, env=describe(name, part), stdout=output, stderr=output, timeout=SEED_SECONDS, check=False
        )
    if done.returncode:
        raise SoftwareFailedError(f"{name}: seeding ended with {done.returncode}:\n{tail(log)}")
    part.rename(target)  # a reader never sees half an installation


def wait_until_it_answers(process: subprocess.Popen[bytes], port_file: Path, log: Path) -> str:
    """Its base URL; the first answer also warms the templates up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SoftwareFailedError(f"the server ended with {process.returncode}:\n{tail(log)}")
        if port_file.is_file() and answers(
            base_url := f"http://127.0.0.1:{port_file.read_text(encoding='ascii')}", log
        ):
            return base_url
        time.sleep(POLL_SECONDS)
    raise SoftwareFailedError(f"the server did not answer within {START_SECONDS} s:\n{tail(log)}")


def answers(base_url: str, log: Path) -> bool:
    direct = build_opener(ProxyHandler({}))  # a proxy of this machine must not see 127.0.0.1
    try:
        with direct.open(base_url, timeout=START_SECONDS) as response:
            return bool(response.status == 200)
    except HTTPError as error:
        error.close()
        raise SoftwareFailedError(f"the first page answered {error.code}:\n{tail(log)}") from error
    except (URLError, TimeoutError, ConnectionError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]


def read_truth(path: Path, base_url: str, pid: int, log: Path) -> Software:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Software(
        base_url=base_url,
        lists={name: urljoin(base_url, path) for name, path in content["lists"].items()},
        truth=tuple(read_listing(entry, base_url) for entry in content["listings"]),
        pid=pid,
        log=log,
    )


def read_listing(entry: dict[str, Any], base_url: str) -> Truth:
    price, posted_at = entry.pop("price", None), entry.pop("posted_at", None)
    return Truth(
        url=urljoin(base_url, entry.pop("path")),
        price=Decimal(price) if price is not None else None,
        posted_at=datetime.fromisoformat(posted_at) if posted_at else None,
        replies=tuple(entry.pop("replies")),
        **entry,
    )
