"""What every request shares: settings, database, clock, templates. One object on the application."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection

    from console.config import ConsoleConfig
    from storage.database import Database


def current_time() -> datetime:
    """The clock of a running console; tests bring their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Console:
    """The running console."""

    config: ConsoleConfig
    db: Database
    clock: Callable[[], datetime] = current_time
    """Aware."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    facts: dict[str, Any] = field(default_factory=dict)
    """What screens need and this package may not read itself: the composition root puts it here by name."""


def console_of(connection: HTTPConnection) -> Console:
    """The console that serves `connection`."""
    found = connection.app.state.console
    assert isinstance(found, Console)
    return found
