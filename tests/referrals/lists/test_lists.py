from __future__ import annotations

import csv
import json
import zipfile
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from referrals import lists
from referrals.letters.told import LEAD_FIELDS
from tests.office import as_pdf
from tests.programs import text_of_pdf
from tests.referrals.cases import HOSTILE, case, lead

MANY = tuple(lead(number) for number in range(1, 201))
HOSTILES = tuple(
    lead(number, title=text, seller=text[:300], price_text=text[:100])
    for number, text in enumerate(HOSTILE.values(), 1)
)


def sheet(content: bytes, name: str = "线索清单"):
    return load_workbook(BytesIO(content))[name]


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_workbook_holds_every_lead_under_a_frozen_head():
    found = sheet(lists.as_xlsx(case(leads=MANY)))
    rows = list(found.iter_rows(values_only=True))
    assert rows[0][0] == "网林移〔2026〕5号 线索清单"
    assert rows[1][0] == "网络监测线索，供核查。时间：UTC+8。"
    assert rows[2] == LEAD_FIELDS
    assert len(rows) == 203
    first = dict(zip(LEAD_FIELDS, rows[3], strict=True))
    assert first["标题"] == "出象牙手镯一只，懂的来 1"
    assert first["首次发现"] == "2026-11-14 12:30"
    assert first["联系方式"] == "电话 13800001234；微信 demo_owl88"
    assert first["命中"] == "象牙（原词）；果冻料（暗语，写作“果 冻 料”）"
    assert first["证据校验值"] == "ab" * 32
    assert found.freeze_panes == "D4"
    assert found.column_dimensions["C"].width > 30
    assert found["C4"].alignment.wrap_text
    assert found.print_title_rows == "$3:$3"


def test_workbook_says_what_it_is():
    rows = dict(sheet(lists.as_xlsx(case(masked=True)), "说明").iter_rows(values_only=True))
    assert rows["主送"] == "某县市场监督管理局"
    assert rows["个人信息"] == "已隐藏"
    assert rows["性质"].startswith("网络监测线索，供核查")


def test_every_cell_is_text_no_formula_no_link():
    content = lists.as_xlsx(case(leads=HOSTILES))
    found = sheet(content)
    kinds = {cell.data_type for row in found.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert found["C4"].value == HOSTILE["formula"]
    with zipfile.ZipFile(BytesIO(content)) as package:
        for name in package.namelist():
            text = package.read(name).decode("utf-8")
            assert "<f>" not in text
            assert "<hyperlink" not in text
            assert "externalLink" not in text


def test_list_of_200_leads_opens_in_libreoffice(tmp_path):
    text = text_of_pdf(as_pdf(lists.as_xlsx(case(leads=MANY)), "list.xlsx", tmp_path), tmp_path)
    assert "thread-200-1-1.html" in "".join(text.split())
    assert "网络监测线索，供核查" in text
    assert text.count("固定时间") >= 3  # the head is repeated on each page


def test_hostile_list_opens_in_libreoffice_and_computes_nothing(tmp_path):
    text = text_of_pdf(as_pdf(lists.as_xlsx(case(leads=HOSTILES)), "list.xlsx", tmp_path), tmp_path)
    assert "=HYPERLINK(" in "".join(text.split())


def test_csv_begins_with_a_bom_and_reads_back():
    content = lists.as_csv(case(leads=MANY))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = table(content)
    assert tuple(rows[0]) == LEAD_FIELDS
    assert len(rows) == 201
    assert rows[200][LEAD_FIELDS.index("编号")] == "300"


def test_csv_is_inert_in_spreadsheets():
    rows = table(
        lists.as_csv(
            case(leads=(*HOSTILES, lead(20, title=" \u3000＝1+1"), lead(21, title="-5℃冷冻"), lead(22, title="+86")))
        )
    )
    titles = [row[LEAD_FIELDS.index("标题")] for row in rows[1:]]
    assert titles[0] == "'" + HOSTILE["formula"]
    assert titles[1] == "'" + HOSTILE["command"]
    assert titles[-3:] == ["' \u3000＝1+1", "'-5℃冷冻", "'+86"]
    assert all(not value.lstrip(" \u3000").startswith(tuple("=+-@\t\r＝＋－＠")) for row in rows for value in row)
    assert len({len(row) for row in rows}) == 1


def test_json_is_exact_even_where_utf8_cannot_be():
    found = json.loads(lists.as_json(case(leads=HOSTILES)).decode())
    assert [one["title"] for one in found["leads"]] == list(HOSTILE.values())
    assert found["notice"] == "网络监测线索，供核查"
    assert found["referral"]["number"] == "网林移〔2026〕5号"
    assert found["leads"][0]["first_seen_at"] == "2026-11-14T04:30:00+00:00"
    assert found["leads"][0]["contacts"][0] == {"kind": "phone", "value": "13800001234"}


@pytest.mark.parametrize("make", [lists.as_xlsx, lists.as_csv, lists.as_json])
def test_hidden_data_is_in_no_list(make):
    def texts(content: bytes) -> str:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(BytesIO(content)) as package:
                return "".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())
        return content.decode()

    one = case(leads=(lead(1, title="电13800001234"),))
    assert "13800001234" in texts(make(one))
    for hidden in (make(one, masked=True), make(case(leads=one.leads, masked=True))):
        assert "13800001234" not in texts(hidden)
        assert "demo_owl88" not in texts(hidden)
    assert "林中客" not in texts(make(case("appraisal", one.leads, masked=True)))


def test_same_case_gives_the_same_bytes():
    one = case(leads=MANY[:3])
    assert lists.as_xlsx(one) == lists.as_xlsx(one)
    assert lists.as_csv(one) == lists.as_csv(one)
