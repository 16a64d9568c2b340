"""People: who may work here, as what. For administrators."""

from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import Response

from console import passwords
from console.access import ROLE_DUTIES, ROLE_NAMES, ROLES
from console.exceptions import Refusal
from console.guards import actor
from console.pages import go, page
from console.person import Db, Id, Me, Now
from console.routing import Nav, Screen
from storage.database import Database
from storage.review import accounts
from storage.review.accounts import FACTS, Account, Draft
from storage.review.exceptions import ReviewError

router = Screen(Nav("人员", "/people", 90, "g p"))

Roles = Annotated[tuple[str, ...], Form(max_length=len(ROLES))]
Line = Annotated[str, Form(max_length=100)]
CHOICES = [(role, ROLE_NAMES[role], ROLE_DUTIES[role]) for role in ROLES]


@router.get("/people")
def show_all(request: Request, db: Db) -> Response:
    """Everybody, and a form for one more."""
    return _list(request, db)


def _list(request: Request, db: Database, *, status: int = 200, problem: str = "", **form: Any) -> Response:
    people = accounts.everybody(db)
    return page(request, "people.html", status=status, accounts=people, choices=CHOICES, problem=problem, form=form)


@router.post("/people")
def create(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    db: Db,
    now: Now,
    name: Line = "",
    display_name: Line = "",
    unit: Line = "",
    certificate: Line = "",
    roles: Roles = (),
) -> Response:
    """A new account with a password to hand over, shown this once."""
    password = passwords.invent()
    facts = (display_name.strip(), unit.strip(), certificate.strip())
    try:
        draft = Draft(name, passwords.make_hash(password), roles, *facts)
        account = accounts.create(db, draft, actor(request), now)
    except ReviewError as error:
        return _list(
            request, db, status=422, problem=str(error), name=name, roles=roles, **dict(zip(FACTS, facts, strict=True))
        )
    return _one(request, account, password=password)


@router.get("/people/{account_id}")
def show(request: Request, db: Db, account_id: Id) -> Response:
    """One person."""
    return _one(request, _find(db, account_id))


def _find(db: Database, account_id: int) -> Account:
    found = accounts.get(db, account_id)
    if found is None:
        raise Refusal(404)
    return found


def _one(
    request: Request, account: Account, *, password: str = "", problem: str = "", typed: dict[str, str] | None = None
) -> Response:
    """`typed`: as the form had it, when that could not be kept."""
    facts = {"account": account, "choices": CHOICES, "password": password, "problem": problem, "typed": typed}
    return page(request, "person.html", status=422 if problem else 200, **facts)


@router.post("/people/{account_id}/facts")
def set_facts(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    db: Db,
    now: Now,
    account_id: Id,
    display_name: Line = "",
    unit: Line = "",
    certificate: Line = "",
) -> Response:
    """Another name, unit or certificate; what was done before keeps the name of then."""
    facts = {"display_name": display_name.strip(), "unit": unit.strip(), "certificate": certificate.strip()}
    account = _find(db, account_id)
    try:
        accounts.set_facts(db, account_id, facts, actor(request), now)
    except ReviewError as error:  # what was typed stays in the form
        return _one(request, account, problem=str(error), typed=facts)
    return go(f"/people/{account_id}")


@router.post("/people/{account_id}/roles")
def set_roles(request: Request, db: Db, now: Now, account_id: Id, roles: Roles = ()) -> Response:
    """Other roles: they count from the next click."""
    account = _find(db, account_id)
    try:
        accounts.set_roles(db, account_id, roles, actor(request), now)
    except ReviewError as error:
        return _one(request, account, problem=str(error))
    return go(f"/people/{account_id}")


@router.post("/people/{account_id}/password")
def reset_password(request: Request, me: Me, db: Db, now: Now, account_id: Id) -> Response:
    """A new password to hand over, shown this once; every session of the person ends."""
    if account_id == me.id:
        raise Refusal(422, "请在“我的账号”里修改自己的密码。")
    password = passwords.invent()
    accounts.set_password(db, account_id, passwords.make_hash(password), actor(request), now, must_change=True)
    return _one(request, _find(db, account_id), password=password)


@router.post("/people/{account_id}/disable")
def disable(request: Request, me: Me, db: Db, now: Now, account_id: Id) -> Response:
    """The person cannot log in any more; what was done stays under the name."""
    if account_id == me.id:
        raise Refusal(422, "不能停用自己的账号；请由另一位管理员操作。")
    accounts.disable(db, account_id, actor(request), now)
    return go(f"/people/{account_id}")


@router.post("/people/{account_id}/enable")
def enable(request: Request, db: Db, now: Now, account_id: Id) -> Response:
    """The person may log in again."""
    accounts.enable(db, account_id, actor(request), now)
    return go(f"/people/{account_id}")
