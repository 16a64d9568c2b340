"""What stands in a cell, as what it means. Each raises ValueError with a Chinese reason."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,12})?")
HAIR = Decimal("0.000000001")  # what a binary fraction may be off: 0.1 + 0.2
FINEST = Decimal("0.000001")  # one fen in 万元, one milligram in 千克


def text(value: Any) -> str:
    """Any cell as text; a whole number without its ``.0``."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        value = value.date()
    return str(value).strip()


def day(value: Any) -> date:
    """A day, from a date cell or as people write it."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = DAY.fullmatch(unicodedata.normalize("NFKC", text(value)[:40]))
    if found:
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    raise ValueError(f"“{text(value)[:20]}”不是日期，应像 2026-03-05")


def amount(value: Any) -> Decimal:
    """A number of 0 or more."""
    if isinstance(value, bool):
        raise ValueError("应为数字")  # noqa: TRY004 -- one kind of error for all that is wrong in a cell
    if isinstance(value, float):
        return _from_float(value)
    written = unicodedata.normalize("NFKC", text(value)[:40])
    if written.startswith("-"):
        raise ValueError(f"不能小于 0：{written[:20]}")
    if not NUMBER.fullmatch(written):
        raise ValueError(f"“{text(value)[:20]}”不是数字，只写数值，不写单位和逗号")
    return Decimal(written)


def _from_float(value: float) -> Decimal:
    try:
        exact = Decimal(repr(value))
        if exact < 0:
            raise ValueError(f"不能小于 0：{value:g}")
        near = exact.quantize(FINEST)
    except InvalidOperation:  # not a number, infinite, or too large for any form
        raise ValueError(f"“{value:g}”不是能用的数字") from None
    return near.normalize() + 0 if abs(near - exact) <= HAIR else exact


def count(value: Any) -> int:
    """A whole number of 0 or more."""
    found = amount(value)
    if found != found.to_integral_value():
        raise ValueError(f"应为整数，不能是 {found:f}")
    return int(found)


def choice(value: Any, known: Mapping[str, Any]) -> Any:
    """What the written word stands for."""
    written = unicodedata.normalize("NFKC", text(value))
    if written not in known:
        raise ValueError(f"“{written[:20]}”应为 {'、'.join(known)} 之一")
    return known[written]


def numbers(value: Any) -> tuple[int, ...]:
    """Numbers of leads, however they are set apart."""
    parts = [part for part in re.split(r"[,，、;；\s]+", text(value)) if part]
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        raise ValueError(f"“{text(value)[:20]}”应为线索编号，多个用逗号隔开")
    return tuple(dict.fromkeys(map(int, parts)))
