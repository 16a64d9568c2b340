"""Screens: routers whose every route is guarded by the table of roles, or the program does not start."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Match

from console import guards
from console.access import rule_for

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from types import ModuleType

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope


class GuardedRoute(APIRoute):
    """A route that lets in whom the table allows, before a byte of the body is looked at."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        """Register the route.

        Raises:
            UnguardedRoute: the table has no rule for it.
        """
        super().__init__(path, endpoint, **settings)
        for method in self.methods or ():
            rule_for(method, path)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the guard before it and the audit log after it."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            rule = rule_for(request.method, self.path)
            await guards.admit(request, rule)
            response = await handle(request)
            await guards.record(request, rule, response)
            return response

        return guarded


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the navigation; shown to whom the table lets open `path`."""

    label: str
    path: str
    position: int
    """Ascending from the left: 10 queue … 90 people."""
    key: str = ""
    """Keys that open it, such as ``g l``."""


def _beginning(path: str) -> str:
    """``queue`` of ``/queue/next``."""
    return path.partition("/")[2].partition("/")[0]


class Routes(APIRouter):
    """Routes that are compared with a path only if one of them begins as it does: there are a hundred of them."""

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        found = frozenset(_beginning(getattr(route, "path", "")) for route in self.routes)
        assert not any("{" in one for one in found), found
        return found

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """How well one of them fits."""
        if _beginning(scope["path"]) not in self._beginnings:
            return Match.NONE, {}
        return super().matches(scope)


class Screen(Routes):
    """The routes of one screen of pages."""

    def __init__(self, *nav: Nav) -> None:
        """`nav` are its entries in the navigation."""
        super().__init__(route_class=GuardedRoute, default_response_class=HTMLResponse, include_in_schema=False)
        self.nav = nav


class ApiScreen(Routes):
    """Routes of the JSON API: tokens only, in the OpenAPI document. Paths begin with ``/api/v1/``."""

    def __init__(self) -> None:
        """Refuses paths elsewhere when routes are added."""
        super().__init__(route_class=GuardedRoute, default_response_class=JSONResponse)
        self.nav: tuple[Nav, ...] = ()


def discover(package: ModuleType) -> Iterator[Screen | ApiScreen]:
    """Each module's `router`, by the order of file names."""
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        router = importlib.import_module(f"{package.__name__}.{found.name}").router
        assert isinstance(router, Screen | ApiScreen), found.name
        yield router
