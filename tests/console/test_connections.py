"""Clients that begin a request and do not go on, or open one connection after another."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from console import connections, security
from tests.console.serving import serving

PATIENCE = 20  # s until a test gives up; what is waited for comes in tenths of a second


def connect(served, stack: ExitStack, address: str = "127.0.0.1") -> socket.socket:
    place = urlsplit(served.url)
    made = stack.enter_context(socket.create_connection((place.hostname, place.port), source_address=(address, 0)))
    made.settimeout(PATIENCE)
    return made


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET /health HTTP/1.1\r\nHost: local"])
def test_a_head_that_does_not_come_is_not_waited_for(served, monkeypatch, said):
    monkeypatch.setattr(connections, "HEAD", 0.2)
    with ExitStack() as stack:
        slow = connect(served, stack)
        slow.sendall(said)
        assert is_closed(slow)


def test_a_second_head_is_not_waited_for_either(served, monkeypatch):
    with ExitStack() as stack:
        slow = connect(served, stack)
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += slow.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(connections, "HEAD", 0.2)
        slow.sendall(b"GET /hea")
        assert is_closed(slow)


def test_connections_that_say_nothing_do_not_keep_others_out(served, monkeypatch):
    monkeypatch.setattr(connections, "CROWD", 8)
    with ExitStack() as stack:
        idle = [connect(served, stack, f"127.0.0.{number}") for number in range(2, 14)]
        assert httpx.get(f"{served.url}/health", timeout=PATIENCE).status_code == 200
        assert is_closed(idle[0])  # the one that waited longest


def test_one_address_cannot_take_all_connections(db, monkeypatch):
    monkeypatch.setattr(connections, "OF_ONE", 3)
    with serving(db) as served, ExitStack() as stack:
        idle = [connect(served, stack, "127.0.0.5") for _ in range(4)]
        assert is_closed(idle[-1])
        idle[0].sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle[0].recv(12) == b"HTTP/1.1 200"
        assert httpx.get(f"{served.url}/health", timeout=PATIENCE).status_code == 200


def test_a_proxy_may_have_many_connections(db, monkeypatch):
    monkeypatch.setattr(connections, "OF_ONE", 3)
    with serving(db, proxies=("127.0.0.0/29",)) as served, ExitStack() as stack:
        idle = [connect(served, stack, "127.0.0.5") for _ in range(6)]
        idle[-1].sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle[-1].recv(12) == b"HTTP/1.1 200"


def test_a_body_that_drips_is_not_waited_for(served, monkeypatch):
    monkeypatch.setattr(security, "LONGEST_BODY", 0.2)
    with ExitStack() as stack:
        slow = connect(served, stack)
        head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n"
        slow.sendall(head + b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=")
        assert slow.recv(12) == b"HTTP/1.1 408"
