"""``python -m tests.site``: print the port, serve until standard input is closed (so also when the parent dies)."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.site import drawn, failures
from tests.site.board import Board
from tests.site.exchange import Exchange


class SiteServer(ThreadingHTTPServer):
    """The test site: failures, the board, and the log of all requests but the test's own."""

    daemon_threads = True
    request_queue_size = 128  # crawlers open many connections at once

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.board = Board()
        self.requests: list[dict[str, Any]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Visitors who hang up are what this site is for."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # s: no thread waits for ever
    server: SiteServer

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        exchange = Exchange(self, parts.path, parse_qs(parts.query))
        if parts.path == "/log":
            return self._send_json(exchange, self.server.requests)
        self._remember()
        return self._route(exchange)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        exchange = Exchange(self, self.path, {})
        if self.path != "/control":
            return exchange.send("no", 404)
        order = json.loads(raw)
        if order.pop("clear_log", False) or order.get("reset"):
            self.server.requests.clear()
        try:
            return self._send_json(exchange, self.server.board.control(order))
        except (KeyError, TypeError) as error:
            return exchange.send(repr(error), 400, "text/plain")

    def _remember(self) -> None:
        entry = {"method": self.command, "path": self.path, "time": datetime.now(UTC).isoformat()}
        entry["port"] = self.client_address[1]
        self.server.requests.append({**entry, "headers": {name.title(): value for name, value in self.headers.items()}})

    def _send_json(self, exchange: Exchange, value: Any) -> None:
        exchange.send(json.dumps(value), kind="application/json")

    def _route(self, exchange: Exchange) -> None:
        path = exchange.path
        if self.server.board.send_file(exchange):
            return None
        if path == "/robots.txt":
            return failures.robots(exchange, self.server.board.robots)
        if path.startswith("/robots-"):
            return failures.robots(exchange, path.removeprefix("/robots-"))
        if path.startswith(("/board/", "/board304/")):
            return self.server.board.answer(exchange)
        if path.startswith("/app/"):
            return drawn.answer(exchange, self.server.board)
        return failures.ROUTES.get(path, failures.error(404))(exchange)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: the log is asked for at /log."""


def main() -> None:
    server = SiteServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
