"""One more process that judges texts, and the line to it: whoever dies, nobody waits for ever."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, TypeVar

from wangdun.exceptions import LexiconChanged, WorkersLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, SpawnContext
    from pathlib import Path

    from keywords.config import KeywordsConfig
    from keywords.detector import Detector

T = TypeVar("T")
R = TypeVar("R")

WATCH = 1.0  # seconds between two looks whether the parent still lives
STOPPING = {signal.SIGINT, signal.SIGTERM}


@dataclass(frozen=True, slots=True)
class Loading:
    """How a process gets its detector."""

    config: KeywordsConfig
    cache: Path | None
    version: str
    """Of the lexicon; another one is refused."""


class Hand:
    """A process with a line of its own.

    Nobody but the process holds the far end of the line, so its death is heard at once, even in the middle of an
    answer; with a line that several share, the parent would wait for the rest of that answer for ever.
    """

    def __init__(self, loading: Loading, lock: threading.Lock) -> None:
        """`lock`: shared by all hands, so that none is made or ended while another one is."""
        self._loading = loading
        self._lock = lock
        self._ended = False
        self._link: Connection[bytes, bytes] | None = None
        self._process: Any = None

    @property
    def near_end(self) -> Connection[bytes, bytes] | None:
        """What a process forked later inherits and must close."""
        return self._link

    def fork(self, detector: Detector, inherited: Iterable[Connection[bytes, bytes] | None]) -> None:
        """Start as a copy of this process, the loaded lexicon shared; only while no thread but this one runs."""
        self._start(multiprocessing.get_context("fork"), detector, tuple(inherited))

    def spawn(self) -> None:
        """Start as a new process that loads the lexicon itself; in place of the one before."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # the process lifts it when it is ready for it
        try:
            with self._lock:
                if self._ended:
                    raise EOFError
                self._drop()
                self._start(multiprocessing.get_context("spawn"), None, ())
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start(
        self,
        context: ForkContext | SpawnContext,
        detector: Detector | None,
        inherited: tuple[Connection[bytes, bytes] | None, ...],
    ) -> None:
        near, far = multiprocessing.Pipe()
        closed = (near, *inherited) if detector else ()
        process = context.Process(target=_serve, args=(far, closed, os.getpid(), detector, self._loading), daemon=True)
        try:
            process.start()
        except OSError:
            near.close()
            raise
        finally:
            far.close()
        self._link, self._process = near, process

    def ask(self, task: Callable[[T, Detector], R], given: T) -> R:
        """The answer of `task`; if the process dies over it, a fresh one tries once more.

        Raises:
            WorkersLost: that one died too, or the hand was ended.
            Exception: what `task` raised.
        """
        asked = ForkingPickler.dumps((task, given))
        try:
            answered = self._exchange(asked)
        except (EOFError, OSError):
            answered = self._again(asked)
        well, answer = ForkingPickler.loads(answered)
        if not well:
            raise answer
        found: R = answer
        return found

    def _again(self, asked: memoryview) -> bytes:
        try:
            self.spawn()
            return self._exchange(asked)
        except (EOFError, OSError) as error:
            raise WorkersLost from error

    def _exchange(self, asked: memoryview) -> bytes:
        if self._link is None:
            raise EOFError
        self._link.send_bytes(asked)
        return self._link.recv_bytes()

    def kill(self) -> None:
        """End the process, whatever it does; whoever waits for its answer is told, and no other takes its place."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Leave nothing of a killed process; while nobody waits for its answer."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
        if self._process is not None:
            self._process.kill()  # mostly dead; if a broken line was all that was seen of it, it is now
            self._process.join()
            self._process.close()
        self._link = self._process = None


def _serve(
    line: Connection[bytes, bytes],
    inherited: Iterable[Connection[bytes, bytes] | None],
    parent: int,
    detector: Detector | None,
    loading: Loading,
) -> None:
    """Answer until the line ends; what the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)  # held back while the process was started
    for other in inherited:
        if other is not None:
            other.close()
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    ready = detector or _load(loading)
    try:
        while True:
            asked = line.recv_bytes()
            line.send_bytes(_failure(ready) if isinstance(ready, Exception) else _answer(asked, ready))
    except (EOFError, OSError):  # the parent closed the line, or is no more
        return


def _load(loading: Loading) -> Detector | Exception:
    """The detector, or why there is none: the parent hears it in place of an answer."""
    from keywords.detector import Detector

    try:
        detector = Detector.load(loading.config, cache=loading.cache)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is raised in the parent
        return error
    if detector.version != loading.version:
        return LexiconChanged("词库在运行中有改动，或这台机器的词库与发起检测的不同")
    return detector


def _answer(asked: bytes, detector: Detector) -> memoryview:
    try:
        task, given = ForkingPickler.loads(asked)
        return ForkingPickler.dumps((True, task(given, detector)))
    except Exception as error:  # noqa: BLE001 -- whatever a task raises is raised in the parent
        return _failure(error)


def _failure(error: Exception) -> memoryview:
    """An error as the parent will raise it, with the trace of this process as a note."""
    trace = "".join(traceback.format_exception(error))
    error.add_note(trace)
    try:
        made = ForkingPickler.dumps((False, error))
        ForkingPickler.loads(made)
    except Exception:  # noqa: BLE001 -- an error of any kind may refuse to be copied: its words must do
        return ForkingPickler.dumps((False, RuntimeError(trace)))
    return made


def _follow(parent: int) -> None:
    """End with the parent: one whose parent was killed need not finish what it does."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)
