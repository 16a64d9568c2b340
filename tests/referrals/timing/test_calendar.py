from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.timing import holidays
from referrals.timing.calendar import DAY, Calendar, days_after, hours_after, working_days

ZONE = ZoneInfo("Asia/Shanghai")
CHINA = holidays.load()
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- as asked for
tables = st.builds(
    Calendar,
    off=st.frozensets(days, max_size=40),
    work=st.frozensets(days.filter(lambda day: day.weekday() >= 5), max_size=20),
) | st.just(CHINA)
terms = st.integers(1, 40)


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@given(tables, days, terms)
def test_the_last_day_is_worked_on_and_that_many_working_days_lie_between(table, day, count):
    last = table.add_working(day, count)
    assert table.is_working(last)
    assert working_days(table, span(day + DAY, last)) == count


@given(tables, days, terms, terms)
def test_terms_add_up(table, day, first, second):
    assert table.add_working(table.add_working(day, first), second) == table.add_working(day, first + second)


@given(tables, days, days, terms)
def test_whoever_begins_earlier_ends_no_later(table, one, other, count):
    early, late = sorted((one, other))
    assert table.add_working(early, count) <= table.add_working(late, count)


@given(tables, days, terms, days)
def test_another_holiday_never_makes_a_term_shorter(table, day, count, holiday):
    more = Calendar(table.off | {holiday}, table.work - {holiday}, table.years)
    assert more.add_working(day, count) >= table.add_working(day, count)


@given(tables, moments, moments, terms, st.booleans())
def test_deadlines_keep_the_order_of_their_beginnings(table, one, other, count, working):
    early, late = sorted((one, other))
    assert days_after(table, early, count, working=working) <= days_after(table, late, count, working=working)
    assert hours_after(early, count) <= hours_after(late, count)


@given(tables, moments, terms, st.booleans())
def test_a_deadline_is_the_end_of_a_working_day_here_and_kept_in_utc(table, start, count, working):
    end = days_after(table, start, count, working=working)
    assert end.tzinfo is UTC
    local = end.astimezone(ZONE)
    assert (local.hour, local.minute, local.second) == (23, 59, 59)
    assert table.is_working(local.date())
    assert (local.date() - start.astimezone(ZONE).date()).days >= count
    calendar_end = days_after(table, start, count, working=False)
    assert calendar_end <= days_after(table, start, count, working=True)


@given(moments, st.integers(0, 200))
def test_hours_count_by_the_clock(start, count):
    assert hours_after(start, count) - start == timedelta(hours=count)


@pytest.mark.parametrize(
    ("start", "count", "working", "last"),
    [
        # Chinese New Year 2026: 15 to 23 February off, Saturdays 14 and 28 February worked on
        ("2026-02-12T10:00", 3, True, "2026-02-24"),  # Friday 13, Saturday 14, Tuesday 24
        ("2026-02-12T10:00", 3, False, "2026-02-24"),  # Sunday 15 is off: the first working day after
        ("2026-02-24T10:00", 4, True, "2026-02-28"),  # Saturday 28 is worked on
        ("2026-09-30T23:30", 1, True, "2026-10-08"),  # over the National Day week
        ("2026-11-20T00:10", 3, True, "2026-11-25"),  # an ordinary weekend
        ("2026-11-20T00:10", 3, False, "2026-11-23"),
        ("2026-11-23T09:00", 3, False, "2026-11-26"),
        ("2030-05-01T09:00", 1, True, "2030-05-02"),  # no table yet: weekends alone
    ],
)
def test_days_of_2026(start, count, working, last):
    end = days_after(CHINA, datetime.fromisoformat(start).replace(tzinfo=ZONE), count, working=working)
    assert end.astimezone(ZONE).date() == date.fromisoformat(last)


def test_the_day_is_that_of_the_office_not_that_of_utc():
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # Monday the 23rd, half past midnight in Shanghai
    assert days_after(CHINA, late, 1, working=True) == datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)


def test_which_years_are_known():
    assert CHINA.knows(date(2026, 1, 1), date(2026, 12, 31))
    assert not CHINA.knows(date(2026, 12, 31), date(2027, 1, 1))
