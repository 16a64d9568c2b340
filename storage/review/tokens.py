"""Keys of programs to the JSON interface: shown once, kept as hashes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage.review import accounts, audit
from storage.review.audit import Event
from storage.review.exceptions import ReviewError, Unknown
from storage.review.models import Token as TokenRow
from storage.review.sessions import SECRET_BYTES, TOUCH, digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row

    from storage.database import Database
    from storage.review.accounts import Account
    from storage.review.audit import Actor

PREFIX = "wd_"  # so that a key in a file can be recognised
LONGEST = timedelta(days=366)  # a key that nobody renews must end


@dataclass(frozen=True, slots=True)
class Token:
    """A program's key."""

    id: int
    account_id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    until_at: datetime | None
    revoked_at: datetime | None


COLUMNS = (
    TokenRow.id, TokenRow.account_id, TokenRow.name, TokenRow.scopes, TokenRow.created_at, TokenRow.last_used_at,
    TokenRow.until_at, TokenRow.revoked_at,
)  # fmt: skip


def create(  # noqa: PLR0913, PLR0917 - one fact each
    db: Database, account_id: int, name: str, scopes: Iterable[str], actor: Actor, now: datetime, *, lasts: timedelta
) -> str:
    """The new key itself, shown this once. Raises ReviewError when it would last longer than a year."""
    if not timedelta(0) < lasts <= LONGEST:
        raise ReviewError("接口密钥的有效期应在一年以内")
    key = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = {"account_id": account_id, "name": name, "token_sha256": digest(key), "scopes": sorted(set(scopes))}
    with db.write() as connection:
        query = insert(TokenRow).values(row | {"created_at": now, "until_at": now + lasts})
        number = connection.scalar(query.returning(TokenRow.id))
        assert number is not None
        audit.add(
            connection, actor, Event("token.create", "token", number, {"name": name, "scopes": row["scopes"]}), now
        )
    return key


def use(db: Database, key: str, now: datetime) -> tuple[Account, Token] | None:
    """Whose key this is; None when it is unknown, revoked, over, or the account is disabled."""
    query = select(*COLUMNS).where(TokenRow.token_sha256 == digest(key))
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or row.revoked_at is not None or (row.until_at is not None and now >= row.until_at):
        return None
    account = accounts.get(db, row.account_id)
    if account is None or not account.is_enabled:
        return None
    if row.last_used_at is None or now - row.last_used_at >= TOUCH:
        with db.write() as connection:
            connection.execute(update(TokenRow).where(TokenRow.id == row.id).values(last_used_at=now))
    return account, _token(row)


def of_account(db: Database, account_id: int) -> list[Token]:
    """All keys of an account, the newest first."""
    query = select(*COLUMNS).where(TokenRow.account_id == account_id).order_by(TokenRow.id.desc())
    with db.read() as connection:
        return [_token(row) for row in connection.execute(query)]


def revoke(db: Database, token_id: int, actor: Actor, now: datetime) -> None:
    """End a key for good. Raises Unknown."""
    query = update(TokenRow).where(TokenRow.id == token_id, TokenRow.revoked_at.is_(None)).values(revoked_at=now)
    with db.write() as connection:
        if not connection.execute(query).rowcount:
            raise Unknown("没有这个接口密钥,或已经作废")
        audit.add(connection, actor, Event("token.revoke", "token", token_id), now)


def _token(row: Row[*tuple[Any, ...]]) -> Token:
    facts = dict(row._mapping)  # noqa: SLF001 - the documented way to read by name
    return Token(**facts | {"scopes": tuple(row.scopes)})
