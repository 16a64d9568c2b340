"""Renders pages: Jinja2 with everything escaped, times in the local zone, the navigation that a person may use."""

from __future__ import annotations

from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from console import sessions, tags
from console.access import ROLE_NAMES
from console.codes import named
from console.exceptions import Refusal
from console.hidden import tidy, visible
from console.highlight import boxed
from console.masking import mask_line
from console.person import Person
from console.state import console_of
from console.wording import detail_text
from storage.referral.form_records import shown
from storage.review.sources import PREFIX, is_manual

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from starlette.requests import Request
    from starlette.responses import Response

    from console.routing import Nav

HERE: Final = Path(__file__).parent
PART: Final = "x-wangdun-part"
"""The script asks with this header for a part of a page: the layout around it is left out."""
ADDRESS: Final = "x-wangdun-address"
"""Tells the script the address of a page that it was given at once, instead of being sent there."""
LOCAL: Final = "/"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,  # listings are hostile
        undefined=StrictUndefined,  # a misspelt fact is a fault, not an empty cell
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = visible
    made.filters["tidy"] = tidy
    made.filters["boxed"] = boxed
    made.filters["detail"] = detail_text
    made.filters["hide_in"] = lambda text: mask_line(str(text))
    made.filters["said"] = lambda code, kind: named(kind, code)
    made.filters["options"] = tags.options
    made.filters["risk"] = tags.risk
    made.filters["status_tag"] = tags.status
    made.filters["page_state"] = tags.page_state
    made.filters["site"] = site_name
    made.globals["role_names"] = ROLE_NAMES
    made.globals["named"] = named
    made.globals["address_with"] = address_with
    made.globals["amount"] = shown
    return made


def site_name(name: str) -> str:
    """What a site is called on screen: those of leads that people typed in have no page."""
    return name.replace(PREFIX, "录入：", 1) if is_manual(name) else name


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    """A page from ``templates/TEMPLATE`` (which ``{% extends layout %}``).

    Templates get besides `facts`: `me` (a `Person` or None), `csrf`, `nav` (entries open to this person), `path`,
    `now`, `query` (of the address), `layout`, and the functions `local(moment)`, `day(moment)`, `ago(moment)`,
    `deadline(moment)`.
    """
    me = getattr(request.state, "person", None)
    console = console_of(request)
    csrf, fresh = (me.csrf, None) if isinstance(me, Person) else sessions.offer_form_token(request)
    shown = {
        "me": me,
        "csrf": csrf,
        "nav": _open_to(me, request.app.state.nav),
        "path": request.url.path,
        "query": request.query_params,
        "layout": "bare.html" if PART in request.headers else "base.html",
        **times(console.clock(), console.zone),
        **facts,
    }
    html = _environment().get_template(template).render(shown)
    response = HTMLResponse(html.encode("utf-8", "replace"), status_code=status)  # lone surrogates become ?
    if fresh is not None:
        sessions.set_form_cookie(request, response, fresh)
    return response


def _open_to(me: Any, nav: Sequence[Nav]) -> list[Nav]:
    if not isinstance(me, Person) or me.must_change:
        return []
    return [entry for entry in nav if me.may(f"GET {entry.path}")]


def times(now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What templates show times with, all in `zone`."""

    def local(moment: datetime | None) -> str:
        return moment.astimezone(zone).isoformat(" ", "minutes")[:16] if moment else "—"

    def day(moment: datetime | None) -> str:
        return moment.astimezone(zone).isoformat()[:10] if moment else "—"

    def deadline(moment: datetime) -> str:
        """A deadline at midnight is the end of the day before: that day is what people named."""
        last = (moment - timedelta(microseconds=1)).astimezone(zone)
        is_day = moment.astimezone(zone).time() == time()
        return last.strftime("%Y-%m-%d") if is_day else local(moment)

    return {"now": now, "local": local, "day": day, "deadline": deadline, "ago": lambda moment: ago(moment, now)}


def ago(moment: datetime | None, now: datetime) -> str:
    """``3 分钟前``; ``—`` for none; a moment to come is ``3 分钟后``."""
    if moment is None:
        return "—"
    seconds = (now - moment).total_seconds()
    side = "前" if seconds >= 0 else "后"
    seconds = abs(seconds)
    for span, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= span:
            return f"{int(seconds // span)} {unit}{side}"
    return "刚刚" if side == "前" else "即将"


def go(path: str) -> Response:
    """After something was done: on to a page of ours (303, so that reloading does not do it again)."""
    return RedirectResponse(own_path(path), status_code=303)


def own_path(path: str) -> str:
    """`path` where it leads to a page of ours, else the start page: no open redirects."""
    if not path.startswith(LOCAL) or path.startswith(("//", "/\\")) or any(ord(char) < 0x21 for char in path):
        return LOCAL
    return path[:2000]  # characters; a longer one is nobody's page


def address_with(asked: Mapping[str, object], **changes: object) -> str:
    """A query string of what is asked for, with changes; empty values are left out."""
    wanted = {name: value for name, value in {**asked, **changes}.items() if value not in {None, ""}}
    return urlencode(wanted, errors="replace")


def whole_number(text: str | None, *, largest: int = 2**63 - 1) -> int | None:
    """A number from an address, None for none.

    Raises:
        Refusal: 422, it is not a number of ours.
    """
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > largest:
        raise Refusal(422, "网址中的编号不正确。")
    return int(text)
