"""Runs the console: the socket, the encryption, a graceful end. Blocks until a signal or `Server.stop`."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from console.connections import CROWD, Patient
from console.exceptions import ConsoleError
from console.heap import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from fastapi import FastAPI

    from console.config import ConsoleConfig

GRACE = 10  # seconds for answers under way: none takes longer than one
KEEP_ALIVE = 15  # seconds: a reviewer's next key finds the connection open
LARGEST_HEAD = 32 * 1024  # bytes of a request's head; ours have one or two thousand


class CannotServe(ConsoleError):  # noqa: N818 -- it is a state of the world
    """Raised by `listen` and `Server` before anything is served: the address is taken, the certificate cannot be read."""


def listen(config: ConsoleConfig) -> socket.socket:
    """A listening socket.

    Raises:
        CannotServe: the address is open to others without encryption and nobody said so, or cannot be had.
    """
    if not (config.is_local or config.is_encrypted or config.allow_http):
        raise CannotServe(
            f"拒绝在 {config.address} 上不加密地监听：密码会以明文经过网络。"
            "请配置 console.tls_cert 和 tls_key；网络已另行加密的，设置 console.allow_http: true"
        )
    try:
        return _bound(config.address, config.port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotServe(
            f"无法监听 {config.address}:{config.port}：{reason}；换一个 --port，或先停止占用它的程序"
        ) from error


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # the protocol is named, or asyncio would not switch Nagle's algorithm off: each answer would wait 40 ms
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # a restart need not wait for old connections; elsewhere two could share the port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(128)
    except BaseException:  # whatever it was: the socket must not be left behind
        made.close()
        raise
    return made


def address_of(config: ConsoleConfig, listening: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = listening.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = socket.gethostname()
    scheme = "https" if config.is_encrypted else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


class Server(uvicorn.Server):
    """Serves one application on one socket."""

    def __init__(
        self,
        app: FastAPI,
        config: ConsoleConfig,
        listening: socket.socket,
        *,
        on_start: Callable[[], None] | None = None,
    ) -> None:
        """`on_start` is called once, when the first request can be answered.

        Raises:
            CannotServe: the certificate or its key cannot be used.
        """
        super().__init__(_settings(app, config))
        self._listening = listening
        self._on_start = on_start
        try:
            self.config.load()
        except (OSError, ssl.SSLError) as error:
            raise CannotServe(f"证书或私钥无法使用（{config.tls_cert}、{config.tls_key}）：{error}") from error

    def serve_until_stopped(self) -> None:
        """Serve until SIGINT, SIGTERM or `stop`; answers under way are finished."""
        before = {number: signal.signal(number, _nothing) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.run(sockets=[self._listening])  # it takes the signals over, and raises them again at its end
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve in a thread meanwhile."""
        thread = threading.Thread(target=self.run, kwargs={"sockets": [self._listening]}, name="console")
        thread.start()
        try:
            while not self.started and thread.is_alive():
                thread.join(0.01)  # s; starting takes a tenth
            yield
        finally:
            self.stop()
            thread.join()

    def stop(self) -> None:
        """Finish what is under way, then end. Callable from any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when it has begun."""
        await super().startup(sockets=sockets)
        settle()
        if self.started and self._on_start is not None:
            self._on_start()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """The server has heard the signal already."""


def _settings(app: FastAPI, config: ConsoleConfig) -> uvicorn.Config:
    encryption: dict[str, Any] = {}
    if config.is_encrypted:
        encryption = {"ssl_certfile": str(config.tls_cert), "ssl_keyfile": str(config.tls_key)}
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # the audit log tells who did what; addresses of searches stay out of files
        server_header=False,
        proxy_headers=bool(config.proxies),
        forwarded_allow_ips=list(config.proxies),
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        limit_concurrency=CROWD,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        http=Patient,
        ws="none",
        lifespan="on",
        **encryption,
    )
