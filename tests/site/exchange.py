"""One request and the ways, good and bad, in which it can be answered."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from http.server import BaseHTTPRequestHandler

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Exchange:
    """What a route gets: the parts of the request, and methods that answer."""

    handler: BaseHTTPRequestHandler
    path: str
    query: Mapping[str, list[str]]

    def word(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def number(self, name: str, default: float) -> float:
        return float(self.word(name, str(default)))

    def whole(self, name: str, default: int) -> int:
        return int(self.word(name, str(default)))

    def header(self, name: str) -> str:
        return self.handler.headers.get(name, "")

    def send(
        self, body: str | bytes, status: int = 200, kind: str = HTML, headers: Mapping[str, str] | None = None
    ) -> None:
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        self.begin(status, kind, {"Content-Length": str(len(raw)), **(headers or {})})
        self.write(raw)

    def begin(self, status: int = 200, kind: str = HTML, headers: Mapping[str, str] | None = None) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        for name, value in (headers or {}).items():
            self.handler.send_header(name, value)
        self.handler.end_headers()

    def write(self, raw: bytes) -> None:
        if self.handler.command != "HEAD":
            self.handler.wfile.write(raw)
            self.handler.wfile.flush()

    def stream(self, parts: Iterable[bytes], kind: str = HTML) -> None:
        """Chunked, so that no length is announced."""
        self.begin(200, kind, {"Transfer-Encoding": "chunked"})
        for part in parts:
            self.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.write(b"0\r\n\r\n")

    def redirect(self, where: str, status: int = 302) -> None:
        self.send("", status, headers={"Location": where})

    def hang_up(self) -> None:
        """Close after what was sent so far."""
        self.handler.close_connection = True

    def reset(self) -> None:
        """End with RST instead of FIN, whatever is still on its way."""
        link = self.handler.connection
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(link.detach())
        self.handler.close_connection = True
