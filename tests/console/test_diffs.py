from __future__ import annotations

from dataclasses import replace

from console.diffs import LONGEST_LINE, MOST_CHANGES, MOST_LINES, Line, changes, line_diff
from storage.records import Snapshot
from tests.storage.making import NOW

FIRST = Snapshot(
    1, 1, 1, NOW, 200, "http://127.0.0.1/1", "d", "出鸟", "出售猫头鹰\n活体\n自提", (), "林中客", "3000元", None, None,
    None, False, None, None, (), (),
)  # fmt: skip


def same(text: str) -> str:
    return text


def test_changed_lines_and_fields_are_told():
    second = replace(FIRST, id=2, number=2, body="出售猫头鹰\n已售\n自提", price_text="面议", replies=("还在吗",))
    (change,) = changes([FIRST, second], same)
    assert [(one.label, one.before, one.after) for one in change.fields] == [("价格", "3000元", "面议")]
    assert change.lines == (
        Line(" ", "出售猫头鹰"), Line("-", "活体"), Line("+", "已售"), Line(" ", "自提"), Line("+", "还在吗"),
    )  # fmt: skip
    assert not change.cut


def test_what_is_far_from_a_change_is_folded():
    old = [str(number) for number in range(20)]
    new = [*old[:10], "new", *old[10:]]
    assert list(line_diff(old, new)) == [
        Line("…", "8 行未变"), Line(" ", "8"), Line(" ", "9"), Line("+", "new"), Line(" ", "10"), Line(" ", "11"),
        Line("…", "8 行未变"),
    ]  # fmt: skip
    assert list(line_diff(old, old)) == []


def test_texts_are_masked_before_they_are_compared():
    second = replace(FIRST, id=2, number=2, body="电话13800001234")
    (change,) = changes([FIRST, second], lambda text: text.replace("13800001234", "138****1234"))
    assert Line("+", "电话138****1234") in change.lines


def test_hostile_versions_are_bounded():
    huge = replace(FIRST, id=2, number=2, body="a\n" * 100_000 + "x" * 1_000_000)
    (change,) = changes([FIRST, huge], same)
    assert change.cut
    assert len(change.lines) <= 2 * MOST_LINES + 2
    assert max(len(line.text) for line in change.lines) <= LONGEST_LINE
    many = [replace(FIRST, id=number, number=number, body=str(number)) for number in range(1, 60)]
    assert len(changes(many, same)) == MOST_CHANGES
    assert changes(many, same)[0].after.number == 59
