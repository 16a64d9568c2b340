"""Crawl: one worker process per site, several at a time, with their progress told as it comes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from wangdun import parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from wangdun.config import Config

Message = dict[str, Any]
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
KILL_AFTER = 60.0  # seconds after Ctrl-C: a page may take its whole time limit


@dataclass(slots=True)
class SiteRun:
    """What became of one site's worker."""

    site: str
    status: str
    findings: list[dict[str, str]]
    tally: dict[str, Any]
    exit_code: int
    issues: list[tuple[str, str]] = field(default_factory=list)
    """The first pages that could not be read: (URL, reason)."""

    @property
    def is_good(self) -> bool:
        """Done, perhaps with warnings."""
        return self.exit_code == 0


@dataclass
class Workers:
    """Starts workers and ends them with itself."""

    config: Config
    trigger: str = "manual"
    full: bool = False
    watch: bool = False
    """Only pages of watched leads."""
    tell: Callable[[Message], None] = lambda _message: None
    _running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.stop()

    def run(self, names: Sequence[str]) -> list[SiteRun]:
        """Crawl the sites, at most `wangdun.concurrent_sites` at once; results in the order of `names`."""
        with ThreadPoolExecutor(self.config.wangdun.concurrent_sites) as pool:
            jobs = [pool.submit(self._run_one, name) for name in names]
            try:
                with _terminable():
                    return [job.result() for job in jobs]
            except KeyboardInterrupt as reason:
                if (
                    parent.lost()
                ):  # our runs see by themselves that we are gone, and are made up for: nobody stopped them
                    os._exit(INTERRUPTED)
                # after Ctrl-C the workers, in the same group, have got it too and are finishing their last pages
                self.stop(forward=isinstance(reason, _Terminated))
                return [job.result() for job in jobs]

    def stop(self, *, forward: bool = False) -> None:
        """Ask all workers to finish, start no more, and end those that do not finish in time.

        `forward` also asks those that a Ctrl-C on the terminal has asked already.
        """
        self._stopping = True
        with self._lock:
            running = list(self._running.values())
        for process in running:
            with contextlib.suppress(ProcessLookupError):  # it ended this moment
                if forward or os.getpgid(process.pid) != os.getpgid(0):
                    process.send_signal(signal.SIGINT)
        for process in running:
            timer = threading.Timer(KILL_AFTER, process.kill)
            timer.daemon = True
            timer.start()

    def _run_one(self, name: str) -> SiteRun:
        if self._stopping:
            return SiteRun(name, "interrupted", [], {}, 130)
        process = self._start(name)
        result: Message = {}
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                message = _read(line)
                if message.get("type") == "result":
                    result = message
                elif message:
                    self.tell(message)
        code = process.wait()
        with self._lock:
            self._running.pop(name, None)
        return _site_run(name, result, code, self._stopping)

    def _start(self, name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "wangdun.worker", name, "--config", str(self.config.path)]
        command += ["--trigger", self.trigger, *(["--full"] if self.full else []), *(["--watch"] if self.watch else [])]
        self.config.log_dir.mkdir(parents=True, exist_ok=True)
        with (self.config.log_dir / f"crawl-{name}.err").open("ab") as errors, self._lock:
            process = subprocess.Popen(  # noqa: S603 -- our own module; the site's name is checked by its pattern
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env={**os.environ, **parent.mark()},
            )
            self._running[name] = process
        return process


class _Terminated(KeyboardInterrupt):
    """SIGTERM: raised in the main thread in place of Ctrl-C."""


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the work as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise_terminated(_number: int, _frame: object) -> None:
    raise _Terminated


def _read(line: str) -> Message:
    try:
        message = json.loads(line)
    except ValueError:  # something below us printed
        return {}
    return message if isinstance(message, dict) else {}


def _site_run(name: str, result: Message, code: int, stopping: bool) -> SiteRun:  # noqa: FBT001 -- internal
    if result:
        issues = [(url, reason) for url, reason in result.get("issues", ())]
        return SiteRun(name, result["status"], result["findings"], result["tally"], code, issues)
    if stopping or code in {130, -signal.SIGINT}:
        return SiteRun(name, "interrupted", [], {}, 130)
    died = f"采集进程意外结束（{'信号 ' + str(-code) if code < 0 else '退出码 ' + str(code)}），再次运行会接着采集"
    return SiteRun(name, "failed", [{"level": "error", "kind": "died", "reason": died}], {}, code or 1)


def exit_code(runs: Sequence[SiteRun]) -> int:
    """0 all good, 130 interrupted, 1 some site failed."""
    if any(run.status == "interrupted" for run in runs):
        return INTERRUPTED
    return 0 if all(run.is_good for run in runs) else 1
