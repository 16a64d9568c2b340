"""Column types: the one border where text, times and amounts are made fit for both databases.

Every text that reaches a statement, as a value or in a condition, passes `clean`: one code point in, one code point
out, so that offsets of hits stay valid. JSON passes it through `encode_json`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Integer, Text, TypeDecorator

from storage.exceptions import NaiveTimeError

if TYPE_CHECKING:
    from sqlalchemy import Dialect

MAX_ID = 2**63 - 1
"""The largest whole number either database holds."""

REPLACEMENT = "\ufffd"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

INDEXED_BYTES = 1000
"""Longest indexed text: a PostgreSQL B-tree entry may take 2,704 bytes, and some indexes hold two columns."""

KEPT_CHARACTERS = 120
"""How much of an over-long indexed text stays readable; at four bytes each it leaves room for the hash."""

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


def clean(text: str) -> str:
    """Replace each NUL (PostgreSQL refuses it) and lone surrogate (both drivers do) by U+FFFD, length unchanged."""
    if "\0" not in text:
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return UNSTORABLE.sub(REPLACEMENT, text)


def fit(text: str) -> str:
    """Clean `text` and, when it is too long for an index, keep its start and the hash of the whole.

    Fitting twice changes nothing more.
    """
    text = clean(text)
    if len(text) * 4 <= INDEXED_BYTES or len(data := text.encode()) <= INDEXED_BYTES:
        return text
    return f"{text[:KEPT_CHARACTERS]}…{hashlib.sha256(data).hexdigest()}"


def encode_json(value: Any) -> str:
    """JSON text that both databases take: no NUL, no lone surrogate, no NaN or infinity (they become null)."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:  # NaN or infinity somewhere inside
        text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" in text:  # either a NUL or these very six characters: only a walk can tell
        text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return clean(text)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


class CleanText(TypeDecorator[str]):
    """Text of any length and origin."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else clean(value)


class KeyText(TypeDecorator[str]):
    """Text that stands in an index: over-long values are shortened, see `fit`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else fit(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, UTC in the database, aware (UTC) on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Raise NaiveTimeError for a time without a zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise NaiveTimeError(f"naive datetime refused: {value!r}")
        try:
            return value.astimezone(UTC)
        except OverflowError:  # year 1 or 9999 on a hostile page: the nearest moment that exists
            return (datetime.min if value.year == 1 else datetime.max).replace(tzinfo=UTC)  # noqa: DTZ901

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102
        if value is None:
            return None
        # SQLite keeps no zone; PostgreSQL answers in the session's
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """An amount kept as written digits: SQLite has no decimals, and a hostile 1E+99999 overflows NUMERIC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002, D102
        return None if value is None else Decimal(value)
