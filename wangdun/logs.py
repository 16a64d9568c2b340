"""Where log lines go: stderr for whoever watches, a file for whoever asks later."""

from __future__ import annotations

import logging
import math
import re
from datetime import UTC, datetime
from logging.handlers import TimedRotatingFileHandler
from typing import TYPE_CHECKING, Any

from wangdun.output import json_text, plain

if TYPE_CHECKING:
    from wangdun.config import Config

OLD = re.compile(r"\.log\.\d{4}-\d{2}-\d{2}$|\.log\.\d+$")
"""Files that nothing writes into any more."""
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class _Harmless(logging.Formatter):
    """Log lines repeat what pages and addresses say: nothing in them may steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record))


class _Lines(logging.Formatter):
    """One JSON object a line, for programs that gather logs."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
        }
        if record.exc_info:
            facts["exception"] = self.formatException(record.exc_info)
        return json_text(facts)


def formatter(config: Config, plain_form: logging.Formatter | None = None) -> logging.Formatter:
    """How lines look, as configured; `plain_form` is for people instead of the usual one."""
    if config.wangdun.log_format == "json":
        return _Lines()
    return plain_form or _Harmless(FORMAT)


def weekly(config: Config, name: str) -> TimedRotatingFileHandler:
    """``NAME.log`` in the log folder, one file a week, kept as long as configured. Raises OSError."""
    config.log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # lines hold addresses of listings
    weeks = math.ceil(config.wangdun.keep_logs_days / 7) + 1  # the file of the week that is not over is one more
    return TimedRotatingFileHandler(
        config.log_dir / f"{name}.log", when="W0", backupCount=weeks, encoding="utf-8", errors="backslashreplace"
    )


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
    root = logging.getLogger()
    for handler in (*others, weekly(config, name)):
        handler.setFormatter(formatter(config))
        root.addHandler(handler)
    root.setLevel(config.wangdun.log_level)
    hush(config)


def hush(config: Config) -> None:
    """Leave out what is no news to whoever reads a first run: each step of making the tables."""
    if config.wangdun.log_level != "DEBUG":
        logging.getLogger("alembic").setLevel(logging.WARNING)
