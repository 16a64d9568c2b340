from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from referrals.exceptions import ImportRefused
from referrals.feedback_import import workbook
from referrals.feedback_import.reader import read_xlsx
from storage.referral.feedback_records import Seized
from tests.referrals.feedback_import.filling import IVORY, ONE, OWL, filled, saved, with_part

TODAY = date(2026, 3, 5)
NAME = "东镇反馈.xlsx"


def read(content, **facts):
    return read_xlsx(content, NAME, TODAY, **facts)


def refused(content, **facts):
    with pytest.raises(ImportRefused) as caught:
        read(content, **facts)
    return caught.value


def places(error):
    return [(one.sheet, one.row, one.column) for one in error.mistakes]


def test_a_filled_form_is_read():
    (found,) = read(filled(), campaign_id=4)
    assert (found.unit, found.title, found.happened_on) == ("东镇", "张某非法出售猫头鹰案", date(2026, 2, 1))
    assert (found.filed, found.criminal, found.people, found.gangs) == (True, True, 2, 1)
    assert (found.confiscated, found.fined) == (Decimal("1.25"), Decimal("0.3"))
    assert (found.publish, found.lead_ids, found.campaign_id) == ("after_meeting", (3, 5), 4)
    assert found.source == "东镇反馈.xlsx 案件 第 2 行"
    assert found.seizures == (
        Seized("animal", "猫头鹰", Decimal(3), "只", ""), Seized("product", "象牙手镯", Decimal("0.75"), "千克", "第一批"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "day", ["2026/2/1", "2026年2月1日", "２０２６-０２-０１", datetime(2026, 2, 1, tzinfo=UTC).replace(tzinfo=None)]
)
def test_days_as_people_write_them(day):
    assert read(filled([ONE | {"日期": day}]))[0].happened_on == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"日期": "去年"}, "D（日期）", "不是日期"),
        ({"日期": "2026-02-30"}, "D（日期）", "不是日期"),
        ({"日期": "2026-03-06"}, "D（日期）", "2026-03-06"),
        ({"单位": ""}, "B（单位）", "没有填写"),
        ({"案件序号": ""}, "A（案件序号）", "没有填写"),
        ({"立案": "对"}, "G（立案）", "应为 是、否 之一"),
        ({"立案": "否"}, "H（刑事）", "刑事案件必须同时是已立案的"),
        ({"处理人员（人）": 1.5}, "I（处理人员（人））", "应为整数"),
        ({"处理人员（人）": -1}, "I（处理人员（人））", "不能小于 0"),
        ({"没收违法所得（万元）": "3万"}, "K（没收违法所得（万元））", "不是数字"),
        ({"没收违法所得（万元）": "1,000"}, "K（没收违法所得（万元））", "不是数字"),
        ({"罚款和罚金（万元）": 1e300}, "L（罚款和罚金（万元））", ""),
        ({"罚款和罚金（万元）": True}, "L（罚款和罚金（万元））", "应为数字"),
        ({"公开": "也许"}, "N（公开）", "可公开、不公开、会商后公开"),
        ({"线索编号": "三"}, "O（线索编号）", "线索编号"),
        ({"移送文号": "网移〔2026〕9号"}, "F（移送文号）", "没有文号为"),
    ],
)
def test_a_mistake_names_sheet_row_column_and_reason(change, place, said):
    error = refused(filled([ONE | change], []))
    assert ("案件", 2, place) in places(error)
    (one,) = [one for one in error.mistakes if one.column == place]
    assert said in one.reason
    assert f"案件 第 2 行 {place} 列：" in str(error)


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"案件序号": 7}, "A（案件序号）", "“7”在“案件”表中没有"),
        ({"种类": "鸟"}, "C（种类）", "应为 动物、植物"),
        ({"数量": 0}, "E（数量）", "应大于 0"),
        ({"数量": 2.5}, "E（数量）", "应为整数"),
        ({"单位": "千克"}, "F（单位）", "野生动物的单位应为 只、头、尾"),
        ({"名称": ""}, "D（名称）", "没有填写"),
    ],
)
def test_a_mistake_in_what_was_seized(change, place, said):
    error = refused(filled([ONE], [OWL | change]))
    assert any(
        one.sheet == "收缴物品" and one.row == 2 and one.column == place and said in one.reason
        for one in error.mistakes
    )


def test_a_batch_in_both_measures_names_its_second_row():
    error = refused(filled([ONE], [IVORY, IVORY | {"名称": "象牙印章", "数量": 2, "单位": "件"}]))
    assert places(error) == [("收缴物品", 3, "F（单位）")]
    assert "同时按件和千克计" in str(error)


def test_all_mistakes_are_told_at_once_and_counted():
    rows = [ONE | {"案件序号": number, "日期": "x"} for number in range(30)]
    error = refused(filled(rows, []))
    assert len(error.mistakes) == 30
    assert "有 30 处错误，一条也没有导入" in str(error)
    assert "……另有 10 处" in str(error)


def test_numbers_of_cases_are_told_once():
    assert places(refused(filled([ONE, ONE], []))) == [("案件", 3, "A（案件序号）")]


def test_referrals_are_found_by_their_number():
    (found,) = read(filled([ONE | {"移送文号": "网移〔2026〕9号"}], []), referral_of={"网移〔2026〕9号": 12}.get)
    assert found.referral_id == 12


def test_formulas_and_error_values_name_their_cell():
    book = load_workbook(BytesIO(filled()))
    book["案件"]["K2"] = "=SUM(1,2)"
    book["收缴物品"]["E2"] = "#DIV/0!"
    book["收缴物品"]["E2"].data_type = "e"
    error = refused(saved(book))
    assert places(error) == [("案件", 2, "K（没收违法所得（万元））"), ("收缴物品", 2, "E（数量）")]
    assert "是公式" in str(error)


def test_an_empty_form_and_a_form_of_another_kind():
    assert "没有填写任何案件" in str(refused(filled([], [])))
    book = load_workbook(BytesIO(filled()))
    book["案件"]["D1"] = "日子"
    assert "表头缺少：日期" in str(refused(saved(book)))
    del book["收缴物品"]
    assert "没有这张工作表" in str(refused(saved(book)))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "单位,案件".encode(), filled()[:900]]
)
def test_what_is_no_workbook_is_refused(content):
    assert "不是 xlsx 文件" in str(refused(content))


def test_a_damaged_workbook_is_refused():
    assert "不是完好的 xlsx 文件" in str(refused(with_part(filled(), "xl/workbook.xml", b"<workbook")))


def test_bombs_are_not_unpacked():
    bomb = with_part(filled(), "xl/media/a.bin", b"\0" * (workbook.UNPACKED + 1))
    assert len(bomb) < 200_000
    assert "解压后超过 40 MB" in str(refused(bomb))
    sink = BytesIO(filled())
    with zipfile.ZipFile(sink, "a") as archive:
        for number in range(workbook.PARTS):
            archive.writestr(f"part{number}.xml", b"")
    assert "个部分" in str(refused(sink.getvalue()))
    assert "文件超过 10 MB" in str(refused(b"PK" * (6 << 20)))


@pytest.mark.parametrize(
    "part",
    [b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16")],
)
def test_entities_are_not_followed(part):
    assert "外部实体或文档类型" in str(refused(with_part(filled(), "xl/sharedStrings.xml", part)))


def test_a_sheet_of_empty_rows_is_read_in_bounds():
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (n, n) for n in range(1, 60_000))
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    content = with_part(filled(), "xl/worksheets/sheet1.xml", head + rows + b"</sheetData></worksheet>")
    assert "表头缺少" in str(refused(content))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 50)
    rows = [ONE | {"案件序号": number} for number in range(51)]
    assert "超过 50 行" in str(refused(filled(rows, [])))


def test_a_row_far_below_is_not_lost_in_silence():
    book = load_workbook(BytesIO(filled()))
    book["案件"].cell(100_000, 3, "藏在下面的案件")
    error = refused(saved(book))
    assert "第 20000 行以下还有内容" in str(error)


def test_hostile_texts_stay_texts():
    title = '=HYPERLINK("http://127.0.0.1")\'&<b>\u202e'
    book = load_workbook(BytesIO(filled([ONE], [])))
    cell = book["案件"]["C2"]
    cell.value, cell.data_type = title, "s"
    (found,) = read(saved(book))
    assert found.title == title
