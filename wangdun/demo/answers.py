"""What a demo site answers: pages, pictures, redirects, "not modified"."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wangdun.demo.catalogue import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ROBOTS = "User-agent: *\nDisallow: /admin\n"
# A transparent 1x1 GIF: what forums show in place of a picture that is loaded later.
BLANK_GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_PICTURE_AGE = "max-age=86400"  # one day: the bundled pictures never change


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What a demo site needs to know of a request."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    origin: str
    """Scheme, host and port the site is served at, no slash at the end."""


def environment(site: str) -> Environment:
    """Templates of one site (``forum`` or ``shop``), everything escaped."""
    loader = FileSystemLoader(FOLDER / "templates" / site)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def plain(text: str) -> Answer:
    """A text file."""
    return Answer(text.encode(), content_type="text/plain; charset=utf-8")


def stylesheet(site: str) -> Answer:
    """The site's only stylesheet."""
    return Answer((FOLDER / "static" / f"{site}.css").read_bytes(), content_type="text/css; charset=utf-8")


def picture(name: str) -> Answer | None:
    """A bundled picture; None when there is none of that name."""
    known = {path.name: path for path in (FOLDER / "static").glob("*.png")}  # never open what the address names
    if name not in known:
        return None
    return Answer(known[name].read_bytes(), content_type="image/png", headers={"Cache-Control": _PICTURE_AGE})


def conditional(answer: Answer, modified: datetime, asked: Mapping[str, str]) -> Answer:
    """Add ETag and Last-Modified; answer 304 without a body when the visitor has this version already (RFC 9110)."""
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:24]}"'  # 96 bits are plenty for 60 pages
    headers = {**answer.headers, "ETag": etag, "Last-Modified": format_datetime(modified, usegmt=True)}
    if not _is_fresh(etag, modified, asked):
        return replace(answer, headers=headers)
    return Answer(b"", status=304, content_type=answer.content_type, headers=headers)


def _is_fresh(etag: str, modified: datetime, asked: Mapping[str, str]) -> bool:
    if tags := asked.get("If-None-Match"):  # takes precedence over the date
        return etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    try:
        since = parsedate_to_datetime(asked.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and modified.replace(microsecond=0) <= since
