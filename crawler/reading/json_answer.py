"""Answer in JSON: the document that one HTTP answer holds, and the page on which its message to people would stand."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from crawler.fields.charset import decode
from crawler.reading.json_document import embedded, read_json
from crawler.reading.json_offer import messages
from crawler.reading.page import parse

if TYPE_CHECKING:
    from crawler.reading.page import Page


class Answered(Protocol):
    """An HTTP answer."""

    @property
    def url(self) -> str:
        """The address that answered."""

    @property
    def body(self) -> bytes:
        """Content coding undone."""

    @property
    def content_type(self) -> str | None:
        """As declared."""


def json_of(answer: Answered, source: str | None, encoding: str | None) -> tuple[Any, Page]:
    """The document, None where there is none, and the page for walls to be looked for on.

    Args:
        answer: what came.
        source: where in a page the document stands, as in `embedded`; None: the answer is the document.
        encoding: as configured; without one, a label or the bytes tell.
    """
    if source:
        page = parse(answer.body, answer.url, content_type=answer.content_type, encoding=encoding)
        return embedded(page, source), page
    document = read_json(decode(answer.body, answer.content_type, encoding)[0])
    if document is None:  # perhaps a log-in page in place of the data
        return None, parse(answer.body, answer.url, content_type=answer.content_type)
    lines = "".join(f"<p>{escape(text)}</p>" for text in messages(document))
    return document, parse(f"<body>{lines}</body>".encode("utf-8", "replace"), answer.url, encoding="utf8")
