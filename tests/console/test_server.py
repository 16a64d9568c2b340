"""Where it listens, encryption, and a graceful end; the commands that people type."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from console.app import create_app
from console.config import ConsoleConfig
from console.server import CannotServe, Server, address_of, listen

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wangdun.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return files


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.1", "wangdun.example.org"])
def test_nothing_but_this_machine_without_encryption(address):
    with pytest.raises(CannotServe, match="tls_cert"):
        listen(ConsoleConfig(address=address, port=0))


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "127.8.8.8", "::1"])
def test_this_machine_is_local(address):
    assert ConsoleConfig(address=address).is_local


def test_others_when_the_config_says_so():
    with listen(ConsoleConfig(address="0.0.0.0", port=0, allow_http=True)) as listening:
        assert listening.getsockname()[0] == "0.0.0.0"
        assert address_of(ConsoleConfig(address="0.0.0.0"), listening).startswith(f"http://{socket.gethostname()}:")


def test_an_address_that_is_taken_is_told():
    with listen(ConsoleConfig(port=0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(CannotServe, match=f"127.0.0.1:{port}"):
            listen(ConsoleConfig(port=port))
    with pytest.raises(CannotServe, match="nowhere"):
        listen(ConsoleConfig(address="nowhere.invalid", port=0, allow_http=True))


def test_answers_do_not_wait_for_more_to_send():
    with listen(ConsoleConfig(port=0)) as listening:
        assert listening.proto == socket.IPPROTO_TCP  # or asyncio leaves Nagle's algorithm on


def test_half_a_certificate_is_refused(tmp_path):
    with pytest.raises(ValueError, match="都填"):
        ConsoleConfig(tls_cert=tmp_path / "x")
    with pytest.raises(ValueError, match="IP"):
        ConsoleConfig(proxies=("proxy.example.org",))


def test_a_certificate_that_cannot_be_read_is_told(db, tmp_path):
    config = ConsoleConfig(port=0, tls_cert=tmp_path / "cert.pem", tls_key=tmp_path / "key.pem")
    with listen(config) as listening, pytest.raises(CannotServe, match=r"cert\.pem"):
        Server(create_app(config, db), config, listening)


def test_encrypted(db, certificate):
    config = ConsoleConfig(port=0, tls_cert=certificate[0], tls_key=certificate[1])
    trusted = ssl.create_default_context(cafile=certificate[0])
    with listen(config) as listening, Server(create_app(config, db), config, listening).serving():
        url = address_of(config, listening).replace("127.0.0.1", "localhost")
        answer = httpx.get(f"{url}login", verify=trusted)
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"]
        assert answer.headers["set-cookie"].startswith("__Host-wangdun_form=")
        assert "Secure" in answer.headers["set-cookie"]
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(url.replace("https", "http") + "login")


def test_what_is_no_http_gets_a_short_answer(served):
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        said = line.makefile("rb").read()
    assert said.startswith(b"HTTP/1.1 400")
    assert b"uvicorn" not in said.lower()


# -- commands ------------------------------------------------------------------------------------------------------


def wangdun(folder, *arguments, **settings):
    program = [sys.executable, "-m", "wangdun", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=False, **settings)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.yaml").write_text("crawler: {}\n", encoding="utf-8")
    return tmp_path


def test_the_first_administrator_comes_from_the_command_line(folder):
    made = wangdun(folder, "account", "add", "demo_wang", "--role", "admin", "--display-name", "王管理", "--json")
    assert made.returncode == 0, made.stderr
    facts = json.loads(made.stdout)
    assert facts["roles"] == ["admin"]
    program = [sys.executable, "-m", "wangdun", "console", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(program, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://127\.0\.0\.1:\d+/", running.stdout.readline())[0]
        with httpx.Client(base_url=url) as client:
            assert client.get("/health").json() == {"ok": True}
            csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)[1]
            form = {"csrf": csrf, "name": "demo_wang", "password": facts["password"]}
            assert client.post("/login", data=form).status_code == 303
            assert client.get("/").headers["location"] == "/password"
        running.send_signal(signal.SIGTERM)
        assert "已停止" in running.communicate(timeout=30)[0]
        assert running.returncode == 0
    finally:
        running.kill()
        running.wait()


def test_passwords_are_never_on_the_command_line(folder):
    refused = wangdun(folder, "account", "add", "demo_wang", "--role", "admin", "--password", "x")
    assert refused.returncode == 2
    asked = wangdun(folder, "account", "add", "demo_wang", "--role", "admin", "--ask", stdin=subprocess.DEVNULL)
    assert asked.returncode == 2
    assert "终端" in asked.stderr


def test_people_from_the_command_line(folder):
    from click.testing import CliRunner

    from wangdun.cli import Invocation, cli
    from wangdun.commands.account import ROLE_NAMES

    def run(*arguments):
        invocation = Invocation(folder / "config.yaml")
        return CliRunner().invoke(cli, ["account", *arguments], obj=invocation, catch_exceptions=True)

    for name, role in (("demo_wang", "admin"), ("demo_li", "reviewer")):
        assert "初始密码" in run("add", name, "--role", role).output
    assert "审核员" in run("list").output
    assert run("roles", "demo_li", "--role", "lexicon", "--role", "approver").exit_code == 0
    assert "复核员、词库管理员" in run("list").output
    assert run("disable", "demo_li").exit_code == 0
    assert json.loads(run("list", "--json").output)[0]["disabled_at"]
    assert run("enable", "demo_li").exit_code == 0
    before = json.loads(run("password", "demo_li", "--json").output)["password"]
    assert len(before) == 19
    assert "demo_nobody" in str(run("disable", "demo_nobody").exception)
    assert "最后一个管理员" in str(run("disable", "demo_wang").exception)
    from console.access import ROLE_NAMES as NAMES_OF_ROLES

    assert ROLE_NAMES == NAMES_OF_ROLES


def test_the_command_refuses_an_open_address(folder):
    refused = wangdun(folder, "console", "--address", "0.0.0.0", "--port", "0")
    assert refused.returncode == 2
    assert "明文" in refused.stderr
