"""Serves both demo sites on this machine: ``python -m wangdun.demo.server``, or `DemoSites` inside a program."""

from __future__ import annotations

import argparse
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

from wangdun.demo.answers import Answer, Request
from wangdun.demo.forum import Forum
from wangdun.demo.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

HOST = "127.0.0.1"  # the demo is never reachable from another machine


class Site(Protocol):
    """A demo site: a request in, an answer out."""

    def answer(self, request: Request) -> Answer:
        """The page, picture or error for one request."""
        ...


class SiteServer(ThreadingHTTPServer):
    """One site on one port."""

    daemon_threads = True  # a visitor who keeps a connection open must not hold up the end
    request_queue_size = 64  # connections waiting to be taken: a browser or a crawler opens several at once

    def __init__(self, site: Site, port: int) -> None:
        self.site = site
        super().__init__((HOST, port), _Handler)
        self.origin = f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about visitors who hang up; show everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 15  # seconds: an idle connection is closed
    server: SiteServer

    def version_string(self) -> str:
        """What such sites usually say."""
        return "nginx"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.title(): value for name, value in self.headers.items()}
        answer = self.server.site.answer(Request(parts.path, query, headers, self.server.origin))
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if answer.status != 304:  # it has no body (RFC 9110, 15.4.5)
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it
        """Quiet: the demo's console belongs to the person who tries it."""


class DemoSites:
    """Both demo sites, served while the context is open.

    Args:
        forum_port: 0 takes any free port.
        shop_port: 0 takes any free port.
        now: the moment (aware) all dates on the pages are relative to; None follows the clock.
    """

    def __init__(self, forum_port: int = 0, shop_port: int = 0, now: datetime | None = None) -> None:
        started = now or datetime.now(UTC)
        self._forum = Forum(started, lambda: now or datetime.now(UTC))
        self._shop = Shop(started)
        self._ports = (forum_port, shop_port)
        self._servers: tuple[SiteServer, ...] = ()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        forum = SiteServer(self._forum, self._ports[0])
        try:
            self._servers = (forum, SiteServer(self._shop, self._ports[1]))
        except OSError:
            forum.server_close()
            raise
        # 50 ms: how long ending waits at most for the server's loop
        self._threads = [threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True) for one in self._servers]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
        self._servers, self._threads = (), []

    @property
    def forum_url(self) -> str:
        """The forum's home page: its boards."""
        return f"{self._origin(0)}/forum.php"

    @property
    def shop_url(self) -> str:
        """The shop's home page: its categories."""
        return f"{self._origin(1)}/"

    @property
    def forum_starts(self) -> tuple[str, ...]:
        """First list page of each board."""
        return tuple(self._origin(0) + path for path in self._forum.starts)

    @property
    def shop_starts(self) -> tuple[str, ...]:
        """First list page of each category."""
        return tuple(self._origin(1) + path for path in self._shop.starts)

    def _origin(self, which: int) -> str:
        if not self._servers:
            raise RuntimeError("演示站点尚未启动")
        return self._servers[which].origin

    def config(self, data_dir: Path | str) -> dict[str, Any]:
        """The content of a config.yaml that crawls both sites and keeps its data below `data_dir`."""
        site = {"every": "6h", "delay": 0}  # this machine needs no politeness
        forum = {"name": "demo-forum", "platform": "discuz", "start": list(self.forum_starts), **site}
        shop = {"name": "demo-shop", "platform": "opencart", "start": list(self.shop_starts), **site}
        return {"crawler": {"sites": [forum, shop]}, "storage": {"data_dir": str(data_dir)}}


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m wangdun.demo.server", description="演示论坛和演示商城")
    parser.add_argument("--forum-port", type=int, default=8101, help="论坛端口，0 为任意空闲端口")
    parser.add_argument("--shop-port", type=int, default=8102, help="商城端口，0 为任意空闲端口")
    ports = parser.parse_args()
    try:
        _serve(DemoSites(ports.forum_port, ports.shop_port))
    except OSError as error:
        sys.exit(f"无法启动演示站点（端口可能已被占用，可用 --forum-port 0 --shop-port 0 换一个）：{error}")


def _serve(sites: DemoSites) -> None:
    with sites as demo, suppress(KeyboardInterrupt):
        sys.stdout.write(f"演示论坛：{demo.forum_url}\n演示商城：{demo.shop_url}\n按 Ctrl-C 结束\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
