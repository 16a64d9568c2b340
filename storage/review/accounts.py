"""Accounts: who may work here, and in which roles. Passwords come as hashes: storage never sees one."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from storage.columns import MAX_ID
from storage.review import audit
from storage.review.audit import Actor, Event
from storage.review.exceptions import ReviewError, Unknown
from storage.review.models import Account as AccountRow
from storage.review.models import Session, Token
from storage.review.words import readable
from storage.statements import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from storage.database import Database

ROLES = ("monitor", "reviewer", "approver", "handler", "lexicon", "admin", "auditor")
LONGEST_NAME = 60  # characters: fits every column of every list
FACTS = ("display_name", "unit", "certificate")


@dataclass(frozen=True, slots=True)
class Account:
    """A person who works here."""

    id: int
    name: str
    display_name: str
    unit: str
    certificate: str
    password_hash: str
    roles: tuple[str, ...]
    must_change: bool
    """The password must be changed before anything else."""
    created_at: datetime
    disabled_at: datetime | None
    last_login_at: datetime | None

    @property
    def is_enabled(self) -> bool:
        """May log in."""
        return self.disabled_at is None

    def actor(self, address: str = "") -> Actor:
        """How this person stands in the audit."""
        return Actor(self.id, self.display_name or self.name, address)


@dataclass(frozen=True, slots=True)
class Draft:
    """A new account."""

    name: str
    password_hash: str
    roles: Sequence[str]
    display_name: str = ""
    unit: str = ""
    certificate: str = ""
    must_change: bool = True


COLUMNS = (
    AccountRow.id, AccountRow.name, AccountRow.display_name, AccountRow.unit, AccountRow.certificate,
    AccountRow.password_hash, AccountRow.roles, AccountRow.must_change, AccountRow.created_at, AccountRow.disabled_at,
    AccountRow.last_login_at,
)  # fmt: skip


def spelling(name: str) -> str:
    """The one spelling of a log-in name: full width and case make no difference. Raises ReviewError."""
    made = unicodedata.normalize("NFKC", name).strip().casefold()
    if not made or len(made) > LONGEST_NAME or not made.isprintable() or any(letter.isspace() for letter in made):
        raise ReviewError(f"账号名应为 1 到 {LONGEST_NAME} 个字,不含空格和看不见的字符")
    return made


def create(db: Database, draft: Draft, actor: Actor, now: datetime) -> Account:
    """Make an account. Raises ReviewError: the name is taken or not allowed, an unknown role; StorageError."""
    name, roles = spelling(draft.name), _roles(draft.roles)
    row = {"name": name, "roles": roles, "password_hash": draft.password_hash, "must_change": draft.must_change}
    row |= {fact: getattr(draft, fact) for fact in FACTS} | {"created_at": now}
    _check_display_name(draft.display_name)
    with db.write() as connection:
        query = insert(connection, AccountRow).values(row).on_conflict_do_nothing(index_elements=["name"])
        number = connection.scalar(query.returning(AccountRow.id))
        if number is None:
            raise ReviewError(f"账号名“{name}”已经有人用了")
        audit.add(connection, actor, Event("account.create", "account", number, {"name": name, "roles": roles}), now)
        return _read(connection, number)


def _check_display_name(name: str) -> None:
    """Others sign and approve by this name: none may look like another's, or like nothing."""
    if name and not readable(name):
        raise ReviewError("姓名应含文字，且不含看不见的字符")


def by_name(db: Database, name: str) -> Account | None:
    """The account that is typed in like this; None when there is none."""
    try:
        wanted = spelling(name)
    except ReviewError:
        return None
    with db.read() as connection:
        row = connection.execute(select(*COLUMNS).where(AccountRow.name == wanted)).one_or_none()
    return None if row is None else _account(row)


def get(db: Database, account_id: int) -> Account | None:
    """One account; None when there is no such id."""
    if not 0 < account_id <= MAX_ID:
        return None
    with db.read() as connection:
        row = connection.execute(select(*COLUMNS).where(AccountRow.id == account_id)).one_or_none()
    return None if row is None else _account(row)


def everybody(db: Database) -> list[Account]:
    """All accounts by name, disabled ones included."""
    with db.read() as connection:
        return [_account(row) for row in connection.execute(select(*COLUMNS).order_by(AccountRow.name))]


def set_password(  # noqa: PLR0913 - one fact each
    db: Database, account_id: int, password_hash: str, actor: Actor, now: datetime, *, must_change: bool = False
) -> None:
    """Replace the password and end all sessions: whoever knew the old one is out."""
    values = {"password_hash": password_hash, "must_change": must_change}
    with db.write() as connection:
        _change(connection, account_id, values)
        connection.execute(delete(Session).where(Session.account_id == account_id))
        audit.add(connection, actor, Event("account.password", "account", account_id), now)


def rehash(db: Database, account_id: int, password_hash: str) -> None:
    """Keep the same password under a newer hash: nothing else changes."""
    with db.write() as connection:
        _change(connection, account_id, {"password_hash": password_hash})


def set_roles(db: Database, account_id: int, roles: Iterable[str], actor: Actor, now: datetime) -> None:
    """Give exactly these roles. Raises ReviewError: an unknown role, or nobody could administer any more."""
    given = _roles(roles)
    with db.write() as connection:
        before = _locked(connection, account_id)
        _keep_an_admin(connection, account_id, stays="admin" in given and before.is_enabled)
        _change(connection, account_id, {"roles": given})
        detail = {"before": list(before.roles), "after": given}
        audit.add(connection, actor, Event("account.roles", "account", account_id, detail), now)


def set_facts(db: Database, account_id: int, facts: dict[str, str], actor: Actor, now: datetime) -> None:
    """Change display_name, unit or certificate. Raises ReviewError: a name that cannot be read."""
    values = {name: facts[name] for name in FACTS if name in facts}
    _check_display_name(values.get("display_name", ""))
    with db.write() as connection:
        _change(connection, account_id, values)
        audit.add(connection, actor, Event("account.facts", "account", account_id, values), now)


def disable(db: Database, account_id: int, actor: Actor, now: datetime) -> None:
    """Lock out for good, until `enable`: sessions end, tokens are revoked. Raises ReviewError for the last admin."""
    with db.write() as connection:
        _locked(connection, account_id)
        _keep_an_admin(connection, account_id, stays=False)
        _change(connection, account_id, {"disabled_at": now})
        connection.execute(delete(Session).where(Session.account_id == account_id))
        revoked = update(Token).where(Token.account_id == account_id, Token.revoked_at.is_(None))
        connection.execute(revoked.values(revoked_at=now))
        audit.add(connection, actor, Event("account.disable", "account", account_id), now)


def enable(db: Database, account_id: int, actor: Actor, now: datetime) -> None:
    """Let in again; tokens stay revoked."""
    with db.write() as connection:
        _change(connection, account_id, {"disabled_at": None})
        audit.add(connection, actor, Event("account.enable", "account", account_id), now)


def _roles(roles: Iterable[str]) -> list[str]:
    given = set(roles)
    if unknown := given - set(ROLES):
        raise ReviewError(f"没有这种角色:{'、'.join(sorted(unknown))}")
    return [role for role in ROLES if role in given]


def _locked(connection: Connection, account_id: int) -> Account:
    """All accounts are locked: two admins who lock each other out at once must not both succeed."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(AccountRow.id).order_by(AccountRow.id).with_for_update()).all()
    return _read(connection, account_id)


def _keep_an_admin(connection: Connection, account_id: int, *, stays: bool) -> None:
    if stays:
        return
    rows = connection.execute(select(AccountRow.id, AccountRow.roles).where(AccountRow.disabled_at.is_(None))).all()
    admins = {row.id for row in rows if "admin" in row.roles}
    if admins == {account_id}:
        raise ReviewError("这是最后一个管理员账号,不能停用或去掉管理员角色")


def _read(connection: Connection, account_id: int) -> Account:
    row = connection.execute(select(*COLUMNS).where(AccountRow.id == account_id)).one_or_none()
    if row is None:
        raise Unknown("没有这个账号")
    return _account(row)


def _change(connection: Connection, account_id: int, values: dict[str, Any]) -> None:
    if values and not connection.execute(update(AccountRow).where(AccountRow.id == account_id).values(values)).rowcount:
        raise Unknown("没有这个账号")


def made_of(values: Iterable[Any]) -> Account:
    """An account from the values of `COLUMNS`."""
    facts = dict(zip((column.key for column in COLUMNS), values, strict=True))
    return Account(**facts | {"roles": tuple(facts["roles"])})


def _account(row: Row[*tuple[Any, ...]]) -> Account:
    facts = dict(row._mapping)  # noqa: SLF001 - the documented way to read by name
    return Account(**facts | {"roles": tuple(row.roles)})
