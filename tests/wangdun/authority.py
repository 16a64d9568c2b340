"""A time-stamp authority of our own, by openssl: RFC 3161 tokens without a network."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test Authority
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa_config]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*args: str, cwd: Path) -> bytes:
    """Run openssl; raises when it fails."""
    return subprocess.run(["openssl", *args], cwd=cwd, capture_output=True, check=True, timeout=60).stdout


class Authority:
    """Keys and certificates in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "conf").write_text(CONFIG)
        (folder / "serial").write_text("01\n")
        new = ("req", "-new", "-config", "conf", "-newkey", "rsa:2048", "-nodes")
        openssl(
            *new, "-x509", "-days", "3650", "-extensions", "ca", "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=Test CA", cwd=folder,
        )  # fmt: skip
        openssl(*new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA", cwd=folder)
        openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650",
            "-extfile", "conf", "-extensions", "tsa", "-out", "tsa.pem", cwd=folder,
        )  # fmt: skip

    @property
    def ca(self) -> Path:
        """The root certificate."""
        return self.folder / "ca.pem"

    def token(self, content: bytes) -> bytes:
        """A bare token for `content`."""
        (self.folder / "data").write_bytes(content)
        openssl("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query", cwd=self.folder)
        openssl(
            "ts", "-reply", "-config", "conf", "-section", "tsa_config", "-queryfile", "query", "-token_out",
            "-out", "token", cwd=self.folder,
        )  # fmt: skip
        return (self.folder / "token").read_bytes()
