"""The application: screens, API, static files, error pages, and the guard around all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from console import api, errors, routers
from console.routing import ApiScreen, discover
from console.security import Guard
from console.state import Console, current_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.responses import Response

    from console.config import ConsoleConfig
    from console.routing import Screen
    from storage.database import Database

STATIC = Path(__file__).parent / "static"
FRESH = "public, max-age=300"  # 5 minutes: an update of the program is seen soon, a day's pages load at once


def create_app(
    config: ConsoleConfig, db: Database, *, clock: Callable[[], datetime] = current_time, **facts: Any
) -> FastAPI:
    """The console on an open database, which stays the caller's to close.

    `facts` are what screens need of other packages' settings (`Console.facts`).

    Raises:
        UnguardedRoute: a route has no entry in `console.access.RULES`.
    """
    app = FastAPI(
        title="网盾线索接口",
        version="1",
        openapi_url=None,
        docs_url=None,  # the framework's own pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # it would redirect before anybody is asked who they are
    )
    app.state.console = Console(config, db, clock, facts=facts)
    screens = [*discover(routers), *discover(api)]
    app.state.screens = screens
    app.state.nav = sorted((entry for screen in screens for entry in screen.nav), key=lambda entry: entry.position)
    for screen in screens:
        _check_place(screen)
        app.include_router(screen)
    app.mount("/static", Assets(directory=STATIC), name="static")
    errors.register(app)
    app.add_middleware(Guard, hosts=(*config.hosts, config.address))
    return app


def _check_place(screen: Screen | ApiScreen) -> None:
    """The API takes tokens and no cookies, pages the reverse: a route on the wrong side would have no guard."""
    for route in screen.routes:
        path = getattr(route, "path", "")
        assert path.startswith("/api/v1/") == isinstance(screen, ApiScreen), path


class Assets(StaticFiles):
    """Style, script and signs: the same for everybody, so a browser may keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, with leave to keep it."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = FRESH
        return response
