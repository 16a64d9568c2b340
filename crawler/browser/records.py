"""What goes into a capture and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VIEWPORT = (1280, 900)  # a plain office screen; wider ones show forums with empty margins


@dataclass(frozen=True, slots=True)
class Limits:
    """What one capture may take."""

    seconds: float = 45.0  # a slow county server and its pictures; an ordinary page takes three
    megabytes: int = 1536  # of memory, all processes: an ordinary page takes 300, a shop full of pictures 700
    traffic: int = 64  # MB from the network: forty large photographs
    requests: int = 600  # a shop's page makes a hundred
    height: int = 20_000  # px of the page in the picture: twenty screens


@dataclass(frozen=True, slots=True)
class Shot:
    """What a browser showed at one address; empty contents and a reason where it showed nothing."""

    url: str
    """As asked for."""
    final_url: str = ""
    status: int = 0
    """Of the page itself; 0 when no answer came."""
    title: str = ""
    text: str = ""
    """As a person can read it on the page (innerText)."""
    png: bytes = b""
    mhtml: bytes = b""
    missing: str = ""
    """Chinese: what was not captured, or not as usual, and why; empty when all is there."""
    is_final: bool = True
    """False where another attempt may show more: a time-out, a refused connection, a browser that died."""
    requests: tuple[dict[str, Any], ...] = ()
    """Each request of the page that was let through: url, type, status, redirected; third-party ones are marked."""
    blocked: tuple[dict[str, str], ...] = ()
    """Each request that was not: url, type, reason."""
    failures: tuple[dict[str, str], ...] = ()
    """Each request that got no answer: url, reason."""
    facts: dict[str, Any] = field(default_factory=dict)
    """JSON-ready: versions, viewport, size, timings, addresses of servers, certificate, sandbox, memory."""

    @property
    def is_captured(self) -> bool:
        """Whether there is a picture of the page."""
        return bool(self.png)
