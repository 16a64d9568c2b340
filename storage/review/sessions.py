"""Sessions of browsers: opened at the log-in, ended by idleness, age, log-out or an administrator."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from storage.review import accounts
from storage.review.models import Account as AccountRow
from storage.review.models import Session as SessionRow

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database
    from storage.review.accounts import Account

SECRET_BYTES = 32  # 256 bits: cannot be guessed
TOUCH = timedelta(minutes=1)  # how old "last seen" may be: not every page view shall write


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in."""

    account: Account
    csrf: str
    created_at: datetime
    seen_at: datetime
    until_at: datetime
    address: str
    agent: str
    token_sha256: str
    """Names the session in lists, without giving it away."""


class _Row(NamedTuple):
    """Values of `_COLUMNS`."""

    account_id: int
    csrf: str
    created_at: datetime
    seen_at: datetime
    until_at: datetime
    address: str
    agent: str
    token_sha256: str


def digest(token: str) -> str:
    """What is stored of a secret: whoever reads the database cannot log in with it."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def open(  # noqa: A001, PLR0913 - read as sessions.open(db); one fact each
    db: Database, account_id: int, now: datetime, *, lasts: timedelta, address: str, agent: str
) -> tuple[str, Session]:
    """A new session and its secret token, which is shown this once. Raises StorageError."""
    token = secrets.token_urlsafe(SECRET_BYTES)
    times = {"created_at": now, "seen_at": now, "until_at": now + lasts}
    row = {"token_sha256": digest(token), "csrf": secrets.token_urlsafe(SECRET_BYTES), "address": address}
    with db.write() as connection:
        connection.execute(delete(SessionRow).where(SessionRow.until_at <= now))  # nobody comes back to these
        connection.execute(insert(SessionRow).values(row | times | {"account_id": account_id, "agent": agent[:300]}))
        connection.execute(update(AccountRow).where(AccountRow.id == account_id).values(last_login_at=now))
    session = resume(db, token, now, idle=lasts)
    assert session is not None, "a disabled account was logged in"
    return token, session


def resume(db: Database, token: str, now: datetime, *, idle: timedelta) -> Session | None:
    """The session of this token; None when it is unknown, too old, was idle too long, or the account is disabled."""
    with db.read() as connection:
        found: Any = connection.execute(_BOTH, {"token": digest(token)}).one_or_none()
    if found is None:
        return None
    row, account = _Row(*found[: len(_COLUMNS)]), accounts.made_of(found[len(_COLUMNS) :])
    if now >= row.until_at or now - row.seen_at >= idle or not account.is_enabled:
        return None
    if now - row.seen_at >= TOUCH:
        with db.write() as connection:
            connection.execute(
                update(SessionRow).where(SessionRow.token_sha256 == row.token_sha256).values(seen_at=now)
            )
    return Session(account, row.csrf, row.created_at, now, row.until_at, row.address, row.agent, row.token_sha256)


def end(db: Database, token_sha256: str) -> bool:
    """Log out one browser; False when it was not logged in."""
    with db.write() as connection:
        return bool(connection.execute(delete(SessionRow).where(SessionRow.token_sha256 == token_sha256)).rowcount)


def end_all(db: Database, account_id: int, *, but: str = "") -> int:
    """Log out all browsers of an account, except the session `but` (its token_sha256); how many."""
    query = delete(SessionRow).where(SessionRow.account_id == account_id, SessionRow.token_sha256 != but)
    with db.write() as connection:
        return connection.execute(query).rowcount


def of_account(db: Database, account: Account, now: datetime) -> list[Session]:
    """Sessions that have not reached their age limit, the one seen last first."""
    query = select(*_COLUMNS).where(SessionRow.account_id == account.id, SessionRow.until_at > now)
    with db.read() as connection:
        rows = connection.execute(query.order_by(SessionRow.seen_at.desc(), SessionRow.token_sha256)).all()
    return [Session(account, *row[1:]) for row in rows]


_COLUMNS = (
    SessionRow.account_id, SessionRow.csrf, SessionRow.created_at, SessionRow.seen_at, SessionRow.until_at,
    SessionRow.address, SessionRow.agent, SessionRow.token_sha256,
)  # fmt: skip

_BOTH = (
    select(*_COLUMNS, *accounts.COLUMNS)
    .join(AccountRow, AccountRow.id == SessionRow.account_id)
    .where(SessionRow.token_sha256 == bindparam("token"))
)
"""Made once, for each page asks it."""
