from __future__ import annotations

import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from referrals import receipts
from referrals.exceptions import ReceiptError
from tests.office import as_pdf
from tests.programs import text_of_pdf
from tests.referrals.cases import HOSTILE, case, lead

CASE = case(leads=(lead(1), lead(2), lead(3)))
DAY, PERSON, NUMBER, RESULT, CASE_NUMBER, NOTE = "B9", "B10", "B11", "B12", "B13", "B14"


def returned(main=None, leads=None, of=CASE) -> bytes:
    book = load_workbook(BytesIO(receipts.blank_xlsx(of)))
    for place, value in (main or {}).items():
        book["回执"][place] = value
    for place, value in (leads or {}).items():
        book["线索结果"][place] = value
    sink = BytesIO()
    book.save(sink)
    return sink.getvalue()


def refused(content: bytes, of=CASE) -> str:
    with pytest.raises(ReceiptError) as caught:
        receipts.read_xlsx(content, of)
    return str(caught.value)


def rebuilt(content: bytes, **parts: bytes) -> bytes:
    """With parts replaced or added; ``__`` in a name stands for ``/``."""
    named = {
        name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): data for name, data in parts.items()
    }
    sink = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [*old.namelist(), *(name for name in named if name not in old.namelist())]:
            new.writestr(name, named[name] if name in named else old.read(name))
    return sink.getvalue()


def test_blank_form_offers_the_results_and_locks_the_rest():
    book = load_workbook(BytesIO(receipts.blank_xlsx(CASE)))
    main, rows = book["回执"], book["线索结果"]
    assert [main[f"A{row}"].value for row in range(9, 15)] == [
        "收到日期",
        "收件人",
        "回执编号",
        "处理结果",
        "立案文号",
        "说明",
    ]
    assert main["B3"].value == "网林移〔2026〕5号"
    (choice,) = main.data_validations.dataValidation
    assert choice.formula1 == '"接收办理,不予接收,转送其他单位,已立案,不予立案,已办结"'
    assert main.protection.sheet
    assert main["B3"].protection.locked
    assert not main[DAY].protection.locked
    assert [rows[f"B{row}"].value for row in range(3, 6)] == ["101", "102", "103"]
    assert rows["C3"].value == "出象牙手镯一只，懂的来 1"


def test_what_was_filled_in_is_read():
    found = receipts.read_xlsx(
        returned(
            {
                DAY: "2026年11月22日",
                PERSON: "李某某",
                NUMBER: 12.0,
                RESULT: "已立案",
                CASE_NUMBER: "某公（刑）立〔2026〕3号",
                NOTE: "另行反馈",
            },
            {"E4": "不予接收", "G4": "重复", "F3": "甲字1号"},
        ),
        CASE,
    )
    assert (found.referral_id, found.number, found.received_on, found.person) == (
        5,
        "网林移〔2026〕5号",
        date(2026, 11, 22),
        "李某某",
    )
    assert (found.kind, found.reference, found.case_reference, found.note) == (
        "file",
        "12",
        "某公（刑）立〔2026〕3号",
        "另行反馈",
    )
    assert [(one.row, one.lead_id, one.kind, one.reference, one.note) for one in found.leads] == [
        (3, 101, "", "甲字1号", ""), (4, 102, "decline", "", "重复"), (5, 103, "", "", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22",
        "2026/11/22",
        "2026.11.22",
        " 2026年11月22日 ",
        datetime(2026, 11, 22, 9, 0),  # noqa: DTZ001 -- as spreadsheets hold it
        date(2026, 11, 22),
        46348,
    ],
)
def test_dates_as_people_write_them(value):
    found = receipts.read_xlsx(returned({DAY: value}), CASE)
    assert found.received_on == date(2026, 11, 22)
    assert found.kind == "receive"


def test_every_mistake_is_told_with_its_cell():
    choices = "（可填：接收办理、不予接收、转送其他单位、已立案、不予立案、已办结）"
    said = refused(returned({DAY: "2026-02-30", RESULT: "同意", PERSON: "=1+1"}, {"E3": "好", "E5": "已办节"}))
    assert said.splitlines() == [
        f"工作表“线索结果”E3：没有这种结果：“好”{choices}",
        f"工作表“线索结果”E5：没有这种结果：“已办节”，是不是 已办结？{choices}",
        "工作表“回执”B9：不是日期：“2026-02-30”，请写成 2026-11-22",
        f"工作表“回执”B12：没有这种结果：“同意”{choices}",
        "工作表“回执”B10：是公式，请改填文字",
    ]


def test_a_day_to_come_and_altered_rows_are_told_with_all_the_rest():
    content = returned({DAY: "2026-11-23", RESULT: "已立案"}, {"B5": "999", "E3": "好"})
    with pytest.raises(ReceiptError) as caught:
        receipts.read_xlsx(content, CASE, date(2026, 11, 22))
    places = [line.partition("：")[0] for line in str(caught.value).splitlines()]
    assert places == ["工作表“线索结果”E3", "工作表“回执”B9", "工作表“回执”B7", "工作表“回执”B13"]
    assert "日期 2026-11-23 还没有到" in str(caught.value)
    assert receipts.read_xlsx(returned({DAY: "2026-11-22"}), CASE, date(2026, 11, 22)).kind == "receive"


@pytest.mark.parametrize(
    ("main", "said"),
    [
        ({RESULT: "已立案"}, "工作表“回执”B13：处理结果为已立案的，须填立案文号"),
        ({RESULT: "不予接收"}, "工作表“回执”B14：须写明理由（转送的写明转送单位）"),
        ({RESULT: "已办结"}, "工作表“回执”B14：处理结果为已办结的，须写明办理结果"),
        ({}, "工作表“回执”：什么都没有填"),
        ({DAY: "2026-11-22", NOTE: "长" * 3000}, "工作表“回执”B14：太长（3000 个字），最多 2000 个字"),
        ({"A9": "日期"}, "工作表“回执”A9：应为“收到日期”，现在是“日期”，表格被改动过"),
        (
            {"B3": "网林移〔2026〕6号"},
            "工作表“回执”B7：核对不上：文号、移送编号或线索各行被改动、增删过，请用原表重新填写",
        ),
        ({"B6": "v9"}, "工作表“回执”B6：不认识这种回执：“v9”"),
        ({"B4": "五"}, "工作表“回执”B4：不是移送编号：“五”"),
    ],
)
def test_altered_and_incomplete_forms(main, said):
    assert refused(returned(main)) == said


def test_lost_moved_and_foreign_rows():
    book = load_workbook(BytesIO(receipts.blank_xlsx(CASE)))
    book["线索结果"].delete_rows(4)
    sink = BytesIO()
    book.save(sink)
    assert "核对不上" in refused(sink.getvalue())
    assert "核对不上" in refused(returned(leads={"B3": "999"}))
    assert refused(returned(leads={"B3": "=B4"})).startswith("工作表“线索结果”B3：是公式")
    assert refused(returned({DAY: "2026-11-22"}, of=case(id=6, number="网林移〔2026〕6号"))) == (
        "工作表“回执”B3：这是另一件移送（网林移〔2026〕6号）的回执，不是 网林移〔2026〕5号 的"
    )
    changed = case(leads=(lead(1), lead(2)))
    assert "线索与该件移送现在的线索不一致" in refused(returned({DAY: "2026-11-22"}), changed)


def test_damaged_files():
    good = returned({DAY: "2026-11-22"})
    for content in (b"", b"abc", good[:2000], good[:-40], b"\xd0\xcf\x11\xe0" * 50, "收到".encode()):
        assert refused(content).startswith("不是完好的 xlsx 文件")
    assert refused(rebuilt(good, xl__workbook_xml=b"<workbook")).startswith("不是完好的 xlsx 文件：工作簿")
    assert "读不出来" in refused(rebuilt(good, xl__worksheets__sheet1_xml=b"<worksheet><sheetData><row r='x'>"))
    place = good.index(b"xl/worksheets/sheet1.xml") + 200
    broken = good[:place] + bytes(255 - byte for byte in good[place : place + 30]) + good[place + 30 :]
    assert refused(broken)
    from openpyxl import Workbook

    sink = BytesIO()
    Workbook().save(sink)
    assert refused(sink.getvalue()) == "缺少工作表“回执”“线索结果”，不是本系统的回执表"


def test_dangerous_files_are_not_parsed():
    good = returned({DAY: "2026-11-22"})
    assert "含有宏" in refused(rebuilt(good, xl__vbaProject_bin=b"x"))
    assert "外部链接" in refused(rebuilt(good, xl__externalLinks__externalLink1_xml=b"<x/>"))
    assert "实体定义" in refused(
        rebuilt(good, xl__workbook_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><workbook>&a;</workbook>')
    )
    assert "解开后太大" in refused(rebuilt(good, xl__media__bomb_bin=b"\0" * 70_000_000))
    assert "超过 4 MB" in refused(b"PK" + b"\0" * 5_000_000)


def test_claimed_dimensions_and_merged_areas_cost_nothing():
    good = returned({DAY: "2026-11-22"})
    with zipfile.ZipFile(BytesIO(good)) as package:
        text = package.read("xl/worksheets/sheet2.xml").decode()
    head, _, tail = text.partition("</sheetData>")
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData><mergeCells count="1"><mergeCell ref="A10:XFD1048576"/></mergeCells>'
    found = receipts.read_xlsx(rebuilt(good, xl__worksheets__sheet2_xml=(head + far + tail).encode()), CASE)
    assert len(found.leads) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_titles_and_answers_are_text(name):
    one = case(leads=(lead(1, title=HOSTILE[name]),))
    answer = (
        HOSTILE[name]
        .encode("utf-8", "ignore")
        .decode()[:1500]
        .replace("\0", "")
        .replace("\x07", "")
        .replace("\x0b", "")
    )
    content = returned({DAY: "2026-11-22", NOTE: "说明：" + answer}, of=one)
    found = receipts.read_xlsx(content, one)
    assert found.note.startswith("说明：")
    assert "\u202e" not in found.note


def test_form_opens_in_libreoffice(tmp_path):
    text = text_of_pdf(as_pdf(receipts.blank_xlsx(CASE), "receipt.xlsx", tmp_path), tmp_path)
    assert "移送回执" in text
    assert "网林移〔2026〕5号" in text
    assert "103" in text
