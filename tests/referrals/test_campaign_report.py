from __future__ import annotations

import shutil
import subprocess
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from docx import Document

from referrals import campaign_report
from referrals.exceptions import TemplateError
from referrals.papers.pdf import as_pdf
from referrals.papers.word import as_docx
from storage import runs, sites
from storage.database import Database
from storage.referral import feedback, reporting
from storage.referral.campaign_records import HandedIn, NewFigure
from storage.referral.exceptions import Absent, ReferringError
from storage.review import decisions
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import NOW
from tests.storage.referral.answering import CLERK, TODAY, campaign, case, owl
from tests.storage.referral.making import sent
from tests.storage.review.making import account, lead_ids, offer

SECRET = "嫌疑人赵铁柱用微信号demo_owl88在林中客野味店出售"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("db") / "wangdun.sqlite"
    db = Database.open(f"sqlite:///{path}")
    made = campaign(db, NOW)
    site = sites.register(db, "demo", "discuz", ["http://127.0.0.1/"], NOW)
    run = runs.start(db, site, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual")
    offers = [offer(str(number), at=NOW - timedelta(days=number), seller="鹰之家") for number in range(6)]
    leads = lead_ids(db, site, run, *offers)
    for number, publish in enumerate(("yes", "no", "after_meeting"), 1):
        given = case(
            case_number=f"立〔2026〕{number}号", campaign_id=made.id, criminal=number == 1, typical=f"案{number}：{SECRET}，即鹰之家。",
            publish=publish, lead_ids=(leads[0],), seizures=(owl(str(number)),), title=f"赵某出售案{number}",
        )  # fmt: skip
        feedback.add(db, given, CLERK, NOW)
    reporting.enter_figure(db, NewFigure(made.id, made.units[0].id, 2, Decimal(77), "台账"), CLERK, NOW)
    reporting.hand_in(db, HandedIn(made.dues[0].id, made.units[0].id, date(2026, 3, 2)), CLERK, NOW)
    db.close()
    return path


@pytest.fixture
def db(template, tmp_path):
    shutil.copy(template, tmp_path / "copy.sqlite")
    database = Database.open(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    yield database
    database.close()


def draft(db, kind="stage", until=TODAY, **facts):
    return campaign_report.draft(db, 1, kind, until=until, unit="某县林业局", now=NOW, **facts)


def said(paper):
    word = Document(BytesIO(as_docx(paper, NOW)))
    return "\n".join(one.text for one in word.paragraphs), word


def test_the_stage_report_tells_the_figures(db):
    paper = draft(db)
    text, word = said(paper)
    assert paper.title == "某县林业局关于“网盾行动”整治规范阶段贯彻落实情况的报告"
    assert "2026年3月1日至2026年3月5日" in text
    assert "网络线索5条" in text  # of the stage alone
    assert "陆生野生动物（5条）" in text
    assert "执法人员77人次" in text
    assert "查办野生动植物案件3起，其中刑事案件1起" in text
    assert "收缴野生动物6只（头、尾）" in text
    assert "应报3份，已报1份" in text
    assert "尚未报送的单位有：西乡、县公安局。" in text
    cells = [[cell.text for cell in row.cells] for row in word.tables[0].rows]
    assert ["收缴情况", "野生动物", "只、头、尾", "6"] in cells
    assert len(word.inline_shapes) == 3


def test_referrals_outside_the_campaign_are_told_of(db):
    (hanna, arno) = (account(db, name, role) for name, role in (("hanna", "handler"), ("arno", "approver")))
    leads = (1, 2)
    for number in leads:
        decisions.decide(db, Decision(number, hanna.actor(), "confirm"), NOW, policy=ALONE)
    sent(db, hanna, arno, leads[0])
    sent(db, hanna, arno, leads[1], campaign_id=1)
    told = said(draft(db))[0]
    assert "移送函1件" in told
    assert "；另有1件移送未归入行动，未计在内。" in told


def test_the_final_report_is_of_the_whole_campaign(db):
    paper = draft(db, "final")
    text, word = said(paper)
    assert paper.title == "某县林业局关于“网盾行动”贯彻落实情况的报告"
    assert "网络线索6条" in text
    assert [cell.text for cell in word.tables[-1].rows[-1].cells][:6] == ["合计", "0", "77", "0", "0", "3"]


def test_cases_are_told_without_names_and_only_where_they_may(db):
    text, _ = said(draft(db))
    assert "案例1：赵某出售案1（东镇）" in text
    assert "嫌疑人赵某用微信号某账号在某野味店出售，即某网店。" in text
    for secret in ("赵铁柱", "demo_owl88", "林中客", "鹰之家", "出售案2", "出售案3"):
        assert secret not in text
    assert "另有典型案例 1 起不公开，1 起待会商后决定是否公开，未列入。" in text
    assert "须人工核对" in text


def test_the_pdf_says_the_same(db, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(as_pdf(draft(db), NOW))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    joined = "".join(text.split())
    assert "其中刑事案件1起" in joined
    assert "（草稿，供审核修改）" in joined
    assert "图：网络线索类别分布（条）" in joined


def test_the_office_has_templates_of_its_own(db, tmp_path):
    own = tmp_path / "本局.txt"
    own.write_text(
        "# {{行动名称}}小结\n\n由{{牵头单位}}牵头，线索{{线索数}}条。\n\n[[表：报送情况]]\n", encoding="utf-8"
    )
    paper = draft(db, template=own)
    text, word = said(paper)
    assert paper.title == "网盾行动小结"
    assert "由县林业局牵头，线索5条。" in text
    assert ["阶段报告", "西乡", "逾期未报", ""] in [[cell.text for cell in row.cells] for row in word.tables[0].rows]
    own.write_text("# 题\n\n{{线索总数}}\n", encoding="utf-8")
    with pytest.raises(TemplateError, match="第 3 行：没有名为“线索总数”的字段，是不是“线索数”"):
        draft(db, template=own)


def test_what_cannot_be_drafted(db):
    with pytest.raises(ReferringError, match="早于专项行动开始日"):
        draft(db, until=date(2025, 12, 31))
    with pytest.raises(Absent):
        campaign_report.draft(db, 9, "stage", until=TODAY, unit="", now=NOW)
