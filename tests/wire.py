"""A server that sends exactly the bytes it was given, and remembers exactly the bytes it got; with TLS if wanted."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class WireServer:
    """Answers by path; what is not known is 404."""

    answers: dict[str, bytes]
    url: str = ""
    heads: list[bytes] = field(default_factory=list)
    """Request heads, byte for byte."""

    def head_of(self, path: str) -> bytes:
        """The last request for a path."""
        return next(head for head in reversed(self.heads) if head.split(b" ")[1] == path.encode())


def answer(body: bytes, *headers: str, status: str = "200 OK", version: str = "HTTP/1.1", length: bool = True) -> bytes:
    """A whole answer; header lines are Latin-1, so any byte can be written."""
    lines = [f"{version} {status}", *headers, *([f"Content-Length: {len(body)}"] if length else [])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(body: bytes, size: int = 7) -> bytes:
    """Transfer coding, with a chunk extension as some servers send it."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x;x=1\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@contextmanager
def serve(answers: dict[str, bytes], certificate: Path | None = None, host: str = "127.0.0.1") -> Iterator[WireServer]:
    """Serve on this machine until the context is left; `certificate`: a PEM file with its key."""
    with socket.create_server((host, 0)) as listening:
        scheme = "https" if certificate else "http"
        server = WireServer(answers, f"{scheme}://{host}:{listening.getsockname()[1]}")
        thread = threading.Thread(target=_accept, args=(listening, server, certificate), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _accept(listening: socket.socket, server: WireServer, certificate: Path | None) -> None:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    while True:
        try:
            link, _ = listening.accept()
        except OSError:  # closed
            return
        threading.Thread(target=_speak, args=(link, server, context), daemon=True).start()


def _speak(link: socket.socket, server: WireServer, context: ssl.SSLContext | None) -> None:
    link.settimeout(10)
    with suppress(OSError), link:
        talking = context.wrap_socket(link, server_side=True) if context else link
        with talking:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (got := talking.recv(65536)):
                    return
                head += got
            server.heads.append(head)
            path = head.split(b" ")[1].decode()
            talking.sendall(server.answers.get(path, answer(b"no", status="404 Not Found")))


def make_certificate(path: Path) -> str:
    """Write a self-signed certificate and its key; the SHA-256 fingerprint (hex)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    made = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return made.fingerprint(hashes.SHA256()).hex()


PAGE = "<!DOCTYPE html><html><head><title>出售象牙手镯</title></head><body><h1>出售</h1></body></html>".encode()
GBK = "<!DOCTYPE html><html><head><meta charset=gbk><title>出售象牙</title></head><body>镕</body></html>".encode("gbk")
BIG = b"<html>" + bytes(range(256)) * 16384  # 4 MB
ODD = (
    "sERVER: x",
    "Set-Cookie: a=1",
    "X-Empty:",
    "set-cookie: b=2",
    "X-Name: " + "\u00d3\u00f1",  # bytes that are no UTF-8
    "X-Utf8: " + "象".encode().decode("latin-1"),
    "Content-Type: text/html",
)
ANSWERS = {
    "/plain": answer(PAGE, "Content-Type: text/html; charset=utf-8"),
    "/gzip": answer(gzip.compress(PAGE), "Content-Encoding: gzip", "Content-Type: text/html"),
    "/chunked": answer(chunked(PAGE), "Transfer-Encoding: chunked", "Content-Type: text/html", length=False),
    "/both": answer(chunked(gzip.compress(PAGE)), "transfer-encoding: chunked", "Content-Encoding: gzip", length=False),
    "/gbk": answer(GBK, "Content-Type: text/html"),
    "/empty": answer(b"", "Content-Type: text/html"),
    "/big": answer(BIG, "Content-Type: text/html"),
    "/odd": answer(PAGE, *ODD, status="200 很好".encode().decode("latin-1")),
    "/old": answer(PAGE, "Content-Type: text/html", version="HTTP/1.0", length=False),
    "/no-colon": answer(PAGE, "this is no header", "Content-Type: text/html"),
    "/folded": answer(PAGE, "X-Long: one\r\n two", "Content-Type: text/html"),
    "/interim": b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" + answer(PAGE, "X-Final: 1"),
    "/moved": answer(b"gone there", "Location: /plain", status="301 Moved"),
    "/410": answer(PAGE, status="410 Gone"),
}
BODIES = {
    "/plain": PAGE, "/gzip": PAGE, "/chunked": PAGE, "/both": PAGE, "/gbk": GBK, "/empty": b"", "/big": BIG,
    "/odd": PAGE, "/old": PAGE, "/no-colon": PAGE, "/folded": PAGE, "/interim": PAGE, "/410": PAGE,
}  # fmt: skip
"""What a person would see at each path, coding undone."""
