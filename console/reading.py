"""One page, one look at the database: what a page asks in a row, it asks on one connection."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from starlette.requests import Request

from console.state import console_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

P = ParamSpec("P")


def at_once(handler: Callable[P, Response]) -> Callable[P, Response]:
    """For handlers that ask many small questions and work on nothing else for long: the connection is theirs meanwhile.

    The handler needs a parameter `request`.
    """

    @wraps(handler)
    def looking(*args: P.args, **given: P.kwargs) -> Response:
        request = given["request"]
        assert isinstance(request, Request)
        with console_of(request).db.reading():
            return handler(*args, **given)

    return looking
