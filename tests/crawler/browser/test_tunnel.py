from __future__ import annotations

import asyncio
import contextlib
from ipaddress import ip_address

import pytest

from crawler.browser.policy import Policy
from crawler.browser.tunnel import Tunnel

HELLO = b"\x05\x01\x00"


def names(**known):
    """A resolver: each question of a name gets the next of its answers, the last one for ever."""
    asked = {name.replace("_", "."): list(answers) for name, answers in known.items()}

    async def resolve(host, _port):
        if host not in asked:
            raise OSError("no such name")
        answers = asked[host]
        return [ip_address(one) for one in (answers.pop(0) if len(answers) > 1 else answers[0])]

    return resolve


class Far:
    """A server on 127.0.0.1 that says what it got, once."""

    def __init__(self) -> None:
        self.visits = 0

    async def serve(self, reader, writer):
        self.visits += 1
        writer.write(b"got " + await reader.read(100))
        writer.close()

    async def open(self) -> int:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]


async def ask(tunnel_port, host, port, payload=b"ping") -> tuple[int, bytes]:
    """The tunnel's answer code, and what came through it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", tunnel_port)
    try:
        name = host.encode()
        writer.write(HELLO + b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
        assert await reader.readexactly(2) == b"\x05\x00"
        code = (await reader.readexactly(10))[1]
        if code:
            return code, b""
        writer.write(payload)
        return code, await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def tunnel_to(url, resolve, most=1 << 20) -> tuple[Tunnel, Policy]:
    policy = Policy(url, 100)
    (place,) = policy.approved
    return Tunnel(policy, place, most, resolve), policy


def run(host, resolve, *, page="bbs.example", approve=(), asked_port=None, most=1 << 20):
    """Ask a tunnel for `host` at the far server's port, on behalf of a page at `page` with that port."""

    async def work():
        far = Far()
        port = await far.open()
        tunnel, policy = tunnel_to(f"http://{page}:{port}/", resolve, most)
        policy.approved.update((one, asked_port or port) for one in approve)
        answer = await ask(await tunnel.open(), host, asked_port or port)
        far.server.close()
        tunnel.close()
        return (*answer, far.visits, tunnel)

    return asyncio.run(work())


def test_a_site_on_an_inner_address_is_carried():
    code, came, visits, tunnel = run("bbs.example", names(bbs_example=[["127.0.0.1"]]))
    assert (code, came, visits) == (0, b"got ping", 1)
    assert tunnel.servers == {"bbs.example": "127.0.0.1"}
    assert tunnel.left == (1 << 20) - len(b"pinggot ping")


def test_others_on_inner_addresses_are_not():
    answers = names(bbs_example=[["127.0.0.1"]], cdn_example=[["127.0.0.1"]])
    code, _, visits, tunnel = run("cdn.example", answers, approve=["cdn.example"])
    assert (code, visits) == (2, 0)
    assert tunnel.refusals == {"cdn.example": "内网地址，不允许访问"}


def test_nor_is_another_port_of_the_site():
    code, _, visits, _ = run("bbs.example", names(bbs_example=[["127.0.0.1"]]), approve=["bbs.example"], asked_port=9)
    assert (code, visits) == (2, 0)


def test_a_name_that_moves_inside_gains_nothing():
    code, _, visits, tunnel = run("bbs.example", names(bbs_example=[["93.184.216.34"], ["127.0.0.1"]]))
    assert (code, visits) == (2, 0)
    assert tunnel.refusals == {"bbs.example": "内网地址，不允许访问"}


def test_nor_one_that_is_inside_and_outside():
    code, _, visits, _ = run("bbs.example", names(bbs_example=[["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]]))
    assert (code, visits) == (2, 0)


def test_what_the_policy_has_not_approved_is_refused_unresolved():
    code, _, visits, tunnel = run("update.example", names())
    assert (code, visits, tunnel.refusals) == (2, 0, {"update.example": "不是网页自己的请求"})


@pytest.mark.parametrize(("answers", "reason"), [({}, "域名无法解析"), ({"bbs_example": [["127.0.0.1"]]}, "拒绝连接")])
def test_why_there_was_no_connection(answers, reason):
    async def work():
        far = Far()
        port = await far.open()
        far.server.close()
        await far.server.wait_closed()
        tunnel, _ = tunnel_to(f"http://bbs.example:{port}/", names(**answers))
        answer = await ask(await tunnel.open(), "bbs.example", port)
        tunnel.close()
        return answer, tunnel.refusals

    (code, _), refusals = asyncio.run(work())
    assert (code, refusals) == (4, {"bbs.example": reason})


def test_no_more_than_allowed_is_carried():
    _, came, visits, tunnel = run("bbs.example", names(bbs_example=[["127.0.0.1"]]), most=4)
    assert (came, visits) == (b"", 1)
    assert tunnel.left <= 0


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x04\x01", b"", HELLO + b"\x05\x03\x00\x01" + bytes(6)])
def test_who_speaks_something_else_is_hung_up_on(said):
    async def work():
        tunnel, _ = tunnel_to("http://bbs.example/", names())
        reader, writer = await asyncio.open_connection("127.0.0.1", await tunnel.open())
        writer.write(said)
        writer.write_eof()
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()
            tunnel.close()

    assert asyncio.run(work()) in {b"", b"\x05\x00"}
