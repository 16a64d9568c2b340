"""My account: what I may do, where I am signed in, keys for programs."""

from datetime import timedelta
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from console import sessions
from console.access import ROLE_NAMES, ROLES
from console.exceptions import Refusal
from console.guards import actor, tell
from console.pages import go, page
from console.person import Db, Id, Me, Now, Person
from console.routing import Screen
from console.state import console_of
from storage.review import accounts, tokens
from storage.review import sessions as stored

router = Screen()

USUAL_DAYS = 90  # a quarter: a key that nobody renews ends
LONGEST_DAYS = tokens.LONGEST.days


@router.get("/account")
def show(request: Request, me: Me) -> Response:
    """Facts, sessions, tokens."""
    return _page(request, me)


@router.post("/account/sessions/end")
def end_sessions(request: Request, me: Me, db: Db) -> Response:
    """Log out everywhere, here too."""
    tell(request, "account", me.id, ended=stored.end_all(db, me.id))
    response = go("/login")
    sessions.drop_cookie(request, response)
    return response


@router.post("/account/tokens")
def make_token(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    me: Me,
    db: Db,
    now: Now,
    name: Annotated[str, Form(max_length=60)] = "",
    scopes: Annotated[tuple[str, ...], Form(max_length=len(ROLES))] = (),
    days: Annotated[int, Form(ge=1, le=LONGEST_DAYS)] = USUAL_DAYS,
) -> Response:
    """A token, shown this once."""
    if not name.strip():
        return _page(request, me, status=422, problem="请填写名称，以便日后知道它用在哪里。")
    if not scopes or not set(scopes) <= me.roles:
        raise Refusal(422, "请选择权限；只能授予您本人具有的角色。")
    lasts = timedelta(days=days)
    return _page(request, me, fresh=tokens.create(db, me.id, name.strip(), scopes, actor(request), now, lasts=lasts))


@router.post("/account/tokens/{token_id}/revoke")
def revoke_token(request: Request, me: Me, db: Db, now: Now, token_id: Id) -> Response:
    """End one of my tokens."""
    if token_id not in {token.id for token in tokens.of_account(db, me.id)}:
        raise Refusal(404)
    tokens.revoke(db, token_id, actor(request), now)
    return go("/account")


def _page(request: Request, me: Person, *, status: int = 200, fresh: str = "", problem: str = "") -> Response:
    console = console_of(request)
    account = accounts.get(console.db, me.id)
    assert account is not None, "accounts are never deleted"
    facts = {
        "account": account,
        "sessions": stored.of_account(console.db, account, console.clock()),
        "tokens": tokens.of_account(console.db, me.id),
        "grantable": [(role, ROLE_NAMES[role]) for role in ROLES if role in me.roles],
        "usual_days": USUAL_DAYS,
        "longest_days": LONGEST_DAYS,
    }
    return page(request, "account.html", status=status, fresh=fresh, problem=problem, **facts)
