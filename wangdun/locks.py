"""Locks on files that the kernel releases when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wangdun.exceptions import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TRIES = 5  # somebody who only asks who holds it (`holder`) has it for microseconds
PAUSE = 0.02  # seconds between two tries
POLL = 0.5  # seconds between two looks at a host that another run is reading: such runs take minutes


def lock_folder(data_dir: Path) -> Path:
    """Where the lock files lie."""
    return data_dir / "locks"


def site_lock_file(data_dir: Path, name: str) -> Path:
    """The lock file of a site; a hash tells sites apart whose names differ in case only or not at all to a disk."""
    return lock_folder(data_dir) / f"site-{hashlib.sha256(name.encode()).hexdigest()[:16]}.lock"


def host_lock_file(data_dir: Path, host: str) -> Path:
    """The lock file of a network location, as `network_locations` writes it."""
    return lock_folder(data_dir) / f"host-{hashlib.sha256(host.encode()).hexdigest()[:16]}.lock"


def network_locations(urls: Iterable[str]) -> frozenset[str]:
    """Who answers these addresses: ``host`` or ``host:port``; http and https of a host are one, by their usual ports."""
    found = (urlsplit(url).netloc.rpartition("@")[2].lower() for url in urls)
    return frozenset(one.removesuffix(":80").removesuffix(":443").removesuffix(":") for one in found)


def scheduler_lock_file(data_dir: Path) -> Path:
    """The lock file of the one scheduler."""
    return lock_folder(data_dir) / "scheduler.lock"


def beat_file(data_dir: Path) -> Path:
    """Touched by the scheduler once a minute: one that hangs holds its lock, too."""
    return lock_folder(data_dir) / "scheduler.beat"


def beat(data_dir: Path, moment: float) -> None:
    """Leave a sign of life of the scheduler; `moment` in seconds of the Unix epoch. Raises OSError."""
    file = beat_file(data_dir)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (moment, moment))


def last_beat(data_dir: Path) -> float | None:
    """When the scheduler last left one, in seconds of the Unix epoch; None for never."""
    try:
        return beat_file(data_dir).stat().st_mtime
    except OSError:
        return None


@contextmanager
def site_lock(data_dir: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """Hold the site while it is crawled; `shared` keeps out only those who do not share it.

    Raises:
        Busy: another process is crawling it.
    """
    with file_lock(site_lock_file(data_dir, name), f"站点 {name} 正在采集中", shared=shared):
        yield


@contextmanager
def host_locks(
    data_dir: Path,
    hosts: Iterable[str],
    *,
    waiting: Callable[[], bool],
    take: Callable[[str], bool] = lambda _host: True,
    shared: bool = False,
) -> Iterator[None]:
    """Hold the hosts while one of their sites is crawled, waiting for each as long as it takes.

    All take them in the same order, so that no two runs wait for each other. `waiting` is asked before each pause of a
    wait; it says whether to go on. The wait looks again and again, for a lock that blocks would sleep through signals
    whose handlers do not raise. `take` is asked for each host when no other run on this machine has it: with several
    machines it takes the lock that reaches them all. `shared` keeps out only those who do not share the host.

    Raises:
        KeyboardInterrupt: `waiting` said no.
    """
    with ExitStack() as held:
        for host in sorted(set(hosts)):
            descriptor = held.enter_context(_opened(host_lock_file(data_dir, host)))
            _await(partial(_taken, descriptor, shared=shared), waiting)
            _await(partial(take, host), waiting)
            _sign(descriptor)
        yield


def _await(done: Callable[[], bool], waiting: Callable[[], bool]) -> None:
    while not done():
        if not waiting():
            raise KeyboardInterrupt
        time.sleep(POLL)


@contextmanager
def scheduler_lock(data_dir: Path) -> Iterator[None]:
    """Be the one scheduler of this data folder.

    Raises:
        Busy: there is one already.
    """
    with file_lock(scheduler_lock_file(data_dir), "定时采集已在运行"):
        yield


@contextmanager
def file_lock(path: Path, what: str, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock on `path`, exclusive unless `shared`, which then says who holds it. The file itself stays.

    Raises:
        Busy: somebody else holds it; the message starts with `what`.
    """
    with _opened(path) as descriptor:
        if not _taken(descriptor, shared=shared):
            raise Busy(what, _pid_in(descriptor))
        _sign(descriptor)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sign(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    with suppress(OSError):  # the lock holds without a name: a full disk must not keep anybody from making a backup
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _taken(descriptor: int, *, shared: bool = False) -> bool:
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        else:
            return True
    return False


def holder(path: Path) -> int | None:
    """The pid of whoever holds the lock now (0 where it cannot be read); None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid_in(descriptor) or 0
    finally:
        os.close(descriptor)
    return None


def _pid_in(descriptor: int) -> int | None:
    text = os.pread(descriptor, 20, 0).strip()  # a pid has at most ten digits
    return int(text) if text.isdigit() else None
