"""A PostgreSQL server of its own that a test may restart: the port and the data stay."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests import services

if TYPE_CHECKING:
    from collections.abc import Iterator


class Cluster:
    """Started by `running`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.binaries = services.find_binaries()
        self.user = services._unprivileged()
        self.port = services._free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        options = ["-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        command = [self.binaries / "initdb", "-D", self.folder / "data", *options]
        made = subprocess.run(command, user=self.user, cwd=self.folder, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        settings |= {"max_connections": 100, "shared_buffers": "32MB"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as output:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data", *options],
                user=self.user, cwd=self.folder, stdout=output, stderr=output,
            )  # fmt: skip
        until = time.monotonic() + services.PATIENCE
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=30).close()
            except psycopg.OperationalError:
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends all connections and goes (``fast``); SIGQUIT is as a crash (``immediate``)."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(services.PATIENCE)

    def url(self, database: str) -> str:
        return f"postgresql://tester@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE template0 ENCODING UTF8'.encode())
        return self.url(database)


@contextmanager
def running() -> Iterator[Cluster]:
    """A new cluster, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wangdun-cluster-"))
    cluster = Cluster(folder)
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        cluster.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)
