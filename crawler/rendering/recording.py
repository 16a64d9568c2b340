"""Recording: the exchanges of a drawn page, as the browser tells them, and what it made of them.

The browser hands bodies out with their content coding undone, so that heads are kept with that coding's name put aside.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error

from crawler.items import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.async_api import Request, Response

PATIENCE = 3.0  # seconds for the browser to hand one out
MOST_PARTS = 40  # data requests of one page that are kept; a page asks for a handful
MOST_BYTES = 16 << 20  # of their bodies together
ASIDE = "X-Archive-Orig-"  # as archives name headers that no longer describe the body as it is kept
CHANGED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
NOTE = "由浏览器取得：答复头按浏览器交出的顺序，正文已解开内容编码"
TEXT = ("json", "text", "javascript", "xml")


async def chain_of(response: Response | None) -> list[Exchange]:
    """The page's own exchanges: its redirects in order, the answer last."""
    asked = response.request if response is not None else None
    found: list[Exchange] = []
    while asked is not None:
        answer = await asked.response()
        if answer is not None:
            found.append(await _exchange(answer, with_body=not 300 <= answer.status < 400))
        asked = asked.redirected_from
    return found[::-1]


async def parts_of(answers: Iterable[Response]) -> list[Exchange]:
    """What the page's scripts asked for and were answered: data, bounded."""
    found: list[Exchange] = []
    room = MOST_BYTES
    for part in await asyncio.gather(*(_part(answer) for answer in list(answers)[:MOST_PARTS])):
        room -= len(part.body) if part is not None else 0
        if part is not None and room >= 0:
            found.append(part)
    return found


async def _part(answer: Response) -> Exchange | None:
    try:
        return replace(await asyncio.wait_for(_exchange(answer, with_body=True), PATIENCE), is_part=True)
    except (Error, TimeoutError):  # thrown away before it could be kept, or still under way
        return None


def is_data(answer: Response) -> bool:
    """Whether it is something that the page's text may have come from."""
    return answer.request.resource_type in {"xhr", "fetch"}


async def _exchange(answer: Response, *, with_body: bool) -> Exchange:
    request = answer.request
    asked_at, answered_at = _times(request)
    server = await _server(answer)
    head = [(one["name"], one["value"]) for one in await answer.headers_array()]
    return Exchange(
        url=request.url.partition("#")[0],
        method=request.method,
        request_headers=_byte_wise((one["name"], one["value"]) for one in await request.headers_array()),
        status=answer.status,
        reason=answer.status_text,
        response_headers=_byte_wise(
            (ASIDE + name if with_body and name.lower() in CHANGED else name, value) for name, value in head
        ),
        body=await answer.body() if with_body else b"",
        asked_at=asked_at,
        answered_at=answered_at,
        ip=server,
        tls=await _tls(answer),
        note=NOTE,
    )


async def _server(answer: Response) -> str | None:
    with suppress(Error):
        found: Any = await answer.server_addr()
        return str(found["ipAddress"]) if found else None
    return None


async def _tls(answer: Response) -> str | None:
    with suppress(Error):
        found: Any = await answer.security_details()
        protocol = str((found or {}).get("protocol") or "")
        return protocol.replace("TLS ", "TLSv") or None
    return None


def _times(request: Request) -> tuple[datetime, datetime]:
    timing: Any = request.timing
    began = timing.get("startTime", 0)
    if not began or began < 0:
        now = datetime.now(UTC)
        return now, now
    asked = datetime.fromtimestamp(began / 1000, UTC)
    return asked, asked + timedelta(milliseconds=max(timing.get("responseEnd", 0), timing.get("responseStart", 0), 0))


def _byte_wise(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Latin-1, as all exchanges are kept: one character for each byte."""
    return tuple((_bytes(name), _bytes(" ".join(value.splitlines()))) for name, value in headers)


def _bytes(text: str) -> str:
    return text.encode("utf-8", "replace").decode("latin-1") if not text.isascii() else text
