"""Patterns of document numbers (文号): pure, so that the configuration can be checked without a database."""

from __future__ import annotations

import re

FIELD = re.compile(r"\{([^{}]*)\}")
COUNTER = re.compile(r"n(?::0([1-9]))?")  # {n}, or {n:03} for 001
LONGEST = 60  # characters: a number stands on one line of the letter's head


def fault(pattern: str) -> str | None:
    """What is wrong with a pattern, in Chinese; None when nothing is."""
    fields = FIELD.findall(pattern)
    counters = [name for name in fields if COUNTER.fullmatch(name)]
    strange = [name for name in fields if name != "year" and not COUNTER.fullmatch(name)]
    if strange:
        return f"文号格式中有不认识的字段 {{{strange[0]}}}，只能用 {{year}} 和 {{n}}"
    if len(counters) != 1:
        return "文号格式中应有且只有一个序号 {n}，如 网林移〔{year}〕{n}号"
    if len(pattern) > LONGEST or "\n" in pattern or FIELD.sub("", pattern).strip() == "":
        return f"文号格式应有发文字号，写成一行，不超过 {LONGEST} 个字"
    return None


def write(pattern: str, year: int, number: int) -> str:
    """The number as it stands on the letter."""

    def filled(found: re.Match[str]) -> str:
        if found[1] == "year":
            return str(year)
        counter = COUNTER.fullmatch(found[1])
        return str(number).zfill(int(counter[1] or 0) if counter else 0)

    return FIELD.sub(filled, pattern)
