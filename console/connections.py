"""Connections of slow or greedy clients: none may keep the others from being answered."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

HEAD: Final = 10.0  # seconds for a request's whole head, the first one's after connecting: on an intranet it takes none
CROWD: Final = 400  # connections at once: some tens of reviewers have six each; below the usual limit of 1,024 files
OF_ONE: Final = 120  # connections of one address: an office behind one address, twenty browsers


class Patient(H11Protocol):
    """HTTP/1.1 whose requests must begin and be read within bounded time, with bounded connections for each address."""

    _head_task: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base class
        """Begin to wait for the first head; make room where there is none."""
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
            return
        self._await_head()
        if len(self.connections) >= CROWD:
            self._drop_one_that_waits()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; the clock goes on until its head is whole."""
        if not self._is_answering() and self._head_task is None:
            self._await_head()
        super().data_received(data)
        if self._is_answering():
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock."""
        self._stop_waiting()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for a while: close, even when the last answer was never read."""
        super().timeout_keep_alive_handler()
        self.transport.abort()

    @property
    def waits(self) -> bool:
        """Whether the head of a request is still to come."""
        return self._head_task is not None

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_head(self) -> None:
        self._head_task = self.loop.call_later(HEAD, self.give_up)

    def _stop_waiting(self) -> None:
        if self._head_task is not None:
            self._head_task.cancel()
            self._head_task = None

    def give_up(self) -> None:
        """Close at once, whatever is still unsent."""
        self._stop_waiting()
        self.transport.abort()

    def _is_one_too_many(self) -> bool:
        address = self._address()
        if address is None or self._is_proxy(address):
            return False
        same = sum(isinstance(one, Patient) and one._address() == address for one in self.connections)  # noqa: SLF001 - its own class
        return bool(same > OF_ONE)

    def _address(self) -> str | None:
        return self.client[0] if self.client else None

    def _is_proxy(self, address: str) -> bool:
        """A proxy brings everybody's connections."""
        trusted = self.config.forwarded_allow_ips or ()
        here = ipaddress.ip_address(address.partition("%")[0])
        return any(here in network for network in map(ipaddress.ip_network, trusted))

    def _drop_one_that_waits(self) -> None:
        """The one that has waited longest for its head; answers under way are never cut off."""
        waiting = [one for one in self.connections if isinstance(one, Patient) and one.waits and one is not self]
        if waiting:
            min(waiting, key=Patient._since).give_up()

    def _since(self) -> float:
        return self._head_task.when() if self._head_task is not None else 0.0
