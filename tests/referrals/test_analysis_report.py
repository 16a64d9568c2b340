from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from docx import Document

from referrals import analysis_annex, analysis_report
from referrals.papers.model import Chart
from referrals.papers.pdf import as_pdf
from referrals.papers.word import as_docx
from storage import runs, sites
from storage.database import Database
from storage.records import ContactRecord
from storage.referral import analysis
from storage.referral.analysis import Asked
from tests.storage.making import NOW
from tests.storage.review.making import lead_ids, offer


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    db = Database.open(f"sqlite:///{tmp_path_factory.mktemp('db') / 'wangdun.sqlite'}")
    site = sites.register(db, "demo", "discuz", ["http://127.0.0.1/"], NOW)
    run = runs.start(db, site, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual")
    offers = [
        offer(
            str(number), body=f"出售猫头鹰，快递，第{number}号", at=NOW - timedelta(days=number), seller=f"林中客{number}",
            contacts=(ContactRecord("wechat", "demo_shared", "demo_shared"),), region="<b>某市&13800001234",
            price_amount=Decimal(100 * number + 100), price_unit="只", price_currency="CNY",
        )
        for number in range(5)
    ]  # fmt: skip
    hidden = {"channel": "codeword", "term": "象牙", "kind": "product"}
    lead_ids(db, site, run, *offers, offer("9", "=血牙", hit_facts=hidden))
    yield analysis.analyse(db, Asked(NOW - timedelta(days=30), NOW + timedelta(hours=1)), NOW)
    db.close()


def paper(found, **facts):
    return analysis_report.paper(found, unit="某县林业局", **facts)


def test_the_document_tells_the_figures(found):
    word = Document(BytesIO(as_docx(paper(found), NOW)))
    text = "\n".join(one.text for one in word.paragraphs)
    assert "首次发现线索6条" in text
    assert "猫头鹰（5条）" in text
    assert "暗语（1条）" in text
    assert "最大的一组有5个卖家" in text
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    assert ["猫头鹰", "只", "5", "200", "300", "400"] in tables[1]
    assert ["=血牙", "象牙", "暗语", "1"] in tables[0]
    assert len(word.inline_shapes) == sum(isinstance(block, Chart) for block in paper(found).blocks) == 8


def test_sellers_are_hidden_unless_wanted(found):
    hidden, told = (
        "\n".join(
            cell.text
            for table in Document(BytesIO(as_docx(paper(found, masked=masked), NOW))).tables
            for row in table.rows
            for cell in row.cells
        )
        for masked in (True, False)
    )
    assert "林中客1" in told
    assert "demo_shared" in told
    assert "林中客" not in hidden
    assert "demo_shared" not in hidden
    assert "de********d" in hidden


def test_the_annex_prints_each_query_in_full(found, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(as_pdf(paper(found), NOW))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    joined = "".join(text.split())
    for ran in found.queries:
        assert ran.digest in joined
        for line in ran.sql.splitlines():
            assert "".join(line.split()) in joined
    assert "since=2026-02-0316:30:00+08:00" in joined
    assert "<b>某市&138****1234" in joined
    assert "网络监测线索，供核查" in joined


def test_an_empty_period_makes_a_paper(tmp_path):
    db = Database.open(f"sqlite:///{tmp_path / 'wangdun.sqlite'}")
    try:
        found = analysis.analyse(db, Asked(NOW - timedelta(days=3), NOW), NOW)
    finally:
        db.close()
    text = "\n".join(one.text for one in Document(BytesIO(as_docx(paper(found), NOW))).paragraphs)
    assert "首次发现线索0条" in text
    assert "没有发现共用联系方式的卖家" in text


def test_an_answer_that_was_cut_is_told_as_such(found):
    networks = found.table("networks")
    assert not analysis_annex.is_cut(networks)
    cut = replace(networks, parameters=(("most", str(len(networks.rows))),))
    other = replace(found, queries=tuple(cut if one.name == "networks" else one for one in found.queries))
    text = "\n".join(one.text for one in Document(BytesIO(as_docx(paper(other), NOW))).paragraphs)
    assert "没有全部分析，宜缩短时段" in text
    assert "结果达到上限 5 行" in text
