"""Webhooks against a real server on 127.0.0.1 that fails, hangs, drips, redirects and checks signatures."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from storage.referral import deliveries
from tests import databases
from wangdun import delivering
from wangdun.delivering import Hook, deliver

if TYPE_CHECKING:
    from storage.database import Database

NOW = dt.datetime(2026, 11, 2, 1, 0, tzinfo=dt.UTC)
SECRET = "demo-共享密钥"
REFERRAL = SimpleNamespace(
    id=None, number="网移〔2026〕1号", template="lead", department="forestry", status="sent", step_id=3, lead_ids=(4,),
    sent_at=NOW, due_at=None,
)  # fmt: skip


@dataclass
class Receiver:
    """What the other office's program does with messages."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    """Statuses to answer with, then 204 for ever; 0 hangs, -1 sends a byte now and then, -2 hangs up."""
    heard: list[tuple[dict, bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = receiver.answers.pop(0) if receiver.answers else 204
            if status == 0:
                receiver.over.wait(20)
            elif status == -1:
                self._drip()
            elif status > 0:
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", f"{receiver.url}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

        def _drip(self):
            for byte in b"HTTP/1.1 200 OK\r\n" + b"x-slow: " + b"a" * 500:
                if receiver.over.wait(0.05):
                    return
                self.wfile.write(bytes([byte]))
                self.wfile.flush()

        def log_message(self, *args):
            """Say nothing."""

    return Handler


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        """Clients leave in the middle: that is what is tested."""


@contextmanager
def receiving(*answers: int, context: ssl.SSLContext | None = None):
    receiver = Receiver(answers=list(answers))
    server = Quiet(("127.0.0.1", 0), handler(receiver))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def db(tmp_path):
    opened = databases.fresh(tmp_path / "w.sqlite")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("DEMO_SECRET", SECRET)


class Office:
    """The sending side, with a clock that the test moves."""

    def __init__(self, db: Database, **hooks: Hook) -> None:
        self.db, self.now, self.hooks = db, NOW, hooks

    def happens(self, event: str = "referral.send") -> None:
        with self.db.write() as connection:
            deliveries.enqueue_in(connection, event, REFERRAL, self.now)

    def round(self, seconds: float = 5.0) -> delivering.Outcome:
        senders = {name: lambda message, now, hook=hook: hook.send(message, now, seconds=seconds) for name, hook in self.hooks.items()}  # fmt: skip
        return deliver(self.db, [hook.target for hook in self.hooks.values()], senders, lambda: self.now)


def hook(name: str, url: str, *events: str, env: str = "DEMO_SECRET") -> Hook:
    return Hook(name, url, frozenset(events), env)


def test_a_message_arrives_signed(db):
    with receiving() as receiver:
        office = Office(db, police=hook("police", f"{receiver.url}/in?x=1", "referral.send"))
        office.happens()
        office.happens("referral.receive")
        assert office.round() == delivering.Outcome(handed_on=1, sent=1)
    ((headers, body),) = receiver.heard
    told = json.loads(body)
    assert told["referral"]["number"] == "网移〔2026〕1号"
    assert headers["wangdun-event"] == told["event"] == "referral.send"
    assert headers["wangdun-delivery"] == told["id"]
    # as the documentation tells a receiver to do it
    parts = dict(part.split("=", 1) for part in headers["wangdun-signature"].split(","))
    expected = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], expected)
    assert parts["t"] == str(int(NOW.timestamp()))
    assert parts["v1"] not in {
        hmac.new(b"other", parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest(),
        hmac.new(SECRET.encode(), b"0." + body, hashlib.sha256).hexdigest(),
    }


def test_what_fails_is_sent_again_with_the_same_id_until_it_arrives(db):
    with receiving(500, -2) as receiver:
        office = Office(db, police=hook("police", receiver.url))
        office.happens()
        assert office.round().waiting == 1
        assert office.round() == delivering.Outcome()  # not before its time
        office.now += dt.timedelta(minutes=1)
        assert office.round().waiting == 1
        office.now += dt.timedelta(minutes=5)
        assert office.round().sent == 1
    assert len({headers["wangdun-delivery"] for headers, _ in receiver.heard}) == 1
    assert len({headers["wangdun-signature"] for headers, _ in receiver.heard}) == 3  # each with its own time
    tries = deliveries.attempts(db, 2)
    assert [status for _, status, _, _ in tries] == [500, None, 204]
    assert "HTTP 500" in tries[0][2]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirections_are_not_followed(db, status):
    with receiving(status) as receiver:
        office = Office(db, police=hook("police", receiver.url))
        office.happens()
        assert office.round().waiting == 1
    assert len(receiver.heard) == 1
    assert "转向" in deliveries.attempts(db, 2)[0][2]


@pytest.mark.parametrize("way", [0, -1])
def test_a_receiver_that_hangs_or_drips_is_left(db, way):
    with receiving(way, way) as receiver:
        office = Office(db, slow=hook("slow", receiver.url))
        office.happens()
        office.happens()
        assert office.round(seconds=0.6).waiting == 1  # the second message waits for the next round
    ((_, status, error, seconds),) = deliveries.attempts(db, 3)
    assert (status, error) == (None, "0.6 秒内没有答复")
    assert 0.5 < seconds < 5


def test_one_that_is_down_holds_nobody_up(db):
    with receiving() as receiver:
        office = Office(db, down=hook("down", "http://127.0.0.1:9/"), police=hook("police", receiver.url))
        for _ in range(3):
            office.happens()
        assert office.round() == delivering.Outcome(handed_on=6, sent=3, waiting=1)
    assert len(receiver.heard) == 3


def test_gone_is_gone(db):
    with receiving(410) as receiver:
        office = Office(db, police=hook("police", receiver.url))
        office.happens()
        assert office.round().failed == 1
    assert [one.target for one in deliveries.failed(db)] == ["police"]


def test_without_secret_nothing_is_sent(db):
    with receiving() as receiver:
        office = Office(db, police=hook("police", receiver.url, env="DEMO_NOT_SET"))
        office.happens()
        assert office.round().waiting == 1
    assert receiver.heard == []
    assert "DEMO_NOT_SET" in deliveries.attempts(db, 2)[0][2]


def test_a_target_that_was_taken_out_of_the_settings_is_given_up(db):
    office = Office(db, police=hook("police", "http://127.0.0.1:9/"))
    office.happens()
    deliveries.spread(db, [office.hooks["police"].target], NOW)
    office.hooks = {}
    assert office.round().failed == 1
    assert "没有这个接收方" in deliveries.failed(db)[0].last_error


def test_certificates_are_checked(db, tmp_path, monkeypatch):
    context = own_certificate(tmp_path)
    with receiving(context=context) as receiver:
        office = Office(db, police=hook("police", receiver.url))
        office.happens()
        assert office.round().waiting == 1
        assert receiver.heard == []
        assert "证书不可信" in deliveries.attempts(db, 2)[0][2]
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))  # as an office makes its own authority known
        office.now += dt.timedelta(minutes=1)
        assert office.round().sent == 1
    assert len(receiver.heard) == 1


def own_certificate(folder) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "demo")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
        .not_valid_after(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(form)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
