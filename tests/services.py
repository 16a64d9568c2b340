"""Real servers for tests: private, on 127.0.0.1, always ended."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGQUIT
from typing import TYPE_CHECKING, NoReturn
from urllib.request import Request, urlopen

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "postgresql"
BINARIES = Path("/usr/lib/postgresql")
STARTS = 3  # another process may take the free port between looking and starting
PATIENCE = 240  # s to start: a busy test machine, not a slow server


@dataclass(frozen=True)
class Postgres:
    """A running cluster."""

    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://tester@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database, as a copy of `template`; its URL."""
        self._run(f'CREATE DATABASE "{database}" TEMPLATE "{template}" ENCODING UTF8')
        return self.url(database)

    def drop(self, database: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A private PostgreSQL cluster in a temporary folder, gone at the end."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="wangdun-postgres-"))
    try:
        with _running(binaries, folder) as port:
            yield Postgres(port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Redis:
    """A running server whose data lies in a folder of its own."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        """As a power cut would: at once, saving nothing."""
        self.process.kill()
        self.process.wait()

    def start(self, *, empty: bool = False) -> None:
        """Run again at the same port, with what had been written to the disk or with nothing."""
        if empty:
            shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        self.process = _run_redis(self.port, self.folder)
        assert _redis_answers(self.process, self.port)


@contextmanager
def redis() -> Iterator[Redis]:
    """A private Redis that writes everything down, in a temporary folder, gone at the end."""
    if shutil.which("redis-server") is None:
        _lack("Redis 未安装:apt-get install redis-server(Debian 软件包)")
    folder = Path(tempfile.mkdtemp(prefix="wangdun-redis-"))
    try:
        server = _started_redis(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started_redis(folder: Path) -> Redis:
    for _ in range(STARTS):
        port = _free_port()
        process = _run_redis(port, folder)
        if _redis_answers(process, port):
            return Redis(port, folder, process)
        process.kill()
        process.wait()
    pytest.fail(f"Redis 没有启动:{(folder / 'log').read_text()}")


def _run_redis(port: int, folder: Path) -> subprocess.Popen[bytes]:
    settings = ["--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--logfile", folder / "log"]
    settings += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    return subprocess.Popen(["redis-server", *settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _redis_answers(process: subprocess.Popen[bytes], port: int) -> bool:
    from redis import Redis as Client
    from redis.exceptions import ConnectionError as Refused

    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with Client(port=port) as client:
            try:
                return bool(client.ping())
            except Refused:  # also while it reads what it had written
                time.sleep(0.05)
    return False


def _lack(message: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def find_binaries() -> Path:
    """The newest installed server's programs; without one, CI fails and a person's tests are skipped."""
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0))
    if found:
        return found[-1].parent
    _lack(f"PostgreSQL 服务端未安装:apt-get install {PACKAGE}(Debian 软件包)")


def _running(binaries: Path, folder: Path):
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    make = [binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    made = subprocess.run(make, user=user, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return _server(binaries / "postgres", data, user)


def _unprivileged() -> str | None:
    """Whom to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def _server(program: Path, data: Path, user: str | None) -> Iterator[int]:
    log = data.parent / "log"
    for _ in range(STARTS):
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",  # the cluster lives as long as the tests
            "max_connections": 50,
            "shared_buffers": "32MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, "-D", data, *options], user=user, cwd=data, stdout=output, stderr=output
            )
        try:
            if _answers(process, port):
                yield port
                return
        finally:
            _end(process)
    pytest.fail(f"PostgreSQL 没有启动:{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(Postgres(port).url(), connect_timeout=30).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(SIGQUIT)  # at once, without saving: the data goes too
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Bucket:
    """A running server that speaks S3, with one bucket."""

    endpoint: str
    name: str = "evidence"

    @property
    def store(self) -> str:
        return f"s3://{self.name}/wangdun"

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo"}

    def client(self):
        """The bucket as its owner sees it."""
        import boto3

        keys = {"aws_access_key_id": "demo", "aws_secret_access_key": "demo", "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=self.endpoint, **keys)

    def empty(self) -> None:
        """Make the bucket anew, with nothing in it."""
        with urlopen(Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=PATIENCE):
            self.client().create_bucket(Bucket=self.name)


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A private S3 server with an empty bucket, gone at the end."""
    for _ in range(STARTS):
        port = _free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if _listens(process, port):
                made = Bucket(f"http://127.0.0.1:{port}")
                made.empty()
                yield made
                return
        finally:
            process.kill()
            process.wait()
    pytest.fail("S3 服务没有启动")


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False
