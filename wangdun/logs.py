"""Where log lines go: stderr for whoever watches, a file for whoever asks later."""

from __future__ import annotations

import logging
from logging.handlers import TimedRotatingFileHandler
from typing import TYPE_CHECKING

from wangdun.output import plain

if TYPE_CHECKING:
    from wangdun.config import Config

KEPT_WEEKS = 30  # the law asks for six months at least (网络安全法 art. 21); four weeks to spare
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class _Harmless(logging.Formatter):
    """Log lines repeat what pages and addresses say: nothing in them may steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record))


def start(config: Config, name: str) -> None:
    """Log to stderr and to ``NAME.log`` in the log folder, one file a week.

    Raises:
        OSError: the folder cannot be written.
    """
    _start(config, name, logging.StreamHandler())


def start_quietly(config: Config, name: str) -> None:
    """Log to the file alone, for a command that tells its user itself. Raises OSError."""
    _start(config, name)


def _start(config: Config, name: str, *others: logging.Handler) -> None:
    config.log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # lines hold addresses of listings
    file = TimedRotatingFileHandler(
        config.log_dir / f"{name}.log", when="W0", backupCount=KEPT_WEEKS, encoding="utf-8", errors="backslashreplace"
    )
    root = logging.getLogger()
    for handler in (*others, file):
        handler.setFormatter(_Harmless(FORMAT))
        root.addHandler(handler)
    root.setLevel(config.wangdun.log_level)
