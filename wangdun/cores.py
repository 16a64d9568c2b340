"""Detection over all cores: tasks in, answers out, in order, in flat memory, whoever dies."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from wangdun.exceptions import WorkersLost
from wangdun.hand import STOPPING, Hand, Loading

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


def available() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class _Flight(Generic[T, R]):
    """One task on its way."""

    given: T | None
    """Kept where the task may be answered without workers."""
    size: int
    future: Future[R]


class Cores:
    """The detector in this process and in as many others as there are cores; a context manager.

    A worker that dies (killed, out of memory) takes nothing along: its task is tried once more by a fresh one, and
    only then given up.
    """

    def __init__(self, config: KeywordsConfig, workers: int, *, cache: Path | None = None) -> None:
        """`workers`: 1 does everything in this process; `cache`: see `Detector.load`.

        Raises:
            KeywordsError: the lexicon cannot be loaded.
        """
        from keywords.detector import Detector

        self.detector = Detector.load(config, cache=cache)
        self.workers = workers
        self._loading = Loading(config, cache, self.detector.version)
        self._crew: _Crew | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def start(self) -> None:
        """Start the workers now: before a database is opened or a thread begins, for they are forked from here."""
        if self._crew is None and self.workers > 1:
            with _undisturbed():
                self._crew = _Crew(self.detector, self._loading, self.workers)

    def map(
        self,
        task: Callable[[T, Detector], R],
        given: Iterable[T],
        size: Callable[[T], int] = lambda _: 0,
        lost: Callable[[T], R] | None = None,
    ) -> Generator[R]:
        """The answers of `task` (a function of a module), in order; `given` is read as far ahead as workers need.

        `lost`: the answer in place of a task over which a worker died, and the one that tried it again too.

        Raises:
            WorkersLost: the same without `lost`.
        """
        flights: deque[_Flight[T, R]] = deque()
        try:
            for number, one in enumerate(given):
                if self.workers == 1 or (self._crew is None and number < ALONE):
                    yield task(one, self.detector)
                    continue
                self.start()
                assert self._crew is not None
                flights.append(_Flight(one if lost else None, size(one), self._crew.send(task, one)))
                while len(flights) >= self.workers * WAITING or sum(one.size for one in flights) > WAITING_BYTES:
                    yield _land(flights, lost)
            while flights:
                yield _land(flights, lost)
        finally:
            if flights:  # somebody stopped listening
                self._end()

    def _end(self) -> None:
        """End the workers: what they may still be doing is of no use to anybody."""
        with _undisturbed():
            crew, self._crew = self._crew, None
            if crew is not None:
                crew.end()


def _land(flights: deque[_Flight[T, R]], lost: Callable[[T], R] | None) -> R:
    first = flights[0]
    try:
        answer = first.future.result()
    except WorkersLost:
        if lost is None or first.given is None:
            raise
        answer = lost(first.given)
    flights.popleft()  # not before: an error leaves it there, and all the others are ended
    return answer


class _Crew:
    """Hands, and a thread for each that passes it one task at a time."""

    def __init__(self, detector: Detector, loading: Loading, number: int) -> None:
        lock = threading.Lock()
        self._hands = [Hand(loading, lock) for _ in range(number)]
        self._idle: SimpleQueue[Hand] = SimpleQueue()
        self._threads = ThreadPoolExecutor(number, "hand", signal.pthread_sigmask, (signal.SIG_BLOCK, STOPPING))
        alone = threading.active_count() == 1
        try:
            for hand in self._hands:
                if alone:  # forked ones share the lexicon and start in milliseconds, but with threads nobody must fork
                    hand.fork(detector, [other.near_end for other in self._hands])
                else:
                    hand.spawn()
                self._idle.put(hand)
        except BaseException:  # whatever it is: those that began are ended
            self.end()
            raise

    def send(self, task: Callable[[T, Detector], R], given: T) -> Future[R]:
        """Have a task done as soon as a hand is free."""
        return self._threads.submit(self._pass_on, task, given)

    def _pass_on(self, task: Callable[[T, Detector], R], given: T) -> R:
        hand = self._idle.get()
        try:
            return hand.ask(task, given)
        finally:
            self._idle.put(hand)

    def end(self) -> None:
        """End everything at once; nothing here waits for a task."""
        for hand in self._hands:
            hand.kill()
        self._threads.shutdown(cancel_futures=True)
        for hand in self._hands:
            hand.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back: workers that are half started or half ended would be left behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
