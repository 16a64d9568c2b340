"""Send what other systems are to hear: signed messages to webhooks, packages to the watched folder.

A message is a POST of JSON with these headers:

- ``Wangdun-Delivery``: the message's id, the same at each attempt, so that a receiver can tell what it has already
- ``Wangdun-Event``: ``referral.send`` …
- ``Wangdun-Signature``: ``t=UNIX SECONDS,v1=HEX``, where HEX is HMAC-SHA256 with the shared secret over the bytes
  ``UNIX SECONDS + "." + BODY``; a receiver compares in constant time and refuses what is older than a few minutes

Whatever is answered with 2xx has arrived. Nothing is redirected, no proxy is asked, certificates are checked.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from storage.referral import deliveries
from storage.referral.deliveries import Attempt, Message, Target
from wangdun import __version__
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from storage.database import Database

SECONDS: Final = 20.0  # for a whole attempt: a receiver takes a message in and works on it later
CONNECTING: Final = 8.0  # seconds until a host that is there has answered
GONE: Final = 410  # the one answer by which a receiver says for good that it wants no more


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of the configuration."""

    name: str
    url: str
    events: frozenset[str]
    """Empty for all."""
    secret_env: str
    """Name of the environment variable that holds the shared secret."""

    @property
    def target(self) -> Target:
        """As storage knows it."""
        return Target(self.name, self.events)

    def send(self, message: Message, now: datetime, *, seconds: float = SECONDS) -> Attempt:
        """One attempt."""
        secret = os.environ.get(self.secret_env, "")
        if not secret:
            return Attempt(ok=False, error=f"环境变量 {self.secret_env} 没有设置，不能签名")
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": f"Wangdun/{__version__}",
            "wangdun-delivery": str(message.payload.get("id", message.id)),
            "wangdun-event": message.event,
            "wangdun-signature": sign(body, secret.encode(), int(now.timestamp())),
        }
        return post(self.url, body, headers, seconds=seconds)


def sign(body: bytes, secret: bytes, moment: int) -> str:
    """The value of ``Wangdun-Signature``; `moment` in seconds of the Unix epoch."""
    made = hmac.new(secret, f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={made.hexdigest()}"


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Attempt:
    """One request, over after `seconds` whatever the other side does."""
    begun = time.monotonic()
    try:
        status = _post(url, body, headers, seconds)
    except ssl.SSLCertVerificationError as error:
        return Attempt(ok=False, error=f"对方的证书不可信：{error.verify_message}", seconds=_since(begun))
    except TimeoutError:
        return Attempt(ok=False, error=f"{seconds:g} 秒内没有答复", seconds=_since(begun))
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = _since(begun) >= seconds
        said = f"{seconds:g} 秒内没有答复" if late else f"发送失败：{_said(error)}"
        return Attempt(ok=False, error=said, seconds=_since(begun))
    return _judged(status, _since(begun))


def _post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    parts = urlsplit(url)
    assert parts.hostname, url  # the configuration lets no other pass
    connection = _connection(parts.scheme, parts.hostname, parts.port, min(CONNECTING, seconds))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
        connection.sock.settimeout(seconds)
        with _until(connection.sock, seconds):
            connection.request("POST", path, body, dict(headers))
            return connection.getresponse().status
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=seconds)


@contextmanager
def _until(sock: socket.socket, seconds: float) -> Iterator[None]:
    """End the connection when the time is up: a byte now and then would keep the socket's own limit quiet."""

    def end() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _judged(status: int, seconds: float) -> Attempt:
    if 200 <= status < 300:
        return Attempt(ok=True, status=status, seconds=seconds)
    said = "对方要求改用别的网址（不会跟随转向），请改正设置" if 300 <= status < 400 else "对方没有收下"
    return Attempt(ok=False, status=status, error=f"{said}：HTTP {status}", seconds=seconds, final=status == GONE)


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)


def _said(error: Exception) -> str:
    return why(error) if isinstance(error, OSError) else type(error).__name__


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round did."""

    handed_on: int = 0
    sent: int = 0
    waiting: int = 0
    """Tried in vain, to be tried again."""
    failed: int = 0
    """Given up."""


def deliver(
    db: Database,
    targets: Sequence[Target],
    senders: Mapping[str, Callable[[Message, datetime], Attempt]],
    clock: Callable[[], datetime],
) -> Outcome:
    """One round: hand new events on, send what is due. Raises StorageError.

    `senders` are by the target's name; a message to nobody of today is given up. Whoever does not answer is not asked
    again in this round: others must not wait for it.
    """
    handed_on = deliveries.spread(db, targets, clock())
    kept: list[Message] = []
    silent: set[str] = set()
    while taken := deliveries.take(db, clock(), limit=1, without=silent):  # one by one: none outlasts its lease
        (message,) = taken
        send = senders.get(message.target)
        attempt = send(message, clock()) if send else Attempt(ok=False, error="设置中已没有这个接收方", final=True)
        kept.append(deliveries.record(db, message.id, attempt, clock()))
        if send and not attempt.ok:
            silent.add(message.target)
    of = {status: sum(one.status == status for one in kept) for status in ("done", "waiting", "failed")}
    return Outcome(handed_on, of["done"], of["waiting"], of["failed"])
