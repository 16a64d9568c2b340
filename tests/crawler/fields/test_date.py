"""Dates as forums write them, read on Wednesday 2026-10-21 14:30 in Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fields.date import read_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 21, 14, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-16 13:37:00", "2026-10-16 13:37:00"),
        ("2026-10-16 13:37", "2026-10-16 13:37:00"),
        ("2026-1-6 3:07", "2026-01-06 03:07:00"),
        ("2026-10-16T13:37:00+08:00", "2026-10-16 13:37:00"),
        ("2026-10-16T13:37:00Z", "2026-10-16 21:37:00"),
        ("2026-10-16T13:37:00.123Z", "2026-10-16 21:37:00"),
        ("2026-10-16T13:37:00-05:00", "2026-10-17 02:37:00"),
        ("2026/10/16", "2026-10-16 00:00:00"),
        ("2026.10.16", "2026-10-16 00:00:00"),
        ("2026年10月16日 13:37", "2026-10-16 13:37:00"),
        ("2026 年 10 月 16 日 13时37分05秒", "2026-10-16 13:37:05"),
        ("２０２６－１０－１６　１３：３７", "2026-10-16 13:37:00"),
        ("二〇二六年十月十六日", "2026-10-16 00:00:00"),
        ("26年10月16日", "2026-10-16 00:00:00"),
        ("26-10-16", "2026-10-16 00:00:00"),
        ("2026-10-16(五) 13:37", "2026-10-16 13:37:00"),
        ("2026-10-16 下午3:05", "2026-10-16 15:05:00"),
        ("2026-10-16 上午12:05", "2026-10-16 00:05:00"),
        ("2026-10-16 晚上8点", "2026-10-16 20:00:00"),
        ("13:37 2026-10-16", "2026-10-16 13:37:00"),
        ("20261016", "2026-10-16 00:00:00"),
        ("20261016133700", "2026-10-16 13:37:00"),
        ("10月16日 13:37", "2026-10-16 13:37:00"),
        ("10-16 13:37", "2026-10-16 13:37:00"),
        ("10/16 13:37", "2026-10-16 13:37:00"),
        ("10.16", "2026-10-16 00:00:00"),
        ("03-05", "2026-03-05 00:00:00"),
        ("10-22 14:00", "2026-10-22 14:00:00"),
        ("10-22 15:00", "2025-10-22 15:00:00"),
        ("12月16日", "2025-12-16 00:00:00"),
        ("02-29", "2024-02-29 00:00:00"),
        ("16 十月", "2026-10-16 00:00:00"),
        ("16 十二月", "2025-12-16 00:00:00"),
        ("十月 16, 2026", "2026-10-16 00:00:00"),
        ("十二月 16, 2025 1:37 下午", "2025-12-16 01:37:00"),
        ("3 天前", "2026-10-18 14:30:00"),
        ("3\u00a0天前", "2026-10-18 14:30:00"),
        ("三天前", "2026-10-18 14:30:00"),
        ("发表于 3\u00a0天前", "2026-10-18 14:30:00"),
        ("3 天前 12:00 · 2026-10-18 11:00", "2026-10-18 11:00:00"),
        ("5分钟前", "2026-10-21 14:25:00"),
        ("30 秒前", "2026-10-21 14:29:30"),
        ("半小时前", "2026-10-21 14:00:00"),
        ("一个半小时前", "2026-10-21 13:00:00"),
        ("2小時前", "2026-10-21 12:30:00"),
        ("两周前", "2026-10-07 14:30:00"),
        ("刚刚", "2026-10-21 14:30:00"),
        ("昨天 13:37", "2026-10-20 13:37:00"),
        ("昨天&nbsp;13:37", "2026-10-20 13:37:00"),
        ("昨晚 8:30", "2026-10-20 20:30:00"),
        ("昨天", "2026-10-20 00:00:00"),
        ("前天 08:00", "2026-10-19 08:00:00"),
        ("大前天", "2026-10-18 00:00:00"),
        ("今天 09:12", "2026-10-21 09:12:00"),
        ("周三", "2026-10-21 00:00:00"),
        ("周五", "2026-10-16 00:00:00"),
        ("星期三 15:00", "2026-10-14 15:00:00"),
        ("上周五", "2026-10-16 00:00:00"),
        ("上周一 10:00", "2026-10-12 10:00:00"),
        ("上上周日", "2026-10-11 00:00:00"),
        ("1月前", "2026-09-21 14:30:00"),
        ("1个月前", "2026-09-21 14:30:00"),
        ("半个月前", "2026-10-06 14:30:00"),
        ("2年前", "2024-10-21 14:30:00"),
        ("半年前", "2026-04-21 14:30:00"),
        ("10-16-2026, 05:37 AM", "2026-10-16 05:37:00"),
        ("10-16-2026, 12:07 AM", "2026-10-16 00:07:00"),
        ("16/10/2026", "2026-10-16 00:00:00"),
        ("Fri Oct 16, 2026 1:37 pm", "2026-10-16 13:37:00"),
        ("by demo » Fri Oct 16, 2026 1:37 pm", "2026-10-16 13:37:00"),
        ("16 October 2026", "2026-10-16 00:00:00"),
        ("October 16th, 2026 at 1:37 PM", "2026-10-16 13:37:00"),
        ("Fri, 16 Oct 2026 13:37:00 GMT", "2026-10-16 21:37:00"),
        ("Fri, 16 Oct 2026 13:37:00 +0800", "2026-10-16 13:37:00"),
        ("Oct 16", "2026-10-16 00:00:00"),
        ("发表于 2026-10-16 13:37:00", "2026-10-16 13:37:00"),
        ("發表於 昨天 13:37", "2026-10-20 13:37:00"),
        ("发布时间：2026年10月16日", "2026-10-16 00:00:00"),
        ("发布时间：10-16", "2026-10-16 00:00:00"),
        ("编辑于10-16 13:37", "2026-10-16 13:37:00"),
        ("1792129020", "2026-10-16 13:37:00"),
        ("1792129020000", "2026-10-16 13:37:00"),
        ("3 days ago", "2026-10-18 14:30:00"),
        ("an hour ago", "2026-10-21 13:30:00"),
        ("Less than 1 minute ago", "2026-10-21 14:29:00"),
        ("yesterday", "2026-10-20 00:00:00"),
        ("Yesterday, 05:37 AM", "2026-10-20 05:37:00"),
        ("Today, 05:37 AM", "2026-10-21 05:37:00"),
    ],
)
def test_dates(text, expected):
    found = read_date(text, NOW)
    assert found is not None
    assert found.tzinfo is UTC
    assert found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") == expected


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "2026", "12345", "13800001234", "138-0000-1234", "1380000123456789", "9999999999", "0000000001", "3.5万", "5-8元/斤",
        "192.168.1.1", "1.2.3.4", "v1.2.3", "2026-13-45", "2026-02-30", "31-31-2026", "99999999", "3000元/只", "9999年前", "待定", "三月份再说",
        "0-0", "may", "2026年", "9999-10-16 00:00", "0001-01-01", "\ud800",
    ],
)  # fmt: skip
def test_no_date(text):
    assert read_date(text, NOW) is None


@pytest.mark.parametrize(
    ("order", "text", "expected"),
    [
        ("MDY", "10-11-2026, 05:37 AM", "2026-10-11 05:37"),
        ("DMY", "10-11-2026, 05:37 AM", "2026-11-10 05:37"),
        ("DMY", "10/11/26", "2026-11-10 00:00"),
        ("MDY", "10/11/26", "2026-10-11 00:00"),
        ("YMD", "26/10/11", "2026-10-11 00:00"),
        ("DMY", "05-03", "2026-03-05 00:00"),
        ("MDY", "2026-10-11", "2026-10-11 00:00"),
    ],
)
def test_order_settles_what_is_ambiguous(order, text, expected):
    found = read_date(text, NOW, order=order)
    assert found is not None
    assert found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == expected


def test_zone_of_the_site():
    assert read_date("10-16-2026, 05:37 AM", NOW, timezone=UTC) == datetime(2026, 10, 16, 5, 37, tzinfo=UTC)
    assert read_date("2026-10-16T13:37:00+08:00", NOW, timezone=UTC) == datetime(2026, 10, 16, 5, 37, tzinfo=UTC)


def test_days_are_counted_where_the_site_is():
    late = datetime(2026, 10, 20, 17, 0, tzinfo=UTC)  # 01:00 on the 21st in Shanghai
    assert read_date("今天 00:30", late) == datetime(2026, 10, 20, 16, 30, tzinfo=UTC)
    assert read_date("今天 00:30", late, timezone=UTC) == datetime(2026, 10, 20, 0, 30, tzinfo=UTC)


def test_new_year():
    eve = datetime(2026, 12, 31, 23, 50, tzinfo=SHANGHAI)
    morning = datetime(2027, 1, 1, 0, 10, tzinfo=SHANGHAI)
    assert read_date("01-01 00:05", eve) == datetime(2027, 1, 1, 0, 5, tzinfo=SHANGHAI)
    assert read_date("12-31 23:55", morning) == datetime(2026, 12, 31, 23, 55, tzinfo=SHANGHAI)


def test_month_ends():
    assert read_date("1个月前", datetime(2026, 3, 31, tzinfo=SHANGHAI)) == datetime(2026, 2, 28, tzinfo=SHANGHAI)
    assert read_date("2年前", datetime(2024, 2, 29, tzinfo=SHANGHAI)) == datetime(2022, 2, 28, tzinfo=SHANGHAI)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=40)
    | st.text(st.sampled_from("0123456789-/.: 年月日号周一二三十上下午前昨天小时octma,Zz+半几\ud800"), max_size=30),
    st.sampled_from(["YMD", "MDY", "DMY"]),
)
def test_any_text_gives_an_aware_date_or_none(text, order):
    found = read_date(text, NOW, order=order)
    assert found is None or found.utcoffset() == timedelta(0)


@settings(max_examples=100, deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2026, 10, 20)))  # noqa: DTZ001  # the zone is added below
def test_round_trips(moment):
    moment = moment.replace(microsecond=0, tzinfo=SHANGHAI)
    stamp = str(int(moment.timestamp()))
    for text in (moment.isoformat(), moment.strftime("%Y-%m-%d %H:%M:%S"), moment.strftime("%a %b %d, %Y %I:%M:%S %p")):
        assert read_date(text, NOW) == moment
    assert read_date(stamp, NOW) == (moment if len(stamp) == 10 else None)  # nine digits are an account number


@settings(max_examples=100, deadline=None)
@given(st.dates(), st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001  # the zone is added below
def test_a_date_without_year_is_never_far_ahead(day, now):
    now = now.replace(tzinfo=UTC)
    found = read_date(f"{day.month}月{day.day}日", now)
    assert found is not None
    assert found <= now + timedelta(days=1)
    assert (found.astimezone(SHANGHAI).month, found.astimezone(SHANGHAI).day) == (day.month, day.day)
