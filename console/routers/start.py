"""The start page: what this person can do here."""

from fastapi import Request
from starlette.responses import Response

from console.access import ROLE_DUTIES, ROLE_NAMES
from console.pages import page
from console.person import Me
from console.routing import Nav, Screen

router = Screen(Nav("首页", "/", 0, "g h"))


@router.get("/")
def start(request: Request, me: Me) -> Response:
    """Entries of the navigation with what each role does."""
    duties = [(ROLE_NAMES[role], ROLE_DUTIES[role]) for role in ROLE_NAMES if role in me.roles]
    return page(request, "start.html", duties=duties)
