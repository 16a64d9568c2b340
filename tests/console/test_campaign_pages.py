"""What came of cases and campaigns in the console: typed in, imported, corrected; the form's figures and their sources."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from docx import Document
from openpyxl import load_workbook

from storage.referral import campaigns, feedback, reporting, results
from storage.referral.campaign_records import HandedIn
from storage.referral.feedback_records import Wanted
from storage.review import audit
from tests.console.serving import SETUP, serving
from tests.referrals.feedback_import import filling as forms

PLAN = {
    "name": "2026年“网盾行动”", "basis": "示政办〔2026〕8号", "starts_on": "2026-09-01", "ends_on": "2026-12-31",
    "stages": "检查摸底 2026-09-01 2026-09-30\n整治规范 2026-10-01 2026-11-30\n全面总结 2026-12-01 2026-12-31",
    "units": "东镇 乡镇 王主任\n西乡\n示例县公安局 部门",
    "dues": "阶段报告 阶段报告 2026-10-30 3 纸质\n成果表 成果表 2026-11-04",
    "facts": "牵头单位：示例县林业局",
}  # fmt: skip
CASE = {
    "unit": "东镇", "title": "张某非法出售珍贵野生动物案", "happened_on": "2026-10-20", "filed": "1", "criminal": "1",
    "people": "2", "fined": "1.5", "confiscated": "0.25", "publish": "yes", "campaign": "1",
    "kind": ["animal", "product"], "name": ["猫头鹰", "象牙手镯"], "amount": ["3", "0.75"], "measure": ["只", "千克"],
    "batch": ["", "第一批"],
}  # fmt: skip


def said(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.fixture
def served(db):
    with serving(db, facts={"unit": "示例县林业局"}) as running:
        yield running


@pytest.fixture
def li(served):
    browser = served.signed_in("demo_li", "handler")
    answer = browser.post("/campaigns/new", **PLAN)
    assert answer.headers["location"] == "/campaigns/1", said(answer)
    return browser


def test_a_campaign_is_made_as_typed_and_changed(served, li):
    one = campaigns.get(served.db, 1)
    assert [stage.name for stage in one.stages] == ["检查摸底", "整治规范", "全面总结"]
    assert [(unit.name, unit.kind, unit.contact) for unit in one.units] == [
        ("东镇", "township", "王主任"), ("西乡", "township", ""), ("示例县公安局", "department", "")
    ]  # fmt: skip
    assert [(due.name, due.due_on, due.remind_days, due.paper) for due in one.dues] == [
        ("阶段报告", date(2026, 10, 30), 3, True), ("成果表", date(2026, 11, 4), 3, False)
    ]  # fmt: skip
    page = li.get("/campaigns/1/change").text
    assert "东镇 乡镇 王主任" in page
    answer = li.post("/campaigns/1/change", **{**PLAN, "units": "东镇 乡镇 李主任\n南街 街道"})
    assert answer.status_code == 303
    assert [unit.name for unit in campaigns.get(served.db, 1).units if unit.left_at is None] == ["东镇", "南街"]


def test_mistakes_are_told_by_line_and_what_was_typed_stays(served, li):
    wrong = {
        **PLAN,
        "name": "另一个",
        "stages": "检查摸底 三月 2026-03-31",
        "dues": "阶段报告 2026-10-30",
        "facts": "牵头单位",
    }
    answer = li.post("/campaigns/new", **wrong)
    assert answer.status_code == 422
    for text in ("阶段第 1 行：开始日应写成", "报送事项第 1 行：应写成", "说明第 1 行：应写成"):
        assert text in said(answer)
    assert "检查摸底 三月 2026-03-31" in answer.text
    assert li.post("/campaigns/new", **PLAN).status_code == 422  # the name is taken
    assert len(campaigns.everyone(served.db)) == 1


def test_the_workspace_tells_who_has_not_reported(served, li):
    page = said(li.get("/campaigns/1"))
    assert page.count("逾期未报 3 天") == 3
    assert page.count("即将到期") == 3
    answer = li.post(
        "/campaigns/1/reports", due="1", unit="1", received_on="2026-10-29", how=["electronic", "paper"], note=""
    )
    assert answer.status_code == 303
    assert said(li.get("/campaigns/1")).count("逾期未报 3 天") == 2
    empty = li.post("/campaigns/1/reports", due="1", unit="2", received_on="昨天", how="electronic", note="电话说的")
    assert empty.status_code == 422
    assert "电话说的" in empty.text
    assert li.post("/campaigns/1/reports", due="1", unit="1", note="登记错了", do="withdraw").status_code == 303
    assert said(li.get("/campaigns/1")).count("逾期未报 3 天") == 3
    assert "3 个单位未报" in said(li.get("/campaigns"))
    assert "3 个单位未报" in said(li.get("/"))


def test_results_count_and_every_cell_leads_to_its_rows(served, li):
    assert li.post("/feedback/new", **CASE).headers["location"] == "/feedback/1"
    assert li.post("/campaigns/1/figures", unit="2", column="1", value="12", source="西乡月报").status_code == 303
    form = results.compute(served.db, 1)
    assert [int(form.total.value(number)) for number in (1, 5, 6, 8, 9)] == [12, 1, 1, 2, 3]
    page = li.get("/campaigns/1").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/campaigns/1/cell\?[^"]*)"', page)]
    assert len(links) == 2 * 8  # of the unit or the other one, and of the total
    for link in links:
        cell = li.get(link).text
        assert "/feedback/1" in cell or "西乡月报" in cell, link
        for row in re.findall(r'href="(/feedback/\d+)"', cell):
            assert li.get(row).status_code == 200
    assert li.get("/campaigns/1/cell?column=16").status_code == 422
    assert li.get("/campaigns/1/cell?column=1&unit=nobody").status_code == 404
    assert li.post("/campaigns/1/figures", unit="2", column="1", value="很多", source="x").status_code == 422
    no_source = li.post("/campaigns/1/figures", unit="2", column="1", value="5", source=" ")
    assert no_source.status_code == 422
    assert int(results.compute(served.db, 1).total.value(1)) == 12


def test_what_was_typed_wrong_is_told_and_stays(served, li):
    for change, text in (
        ({"happened_on": "昨天"}, "日期应写成"),
        ({"people": "两人"}, "处理人员应为整数"),
        ({"fined": "1e9"}, "罚款和罚金应为数字"),
        ({"amount": ["三", "1"]}, "收缴物品第 1 行：数量应为数字"),
        ({"measure": ["千克", "千克"]}, "收缴物品第 1 行"),
        ({"title": " "}, "没有写案件名称"),
    ):
        answer = li.post("/feedback/new", **{**CASE, **change})
        assert answer.status_code == 422, change
        assert text in said(answer)
        assert "象牙手镯" in answer.text
    assert feedback.find(served.db, Wanted()) == []


def test_corrected_and_taken_back(served, li):
    li.post("/feedback/new", **CASE)
    page = li.get("/feedback/1").text
    assert 'value="猫头鹰"' in page
    assert li.post("/feedback/1/correct", **{**CASE, "people": "3"}).headers["location"] == "/feedback/2"
    assert int(results.compute(served.db, 1).total.value(8)) == 3
    late = li.post("/feedback/1/correct", **{**CASE, "people": "4"})
    assert late.status_code == 409
    assert "更正或作废" in said(late)
    assert li.post("/feedback/2/void", reason="").status_code == 422
    assert li.post("/feedback/2/void", reason="重复登记").status_code == 303
    assert int(results.compute(served.db, 1).total.value(8)) == 0
    assert "重复登记" in said(li.get("/feedback/2"))
    assert "没有办理结果" in said(li.get("/feedback"))
    assert "作废" in said(li.get("/feedback?versions=1"))
    actions = [one.action for one in audit.recent(served.db, audit.Wanted(kind="feedback"))]
    assert actions == ["feedback.void", "feedback.correct", "feedback.add"]


def upload(li, content: bytes, **form: str):
    data = {"csrf": li.csrf, "campaign": "1", **form}
    return li.client.post("/feedback/import", data=data, files={"file": ("反馈.xlsx", content)})


def test_a_filled_form_is_imported_whole_or_not_at_all(served, li):
    blank = load_workbook(BytesIO(li.get("/feedback/form.xlsx?campaign=1").content))
    assert blank.sheetnames[:2] == ["案件", "收缴物品"]
    good = {**forms.ONE, "日期": "2026-10-20", "线索编号": ""}
    wrong = {**good, "案件序号": 2, "单位": "", "日期": "昨天"}
    answer = upload(li, forms.filled((good, wrong), (forms.OWL,)))
    assert answer.status_code == 422
    assert "什么都没有改动" in said(answer)
    assert said(answer).count("案件 3 ") >= 2  # sheet and row of both mistakes
    assert feedback.find(served.db, Wanted()) == []
    content = forms.filled((good,), (forms.OWL,))
    done = upload(li, content)
    assert done.headers["location"] == "/feedback?campaign=1&done=1"
    assert "已导入 1 条" in said(li.get(done.headers["location"]))
    twice = upload(li, content)
    assert twice.status_code == 422
    assert "导入过" in said(twice)
    assert upload(li, b"PK no workbook").status_code == 422
    assert upload(li, b"").status_code == 422
    assert len(feedback.find(served.db, Wanted())) == 1


def test_the_form_and_the_reports_as_files(served, li):
    li.post("/feedback/new", **CASE)
    answer = li.get("/campaigns/1/form.xlsx?until=2026-11-30")
    cells = [cell.value for row in load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows() for cell in row]
    assert any("出动执法车次" in str(cell) for cell in cells)
    assert any("示例县林业局" in str(cell) for cell in cells)
    assert li.get("/campaigns/1/form.pdf").content.startswith(b"%PDF")
    assert li.get("/campaigns/1/form.odt").status_code == 422
    report = li.get("/campaigns/1/report?kind=stage")
    text = "\n".join(one.text for one in Document(BytesIO(report.content)).paragraphs)
    assert "网盾行动" in text
    assert [one.action for one in audit.recent(served.db, limit=1)] == ["campaign.copy"]


def test_closed_nothing_more_is_expected(served, li):
    assert li.post("/campaigns/1/close").status_code == 303
    assert "已结束" in said(li.get("/campaigns/1"))
    assert li.post("/campaigns/1/close").status_code == 422
    assert "未报" not in said(li.get("/"))
    given = {"unit": "2", "column": "1", "value": "12", "source": "月报"}
    assert li.post("/campaigns/1/figures", **given).status_code == 422
    assert li.post("/campaigns/1/reopen").status_code == 303
    assert li.post("/campaigns/1/figures", **given).status_code == 303


def test_who_may_only_look(served, li):
    admin = served.signed_in("demo_wang", "admin")
    reporting.hand_in(served.db, HandedIn(1, 1, date(2026, 10, 29)), SETUP, served.clock())
    page = admin.get("/campaigns/1").text
    assert "人工填报：" not in page
    assert admin.post("/campaigns/1/figures", unit="1", column="1", value="1", source="x").status_code == 403
    assert admin.get("/campaigns/1/change").status_code == 403
    assert served.signed_in("demo_mo", "monitor").get("/campaigns/1").status_code == 403


def test_the_analysis_of_a_period(served, li):
    from tests.console import filling

    filling.fill(served.db, 3)
    page = li.get("/reports/analysis?since=2026-01-01&until=2026-12-31")
    assert page.status_code == 200
    assert ">3<" in page.text
    assert "13800001234" not in page.text
    assert li.get("/reports/analysis?since=2026-12-31&until=2026-01-01").status_code == 422
    assert li.get("/reports/analysis?since=x").status_code == 422
    file = li.get("/reports/analysis/file?since=2026-01-01&until=2026-12-31&form=docx")
    assert Document(BytesIO(file.content)).paragraphs
    assert audit.recent(served.db, limit=1)[0].action == "analysis.copy"


def test_pictures_of_a_typical_case_are_made_anew_and_kept(db, tmp_path):
    from storage.config import StorageConfig
    from storage.evidence.objects import Objects
    from storage.evidence.sweeping import sweep
    from tests.console import filling

    with serving(db, facts={"unit": "示例县林业局", **filling.facts_in(tmp_path)}) as served:
        li = served.signed_in("demo_li", "handler")
        li.post("/campaigns/new", **PLAN)

        def send(path: str, *pictures: bytes, **change: str):
            files = [("picture", (f"{number}.png", content)) for number, content in enumerate(pictures)]
            return li.client.post(
                path, data={"csrf": li.csrf, **CASE, "typical": "张某（化名）", **change}, files=files
            )

        bad = send("/feedback/new", b"\x89PNG no picture")
        assert bad.status_code == 422
        assert "不是可用的图片" in said(bad)
        assert "张某（化名）" in bad.text
        picture = filling.picture("JPEG")
        assert "最多 4 张" in said(send("/feedback/new", *[picture] * 5))
        assert send("/feedback/new", picture, picture).status_code == 303
        (kept,) = feedback.get(db, 1).pictures[:1]
        objects = Objects.of(StorageConfig(data_dir=tmp_path))
        assert objects.read(kept).startswith(b"\x89PNG")
        assert objects.read(kept) != picture
        assert sweep(db, objects, served.clock(), whole=True).removed == []
        assert send("/feedback/1/correct", filling.picture(colour="blue")).status_code == 303
        assert len(feedback.get(db, 2).pictures) == 2
        report = li.get("/campaigns/1/report?kind=final&until=2026-11-02")
        assert len(Document(BytesIO(report.content)).inline_shapes) >= 2
        assert send("/feedback/2/correct", no_pictures="1").status_code == 303
        assert feedback.get(db, 3).pictures == ()
