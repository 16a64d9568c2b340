"""A campaign from the command line: planned, reported on, its form and its report written."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from io import BytesIO

import pytest
import yaml
from docx import Document
from openpyxl import load_workbook
from PIL import Image

from storage.config import StorageConfig
from storage.database import Database
from storage.review import audit
from tests.warmed import wangdun
from wangdun.campaign_file import EXAMPLE

CONFIG = "storage: {data_dir: data}\nreferrals:\n  office: {name: 某县林业局}\n"
CASE = (
    "refer", "feedback", "add", "--campaign", "网盾", "--unit", "东溪镇", "--title", "张某非法狩猎案", "--case", "县立1号",
    "--on", "2026-02-01", "--criminal", "--people", "2", "--seized", "动物:猫头鹰:3只",
)  # fmt: skip


@pytest.fixture
def house(tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(EXAMPLE, encoding="utf-8")

    def ask(*args, code=0):
        done = wangdun(*map(str, args), cwd=tmp_path)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == code, said
        return said

    ask.folder = tmp_path
    return ask


@pytest.fixture
def planned(house):
    house("campaign", "new", "-f", "plan.yaml")
    return house


def told(ask, *args):
    return json.loads(ask(*args, "--json"))


def test_the_example_is_a_plan(house):
    assert yaml.safe_load(house("campaign", "new", "--example")) == yaml.safe_load(EXAMPLE)
    assert "3 个阶段、3 个填报单位、3 项报送" in house("campaign", "new", "-f", "plan.yaml")
    (one,) = told(house, "campaign", "list")
    assert (one["name"], one["starts"], one["facts"]) == ("网盾行动", "2026-01-10", {"牵头单位": "某县林业局"})
    assert "县公安局" in house("campaign", "units", "网盾")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("starts: 某日", ":4  starts：应为日期"),
        ("start: 2026-01-10", "没有这个设置，是不是 starts？"),
        ("starts: 2027-01-10", "早于开始日"),
    ],
)
def test_a_mistake_in_a_plan_names_line_and_key(house, line, said):
    text = EXAMPLE.replace("starts: 2026-01-10\n", f"{line}\n", 1)
    (house.folder / "plan.yaml").write_text(text, encoding="utf-8")
    assert said in house("campaign", "new", "-f", "plan.yaml", code=2 if "早于" not in said else 1)
    assert told(house, "campaign", "list") == []


def test_a_plan_is_changed_through_a_file(planned):
    planned("campaign", "change", "网盾", "--write", "now.yaml")
    path = planned.folder / "now.yaml"
    plan = yaml.safe_load(path.read_text(encoding="utf-8"))
    plan["units"] = [one for one in plan["units"] if one["name"] != "西河乡"]
    path.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    planned("campaign", "change", "网盾", "-f", "now.yaml")
    assert [one["left"] for one in told(planned, "campaign", "units", "1")] == [False, False, True]


def test_what_is_handed_in_and_what_is_missing(planned):
    assert "零报告" in planned("campaign", "report", "网盾", "东溪镇", "阶段报告", "--zero")
    planned("campaign", "report", "网盾", "西河乡", "成果表")
    missing = {(one["due"], one["unit"]): one["state"] for one in told(planned, "campaign", "missing", "网盾")}
    assert ("阶段报告", "东溪镇") not in missing
    assert missing["成果表", "西河乡"] == "paper_missing"
    assert "西河乡" in planned("campaign", "remind", code=1)
    assert "已撤销登记" in planned("campaign", "report", "网盾", "东溪镇", "阶段报告", "--withdraw", "登记错了")
    assert "是不是 东溪镇" in planned("campaign", "report", "网盾", "东溪", "阶段报告", code=2)
    assert "没有报送事项" in planned("campaign", "report", "网盾", "东溪镇", "季报", code=2)
    planned("campaign", "close", "网盾")
    assert "没有需要提醒的报送" in planned("campaign", "remind")
    assert "已关闭" in planned("campaign", "report", "网盾", "东溪镇", "阶段报告", code=1)


def test_the_form_from_feedback_and_typed_figures(planned):
    planned(*CASE)
    planned("campaign", "figure", "网盾", "东溪镇", "1", "12", "--source", "出车登记")
    assert "来源" in planned("campaign", "figure", "网盾", "东溪镇", "1", "12", code=1)
    assert "没有第 16 栏" in planned("campaign", "figure", "网盾", "东溪镇", "16", "1", "--source", "甲", code=1)
    form = told(planned, "campaign", "results", "网盾")
    total = {cell["column"]: cell["value"] for cell in form["total"]["cells"] if cell["value"] != "0"}
    assert total == {1: "12", 5: "1", 6: "1", 8: "2", 9: "3"}
    (source,) = form["rows"][0]["cells"][8]["sources"]
    assert source == {"kind": "seizure", "id": 1, "position": 0, "value": "3"}
    assert "猫头鹰 3 只；张某非法狩猎案（县立1号）" in planned("campaign", "results", "网盾", "--trace")
    for name in ("form.xlsx", "form.docx", "form.pdf"):
        planned("campaign", "results", "网盾", "-o", name)
    sheet = load_workbook(planned.folder / "form.xlsx")["成果表"]
    assert sheet["A2"].value == "填表单位：某县林业局"
    assert [sheet.cell(6, column).value for column in (1, 2, 6, 10)] == ["东溪镇", 12, 1, 3]
    assert Document(planned.folder / "form.docx").tables[0].rows[3].cells[1].text == "12"
    text = subprocess.run(["pdftotext", planned.folder / "form.pdf", "-"], capture_output=True, check=True).stdout
    assert "网盾行动成果表" in text.decode()
    assert "已存在；要覆盖请加 --force" in planned("campaign", "results", "网盾", "-o", "form.xlsx", code=2)
    assert "扩展名应为 .xlsx、.docx、.pdf" in planned("campaign", "results", "网盾", "-o", "form.doc", code=2)


def test_a_report_is_drafted_from_the_office_s_own_text(planned):
    planned(*CASE)
    assert planned("campaign", "draft", "网盾", "--print-template").startswith("# {{填报单位}}关于")
    (planned.folder / "own.txt").write_text("# {{行动名称}}小结\n\n查办{{案件数}}起。\n", encoding="utf-8")
    planned("campaign", "draft", "网盾", "--template", "own.txt", "-o", "draft.docx")
    assert [one.text for one in Document(planned.folder / "draft.docx").paragraphs] == ["网盾行动小结", "查办1起。"]
    (planned.folder / "own.txt").write_text("# 小结\n\n{{案件}}起\n", encoding="utf-8")
    said = planned("campaign", "draft", "网盾", "--template", "own.txt", "-o", "other.docx", code=1)
    assert "own.txt 第 3 行：没有名为“案件”的字段，是不是“案件数”？" in said
    assert not (planned.folder / "other.docx").exists()


def test_pictures_of_a_case_stand_in_the_report(planned):
    Image.new("RGB", (300, 900), (31, 111, 120)).save(planned.folder / "a.jpg")
    (planned.folder / "case.txt").write_text("嫌疑人赵铁柱出售猫头鹰。", encoding="utf-8")
    planned(*CASE, "--typical", "case.txt", "--picture", "a.jpg")
    (found,) = told(planned, "refer", "feedback", "list")
    assert found["pictures"] == [sha256((planned.folder / "a.jpg").read_bytes()).hexdigest()]
    planned("campaign", "draft", "网盾", "-o", "draft.docx")
    word = Document(planned.folder / "draft.docx")
    text = "\n".join(one.text for one in word.paragraphs)
    assert "嫌疑人赵某出售猫头鹰。" in text
    assert "案例1　图片1（公开前请核对有无人像、号牌）" in text
    sizes = {Image.open(BytesIO(one.image.blob)).size for one in (part for part in word.part.package.image_parts)}
    assert (1200, 900) in sizes
    (planned.folder / "b.png").write_bytes(b"\x89PNG nothing")
    assert "b.png：不是 10 MB 以内的 PNG 或 JPEG 图片" in planned(
        "refer", "feedback", "correct", 1, "--picture", "b.png", code=2
    )


def test_an_unknown_campaign_is_told(planned):
    assert "没有名为“候鸟”的专项行动" in planned("campaign", "show", "候鸟", code=1)


def test_each_deed_stands_in_the_audit(planned):
    planned(*CASE)
    planned("campaign", "figure", "网盾", "东溪镇", "1", "12", "--source", "出车登记")
    db = Database.open(StorageConfig(data_dir=planned.folder / "data"))
    try:
        found = [(one.action, one.actor.startswith("命令行（")) for one in audit.recent(db)]
    finally:
        db.close()
    assert found == [("campaign.figure", True), ("feedback.add", True), ("campaign.create", True)]
