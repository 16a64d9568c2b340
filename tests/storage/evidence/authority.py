"""A time stamp authority of one's own: openssl's, with certificates made for the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[extensions]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[dn]
[req]
distinguished_name = dn
"""


def find_openssl() -> str:
    """The program; without it, CI fails and a person's tests are skipped."""
    found = shutil.which("openssl")
    message = "openssl 未安装:apt-get install openssl(Debian 软件包)"
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(message)
    return found or pytest.skip(message)


@dataclass
class Authority:
    """Files of a certificate authority and of signers below it."""

    openssl: str
    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def run(self, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [self.openssl, *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, done.stderr
        return done

    def make(self) -> None:
        (self.folder / "openssl.cnf").write_text(CONFIG.format(folder=self.folder))
        (self.folder / "serial").write_text("01\n")
        self.make_root("ca", "演示根证书")
        self.make_root("other", "别家根证书")
        self.make_signer("signer", 365)
        self.make_signer("expired", -1)

    def make_root(self, name: str, subject: str) -> None:
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-utf8")
        self.run("req", "-x509", *key, "-subj", f"/CN={subject}", "-days", 3650, "-out", f"{name}.pem",
                 "-config", "openssl.cnf", "-extensions", "ca")  # fmt: skip

    def make_signer(self, name: str, days: int) -> None:
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-utf8", "-config", "openssl.cnf")
        self.run("req", "-new", *key, "-subj", "/CN=演示时间戳机构", "-out", f"{name}.csr")
        sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "openssl.cnf")
        self.run("x509", "-req", "-in", f"{name}.csr", *sign, "-extensions", "extensions", "-days", days,
                 "-out", f"{name}.pem")  # fmt: skip

    def answer(self, query: bytes, signer: str = "signer") -> bytes:
        """What the authority says to a request."""
        (self.folder / "query.tsq").write_bytes(query)
        self.run("ts", "-reply", "-config", "openssl.cnf", "-section", "here", "-queryfile", "query.tsq",
                 "-signer", f"{signer}.pem", "-inkey", f"{signer}.key", "-out", "answer.tsr")  # fmt: skip
        return (self.folder / "answer.tsr").read_bytes()

    def verify(self, token: Path, data: Path, ca: str = "ca.pem") -> bool:
        """What openssl itself says of a bare token."""
        done = self.run("ts", "-verify", "-in", token, "-token_in", "-data", data, "-CAfile", ca, check=False)
        return done.returncode == 0


@dataclass
class Service:
    """The authority behind HTTP; `behave` may change what it answers."""

    url: str
    queries: list[bytes] = field(default_factory=list)
    signer: str = "signer"
    body: bytes | None = None
    """Said instead of a time stamp."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def serve(authority: Authority) -> Iterator[Service]:
    """The authority on a free port of 127.0.0.1."""
    service = Service("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            service.queries.append(query)
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = authority.answer(query, service.signer) if service.body is None else service.body
            self.send_response(service.status)
            for name, value in {"Content-Length": str(len(body)), **service.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}/tsa"
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
