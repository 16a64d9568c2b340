"""When a site runs next: no run lost, none doubled, whatever the clock does."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import Site
from wangdun.due import cron_problem, next_run, parse_cron

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def site(**more) -> Site:
    return Site(name="s", start="http://127.0.0.1/", **more)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def at(text: str) -> datetime:
    return local(text).astimezone(UTC)


def test_a_site_without_interval_or_switched_off_never_runs():
    assert next_run(site(), None, START, ZONE) is None
    assert next_run(site(every="6h", enabled=False), None, START, ZONE) is None


def test_a_site_that_never_ran_is_due_at_once():
    assert next_run(site(every="6h"), None, START, ZONE) == START


def test_every_counts_from_the_last_start():
    assert next_run(site(every="6h"), START - HOUR, START, ZONE) == START + 5 * HOUR


def test_missed_runs_become_one():
    assert next_run(site(every="6h"), START - 30 * DAY, START, ZONE) == START
    assert next_run(site(cron="0 7 * * *"), START - 30 * DAY, START, ZONE) == START
    assert next_run(site(cron="0 7 * * *"), START, START + MINUTE, ZONE) > START + MINUTE


def test_cron_is_local_time():
    assert next_run(site(cron="30 7 * * *"), at("2026-11-02 07:30"), at("2026-11-02 07:31"), ZONE) == at(
        "2026-11-03 07:30"
    )


def test_cron_that_never_ran_waits_for_the_first_time_after_it_was_registered():
    watched = at("2026-11-02 06:00")
    assert next_run(site(cron="0 7 * * *"), None, at("2026-11-02 06:30"), ZONE, watched) == at("2026-11-02 07:00")
    late = at("2026-11-02 09:00")  # nobody ran at seven: it is not lost
    assert next_run(site(cron="0 7 * * *"), None, late, ZONE, watched) == late


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("0 7 * * 1-5", "2026-11-06 08:00", "2026-11-09 07:00"),  # Friday -> Monday
        ("0 7 * * 0", "2026-11-06 08:00", "2026-11-08 07:00"),  # Sunday
        ("0 7 * * 7", "2026-11-06 08:00", "2026-11-08 07:00"),
        ("0 7 * * sun", "2026-11-06 08:00", "2026-11-08 07:00"),
        ("0 7 * * 6", "2026-11-06 08:00", "2026-11-07 07:00"),
        ("0 7 * * 5-1", "2026-11-06 08:00", "2026-11-07 07:00"),  # Friday to Monday
        ("0 7 * * */2", "2026-11-06 08:00", "2026-11-07 07:00"),  # Sunday Tuesday Thursday Saturday
        ("0 7 10 * 1", "2026-11-09 08:00", "2026-11-10 07:00"),  # either the 10th or a Monday
        ("*/15 * * * *", "2026-11-06 08:01", "2026-11-06 08:15"),
        ("0 0 29 2 *", "2026-11-06 08:00", "2028-02-29 00:00"),
        ("5,35 8-9 * jan *", "2026-11-06 08:00", "2027-01-01 08:05"),
    ],
)
def test_cron_means_what_crontab_means(cron, after, expected):
    assert parse_cron(cron).after(local(after), ZONE) == at(expected)


@pytest.mark.parametrize(
    "text", ["", "0 7 * *", "0 7 * * * *", "60 7 * * *", "0 24 * * *", "0 7 32 * *", "0 7 * 13 *", "0 7 * * 8", "x 7 * * *",
             "*/0 * * * *", "0 7 * * 1-", "0 0 31 2 *", "0 7 * * 1/9", "0 " * 200, "@daily", "9" * 150 + " * * * *"]
)  # fmt: skip
def test_a_wrong_cron_is_said_in_chinese(text):
    problem = cron_problem(text)
    assert problem
    assert any("\u4e00" <= char <= "\u9fff" for char in problem)
    assert not re.search("[a-z]{4}", problem.replace("daily", ""))  # no word of the scheduler's own


def test_quiet_hours_push_a_run_to_their_end():
    quiet = site(every="6h", quiet="23:00-06:30")
    assert next_run(quiet, None, local("2026-11-02 23:00"), ZONE) == at("2026-11-03 06:30")
    assert next_run(quiet, None, local("2026-11-03 03:00"), ZONE) == at("2026-11-03 06:30")
    assert next_run(quiet, None, local("2026-11-03 06:30"), ZONE) == at("2026-11-03 06:30")
    assert next_run(quiet, None, local("2026-11-02 22:59"), ZONE) == at("2026-11-02 22:59")
    day = site(cron="0 12 * * *", quiet="11:00-13:00")
    assert next_run(day, at("2026-11-02 14:00"), at("2026-11-03 00:00"), ZONE) == at("2026-11-03 13:00")


def test_campaign_dates_bound_the_runs():
    active = {"from": date(2026, 11, 10), "to": date(2026, 11, 12)}
    campaign = site(every="6h", active=active)
    assert next_run(campaign, None, local("2026-11-02 08:00"), ZONE) == at("2026-11-10 00:00")
    assert next_run(campaign, None, local("2026-11-12 23:59"), ZONE) == at("2026-11-12 23:59")
    assert next_run(campaign, None, local("2026-11-13 00:00"), ZONE) is None
    timed = site(cron="0 7 * * *", active=active)
    assert next_run(timed, at("2026-10-01 07:00"), at("2026-11-02 08:00"), ZONE) == at("2026-11-10 07:00")
    assert next_run(timed, at("2026-11-12 07:00"), at("2026-11-12 08:00"), ZONE) is None
    both = site(every="6h", active=active, quiet="22:00-07:00")
    assert next_run(both, None, local("2026-11-02 08:00"), ZONE) == at("2026-11-10 07:00")


def test_a_last_run_far_in_the_future_was_written_by_a_wrong_clock():
    assert next_run(site(every="6h"), START + 400 * DAY, START, ZONE) == START
    assert next_run(site(cron="0 7 * * *"), START + 400 * DAY, START, ZONE, START - DAY) == START


def test_a_killed_run_is_made_up_for_at_once_but_not_for_ever():
    hourly, last = site(every="1h"), START - MINUTE
    assert next_run(hourly, last, START, ZONE, killed=1) == next_run(hourly, last, START, ZONE, killed=3) == START
    assert next_run(hourly, last, START, ZONE, killed=4) == last + HOUR
    assert next_run(site(cron="0 7 * * *"), last, START, ZONE, killed=2) == START
    assert next_run(site(), last, START, ZONE, killed=1) is None
    night = local("2026-11-02 23:30")
    assert next_run(site(every="1h", quiet="23:00-06:30"), night, night, ZONE, killed=1) == at("2026-11-03 06:30")


def test_daylight_saving_neither_doubles_nor_loses():
    berlin = ZoneInfo("Europe/Berlin")
    cron = site(cron="30 2 * * *")  # 02:30 happens twice on 2026-10-25 and never on 2026-03-29
    last, runs = datetime(2026, 10, 24, 12, tzinfo=UTC), []
    for step in range(72 * 4):
        now = datetime(2026, 10, 24, 12, tzinfo=UTC) + step * timedelta(minutes=15)
        moment = next_run(cron, last, now, berlin)
        if moment and moment <= now:
            last = now
            runs.append(now.astimezone(berlin).date())
    assert runs == [date(2026, 10, 25), date(2026, 10, 26), date(2026, 10, 27)]


# laws, over simulated clocks

STEPS = st.lists(
    st.integers(1, 900), min_size=20, max_size=200
)  # minutes between two looks, long pauses = scheduler down


@given(every=st.integers(1, 3000), steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_every_never_doubles_and_never_loses(every, steps):
    watched, now, last, starts, looks = site(every=timedelta(minutes=every)), START, None, [], []
    for step in steps:
        now += step * MINUTE
        looks.append(now)
        moment = next_run(watched, last, now, ZONE)
        assert moment is not None
        assert moment >= now
        if moment == now:
            last = now
            starts.append(now)
    assert all(later - sooner >= every * MINUTE for sooner, later in itertools.pairwise(starts))
    for sooner, later in zip(starts, [*starts[1:], None], strict=True):  # the first look after the interval starts it
        first = next((look for look in looks if look >= sooner + every * MINUTE), None)
        assert later == first


FIELDS = st.tuples(
    st.sampled_from(["0", "30", "*/20", "5,35"]),
    st.sampled_from(["*", "7", "*/6", "22-23", "0"]),
    st.sampled_from(["*", "1", "*/5", "28-31"]),
    st.sampled_from(["*", "11", "12,1"]),
    st.sampled_from(["*", "0", "1-5", "6,7", "*/3"]),
)


def in_field(value: int, text: str, low: int, high: int) -> bool:
    """Crontab, read by the book: the oracle."""
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, last = (low, high) if span == "*" else (int(span.split("-")[0]), int(span.split("-")[-1]))
        if value in range(first, last + 1, int(step or 1)):
            return True
    return False


def fits(moment: datetime, fields: tuple[str, ...]) -> bool:
    minute, hour, day, month, week = fields
    weekday = moment.isoweekday() % 7
    on_week = in_field(weekday, week, 0, 6) or (weekday == 0 and in_field(7, week, 8, 7))
    on_day = in_field(moment.day, day, 1, 31)
    days = on_day or on_week if not day.startswith("*") and week != "*" else on_day and on_week
    return (
        in_field(moment.minute, minute, 0, 59)
        and in_field(moment.hour, hour, 0, 23)
        and in_field(moment.month, month, 1, 12)
        and days
    )


@given(fields=FIELDS, offset=st.integers(0, 60 * 24 * 60))
@settings(max_examples=80, deadline=None)
def test_cron_agrees_with_the_book(fields, offset):
    after = START + offset * MINUTE
    found = parse_cron(" ".join(fields)).after(after, ZONE)
    last = min(found, after + 3 * DAY) if found else after + 3 * DAY  # three days of minutes are enough to look at
    moment = after + MINUTE
    while moment < last:
        assert not fits(moment.astimezone(ZONE), fields), moment
        moment += MINUTE
    if found:
        assert fits(found.astimezone(ZONE), fields)


@given(fields=FIELDS, steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_cron_runs_once_for_each_time_that_passed(fields, steps):
    text = " ".join(fields)
    watched, now, last, runs = site(cron=text), START, None, 0
    for step in steps:
        before, now = last or START, now + step * MINUTE
        passed = parse_cron(text).after(before, ZONE)
        moment = next_run(watched, last, now, ZONE, START)
        due = moment is not None and moment <= now
        assert due == (passed is not None and passed <= now)
        if due:
            last = now
            runs += 1
    assert runs <= len(steps)


@given(every=st.integers(60, 3000), back=st.integers(1, 24 * 60), steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_a_clock_set_back_doubles_nothing(every, back, steps):
    watched, now, last, starts = site(every=timedelta(minutes=every)), START, None, []
    for number, step in enumerate(steps):
        now += step * MINUTE
        if number == len(steps) // 2:
            now -= back * MINUTE
        moment = next_run(watched, last, now, ZONE)
        if moment == now:
            last = now
            starts.append(now)
    assert all(later - sooner >= every * MINUTE for sooner, later in itertools.pairwise(starts))


@given(
    begin=st.integers(0, 24 * 60 - 1), length=st.integers(1, 24 * 60 - 1), now=st.integers(0, 60 * 24 * 30),
    ago=st.integers(0, 5000), every=st.integers(1, 3000), first=st.integers(0, 30), days=st.integers(0, 30),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_no_run_starts_in_quiet_hours_or_outside_the_campaign(*, begin, length, now, ago, every, first, days):
    end = (begin + length) % (24 * 60)
    quiet = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    active = {"from": date(2026, 11, 1) + first * DAY, "to": date(2026, 11, 1) + (first + days) * DAY}
    watched = site(every=timedelta(minutes=every), quiet=quiet, active=active)
    moment = next_run(watched, START + (now - ago) * MINUTE, START + now * MINUTE, ZONE)
    if moment is None:
        return
    shown = moment.astimezone(ZONE)
    minute = shown.hour * 60 + shown.minute
    assert not (begin <= minute < end if begin < end else minute >= begin or minute < end)
    assert active["from"] <= shown.date() <= active["to"]
    assert moment >= START + now * MINUTE
