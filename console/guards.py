"""What stands before every route: who is it, may they, did the request come from our own page; and what is written down."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from console import sessions
from console.access import FORM_BYTES, SAFE
from console.exceptions import ChangeNeeded, Refusal, SignInNeeded, TokenStale
from console.state import console_of
from storage.review import audit
from storage.review.audit import Actor, Event

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from console.access import Rule
    from console.person import Person

API: Final = "/api/"
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
LONGEST_TOKEN: Final = 200  # characters: ours have 43
MOST_FIELDS: Final = 1_100  # a bulk page's ids fit; each field costs memory
MOST_FILES: Final = 20
LARGEST_FIELD: Final = 1024 * 1024  # bytes; the body's own limit is usually lower


async def admit(request: Request, rule: Rule) -> None:
    """Let the request pass, with `request.state.person` set (None for nobody).

    Raises:
        Refusal: 401, 403, 413; the body has not been read where the person alone decides.
    """
    request.scope["wangdun.largest"] = rule.largest
    by_token = request.url.path.startswith(API)
    person = await run_in_threadpool(sessions.by_token if by_token else sessions.by_cookie, request)
    request.state.person = person
    request.state.audit = ("", "", {})
    if not rule.anonymous:
        await _check_person(request, person, rule)
    if request.method in SAFE:
        return
    if by_token:
        await request.body()
        return
    check_origin(request)
    await _check_csrf(request, person)


async def _check_person(request: Request, person: Person | None, rule: Rule) -> None:
    if person is None:
        raise SignInNeeded
    if person.must_change and not rule.before_change:
        raise ChangeNeeded
    if rule.allows(person.roles):
        return
    if rule.action is not None:  # looking for pages that are not in the navigation is no attempt at anything
        tell(request, tried=rule.action)
        await run_in_threadpool(_write, request, "access.refused")
    raise Refusal(403, "您的角色不能使用此功能；如有需要，请联系系统管理员。")


def check_origin(request: Request) -> None:
    """Refuse what another site's page sent: browsers say so in one header or the other.

    Raises:
        Refusal: 403.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    if foreign or site not in {"same-origin", "none"}:
        raise Refusal(403, "请求不是从本系统的页面发出的，已拒绝。")


async def _check_csrf(request: Request, person: Person | None) -> None:
    expected = person.csrf if person else sessions.form_token(request)
    given = request.headers.get(CSRF_HEADER) or await _csrf_field(request)
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise TokenStale


async def _csrf_field(request: Request) -> str:
    if not request.headers.get("content-type", "").lower().startswith(FORMS):
        return ""
    form = await request.form(max_fields=MOST_FIELDS, max_files=MOST_FILES, max_part_size=LARGEST_FIELD)
    given = form.get(CSRF_FIELD)
    return given if isinstance(given, str) and given.isascii() and len(given) <= LONGEST_TOKEN else ""


async def typed(request: Request) -> str:
    """The note of a form that is refused for whom it came from: it is handed back, for with its page it would be lost."""
    if request.method in SAFE or not request.headers.get("content-type", "").lower().startswith(FORMS[0]):
        return ""
    request.scope["wangdun.largest"] = FORM_BYTES  # nobody in particular sent it
    try:
        check_origin(request)
        note = (await request.form(max_fields=MOST_FIELDS)).get("note")
    except (Refusal, HTTPException, ClientDisconnect):
        return ""
    return note if isinstance(note, str) else ""


def tell(request: Request, kind: str = "", object_id: str | int = "", **detail: Any) -> None:
    """Say for the audit log what a request is about; a handler calls it, `record` writes it down."""
    request.state.audit = (kind, object_id, detail)


async def record(request: Request, rule: Rule, response: Response) -> None:
    """Write the finished action into the audit log, unless storage did so in the transaction of the action itself."""
    if rule.action is None or rule.stored or response.status_code >= 400:
        return
    await run_in_threadpool(_write, request, rule.action)


def _write(request: Request, action: str) -> None:
    console = console_of(request)
    kind, object_id, detail = request.state.audit
    audit.note(console.db, actor(request), Event(action, kind, object_id, detail), console.clock())


def actor(request: Request) -> Actor:
    """Who acts in this request, as functions of `storage.review` want to know it."""
    person: Person | None = request.state.person
    if person is None:
        return Actor(None, "", sessions.address_of(request))
    return Actor(person.id, person.display_name or person.name, sessions.address_of(request))
