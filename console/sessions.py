"""Sessions of browsers and tokens of programs: cookies, log-in, log-out."""

from __future__ import annotations

import math
import secrets
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from hashlib import sha256
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final

from console import passwords
from console.exceptions import Refusal
from console.person import Person
from console.state import console_of
from storage.review import accounts, attempts, audit, tokens
from storage.review import sessions as stored
from storage.review.audit import Actor, Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from storage.review.accounts import Account

NAME: Final = "wangdun_session"
FORM_NAME: Final = "wangdun_form"
BOUND: Final = "__Host-"  # browsers take a cookie of this name over HTTPS only, and from this host alone
LONGEST: Final = 200  # characters: our secrets have some fifty
WRONG: Final = "账号或密码不正确。"
_LINE: Final = BoundedSemaphore(
    16
)  # tries at once; some 40 threads serve everybody, and log-ins must not take them all
SOON: Final = 3  # seconds until the next try; 16 tries take less than one
_DOORS: Final = tuple(Lock() for _ in range(64))  # one try at a time for a name or an address; 64 rarely collide


def by_cookie(request: Request) -> Person | None:
    """Who is signed in with this browser."""
    token = _cookie(request, NAME)
    if not token:
        return None
    console = console_of(request)
    idle = timedelta(minutes=console.config.idle_minutes)
    with console.db.reading():
        session = stored.resume(console.db, token, console.clock(), idle=idle)
    return None if session is None else _person(session.account, csrf=session.csrf, session=session.token_sha256)


def by_token(request: Request) -> Person | None:
    """Whose token the request carries; it may do what both the token and the person may."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST:
        return None
    console = console_of(request)
    found = tokens.use(console.db, token, console.clock())
    return None if found is None else _person(found[0], scopes=found[1].scopes)


def _person(account: Account, *, csrf: str = "", session: str = "", scopes: tuple[str, ...] | None = None) -> Person:
    return Person(
        id=account.id,
        name=account.name,
        display_name=account.display_name or account.name,
        roles=frozenset(role for role in account.roles if scopes is None or role in scopes),  # type: ignore[misc]
        must_change=account.must_change,
        csrf=csrf,
        session=session,
    )


def log_in(request: Request, name: str, password: str, now: datetime) -> str:
    """The secret of a new session.

    Raises:
        Refusal: 422, name or password is wrong, and it is not said which; 429, too many tries.
    """
    address = address_of(request)
    console = console_of(request)
    with _one_at_a_time(name, address):
        _check_throttle(request, name, now)
        account = accounts.by_name(console.db, name)
        known = account.password_hash if account is not None and account.is_enabled else None
        right = passwords.matches(password, known)
        attempts.note(console.db, name, address, now, succeeded=right)
    if not right or account is None:
        audit.note(console.db, Actor(None, name[:60], address), Event("login.failed"), now)
        raise Refusal(422, WRONG)
    if passwords.is_outdated(account.password_hash):
        accounts.rehash(console.db, account.id, passwords.make_hash(password))
    old = _cookie(request, NAME)
    if old:  # whatever was set before, the new session has a new secret
        stored.end(console.db, stored.digest(old))
    audit.note(console.db, account.actor(address), Event("login", "account", account.id), now)
    return open_session(request, account.id, now)


@contextmanager
def _one_at_a_time(name: str, address: str) -> Iterator[None]:
    """Tries for one name, and from one address, are counted before the next one begins.

    Raises:
        Refusal: 429, too many are waiting.
    """
    if not _LINE.acquire(blocking=False):
        raise Refusal(429, "正在登录的人太多，请稍后再试。", retry_after=SOON)
    try:
        with ExitStack() as doors:
            for door in sorted({hash(name.casefold()) % len(_DOORS), hash(address) % len(_DOORS)}):
                doors.enter_context(_DOORS[door])
            yield
    finally:
        _LINE.release()


def open_session(request: Request, account_id: int, now: datetime) -> str:
    """A new session's secret."""
    console = console_of(request)
    token, _ = stored.open(
        console.db,
        account_id,
        now,
        lasts=timedelta(hours=console.config.session_hours),
        address=address_of(request),
        agent=request.headers.get("user-agent", ""),
    )
    return token


def _check_throttle(request: Request, name: str, now: datetime) -> None:
    until = attempts.blocked_until(console_of(request).db, name, address_of(request), now)
    if until is not None:
        seconds = max(1, math.ceil((until - now).total_seconds()))
        minutes = math.ceil(seconds / 60)
        raise Refusal(429, f"尝试次数太多，请 {minutes} 分钟后再试。", retry_after=seconds)


def change_password(request: Request, me: Person, old: str, new: str, again: str, now: datetime) -> str:  # noqa: PLR0913, PLR0917 -- one parameter per field
    """The secret of the session that goes on; all others are ended.

    Raises:
        Refusal: 422, saying what is wrong; 429, too many tries at the old one.
    """
    console = console_of(request)
    with _one_at_a_time(me.name, address_of(request)):
        _check_throttle(request, me.name, now)
        account = accounts.get(console.db, me.id)
        right = passwords.matches(old, account.password_hash if account else None)
        if not right or account is None:
            attempts.note(console.db, me.name, address_of(request), now, succeeded=False)
            raise Refusal(422, "现在的密码不正确。")
    if new != again:
        raise Refusal(422, "两次输入的新密码不一样。")
    kept = passwords.check_rules(new, name=account.name, display_name=account.display_name)
    if passwords.matches(kept, account.password_hash):
        raise Refusal(422, "新密码不能与现在的相同。")
    actor = account.actor(address_of(request))
    accounts.set_password(console.db, me.id, passwords.make_hash(kept), actor, now)
    return open_session(request, me.id, now)


# -- cookies -------------------------------------------------------------------------------------------------------


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Keep the session in the browser, out of reach of scripts and of other sites."""
    _set(request, response, NAME, token)
    response.delete_cookie(
        _cookie_name(request, FORM_NAME), secure=_is_https(request), httponly=True, samesite="strict"
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Forget the session in the browser, and what it has stored of us."""
    response.delete_cookie(_cookie_name(request, NAME), secure=_is_https(request), httponly=True, samesite="strict")
    response.headers["clear-site-data"] = '"cache"'


def form_token(request: Request) -> str:
    """What a form must carry where nobody is signed in: derived from a cookie that other sites cannot read."""
    return _form_token(_cookie(request, FORM_NAME))


def offer_form_token(request: Request) -> tuple[str, str | None]:
    """The token for a form, and the new cookie to set for it where there is none."""
    had = _cookie(request, FORM_NAME)
    if had:
        return _form_token(had), None
    fresh = secrets.token_urlsafe(32)  # 256 bits
    return _form_token(fresh), fresh


def set_form_cookie(request: Request, response: Response, value: str) -> None:
    """Remember which browser the form was given to."""
    _set(request, response, FORM_NAME, value)


def _form_token(cookie: str) -> str:
    return sha256(f"form:{cookie}".encode()).hexdigest() if cookie else ""


def _set(request: Request, response: Response, name: str, value: str) -> None:
    response.set_cookie(
        _cookie_name(request, name), value, secure=_is_https(request), httponly=True, samesite="strict", path="/"
    )


def _cookie(request: Request, name: str) -> str:
    value = request.cookies.get(_cookie_name(request, name), "")
    return value if len(value) <= LONGEST else ""


def _cookie_name(request: Request, name: str) -> str:
    return BOUND + name if _is_https(request) else name


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"


def address_of(request: Request) -> str:
    """The peer's address; behind a trusted proxy, what the proxy says."""
    return request.client.host[:60] if request.client else ""
