"""Who is signed in, and how requests ask for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from starlette.datastructures import FormData

from console.access import MASKED_FOR, RULES, Role
from console.exceptions import SignInNeeded
from console.state import Console, console_of
from storage.database import Database

LARGEST_ID = 2**63 - 1  # what a database can compare


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in, by a session or by an API token."""

    id: int
    name: str
    display_name: str
    roles: frozenset[Role]
    must_change: bool
    csrf: str
    """Of this session; empty with a token."""
    session: str = ""
    """Names the session (SHA-256 of its secret); empty with a token."""

    def may(self, route: str) -> bool:
        """Whether ``METHOD /path`` (as in `RULES`) is open to this person; templates ask it."""
        return RULES[route].allows(self.roles)

    @property
    def sees_masked(self) -> bool:
        """Whether contacts stay masked even when asked for: every role of this person lacks the need to know."""
        return self.roles <= MASKED_FOR


# these wait for nothing: called where requests are taken in, each saves the way to another thread and back


async def signed_in(request: Request) -> Person:
    """The person of this request.

    Raises:
        SignInNeeded: nobody is signed in.
    """
    person = request.state.person
    if not isinstance(person, Person):
        raise SignInNeeded
    return person


async def _console(request: Request) -> Console:
    return console_of(request)


async def _database(request: Request) -> Database:
    return console_of(request).db


async def _filled(request: Request) -> AsyncIterator[FormData]:
    form = await request.form()  # read by the guard already
    try:
        yield form
    finally:
        await form.close()  # its temporary files


async def _now(request: Request) -> datetime:
    return console_of(request).clock()


Me = Annotated[Person, Depends(signed_in)]
"""The signed-in person, as a handler's parameter."""
Here = Annotated[Console, Depends(_console)]
"""The running console, as a handler's parameter."""
Db = Annotated[Database, Depends(_database)]
"""The database, as a handler's parameter."""
Now = Annotated[datetime, Depends(_now)]
"""This moment (aware, UTC), as a handler's parameter."""
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
"""A row's number in a path, as a handler's parameter."""
Filled = Annotated[FormData, Depends(_filled)]
"""All fields of a form whose names are not known beforehand, as a handler's parameter."""
