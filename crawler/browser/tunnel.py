"""Tunnel: the browser's only way to the network, a SOCKS5 server on 127.0.0.1 (RFC 1928).

It resolves names itself and connects to the very address it has judged: a name that changes its address between two
questions (DNS rebinding) gains nothing. Inner addresses are open only where the page itself was on one at the start.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Protocol

from crawler.browser.policy import is_public

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Address = IPv4Address | IPv6Address
    Resolve = Callable[[str, int], Awaitable[list[Address]]]

PATIENCE = 10.0  # seconds for a name or a connection: a person would have given up
TRIES = 3  # addresses of one name
CHUNK = 1 << 16  # bytes read at once, as pipes hold them
REFUSED, UNREACHABLE = 2, 4  # RFC 1928, 6: not allowed by ruleset; host unreachable
ANSWER = b"\x05%c\x00\x01\x00\x00\x00\x00\x00\x00"
MOST_NOTES = 200  # hosts told about in the facts


async def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a host, in the system's order. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


class Approving(Protocol):
    """Whoever judges requests."""

    @property
    def approved(self) -> set[tuple[str, int]]:
        """(host, port) of those that were let through."""


class Tunnel:
    """Carries what the policy has approved, to addresses that are allowed."""

    def __init__(self, policy: Approving, place: tuple[str, int], most_bytes: int, resolve: Resolve = resolve) -> None:
        self.policy = policy
        self.place = place
        self.left = most_bytes
        self.resolve = resolve
        self.inner: frozenset[Address] = frozenset()
        """The page's own inner addresses, pinned at the start."""
        self.servers: dict[str, str] = {}
        """Host → the address that was connected to."""
        self.refusals: dict[str, str] = {}
        """Host → Chinese reason why there was no connection."""
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Pin the page's own address and listen; the port. Never raises for a name that cannot be resolved."""
        with suppress(OSError, TimeoutError):
            own = await asyncio.wait_for(self.resolve(*self.place), PATIENCE)
            if not any(map(is_public, own)):  # a mixture would be an attempt to come inside
                self.inner = frozenset(own)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._carry(reader, writer)
        except (OSError, EOFError, TimeoutError, ValueError):  # somebody hung up, or speaks no SOCKS
            pass
        finally:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = await _greet(reader, writer)
        code, far = await self._connect(host, port)
        writer.write(ANSWER % code)
        await writer.drain()
        if far is None:
            return
        far_reader, far_writer = far
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer))
                both.create_task(self._pump(far_reader, writer))
        except* OSError:  # a lost connection: the browser is told by its end
            pass
        finally:
            far_writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (data := await reader.read(CHUNK)) and self.left > 0:
            self.left -= len(data)
            writer.write(data)
            await writer.drain()
        if self.left <= 0:
            writer.transport.abort()
            raise ConnectionAbortedError
        with suppress(OSError, RuntimeError):  # it closed already
            writer.write_eof()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[int, tuple[asyncio.StreamReader, asyncio.StreamWriter] | None]:
        if (host, port) not in self.policy.approved:
            return self._refuse(host, "不是网页自己的请求", REFUSED)
        if self.left <= 0:
            return self._refuse(host, "网页的数据量超过上限", REFUSED)
        try:
            found = await asyncio.wait_for(self.resolve(host, port), PATIENCE)
        except (OSError, TimeoutError, UnicodeError):
            return self._refuse(host, "域名无法解析", UNREACHABLE)
        allowed = [one for one in found if is_public(one) or self._is_own(one, host, port)]
        if not allowed:
            return self._refuse(host, "内网地址，不允许访问", REFUSED)
        return await self._first(host, port, allowed[:TRIES])

    def _is_own(self, address: Address, host: str, port: int) -> bool:
        return (host, port) == self.place and address in self.inner

    async def _first(
        self, host: str, port: int, addresses: list[Address]
    ) -> tuple[int, tuple[asyncio.StreamReader, asyncio.StreamWriter] | None]:
        reason = ""
        for address in addresses:
            try:
                far = await asyncio.wait_for(asyncio.open_connection(str(address), port), PATIENCE)
            except TimeoutError:
                reason = "连接超时"
            except OSError as error:
                reason = "拒绝连接" if isinstance(error, ConnectionRefusedError) else "网络不通"
            else:
                if len(self.servers) < MOST_NOTES:
                    self.servers[host] = str(address)
                return 0, far
        return self._refuse(host, reason, UNREACHABLE)

    def _refuse(self, host: str, reason: str, code: int) -> tuple[int, None]:
        if len(self.refusals) < MOST_NOTES:
            self.refusals[host[:255]] = reason
        return code, None


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Where the browser wants to go. Raises ValueError, EOFError."""
    version, methods = await asyncio.wait_for(reader.readexactly(2), PATIENCE)
    if version != 5:
        raise ValueError(version)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")  # nobody has to prove who they are: only approved places are reached
    _, command, _, kind = await asyncio.wait_for(reader.readexactly(4), PATIENCE)
    if command != 1 or kind not in {1, 3, 4}:  # connections only, no UDP
        raise ValueError(command)
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode("ascii").lower().rstrip(".")
    else:
        host = str(ip_address(await reader.readexactly(4 if kind == 1 else 16)))
    return host, struct.unpack("!H", await reader.readexactly(2))[0]
