"""Timestamping: ask the configured authority for time stamps of what is new. Outside the crawl, never in its way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from storage.evidence import timestamps, tokens
from storage.evidence.tokens import Authority, TimestampError
from storage.exceptions import EvidenceError
from wangdun import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from http.client import HTTPResponse

    from rfc3161_client import TimeStampRequest

    from storage.config import EvidenceConfig
    from storage.database import Database
    from storage.evidence.objects import Objects

PATIENCE = 15.0  # seconds for an answer: authorities take less than one
CHUNK = 1 << 16  # bytes read at once
AT_ONCE = 200  # stamps of one round, a county's day: what is left waits for the next


class _NoRedirects(HTTPRedirectHandler):
    """Requests go to the configured address only."""

    def redirect_request(self, *_args: object, **_named: object) -> None:
        """Never."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of stamping did."""

    stamped: int = 0
    head: bool = False
    """Whether the head of the custody chain got its stamp of the day."""
    problem: str = ""
    """Chinese: why it ended early; empty when all is stamped or no authority is configured."""


def stamp_new(config: EvidenceConfig, db: Database, objects: Objects, *, clock: Callable[[], datetime]) -> Round:
    """Stamp what lacks a stamp, as far as the authority answers. Nothing is asked where none is configured.

    Raises:
        StorageError: database or evidence folder cannot be read or written.
    """
    if config.timestamp_url is None:
        return Round()
    stamped, head, damaged = 0, False, ""
    try:
        stamper = Stamper(config.timestamp_url, Authority(config.timestamp_ca))
        for one in timestamps.unstamped(db, AT_ONCE):
            try:
                content = objects.read(one.sha256)
                request = tokens.request_for(content, one.sha256)
            except EvidenceError as error:  # the others shall have theirs
                damaged = str(error)
                continue
            timestamps.store(db, objects, one, stamper.ask(request), url=stamper.url, now=clock())
            stamped += 1
        if (text := timestamps.head_to_stamp(db, objects.folder, clock())) is not None:
            token = stamper.ask(tokens.request_for(text))
            timestamps.store_head(db, objects, text, token, url=stamper.url, now=clock())
            head = True
    except TimestampError as error:
        return Round(stamped, head, str(error))
    return Round(stamped, head, damaged)


class Stamper:
    """Asks one authority."""

    def __init__(self, url: str, authority: Authority) -> None:
        self.url = url
        self.authority = authority
        self._open = build_opener(_NoRedirects, ProxyHandler({})).open

    def ask(self, request: TimeStampRequest) -> tokens.Token:
        """A verified token. Raises TimestampError."""
        return self.authority.accept(self._post(request.as_bytes()), request)

    def _post(self, query: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "User-Agent": f"Wangdun/{__version__}"}
        request = Request(self.url, query, headers, method="POST")  # noqa: S310 -- http and https only, see the config
        try:
            with self._open(request, timeout=PATIENCE) as response:
                return _read(response)
        except HTTPError as error:
            error.close()
            raise TimestampError(f"时间戳服务答复 {error.code}：{self.url}") from error
        except (URLError, OSError, ValueError) as error:
            raise TimestampError(f"连不上时间戳服务：{self.url}") from error


def _read(response: HTTPResponse) -> bytes:
    """The answer, bounded in size and in time: one that comes byte by byte must not hold us. Raises TimestampError."""
    deadline, parts, size = time.monotonic() + PATIENCE, [], 0
    while part := response.read1(CHUNK):
        parts.append(part)
        size += len(part)
        if size > tokens.LONGEST or time.monotonic() > deadline:
            raise TimestampError("时间戳服务的答复过长或过慢")
    return b"".join(parts)
