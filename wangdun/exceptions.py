"""What a command reports in one line instead of a traceback; `exit_code` is what the process ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wangdun.mistakes import Mistake


class WangdunError(Exception):
    """Base of this package's errors; `str()` is Chinese, for people. Raised by commands whose work failed."""

    exit_code = 1


class UsageError(WangdunError):
    """Raised by commands when what was asked for cannot be done as asked: unknown name, unreadable file."""

    exit_code = 2


class ConfigError(UsageError):
    """Raised by `wangdun.config.load`: the file is missing, unreadable or says something that is not valid."""

    def __init__(self, path: Path, mistakes: Sequence[Mistake]) -> None:
        """Keep every mistake: all are reported at once."""
        self.path = path
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistake.shown(path) for mistake in self.mistakes))


class DoneByOthers(WangdunError):  # noqa: N818 -- no error
    """What this process was started for is done; `result` says how it went."""

    def __init__(self, result: object) -> None:
        super().__init__("其他进程已经采集完毕")
        self.result = result


class Busy(WangdunError):  # noqa: N818 -- it is a state of the world, not a fault
    """Raised by `wangdun.locks` when another process holds the lock."""

    def __init__(self, what: str, pid: int | None) -> None:
        """`pid` is the holder's, None where it could not be read."""
        self.pid = pid
        super().__init__(f"{what}（进程号 {pid}）" if pid else what)


class WorkersLost(WangdunError):  # noqa: N818 -- it is what happened
    """Raised by `wangdun.cores` when processes that judge texts died, and their successors too."""

    def __init__(self) -> None:
        """Say what a person can do."""
        super().__init__("检测进程两次被系统终止（内存不足，或运行中词库被改动？），可用 --workers 1 再试")


class LexiconChanged(WangdunError):  # noqa: N818 -- it is what happened
    """Raised by `wangdun.hand` when a process loads another lexicon than the work was begun with."""


class ArchiveError(WangdunError):
    """Raised by `wangdun.archive` and its readers: an archive cannot be written, or does not hold what it says."""
