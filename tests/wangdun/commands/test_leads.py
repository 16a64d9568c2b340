"""Leads on screen and in files: right, masked, marked, harmless."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from storage.config import StorageConfig
from storage.database import Database
from storage.models import Detection, Lead
from storage.review import permits
from storage.review.audit import Actor
from tests.wangdun.archive import FORMULA, fill
from tests.wangdun.running import write_config
from tests.warmed import wangdun
from wangdun.cli import run
from wangdun.words import DEPARTMENTS, NOTICE

SITES = """
- {name: 论坛, start: "http://127.0.0.1:9/a", robots: {obey: false, reason: 已获站点书面同意}}
- {name: 商店, start: "http://127.0.0.1:9/b"}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("leads")
    write_config(made, SITES)
    fill(made / "data")
    return made


def ask(folder, *args):
    done = wangdun("leads", *args, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def export(folder, tmp_path, name, *args):
    ask(folder, "export", "-o", str(tmp_path / name), *args)
    return tmp_path / name


def test_list_shows_the_riskiest_first_and_nothing_harmful(folder):
    shown = ask(folder, "list")
    for word in ("风险", "命中词", "标题", "站点", "卖家", "价格", "链接", "象牙", "http://127.0.0.1:9/1", "共 3 条"):
        assert word in shown
    assert not set("\x1b\x07\u202e\ud800") & set(shown)
    rows = json.loads(ask(folder, "list", "--json"))
    assert len(rows) == 3
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert all(row["notice"] == NOTICE for row in rows)


@pytest.mark.parametrize(("columns", "linked"), [(80, False), (120, True)])
def test_a_narrow_window_leaves_the_link_out_and_says_so(folder, monkeypatch, capsys, columns, linked):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["leads", "list"]) == 0
    shown = capsys.readouterr()
    assert ("链接" in shown.out) is linked
    assert ("没有列出链接" in shown.err) is not linked
    assert "象牙" in shown.out


def test_list_narrows(folder):
    assert [row["site"] for row in json.loads(ask(folder, "list", "--json", "--site", "商店"))] == ["商店"]
    assert [row["site"] for row in json.loads(ask(folder, "list", "--json", "--since", "2026-11-03"))] == ["商店"]
    assert len(json.loads(ask(folder, "list", "--json", "--since", "2026-11-01T12:00"))) == 3
    assert len(json.loads(ask(folder, "list", "--json", "--limit", "1"))) == 1
    verdicts = [json.loads(ask(folder, "list", "--json", "--verdict", one)) for one in ("alert", "review")]
    assert sum(map(len, verdicts)) == 3
    assert {row["verdict"] for row in verdicts[0]} <= {"alert"}
    for args in (["--since", "gestern"], ["--site", "论谈"]):
        assert wangdun("leads", "list", *args, cwd=folder).returncode == 2


def ivory_id(folder):
    return str(next(row["id"] for row in json.loads(ask(folder, "list", "--json")) if row["key"] == "1"))


def test_show_tells_why_and_what_changed(folder):
    shown = ask(folder, "show", ivory_id(folder))
    for word in (
        NOTICE,
        "祖传象牙手镯出售",
        "象牙",
        "词库",
        "研判依据",
        "历次改动",
        "价格",
        "首次读取",
        "正文、",
        "已获站点书面同意",
        "林业",
    ):
        assert word in shown
    facts = json.loads(ask(folder, "show", ivory_id(folder), "--json"))
    assert [one["number"] for one in facts["snapshots"]] == [1, 2]
    assert facts["explanation"]["factors"]
    hit = facts["hits"][0]
    assert facts["text"][hit["start"] : hit["end"]] == hit["matched"]


def test_contacts_are_masked_everywhere_unless_asked_for(folder, tmp_path):
    secrets = ("138-0000-1234", "13800001234", "demo_ivory", "13800005678")
    number = ivory_id(folder)
    masked = [
        ask(folder, "list"), ask(folder, "list", "--json"), ask(folder, "show", number), ask(folder, "show", number, "--json"),
        *(export(folder, tmp_path, f"m.{form}").read_text("utf-8") for form in ("csv", "jsonl")),
        repr(list(load_workbook(export(folder, tmp_path, "m.xlsx")).active.values)),
    ]  # fmt: skip
    for text in masked:
        assert not [secret for secret in secrets if secret in text]
    full = [
        ask(folder, "show", number, "--full"),
        export(folder, tmp_path, "f.csv", "--full").read_text("utf-8"),
        repr(list(load_workbook(export(folder, tmp_path, "f.xlsx", "--full")).active.values)),
    ]
    for text in full:
        assert all(secret in text for secret in secrets)


def test_csv_is_for_spreadsheets_and_holds_no_formula(folder, tmp_path):
    raw = export(folder, tmp_path, "a.csv", "--full").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert len(rows) == 3
    assert header[-1] == f"说明：{NOTICE}"
    assert {row[-1] for row in rows} == {NOTICE}
    for row in rows:
        assert len(row) == len(header)
        assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r"))]
        assert all(len(cell) < 32_767 for cell in row)
    cells = {name: [row[column] for row in rows] for column, name in enumerate(header)}
    assert f"'{FORMULA}" in cells["标题"]
    assert "'+cmd|' /C calc'!A0" in cells["卖家"]
    assert "'@福建" not in cells["所在地"], "the second version names no region"
    assert "已获站点书面同意" in cells["未遵守 robots.txt 的理由"]
    assert cells["站点"].count("论坛") == cells["未遵守 robots.txt 的理由"].count("已获站点书面同意")
    assert not set(b"\x1b\x07\x00") & set(raw)


def test_xlsx_holds_text_only(folder, tmp_path):
    sheet = load_workbook(export(folder, tmp_path, "a.xlsx")).active
    rows = list(sheet.iter_rows())
    assert rows[0][0].value == NOTICE
    assert [cell.value for cell in rows[1]][:3] == ["编号", "风险", "分值"]
    assert len(rows) == 5
    assert FORMULA in [cell.value for row in rows for cell in row]
    for row in rows:
        for cell in row:
            assert cell.data_type in {"s", "n"}
            assert cell.value is None or isinstance(cell.value, str)
            assert cell.hyperlink is None


def test_jsonl_is_complete_and_marked(folder, tmp_path):
    lines = export(folder, tmp_path, "a.jsonl", "--full").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 3
    for row in rows:
        assert row["notice"] == NOTICE
        for hit in row["hits"]:
            assert row["text"][hit["start"] : hit["end"]] == hit["matched"]
    assert {row["site"]: row["robots_override"] for row in rows} == {"论坛": "已获站点书面同意", "商店": None}
    assert any(len(row["text"]) > 40_000 for row in rows)


def test_export_never_overwrites_by_itself(folder, tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("mine")
    done = wangdun("leads", "export", "-o", str(target), cwd=folder)
    assert done.returncode == 2
    assert target.read_text() == "mine"
    export(folder, tmp_path, "a.csv", "--force")
    assert target.read_text("utf-8") != "mine"
    assert wangdun("leads", "export", "-o", str(tmp_path / "a.pdf"), cwd=folder).returncode == 2


def test_an_empty_export_still_says_what_it_is(folder, tmp_path):
    args = ("--since", "2030-01-01")
    assert NOTICE in export(folder, tmp_path, "e.csv", *args).read_text("utf-8-sig")
    assert load_workbook(export(folder, tmp_path, "e.xlsx", *args)).active["A1"].value == NOTICE
    assert export(folder, tmp_path, "e.jsonl", *args).read_text("utf-8") == ""


def test_what_is_no_number_is_said_in_chinese_alone(folder):
    said = wangdun("leads", "show", "abc", cwd=folder).stderr.decode()
    assert "'abc' 不是数字。" in said
    assert "integer" not in said


def test_an_unknown_lead_is_said(folder):
    done = wangdun("leads", "show", "999", cwd=folder)
    assert done.returncode == 2
    assert "没有编号为 999 的线索" in done.stderr.decode()


def test_every_export_names_the_unit_that_watches(folder, tmp_path):
    config = (folder / "config.yaml").read_text("utf-8")
    assert "crawler:\n" in config
    named = folder / "named.yaml"
    named.write_text(config.replace("crawler:\n", "crawler:\n  unit: =示例县林业局\n", 1), "utf-8")
    files = {form: tmp_path / f"unit.{form}" for form in ("csv", "jsonl", "xlsx")}
    for file in files.values():
        done = wangdun("-c", str(named), "leads", "export", "-o", str(file), cwd=folder)
        assert done.returncode == 0, done.stderr.decode()
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text("utf-8-sig"), newline="")))
    assert {row["监测单位"] for row in rows} == {"'=示例县林业局"}
    assert {json.loads(line)["unit"] for line in files["jsonl"].read_text("utf-8").splitlines()} == {"=示例县林业局"}
    assert load_workbook(files["xlsx"]).active["A1"].value == f"{NOTICE}　监测单位：=示例县林业局"
    assert json.loads(ask(folder, "list", "--json"))[0]["unit"] is None


def test_export_to_standard_output_is_the_file_and_nothing_else(folder, tmp_path):
    for form in ("csv", "jsonl"):
        done = wangdun("leads", "export", "-o", "-", "--format", form, cwd=folder)
        assert done.returncode == 0
        assert done.stdout == export(folder, tmp_path, f"same.{form}").read_bytes()
        assert "已导出 3 条线索" in done.stderr.decode()
    done = wangdun("leads", "export", "-o", "-", "--format", "xlsx", cwd=folder)
    assert load_workbook(io.BytesIO(done.stdout)).active.max_row == 5
    assert not (folder / "-").exists()
    assert wangdun("leads", "export", "-o", "-", cwd=folder).returncode == 2


def test_a_name_that_says_another_format_is_pointed_out(folder, tmp_path):
    done = wangdun("leads", "export", "-o", str(tmp_path / "x.xlsx"), "--format", "csv", cwd=folder)
    assert done.returncode == 0
    assert "建议改用 x.csv" in done.stderr.decode()
    assert not wangdun("leads", "export", "-o", str(tmp_path / "y.csv"), cwd=folder).stderr


def test_lapsed_leads_are_out_of_the_queue_but_can_be_asked_for(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    db = Database.open(StorageConfig(data_dir=tmp_path / "copy" / "data"))
    with db.write() as connection:
        query = update(Lead).where(Lead.id == int(ivory_id(folder)))
        connection.execute(query.values(status="lapsed", verdict="none", score=0.0))
    db.close()
    shown = ask(tmp_path / "copy", "list")
    assert "共 2 条" in shown
    assert "另有 1 条词库已改判" in shown
    assert len(json.loads(ask(tmp_path / "copy", "list", "--json"))) == 2
    (lapsed,) = json.loads(ask(tmp_path / "copy", "list", "--lapsed", "--json"))
    assert (lapsed["status"], lapsed["verdict"], str(lapsed["id"])) == ("lapsed", "none", ivory_id(folder))
    assert "词库已改判" in ask(tmp_path / "copy", "show", ivory_id(folder))


def test_what_was_found_out_of_a_permit_is_shown(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    number = int(ivory_id(folder))
    db = Database.open(StorageConfig(data_dir=tmp_path / "copy" / "data"))
    of_lead = select(Lead.detection_id).where(Lead.id == number).scalar_subquery()
    claims = [{"kind": "专用标识", "number": "A-1", "start": 0, "end": 2}]
    with db.write() as connection:
        connection.execute(update(Detection).where(Detection.id == of_lead).values(explanation={"claims": claims}))
        shown = connection.execute(select(of_lead)).scalar_one()
    permits.say(db, permits.Place(number, shown, 1), "invalid", "查无此号", Actor(None, "anna"), datetime.now(UTC))
    db.close()
    told = ask(tmp_path / "copy", "show", str(number))
    assert "声称有证（不属实）" in told
    assert "查无此号" in told
    (facts,) = json.loads(ask(tmp_path / "copy", "show", str(number), "--json"))["permits"]
    assert (facts["paper"], facts["number"], facts["outcome"]) == ("专用标识", "A-1", "invalid")


def test_every_way_out_names_the_same_departments(folder, tmp_path):
    listed = {row["id"]: row["departments"] for row in json.loads(ask(folder, "list", "--json"))}
    for number, named in listed.items():
        assert named == json.loads(ask(folder, "show", str(number), "--json"))["departments"]
    exported = export(folder, tmp_path, "all.jsonl").read_text("utf-8").splitlines()
    assert {row["id"]: row["departments"] for row in map(json.loads, exported)} == listed
    rows = csv.DictReader(io.StringIO(export(folder, tmp_path, "all.csv").read_text("utf-8-sig")))
    assert {int(row["编号"]): row["主办部门"] for row in rows} == {
        number: DEPARTMENTS[named[0]] for number, named in listed.items()
    }
