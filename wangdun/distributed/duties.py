"""The regular jobs of an installation: each minute, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procrastinate import App

    from wangdun.config import Config


def register(app: App, config: Config) -> None:
    """Declare the tasks."""
