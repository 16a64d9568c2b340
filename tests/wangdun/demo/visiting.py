"""Ask a demo site for a page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from lxml import html

from tests.wangdun.running import PATIENCE


@dataclass(frozen=True)
class Page:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def tree(self) -> html.HtmlElement:
        return html.document_fromstring(self.text)

    def all(self, path: str) -> list[str]:
        """The white space of each found text folded."""
        found = self.tree.xpath(path)
        return [" ".join((one if isinstance(one, str) else one.text_content()).split()) for one in found]


def visit(url: str, **headers: str) -> Page:
    request = Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        answer = urlopen(request, timeout=PATIENCE)
    except HTTPError as error:
        answer = error
    with answer:
        return Page(answer.status, dict(answer.headers), answer.read())
