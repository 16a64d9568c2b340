from __future__ import annotations

from referrals.exceptions import Unprintable
from referrals.papers import fonts
from referrals.papers.model import Lines, Paper
from tests.referrals.making import NOW
from wangdun.official.recapture import _set


def test_without_chinese_typefaces_there_is_still_a_document_and_the_reason(monkeypatch):
    def none():
        raise Unprintable("本机没有中文字体")

    monkeypatch.setattr(fonts, "of_this_machine", none)
    made, missing = _set({"record": Paper("题目", "草稿", "签名", (Lines(("一段话。",)),))}, NOW)
    assert list(made) == ["record.docx"]
    assert missing == "PDF 未生成：本机没有中文字体"
