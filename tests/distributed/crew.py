"""An installation of several workers on one machine: each a process with a data folder's locks of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from tests.wangdun.running import PATIENCE, ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.site.fixture import TestSite

WORKER = "wangdun.worker"


def write_config(folder: Path, url: str, sites: Iterable[tuple[str, str]], more: str = "", run: str = "") -> Path:
    """One machine's config.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = "".join(f'    - {{name: {name}, start: "{start}", {more or "every: 1h"}}}\n' for name, start in sites)
    text = f"crawler:\n  contact: demo@example.org\n  politeness: {{delay: 0}}\n  sites:\n{listed or '    []'}\n"
    text += f"storage:\n  data_dir: data\n  url: {url}\n  evidence: {{screens: manual}}\n"
    text += f"wangdun:\n  runtime: distributed\n  stalled_after: 5s\n  grace: 20s\n{run}"
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class Crew:
    """Workers on machines of their own: no file lock of one reaches another."""

    def __init__(self, folder: Path, url: str, sites: dict[str, TestSite], run: str = "") -> None:
        self.folder, self.url, self.sites, self.run = folder, url, sites, run
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.pids: dict[tuple[str, int], int] = {}
        """(site, visitor's port) → pid of the crawl."""
        self.ended = threading.Event()
        self.spy = threading.Thread(target=self._spy, daemon=True)
        self.spy.start()

    def machine(self, name: str) -> Path:
        folder = self.folder / name
        write_config(folder, self.url, [(one, f"{site.url}/board/") for one, site in self.sites.items()], run=self.run)
        return folder / "config.yaml"

    def start(self, name: str) -> subprocess.Popen[bytes]:
        config = self.machine(name)
        command = [sys.executable, "-m", "wangdun", "worker", "--name", name, "--config", str(config)]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.workers[name] = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)
        return self.workers[name]

    def kill(self, name: str) -> None:
        self.workers[name].kill()
        self.workers[name].wait(PATIENCE)

    def keep_up(self) -> None:
        """Start again who ended by himself, as the system's service manager does."""
        for name, process in list(self.workers.items()):
            if process.poll() is not None:
                self.start(name)

    def stop(self) -> list[int]:
        for process in self.workers.values():
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(PATIENCE) for process in self.workers.values()]
        self.close()
        return codes

    def close(self) -> None:
        self.ended.set()
        self.spy.join()
        for process in self.workers.values():
            process.kill()
            process.wait(PATIENCE)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def until(self, true: Callable[[], object], what: str = "") -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, (what, self.said())
            self.keep_up()
            time.sleep(0.1)

    def said(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text()[-4000:]}" for log in sorted(self.folder.glob("*.log")))

    def began(self) -> list[tuple[str, float]]:
        """(site, time of day) of each start of a crawl, as the workers' logs say."""
        pattern = re.compile(r"^(\S+ \S+),(\d{3}) INFO wangdun.worker 开始采集站点 (\S+)$", re.MULTILINE)
        found = []
        for log in self.folder.glob("*.log"):
            for moment, thousandths, site in pattern.findall(log.read_text()):
                found.append((site, time.mktime(time.strptime(moment, "%Y-%m-%d %H:%M:%S")) + int(thousandths) / 1000))
        return found

    def crawls(self) -> dict[int, str]:
        """Pid → site of the crawls there are."""
        found = {}
        for pid, words in _commands():
            if WORKER in words and any(str(self.folder) in word for word in words):
                found[pid] = words[words.index(WORKER) + 1]
        return found

    def owner(self, pid: int) -> str | None:
        """The worker that started a crawl."""
        with suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            return next((name for name, process in self.workers.items() if process.pid == parent), None)
        return None

    def _spy(self) -> None:
        """Note whose connection is whose, as the kernel knows it."""
        ports = {int(site.url.rpartition(":")[2]): name for name, site in self.sites.items()}
        while not self.ended.wait(0.01):
            inodes = dict(_connections(ports))
            for pid in self.crawls() if inodes else ():
                for inode in _sockets(pid) & inodes.keys():
                    self.pids[inodes[inode]] = pid

    def visits(self, name: str) -> list[int]:
        """Pid after pid, as they read the site, each as often as it began to."""
        order: list[int] = []
        for entry in self.sites[name].log():
            pid = self.pids.get((name, entry["port"]))
            if pid is not None and (not order or order[-1] != pid):
                order.append(pid)
        return order

    def unknown(self, name: str) -> float:
        """Share of a site's requests of which nobody knows who sent them."""
        log = self.sites[name].log()
        return sum((name, entry["port"]) not in self.pids for entry in log) / len(log)


def _commands() -> Iterable[tuple[int, list[str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield int(folder.name), (folder / "cmdline").read_text(errors="replace").split("\0")


def _connections(ports: dict[int, str]) -> Iterable[tuple[str, tuple[str, int]]]:
    """(inode, (site, visitor's port)) of each connection to a site, from the visitor's side."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        site = ports.get(int(parts[2].rpartition(":")[2], 16))
        if site is not None and parts[9] != "0":
            yield parts[9], (site, int(parts[1].rpartition(":")[2], 16))


def _sockets(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                target = str(link.readlink())
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found


def asked(crew: Crew, site: str) -> None:
    """Somebody presses "run now"."""
    with psycopg.connect(crew.url, autocommit=True) as connection:
        query = "INSERT INTO run_requests (site, requested_at) VALUES (%s, now()) ON CONFLICT DO NOTHING"
        connection.execute(query, (site,))
