"""The job of one site's run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procrastinate import App

    from wangdun.config import Config


def register(app: App, config: Config) -> None:
    """Declare the tasks."""
