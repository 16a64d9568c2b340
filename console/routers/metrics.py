"""Figures for monitoring, for whom the configuration admits; for everybody else there is no such page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fastapi import Request  # noqa: TC002 -- FastAPI reads it
from starlette.responses import PlainTextResponse, Response

from console.person import Db  # noqa: TC001 -- FastAPI reads it
from console.routing import Screen
from console.sessions import address_of
from console.state import console_of

if TYPE_CHECKING:
    from typing import Any

MONITORING = "monitoring"
"""Name of the service among the console's facts."""
router = Screen()


class Monitoring(Protocol):
    """What the composition root provides."""

    def admits(self, address: str, authorization: str) -> bool:
        """Whether this client may read figures."""
        ...

    def text(self) -> str:
        """All figures."""
        ...

    def health(self) -> dict[str, Any]:
        """Each part and whether it is well."""
        ...


def admitted(request: Request) -> Monitoring | None:
    """The service, for a client that may use it."""
    found: Monitoring | None = console_of(request).facts.get(MONITORING)
    authorization = request.headers.get("authorization", "")
    return found if found is not None and found.admits(address_of(request), authorization) else None


@router.get("/metrics")
def metrics(request: Request, db: Db) -> Response:  # noqa: ARG001 -- all handlers begin alike
    """The text format of Prometheus."""
    service = admitted(request)
    if service is None:
        return PlainTextResponse("Not Found\n", status_code=404)
    return PlainTextResponse(service.text(), media_type="text/plain; version=0.0.4")
