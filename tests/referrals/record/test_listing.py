from __future__ import annotations

from io import BytesIO

from docx import Document

from referrals.papers.pdf import as_pdf
from referrals.papers.word import as_docx
from referrals.record.listing import list_paper
from tests.programs import text_of_pdf
from tests.referrals.making import NOW, URL, capture, extraction
from tests.referrals.papers.test_pdf import squeezed


def test_the_list_has_a_row_for_each_file_with_both_hashes():
    word = Document(BytesIO(as_docx(list_paper(extraction()), NOW)))
    head, *rows = [[cell.text for cell in row.cells] for row in word.tables[1].rows]
    assert head == [
        "序号",
        "名称",
        "类别",
        "文件格式",
        "大小",
        "来源URL",
        "提取时间",
        "提取方法",
        "SHA-256",
        "SM3",
        "备注",
    ]
    files = extraction().capture.files
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert [row[1] for row in rows] == [one.name for one in files]
    assert [(row[8], row[9]) for row in rows] == [(one.sha256, one.sm3) for one in files]
    assert rows[0][2:8] == [
        "网页原始数据", "WARC 1.1（gzip）", "7 字节", URL, "2026-03-05 16:30:00", "HTTP 请求并记录往返字节",
    ]  # fmt: skip
    assert rows[1][6] == "2026-03-05 16:30:08"  # the browser was later
    assert any("共 4 个文件，28 字节。以下空白。" in one.text for one in word.paragraphs)


def test_the_printed_list_holds_every_hash_in_full(tmp_path):
    made = extraction()
    said = text_of_pdf(as_pdf(list_paper(made), NOW), tmp_path)
    for file in made.capture.files:
        for value in (file.sha256, file.sm3):
            assert all(value[start : start + 16] in said for start in range(0, 64, 16))
    assert made.capture.digest in said
    assert "提取人一（签名）" in squeezed(said)


def test_what_is_missing_is_told():
    word = Document(
        BytesIO(as_docx(list_paper(extraction(capture=capture(files=(), missing="未截屏：没有浏览器"))), NOW))
    )
    assert any("未能取得：未截屏：没有浏览器" in one.text for one in word.paragraphs)
