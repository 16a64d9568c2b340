"""The list of reasons for dismissals, in two levels: the office adds, renames, moves and retires; nothing is deleted."""

from typing import Annotated

from fastapi import Form, Path, Request
from starlette.responses import Response

from console.guards import actor
from console.pages import go, page
from console.person import Db, Now
from console.routers.leads import grouped
from console.routing import Nav, Screen
from storage.database import Database
from storage.review import reasons
from storage.review.exceptions import ReviewError

router = Screen(Nav("排除理由", "/reasons", 88))

Code = Annotated[str, Path(max_length=70)]
Line = Annotated[str, Form(max_length=100)]


@router.get("/reasons")
def show(request: Request, db: Db) -> Response:
    """All of them, retired ones too."""
    return _page(request, db)


def _page(request: Request, db: Database, *, problem: str = "", code: str = "", label: str = "") -> Response:
    facts = {"groups": grouped(reasons.everything(db, retired=True)), "code": code, "label": label}
    return page(request, "reasons.html", status=422 if problem else 200, problem=problem, **facts)


@router.post("/reasons")
def add(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request, db: Db, now: Now, code: Line = "", parent: Line = "", label: Line = ""
) -> Response:
    """One more at the end of its level."""
    full = f"{parent}.{code.strip()}" if parent else code.strip()
    try:
        reasons.add(db, full, parent or None, label, actor(request), now)
    except ReviewError as error:
        return _page(request, db, problem=str(error), code=code, label=label)
    return go("/reasons")


@router.post("/reasons/{code}")
def change(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    db: Db,
    now: Now,
    code: Code,
    label: Line = "",
    position: Annotated[int, Form(ge=0, le=10_000)] = 0,
    retired: Line = "",
) -> Response:
    """Another name or place; retired ones are offered no more, and stay on what they were given for."""
    try:
        reasons.change(db, code, actor(request), now, label=label, position=position, retired=bool(retired))
    except ReviewError as error:
        return _page(request, db, problem=str(error))
    return go("/reasons")
