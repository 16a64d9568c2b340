"""Around every answer: headers, the Host check, limits of size and time, and the last resort. Plain ASGI, no magic."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from console import errors
from console.exceptions import Refusal, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger(__name__)
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final[dict[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",  # for browsers that do not know frame-ancestors
    # other sites learn nothing, as with no-referrer; but with that our own forms would be sent with "Origin: null"
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-robots-tag": "noindex, nofollow",
}
NO_STORE: Final = "no-store"
TLS_FOR: Final = "max-age=2592000"  # 30 days: a unit that gives up its certificate is locked out for no longer
SLOWEST: Final = 30.0  # seconds between two parts of a body; on an intranet a second is long
LONGEST_BODY: Final = 120.0  # seconds for a whole body: a megabyte over a very slow line
LARGEST_UNROUTED: Final = 64 * 1024  # bytes, until a route says what it takes
LONGEST_URL: Final = 8_000  # characters of path and query: saved filters are a few hundred


class Guard:
    """Adds the headers, checks Host and address length, limits bodies, and answers what nobody else caught."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        """`hosts` are names allowed besides this machine's own and IP addresses."""
        self.app = app
        self.hosts = {"localhost", socket.gethostname().lower(), *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        body = _Body(scope, receive)
        try:
            self._check(scope)
            await self.app(scope, body.receive, answer.send)
        except Refusal as refusal:
            await self._answer(refusal, scope, receive, answer)
        except Exception as error:  # the boundary of a request: people get a page, the log gets the traceback
            LOG.exception("unanswered request: %s %s", scope["method"], scope["path"][:200])
            if answer.begun:
                raise
            await self._answer(Refusal(500), scope, receive, answer, error)

    async def _answer(
        self, refusal: Refusal, scope: Scope, receive: Receive, answer: _Answer, cause: Exception | None = None
    ) -> None:
        del cause  # never shown
        if answer.begun:
            return
        scope.setdefault("app", None)
        response = errors.plain_answer(Request(scope), refusal)
        await response(scope, receive, answer.send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or not self._knows(headers["host"]):
            raise Refusal(400, "访问地址不在允许之列。请用 IP 地址访问，或把主机名加入配置 console.hosts。")
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_URL:
            raise Refusal(414, "网址太长。")
        if "\0" in scope["path"]:
            raise Refusal(404)

    def _knows(self, host: str) -> bool:
        """Names are checked: only they can be pointed at this machine by somebody else (DNS rebinding)."""
        name = _without_port(host).lower()
        if name in self.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        inside, end, _ = host[1:].partition("]")
        return inside if end else ""
    return host.partition(":")[0]


class _Body:
    """Counts the bytes of a body and the time between its parts."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope, self._receive = scope, receive
        self._seen = 0
        self._ended = False
        self._announced = _length(scope)
        self._until = asyncio.get_running_loop().time() + LONGEST_BODY

    async def receive(self) -> Message:
        """The next part.

        Raises:
            Refusal: too large, or too slow.
        """
        if self._ended:  # what comes now is only the end of the connection, which may be long in coming
            return await self._receive()
        largest = self._scope.get("wangdun.largest", LARGEST_UNROUTED)
        if self._announced > largest:
            raise TooLarge
        try:
            left = self._until - asyncio.get_running_loop().time()
            message = await asyncio.wait_for(self._receive(), min(SLOWEST, max(left, 0.0)))
        except TimeoutError as error:
            raise Refusal(408, "接收提交的内容超时。") from error
        self._seen += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._seen > largest:
            raise TooLarge
        return message


def _length(scope: Scope) -> int:
    announced = Headers(scope=scope).get("content-length", "0")
    return int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 20 else 0


class _Answer:
    """Adds the headers to whatever answer begins."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self.begun = False

    async def send(self, message: Message) -> None:
        """Pass a part on."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self._all():
                headers.setdefault(name, value)
        await self._send(message)

    def _all(self) -> Iterable[tuple[str, Any]]:
        yield from HEADERS.items()
        yield "cache-control", NO_STORE
        if self._scope["scheme"] == "https":
            yield "strict-transport-security", TLS_FOR
