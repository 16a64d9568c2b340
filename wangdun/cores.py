"""Detection over all cores: tasks in, answers out, in order, in flat memory, whoever dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from wangdun.exceptions import WorkersLost

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    from keywords.config import KeywordsConfig
    from keywords.detector import Detector

T = TypeVar("T")
R = TypeVar("R")

ALONE = 4  # tasks done in this process before any is started: a small input does not pay for processes
WAITING = 4  # tasks per worker in flight: keeps all busy, bounds memory
WAITING_BYTES = 64 << 20  # in flight over all workers, for inputs of very long texts
WATCH = 1.0  # seconds between two looks whether the parent still lives
STOPPING = (signal.SIGINT, signal.SIGTERM)


def available() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(slots=True)
class _Flight(Generic[T, R]):
    """One task on its way."""

    given: T
    size: int
    future: Future[R]


class Cores:
    """The detector in this process and in as many others as there are cores; a context manager.

    A worker that dies (killed, out of memory) takes nothing along: the tasks in flight are tried once more by fresh
    workers, and only then given up.
    """

    def __init__(self, config: KeywordsConfig, workers: int, *, cache: Path | None = None) -> None:
        """`workers`: 1 does everything in this process; `cache`: see `Detector.load`.

        Raises:
            KeywordsError: the lexicon cannot be loaded.
        """
        from keywords.detector import Detector

        self.detector = Detector.load(config, cache=cache)
        self.workers = workers
        self._loading = (config, cache, self.detector.version)
        self._pool: ProcessPoolExecutor | None = None
        self._before: set[Any] = set()
        self._replaced = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(now=kind is not None)

    def start(self) -> None:
        """Start the workers now: before a database is opened or a thread begins, for they are forked from here."""
        if self._pool is None and self.workers > 1:
            with _undisturbed():
                self._pool = self._first()

    def map(
        self, task: Callable[[T, Detector], R], given: Iterable[T], size: Callable[[T], int] = lambda _: 0
    ) -> Generator[R]:
        """The answers of `task` (a function of a module), in order; `given` is read as far ahead as workers need.

        Raises:
            WorkersLost: workers died twice.
        """
        flights: deque[_Flight[T, R]] = deque()
        try:
            for number, one in enumerate(given):
                if self.workers == 1 or (self._pool is None and number < ALONE):
                    yield task(one, self.detector)
                    continue
                self.start()
                self._send(task, one, size(one), flights)
                while len(flights) >= self.workers * WAITING or sum(one.size for one in flights) > WAITING_BYTES:
                    yield self._land(task, flights)
            while flights:
                yield self._land(task, flights)
        finally:
            if flights:  # somebody stopped listening
                self._end(now=True)

    def _send(self, task: Callable[[T, Detector], R], given: T, size: int, flights: deque[_Flight[T, R]]) -> None:
        assert self._pool is not None
        try:
            flights.append(_Flight(given, size, self._pool.submit(_run, task, given)))
        except BrokenProcessPool as error:
            self._replace(task, flights, error)
            flights.append(_Flight(given, size, self._pool.submit(_run, task, given)))

    def _land(self, task: Callable[[T, Detector], R], flights: deque[_Flight[T, R]]) -> R:
        try:
            answer = flights[0].future.result()
        except BrokenProcessPool as error:
            self._replace(task, flights, error)
            try:
                answer = flights[0].future.result()
            except BrokenProcessPool as again:
                raise WorkersLost from again
        flights.popleft()
        return answer

    def _replace(
        self, task: Callable[[T, Detector], R], flights: deque[_Flight[T, R]], error: BrokenProcessPool
    ) -> None:
        if self._replaced:
            raise WorkersLost from error
        self._replaced = True
        self._end(now=True)
        with _undisturbed():
            self._pool = self._new("spawn")  # the dead pool may have left a thread behind
            for flight in flights:
                flight.future = self._pool.submit(_run, task, flight.given)

    def _first(self) -> ProcessPoolExecutor:
        """Forked workers share the loaded lexicon and start in milliseconds, but a process with threads must not fork."""
        global _detector  # noqa: PLW0603 -- what forked workers inherit
        _detector = self.detector
        pool = self._new("fork" if threading.active_count() == 1 else "spawn")
        for _ in range(self.workers):  # forked ones start with the first task, others one with each
            pool.submit(os.getpid)
        return pool

    def _new(self, method: str) -> ProcessPoolExecutor:
        self._before = set(multiprocessing.active_children())
        return ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context(method),
            initializer=_start_worker,
            initargs=(os.getpid(), *self._loading),
        )

    def _end(self, *, now: bool) -> None:
        """End the workers; `now`: what they are doing is of no use to anybody."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if not now:
            pool.shutdown()
            return
        with _undisturbed():
            pool.shutdown(wait=False, cancel_futures=True)
            left = set(multiprocessing.active_children()) - self._before
            for child in left:
                child.terminate()
            for child in left:
                child.join()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back: a pool that is half started or half ended would be waited for for ever."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_detector: Detector | None = None


def _start_worker(parent: int, config: KeywordsConfig, cache: Path | None, version: str) -> None:
    """Make ready, once for each worker; a forked one has its detector already."""
    global _detector  # noqa: PLW0603 -- one detector for each process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)  # held back while the pool was started
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    if _detector is None or _detector.version != version:
        from keywords.detector import Detector

        _detector = Detector.load(config, cache=cache)
    if _detector.version != version:
        raise RuntimeError("the lexicon changed while it was in use")


def _follow(parent: int) -> None:
    """End with the parent: a worker whose parent was killed would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _run(task: Callable[[T, Detector], R], given: T) -> R:
    assert _detector is not None
    return task(given, _detector)
