"""What came of cases, from the command line and from filled forms."""

from __future__ import annotations

import json

import pytest
from openpyxl import load_workbook

from referrals.feedback_import.columns import PUBLISH as WRITTEN
from storage.referral.feedback_records import PUBLISH as STORED
from tests.referrals.feedback_import.filling import ONE, filled
from tests.warmed import wangdun
from wangdun.campaign_file import EXAMPLE
from wangdun.commands.refer_feedback import PUBLISH

CASE = ("add", "--unit", "东镇", "--title", "张某非法狩猎案", "--on", "2026-02-01")


@pytest.fixture
def house(tmp_path):
    (tmp_path / "config.yaml").write_text("storage: {data_dir: data}\n", encoding="utf-8")

    def ask(*args, code=0):
        done = wangdun("refer", "feedback", *map(str, args), cwd=tmp_path)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == code, said
        return said

    ask.folder = tmp_path
    return ask


def told(ask, *args):
    return json.loads(ask(*args, "--json"))


def test_written_corrected_and_taken_back(house):
    made = told(house, *CASE, "--filed", "--people", 2, "--fined", "0.5", "--seized", "制品：象牙：0.5千克：第一批")
    assert (made["filed"], made["people"], made["fined"]) == (True, 2, "0.5")
    assert made["seizures"] == [{"kind": "product", "name": "象牙", "amount": "0.5", "unit": "千克", "batch": "第一批"}]
    again = told(house, "correct", 1, "--people", 3, "--note", "复核后更正")
    assert (again["supersedes"], again["people"], again["fined"], again["title"]) == (1, 3, "0.5", "张某非法狩猎案")
    assert "已被第 2 条更正" in house("correct", 1, "--people", 4, code=1)
    assert "已被 2 替换" in house("list", "--all")
    house("void", 2, "-m", "重复录入")
    assert told(house, "list") == []
    assert len(told(house, "list", "--all")) == 3


@pytest.mark.parametrize(
    ("args", "said", "code"),
    [
        (("add", "--unit", "东镇"), "请用 --title 写明", 2),
        ((*CASE, "--seized", "鸟:麻雀:3只"), "种类：动物、植物、制品、猎渔具", 2),
        ((*CASE, "--seized", "动物:麻雀:三只"), "应为数量和单位", 2),
        ((*CASE, "--seized", "动物:麻雀:3千克"), "野生动物的单位应为 只、头、尾", 1),
        ((*CASE, "--fined", "三万"), "--fined '三万' 不是数字", 2),
        ((*CASE, "--on", "昨天"), "不是日期", 2),
        ((*CASE, "--referral", "网移〔2026〕9号"), "网移〔2026〕9号", 1),
        ((*CASE, "--lead", "9"), "没有编号为 9 的线索", 1),
        ((*CASE, "--campaign", "网盾"), "没有名为“网盾”的专项行动", 1),
        ((*CASE, "--by", "nobody"), "没有名为 'nobody' 的账号", 2),
    ],
)
def test_what_is_wrong_is_named(house, args, said, code):
    assert said in house(*args, code=code)
    assert told(house, "list") == []


def test_a_filled_form_is_read_once(house):
    (house.folder / "back.xlsx").write_bytes(filled([ONE | {"线索编号": ""}]))
    assert "1 起案件，没有错误" in house("import", "back.xlsx", "--check")
    assert told(house, "list") == []
    assert "已导入为反馈 1 到 1" in house("import", "back.xlsx")
    (found,) = told(house, "list")
    assert (found["source"], found["publish"], len(found["seizures"])) == ("back.xlsx 案件 第 2 行", "after_meeting", 2)
    assert "导入过（1 条），没有再导入" in house("import", "back.xlsx", code=1)
    assert told(house, "import", "back.xlsx", "--again")["imported"] == [2]


def test_a_mistake_in_a_form_stops_all_of_it(house):
    rows = [ONE | {"线索编号": ""}, ONE | {"案件序号": 2, "文号": "乙", "日期": "去年", "线索编号": ""}]
    (house.folder / "back.xlsx").write_bytes(filled(rows))
    said = house("import", "back.xlsx", code=1)
    assert "有 1 处错误，一条也没有导入" in said
    assert "案件 第 3 行 D（日期） 列：“去年”不是日期" in said
    assert told(house, "list") == []
    (house.folder / "bad.xlsx").write_bytes(b"PK\x03\x04 nothing")
    assert "不是 xlsx 文件" in house("import", "bad.xlsx", code=1)
    assert "读不了" in house("import", "none.xlsx", code=2)


def test_what_only_the_store_can_know_names_the_row_too(house):
    (house.folder / "back.xlsx").write_bytes(filled([ONE | {"线索编号": "7"}]))
    assert "back.xlsx 案件 第 2 行：没有编号为 7 的线索" in house("import", "back.xlsx", code=1)
    assert told(house, "list") == []


def test_the_form_offers_the_campaign_s_units(house):
    (house.folder / "plan.yaml").write_text(EXAMPLE, encoding="utf-8")
    assert wangdun("campaign", "new", "-f", "plan.yaml", cwd=house.folder).returncode == 0
    house("template", "-o", "form.xlsx", "--campaign", "网盾")
    book = load_workbook(house.folder / "form.xlsx")
    assert [cell.value for cell in book["选项"]["A"]] == ["东溪镇", "西河乡", "县公安局"]


def test_a_result_that_is_in_no_campaign_is_not_lost_silently(house):
    assert "未计入任何专项行动" in house(*CASE)
    plan = EXAMPLE.replace("东溪镇", "东镇")
    (house.folder / "plan.yaml").write_text(plan, encoding="utf-8")
    assert wangdun("campaign", "new", "-f", "plan.yaml", cwd=house.folder).returncode == 0
    made = json.loads(wangdun("campaign", "list", "--json", cwd=house.folder).stdout)[0]
    running = ("add", "--unit", "东镇", "--title", "某案", "--on", made["starts"])
    assert f"计入专项行动：{made['name']}" in house(*running)
    assert [one["campaign_id"] for one in told(house, "list")] == [made["id"], None]


def test_words_are_those_of_the_store_and_the_form():
    assert PUBLISH == STORED
    assert {code: word for word, code in WRITTEN.items()} == STORED
