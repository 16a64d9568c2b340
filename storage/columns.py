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
    from collections.abc import Callable

    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

MAX_ID = 2**63 - 1
"""The largest whole number either database holds."""

REPLACEMENT = "\ufffd"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

INDEXED_BYTES = 1000
"""Longest indexed text: a PostgreSQL B-tree entry may take 2,704 bytes, and some indexes hold two columns."""

KEPT_CHARACTERS = 120
"""How much of an over-long indexed text stays readable; at four bytes each it leaves room for the hash."""

EMPTY_JSON: dict[type, str] = {list: "[]", tuple: "[]", dict: "{}"}

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


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode_json(value: Any) -> str:
    """JSON text that both databases take: no NUL, no lone surrogate, no NaN or infinity (they become null)."""
    if not value and value is not None:  # nearly half of all JSON columns are empty
        return EMPTY_JSON.get(type(value)) or _ENCODER.encode(value)
    try:
        text = _ENCODER.encode(value)
    except ValueError:  # NaN or infinity somewhere inside
        text = _ENCODER.encode(_plain(value))
    if "\\u0000" in text:  # either a NUL or these very six characters: only a walk can tell
        text = _ENCODER.encode(_plain(value))
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


def _clean_value(value: str | None) -> str | None:
    return None if value is None else clean(value)


def _fit_value(value: str | None) -> str | None:
    return None if value is None else fit(value)


class CleanText(TypeDecorator[str]):
    """Text of any length and origin."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002
        """One call a value, not SQLAlchemy's usual three: this runs for every text of every listing."""
        return _clean_value


class KeyText(TypeDecorator[str]):
    """Text that stands in an index: over-long values are shortened, see `fit`."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002, D102
        return _fit_value


class UtcTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, UTC in the database, aware (UTC) on the way out.

    SQLite has no such type and gets text of fixed width, ``2026-03-05 08:30:00.000000``, which sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], datetime | str | None]:
        """Raises NaiveTimeError for a time without a zone."""
        return _time_text if dialect.name == "sqlite" else _time_value

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value.astimezone(UTC)  # PostgreSQL answers in the session's zone


def as_utc(value: datetime) -> datetime:
    """The same moment in UTC. Raises NaiveTimeError."""
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise NaiveTimeError(f"naive datetime refused: {value!r}")
    try:
        return value.astimezone(UTC)
    except OverflowError:  # year 1 or 9999 on a hostile page: the nearest moment that exists
        return (datetime.min if value.year == 1 else datetime.max).replace(tzinfo=UTC)  # noqa: DTZ901


def _time_value(value: datetime | None) -> datetime | None:
    return None if value is None else as_utc(value)


def _time_text(value: datetime | None) -> str | None:
    # 26 characters: without the zone, which is always UTC
    return None if value is None else as_utc(value).isoformat(" ", "microseconds")[:26]


class ExactDecimal(TypeDecorator[Decimal]):
    """An amount kept as written digits: SQLite has no decimals, and a hostile 1E+99999 overflows NUMERIC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002, D102
        return None if value is None else Decimal(value)
