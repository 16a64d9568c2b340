"""Strangers: hosts that are not the site's own, asked for evidence only, and never inside somebody's network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Literal

from scrapy.exceptions import IgnoreRequest
from scrapy.utils.defer import maybe_deferred_to_future

if TYPE_CHECKING:
    from collections.abc import Iterable

EVIDENCE = "evidence"
"""Key of `Request.meta`: this request may leave the site's hosts."""
Place = Literal["public", "loopback", "link-local", "inside"]


class Strangers:
    """Looks where a host is before it is asked: a page must not make us ask machines that it cannot reach itself."""

    def __init__(self, own: Iterable[str]) -> None:
        """`own`: the site's hosts; where they are, others may be too."""
        self._own = tuple(own)
        self._allowed: set[Place] | None = None
        self._checked: dict[str, Place] = {}

    async def refuse_inside(self, host: str) -> None:
        """Raises IgnoreRequest: unresolved, or inside a network in which the site is not."""
        if self._allowed is None:
            self._allowed = {"public", *[await _place(own) for own in self._own]}
        if host not in self._checked:  # the engine remembers the same answer for the connection itself
            self._checked[host] = await _place(host)
        if self._checked[host] not in self._allowed:
            raise IgnoreRequest(f"private address: {host}")


def place_of(address: str) -> Place:
    """Where an IP address is. Raises ValueError."""
    read: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])  # without an interface's name
    mapped = read.ipv4_mapped if isinstance(read, IPv6Address) else None
    read = mapped or read
    if read.is_loopback:
        return "loopback"
    if read.is_link_local:
        return "link-local"
    return "public" if read.is_global and not read.is_multicast else "inside"


async def _place(host: str) -> Place:
    try:
        return place_of(host)
    except ValueError:  # a name
        return place_of(await _resolve(host))


async def _resolve(host: str) -> str:
    """What a connection to `host` will use: asked through the engine's resolver, which remembers it."""
    from twisted.internet import reactor  # a module that stands for an object

    names: Any = reactor
    try:
        address: str = await maybe_deferred_to_future(names.resolve(host))
    except Exception as error:  # resolvers raise what they like; without an address there is nothing to ask
        raise IgnoreRequest(f"unresolved: {host}") from error
    return address
