"""Log in, log out, change the password."""

from typing import Annotated

from fastapi import Form, Query, Request
from starlette.responses import Response

from console import sessions
from console.exceptions import Refusal
from console.pages import go, own_path, page
from console.passwords import LONGEST, SHORTEST
from console.person import Db, Me, Now, Person
from console.routing import Screen
from storage.review import sessions as stored

router = Screen()

Name = Annotated[str, Form(max_length=100)]
Secret = Annotated[str, Form(max_length=LONGEST)]
Next = Annotated[str, Query(max_length=2000)]


@router.get("/login")
def show_login(request: Request, next: Next = "/") -> Response:  # noqa: A002 -- the word in the address
    """The form; a person who is signed in already goes on."""
    if isinstance(request.state.person, Person):
        return go(next)
    over = "登录已过期，请重新登录。" if sessions.NAME in request.cookies else ""
    return page(request, "login.html", next=own_path(next), name="", problem=over)


@router.post("/login")
def log_in(
    request: Request,
    now: Now,
    name: Name = "",
    password: Secret = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Open a session, or say that it is not right, without saying which half."""
    try:
        token = sessions.log_in(request, name.strip(), password, now)
    except Refusal as refusal:
        facts = {"next": own_path(next), "name": name, "problem": refusal.message}
        response = page(request, "login.html", status=refusal.status, **facts)
        if refusal.retry_after is not None:
            response.headers["retry-after"] = str(refusal.retry_after)
        return response
    response = go(next)
    sessions.set_cookie(request, response, token)
    return response


@router.post("/logout")
def log_out(request: Request, me: Me, db: Db) -> Response:
    """End this session."""
    stored.end(db, me.session)
    response = go("/login")
    sessions.drop_cookie(request, response)
    return response


@router.get("/password")
def show_password(request: Request, me: Me) -> Response:
    """The form."""
    return page(request, "password.html", problem="", forced=me.must_change, shortest=SHORTEST)


@router.post("/password")
def change_password(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request, me: Me, now: Now, old: Secret = "", new: Secret = "", again: Secret = ""
) -> Response:
    """Set the new password; every session ends but a new one in this browser."""
    try:
        token = sessions.change_password(request, me, old, new, again, now)
    except Refusal as refusal:
        facts = {"problem": refusal.message, "forced": me.must_change, "shortest": SHORTEST}
        return page(request, "password.html", status=refusal.status, **facts)
    response = go("/")
    sessions.set_cookie(request, response, token)
    return response
