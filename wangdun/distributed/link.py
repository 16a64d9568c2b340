"""The way to the queue's database: where it is, and what a connection to it is like."""

from __future__ import annotations

import hashlib
import os
import socket
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import make_url

if TYPE_CHECKING:
    from pathlib import Path

    from wangdun.config import Config

SCHEMA: Final = "wangdun_jobs"
"""Of PostgreSQL. Apart from our own tables: backups and `migrate-store` leave it out."""
LINK: Final = {
    "connect_timeout": 5,  # s
    "keepalives_idle": 10,  # s: a machine that vanished is noticed within half a minute, on both sides
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,  # ms for what was sent to arrive
}
SERVER: Final = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c timezone=UTC"
LONGEST_NAME: Final = 63  # bytes of application_name, which the server cuts


def address(config: Config) -> str:
    """What libpq connects to. May hold a password: never print it."""
    return make_url(config.storage.database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def link() -> dict[str, Any]:
    """Parameters of a connection, which shows up as ``HOST:PID`` in ``pg_stat_activity``."""
    name = f"{socket.gethostname()[: LONGEST_NAME - 12]}:{os.getpid()}"  # a pid has at most ten digits
    return {**LINK, "options": f"{SERVER} -c search_path={SCHEMA}", "application_name": name}


def is_distributed(config: Config) -> bool:
    """Whether several machines may work for this installation."""
    return config.wangdun.runtime == "distributed"


def file_hash(path: Path) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of a file's content; empty when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        return ""
