"""What callers fill in and get back about evidence: frozen facts, free of any database library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

CaptureKind = Literal["page", "pictures", "screen", "official"]
"""The page's exchanges as the crawl saw them; its pictures; what a browser shows; a re-capture by two officers."""
FileRole = Literal["warc", "screenshot", "mhtml", "text", "picture", "record", "timestamp", "other"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer, as they went over the wire."""

    url: str
    """Asked for, before any redirect that the answer itself demands."""
    method: str
    request_headers: tuple[tuple[str, str], ...]
    status: int
    """0 when no answer came; then `failure` says why."""
    reason: str
    response_headers: tuple[tuple[str, str], ...]
    """In the order of the wire, names as sent where the HTTP library tells them."""
    body: bytes
    """As transferred (content coding kept, transfer coding removed)."""
    asked_at: datetime
    answered_at: datetime
    protocol: str = "HTTP/1.1"
    ip: str | None = None
    """Of the server that answered."""
    certificate_sha256: str | None = None
    """Fingerprint (hex) of the server's TLS certificate; None without TLS."""
    failure: str = ""
    tls: str | None = None
    """Version of the protocol, e.g. ``TLSv1.3``; None without TLS."""
    cipher: str | None = None
    note: str = ""
    """What the exchange does not show by itself, e.g. tries before it; Chinese."""
    is_part: bool = False
    """The page's own scripts asked for it: it is no step on the way to the page."""
    drawn: bytes = b""
    """The document that a browser made of the body by running its scripts (HTML, UTF-8); empty where none did."""


@dataclass(frozen=True, slots=True)
class FileDraft:
    """One file to be kept."""

    name: str
    """Within the capture: ASCII, no folders: ``page.warc.gz``."""
    role: FileRole
    media_type: str
    content: bytes | Path


@dataclass(frozen=True, slots=True)
class CaptureDraft:
    """One act of securing what a page showed, ready to be sealed."""

    site_id: int
    site: str
    key: str
    """Of the listing, within its site."""
    url: str
    kind: CaptureKind
    cause: str
    """Why it was taken: crawl, watch, request, official."""
    taken_at: datetime
    files: tuple[FileDraft, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    """JSON-ready: clock, software, environment, verdict, chain of redirects, what was not captured and why."""
    run_id: int | None = None
    missing: str = ""
    """Why there are no files, or fewer than meant; Chinese, empty when all is there."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a capture, as kept."""

    name: str
    role: str
    media_type: str
    size: int
    sha256: str
    sm3: str


@dataclass(frozen=True, slots=True)
class Capture:
    """One sealed capture."""

    id: int
    site_id: int
    site: str
    key: str
    url: str
    kind: str
    cause: str
    taken_at: datetime
    sealed_at: datetime
    digest: str
    """SHA-256 (hex) of its manifest, which names every file with its hashes."""
    files: tuple[StoredFile, ...]
    facts: dict[str, Any]
    run_id: int | None
    missing: str
    removed_at: datetime | None
    """When retention took its files away; the rows stay."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A capture whose row was damaged."""

    id: int


@dataclass(frozen=True, slots=True)
class UnreadableLink:
    """A link of the custody chain whose row was damaged: what is left of it."""

    id: int
    action: str
    capture_id: int | None
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class CustodyEntry:
    """One link of the custody chain."""

    id: int
    """1, 2, 3 … without gaps."""
    at: datetime
    actor: str
    """Who: a person's name, or the program's part: ``crawl``, ``screen``, ``watch``."""
    action: str
    """captured, recovered, viewed, copied, exported, transferred, verified, stamped, deleted, swept."""
    capture_id: int | None
    detail: dict[str, Any]
    previous: str
    """Hash of the link before; 64 zeros for the first."""
    hash: str
