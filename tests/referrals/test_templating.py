from __future__ import annotations

import pytest

from referrals import templating
from referrals.exceptions import TemplateError
from referrals.papers.model import Heading, Lines

TEXT = "\ufeff# {{名称}}报告\n\n第一句，\n第二句{{数}}条。\n## 一、情况\n[[表]]\n### （一）\n\n> 备注\n"


def fill(text, **fields):
    return templating.fill(text, "本局.txt", fields, {"表": (Lines(("表在这里",)),)})


def test_a_template_becomes_title_and_blocks():
    title, blocks = fill(TEXT.removeprefix("\ufeff"), 名称="行动", 数="{{名称}}")
    assert title == "行动报告"
    assert blocks == (
        Lines(("第一句，第二句{{名称}}条。",)),  # what was filled in is not read again
        Heading("一、情况"),
        Lines(("表在这里",)),
        Heading("（一）", 2),
        Lines(("备注",), small=True),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# 题\n\n{{名字}}", "本局.txt 第 3 行：没有名为“名字”的字段；可用的有：线索数"),
        ("# 题\n\n{{线索}}", "是不是“线索数”？"),
        ("# 题\n\n[[图]]", "没有名为“图”的内容块"),
        ("没有标题", "没有标题"),
    ],
)
def test_a_mistake_names_template_line_and_field(text, said):
    with pytest.raises(TemplateError) as caught:
        fill(text, 线索数="1")
    assert said in str(caught.value)


def test_a_template_is_read_as_text(tmp_path):
    good, bad = tmp_path / "a.txt", tmp_path / "b.txt"
    good.write_text(TEXT, encoding="utf-8")
    bad.write_bytes("# 题".encode("gbk"))
    assert templating.read(good).startswith("# {{名称}}")
    with pytest.raises(TemplateError, match="不是 UTF-8"):
        templating.read(bad)
    with pytest.raises(TemplateError, match="读不了模板"):
        templating.read(tmp_path / "没有.txt")


def test_long_paragraphs_are_cut_behind_sentences():
    long = "一二三四五六七八九。" * 250
    found = templating.pieces(f"短。\n\n{long}")
    assert "".join(found) == f"短。{long}"
    assert max(map(len, found)) <= templating.PARAGRAPH
    assert all(one.endswith("。") for one in found)
    assert "".join(templating.pieces("甲" * 2500)) == "甲" * 2500
