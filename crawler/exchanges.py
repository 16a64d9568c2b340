"""Exchanges: item pages are fetched so that what went over the wire is still known afterwards.

A download handler, because nothing is nearer to the network: every middleware above it sees headers without their order
and bodies that others have already decoded. Scrapy's own handler does the work; this one listens at three places of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future

from crawler.failures import explain
from crawler.items import Exchange

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

HOPS = "exchanges"
"""Key of `Request.meta`: the list that receives the exchanges of a request, its redirects and repeated tries."""


class WireParser(_LenientHTTPClientParser):
    """Also keeps the header lines as they came: order, spelling, repetition."""

    lines: list[tuple[bytes, bytes]]

    def connectionMade(self) -> None:  # noqa: N802 -- Twisted's name
        """The head of an answer begins; after an interim one (1xx) it begins anew."""
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.lines.clear()

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802 -- Twisted's name
        """One header line."""
        self.lines.append((name, value))
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]


class WireProtocol(_LenientHTTP11ClientProtocol):
    """Hands out, with each answer, the request as it was sent and the head as it came."""

    def request(self, request: Any) -> Any:
        """Send the request; the answer knows of it."""
        answered = super().request(request)
        parser: Any = self._parser
        parser.__class__, parser.lines = WireParser, []
        answered.addCallback(self._attach, request, parser.lines)
        return answered

    def _attach(self, answer: Any, request: Any, lines: list[tuple[bytes, bytes]]) -> Any:
        answer.asked, answer.lines = request, lines
        handle: Any = self.transport.getHandle() if self.transport else None  # socket or TLS
        answer.tls = handle.get_protocol_version_name() if hasattr(handle, "get_cipher_name") else None
        answer.cipher = handle.get_cipher_name() if answer.tls else None
        return answer


class WireFactory(_LenientHTTP11ClientFactory):
    """Makes such protocols."""

    def buildProtocol(self, addr: Any) -> WireProtocol:  # noqa: ARG002, N802 -- Twisted's name
        """One connection."""
        return WireProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class WireAgent(_ScrapyAgent):
    """One request; keeps Twisted's answer, which knows more than Scrapy's."""

    answer: Any = None

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        self.answer = txresponse
        return super()._cb_bodyready(txresponse, request)


class RecordingHandler(HTTP11DownloadHandler):
    """Scrapy's own handler; requests whose meta has a list under `HOPS` leave their exchange in it."""

    lazy = True
    """Made when first used: most runs need it for one scheme only, and each reads all certificates of the system."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = WireFactory  # noqa: SLF001 -- where Scrapy itself puts its own

    async def download_request(self, request: Request) -> Response:
        """The answer, as Scrapy's handler gives it."""
        hops: list[Exchange] | None = request.meta.get(HOPS)
        if hops is None:
            return await super().download_request(request)
        asked_at = self._now()
        try:
            response, answer = await self._fetch(request)
        except Exception as error:  # whatever it was: it is told, and passed on
            _keep(hops, _unanswered(request, error, asked_at, self._now()), request)
            raise
        _keep(hops, _exchange(request, response, answer, asked_at, self._now()), request)
        return response

    async def _fetch(self, request: Request) -> tuple[Response, Any]:
        agent = WireAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        with wrap_twisted_exceptions():
            response = await maybe_deferred_to_future(agent.download_request(request))
        return response, agent.answer

    def _now(self) -> datetime:
        now: datetime | None = getattr(self._crawler.spider, "now", lambda: None)()
        return now or datetime.now(UTC)


def _keep(hops: list[Exchange], exchange: Exchange, request: Request) -> None:
    """The last try counts; what the tries before it met is noted."""
    if request.meta.get("retry_times") and hops and hops[-1].url == exchange.url:
        before = hops.pop()
        told = before.failure or f"状态码 {before.status}"
        exchange = replace(exchange, note="；".join(filter(None, (before.note, f"此前一次请求未成功：{told}"))))
    hops.append(exchange)


def _exchange(request: Request, response: Response, answer: Any, asked_at: datetime, answered_at: datetime) -> Exchange:
    certificate: Any = response.certificate
    return Exchange(
        url=urldefrag(request.url)[0],
        method=request.method,
        request_headers=_sent(answer.asked),
        status=response.status,
        reason=answer.phrase.decode("latin-1"),
        response_headers=_text(answer.lines),
        body=response.body,
        asked_at=asked_at,
        answered_at=answered_at,
        protocol=response.protocol or "HTTP/1.1",
        ip=str(response.ip_address) if response.ip_address else None,
        certificate_sha256=hashlib.sha256(certificate.dump()).hexdigest() if certificate else None,
        tls=answer.tls,
        cipher=answer.cipher,
    )


def _unanswered(request: Request, error: Exception, asked_at: datetime, ended_at: datetime) -> Exchange:
    headers = tuple((name, value) for name, values in request.headers.items() for value in values)
    return Exchange(
        url=urldefrag(request.url)[0],
        method=request.method,
        request_headers=_text(headers),
        status=0,
        reason="",
        response_headers=(),
        body=b"",
        asked_at=asked_at,
        answered_at=ended_at,
        failure=explain(error)[1],
    )


def _sent(asked: Any) -> tuple[tuple[str, str], ...]:
    """The header lines of a request in the order in which Twisted writes them."""
    first = () if asked.persistent else ((b"Connection", b"close"),)
    return _text((*first, *((name, value) for name, values in asked.headers.getAllRawHeaders() for value in values)))


def _text(headers: Any) -> tuple[tuple[str, str], ...]:
    """Byte for byte: Latin-1 has a character for each."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
