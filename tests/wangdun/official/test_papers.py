from __future__ import annotations

import shlex
from itertools import pairwise
from pathlib import Path

from referrals.exceptions import Unprintable
from referrals.papers import fonts
from referrals.papers.model import Lines, Paper
from referrals.record.facts import order_of
from tests.referrals.making import NOW
from wangdun.official.recapture import _set


def test_without_chinese_typefaces_there_is_still_a_document_and_the_reason(monkeypatch):
    def none():
        raise Unprintable("本机没有中文字体")

    monkeypatch.setattr(fonts, "of_this_machine", none)
    made, missing = _set({"record": Paper("题目", "草稿", "签名", (Lines(("一段话。",)),))}, NOW)
    assert list(made) == ["record.docx"]
    assert missing == "PDF 未生成：本机没有中文字体"


def test_the_example_of_the_documentation_works_when_copied():
    text = (Path(__file__).parents[3] / "docs/evidence.md").read_text("utf-8")
    example = text[text.index("wangdun evidence recapture 3") :].partition("```")[0].replace("\\\n", " ")
    words = shlex.split(example)
    officers = tuple(after for word, after in pairwise(words) if word == "--officer")
    assert order_of(officers, None, "夜间紧急").caution == ""
    assert words[-2:] == ["-o", "."]
