from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.referral import numbers, patterns
from storage.referral.exceptions import ReferringError
from tests.storage.making import NOW, rows


def take(db, pattern: str, now=NOW) -> str:
    with db.write() as connection:
        return numbers.take(connection, pattern, now)


def test_each_year_counts_anew_by_the_calendar_of_the_office(db):
    pattern = "移〔{year}〕{n}号"
    assert take(db, pattern) == "移〔2026〕1号"
    assert take(db, pattern, datetime(2026, 12, 31, 15, 59, tzinfo=UTC)) == "移〔2026〕2号"
    assert take(db, pattern, datetime(2026, 12, 31, 16, tzinfo=UTC)) == "移〔2027〕1号"  # midnight in Shanghai
    assert take(db, "案{n}", NOW) == "案1"
    assert take(db, "案{n}", datetime(2027, 6, 1, tzinfo=UTC)) == "案2"
    assert rows(db, "number_series", "series", "year", "last") == [
        ("案{n}", 0, 2), ("移〔{year}〕{n}号", 2026, 2), ("移〔{year}〕{n}号", 2027, 1)
    ]  # fmt: skip


def test_what_is_rolled_back_is_given_again(db):
    def fail() -> None:
        with db.write() as connection:
            numbers.take(connection, "案{n}", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert take(db, "案{n}") == "案1"


def test_patterns_that_make_no_numbers_are_refused(db):
    for pattern in ("", "{n}", "移{year}", "移{n}{n}", "移{x}{n}", "移\n{n}", "移{n.__class__}", "移" * 70):
        assert patterns.fault(pattern)
        with pytest.raises(ReferringError):
            take(db, pattern)


@given(number=st.integers(1, 10**9), year=st.integers(2000, 2100), width=st.integers(1, 9))
def test_numbers_of_a_series_differ(number, year, width):
    pattern = f"移〔{{year}}〕{{n:0{width}}}号"
    made = patterns.write(pattern, year, number)
    assert re.fullmatch(rf"移〔{year}〕0*{number}号", made)
    assert made != patterns.write(pattern, year, number + 1)
