from __future__ import annotations

from datetime import date

import pytest

from referrals.exceptions import HolidaysError
from referrals.timing import holidays


def test_an_own_table_replaces_the_shipped_one(tmp_path):
    path = tmp_path / "假日.yaml"
    path.write_text('2027:\n  off: ["01-01", "02-05..02-08"]\n  work: ["01-31"]\n', encoding="utf-8")
    table = holidays.load(path)
    assert table.years == {2027}
    assert sorted(table.off) == [date(2027, 1, 1), *(date(2027, 2, day) for day in (5, 6, 7, 8))]
    assert table.is_working(date(2027, 1, 31))
    assert not table.is_working(date(2027, 1, 30))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "h.yaml:1  应按年份写"),
        ("廿七: {}", "h.yaml:1  '廿七' 不是年份"),
        ("1027: {}", "不是年份"),
        ("2027: {free: []}", "h.yaml:1  2027 年下面只能写"),
        ('2027:\n  off:\n    - "02-30"', "h.yaml:3  '02-30' 不是日期"),
        ('2027:\n  off: ["02-08..02-05"]', "不是日期"),
        ('2027:\n  off: ["1月1日"]', "不是日期"),
        ('2027:\n  off: "01-01"', "应为一列日期"),
        ('2027:\n  work: ["02-05"]', "2027-02-05 不是周六、周日"),
        ('2027:\n  off: ["01-31"]\n  work: ["01-31"]', "2027-01-31 同时写在"),
        ("2027: {}\n2027: {}", "键重复：2027"),
        ("2027: [", "不是合法的 YAML"),
    ],
)
def test_each_mistake_is_named(tmp_path, text, said):
    path = tmp_path / "h.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HolidaysError) as caught:
        holidays.load(path)
    assert said in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(HolidaysError, match=r"nowhere\.yaml  节假日文件读不出来"):
        holidays.load(tmp_path / "nowhere.yaml")
