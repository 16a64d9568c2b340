"""Who signs in to the demo's console: a reviewer and a second one, with one new password at each start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console import passwords
from storage.review import accounts
from storage.review.accounts import ROLES, Draft
from storage.review.audit import Actor

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

NAME, SECOND = "demo", "demo2"
SHOWN = {NAME: "演示审核员", SECOND: "演示复核员"}
OPERATOR = Actor(None, "wangdun demo")


@dataclass(frozen=True, slots=True)
class Entrance:
    """How to sign in."""

    name: str
    second: str
    """Another person, who may approve what the first one decided."""
    password: str
    """Of both."""


def entrance(db: Database, now: datetime) -> Entrance | None:
    """Make both accounts, or give them a new password; None where there are other people: it is no demo any more.

    They need not change the password: it is good until the next start, on this machine alone.
    """
    if any(one.name not in SHOWN for one in accounts.everybody(db)):
        return None
    password = passwords.invent()
    kept = passwords.make_hash(password)
    for name in SHOWN:
        _let_in(db, name, kept, now)
    return Entrance(NAME, SECOND, password)


def _let_in(db: Database, name: str, kept: str, now: datetime) -> None:
    account = accounts.by_name(db, name)
    if account is None:
        accounts.create(db, Draft(name, kept, ROLES, SHOWN[name], "演示单位", must_change=False), OPERATOR, now)
        return
    accounts.set_password(db, account.id, kept, OPERATOR, now)
    if not account.is_enabled:
        accounts.enable(db, account.id, OPERATOR, now)
