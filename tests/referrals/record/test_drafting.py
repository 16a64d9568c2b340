from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document

from referrals.papers.pdf import as_pdf
from referrals.papers.word import as_docx
from referrals.record.comparing import compare
from referrals.record.drafting import record_paper, summary
from referrals.record.facts import Step, Witness
from referrals.record.offer import Offer
from referrals.record.pictures import SideBySide, side_by_side
from tests.programs import text_of_pdf
from tests.referrals.making import NOW, extraction, look, order, screenshot
from tests.referrals.papers.test_pdf import HOSTILE, squeezed

ASKED_FOR = (  # 两高一部 rules art. 14, 检察机关办理网络犯罪规定 art. 37
    "案由", "提取对象", "开始时间", "结束时间", "时钟来源", "提取地点", "提取人一", "提取人二", "见证人", "设备与系统",
    "软件及版本", "出口 IP", "目标 IP、证书", "访问方式与步骤", "跳转链与 HTTP 头", "截屏", "校验算法", "校验值", "可信时间戳",
    "（签名）",
)  # fmt: skip


def paper(now=None, *, pictures=None, **facts):
    return record_paper(extraction(**facts), compare(look(), now or look()), pictures or side_by_side(None, None))


def words_of(made):
    word = Document(BytesIO(as_docx(made, NOW)))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([one.text for one in word.paragraphs] + cells)


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_record_lists_all_that_the_rules_ask_for(form, tmp_path):
    made = paper(look(title="出鸟（已售）"))
    said = words_of(made) if form == "docx" else text_of_pdf(as_pdf(made, NOW), tmp_path)
    for word in (
        *ASKED_FOR, "网络在线提取笔录", "涉嫌非法出售野生动物案", "张三", "执法证 0001", "李四", "王五", "某县林业局监测室", "林中客",
        "2026年03月05日 16时30分00秒（Asia/Shanghai，UTC+08:00）", "systemd-timesyncd", "Debian", "Chromium 140", "192.0.2.10",
        "cd" * 32, "ab" * 32, "SM3", "Content-Type: text/html", "核对本机时间", "出鸟（已售）", "网络监测线索，供核查",
        "不是提取记录",
    ):  # fmt: skip
        assert squeezed(word) in squeezed(said)


def test_crawler_captures_are_marked_as_leads_in_text_and_table():
    said = words_of(paper(look(text="别的")))
    assert "采集程序此前自动取得的材料（下称“首次采集”）属于网络监测线索，供核查，不是提取记录" in said
    assert "首次采集（线索）" in said


def test_what_nobody_knows_is_left_blank():
    said = words_of(
        paper(order=order(place="", case="", witness=Witness()), clock="", network="", screen="", account="")
    )
    assert said.count("______") >= 8
    assert "并对提取过程录像" in said


def test_why_there_is_no_witness_is_told():
    assert "无见证人，原因：夜间紧急" in words_of(paper(order=order(witness=Witness(absence="夜间紧急"))))


def test_the_pictures_stand_side_by_side():
    word = Document(BytesIO(as_docx(paper(pictures=side_by_side(screenshot(), screenshot(2600))), NOW)))
    assert len(word.inline_shapes) == 1
    assert any("左为首次采集（线索），右为本次提取" in one.text for one in word.paragraphs)


def test_the_summary_tells_of_words_and_looks():
    pictures = SideBySide((b"x",), 0.001, "", "页脚等处")
    same, other = compare(look(), look()), compare(look(), look(title="别的"))
    assert summary(same, pictures) == "与首次采集相比，内容逐项未见变化；画面约 0.1% 不同（页脚等处，见图）。"
    assert summary(other, pictures).endswith("已变化：标题；画面约 0.1% 不同（页脚等处，见图）。")
    assert summary(same, SideBySide((b"x",), 0.0, "")).endswith("未见变化；截屏画面未见不同。")
    assert summary(same, SideBySide((), 0.0, "")) == same.summary


def test_the_offer_is_shown_bounded_with_its_words_marked():
    offer = Offer("出鸟", "出售猫头鹰\n" + "甲" * 2000, "text.txt", ("猫头鹰",), screenshot(500))
    word = Document(BytesIO(as_docx(paper(offer=offer), NOW)))
    said = words_of(paper(offer=offer))
    assert len(word.inline_shapes) == 1
    assert "出售〖猫头鹰〗" in said
    assert 1400 < said.count("甲") < 1500
    assert "全文见 text.txt" in said
    assert "没有取得网页文字" in words_of(paper(offer=Offer()))


def test_signatures_stand_with_the_last_part_and_no_witness_is_asked_who_was_not_there(tmp_path):
    for count in range(1, 40, 3):
        steps = tuple(Step(NOW, f"步骤 {number}") for number in range(count))
        pages = text_of_pdf(as_pdf(paper(steps=steps), NOW), tmp_path).rstrip("\f").split("\f")
        assert squeezed("七、其他说明") in squeezed(pages[-1])
    alone = order(witness=Witness(absence="夜间紧急"))
    assert "见证人（签名）" not in words_of(paper(order=alone))
    assert "见证人（签名）" not in text_of_pdf(as_pdf(paper(order=alone), NOW), tmp_path)
    assert "见证人（签名）" in words_of(paper())


def test_hostile_values_do_no_harm(tmp_path):
    for text in (*HOSTILE, "长" * 10_000):
        made = paper(look(title=text, text=text, seller=text), account=text, url=text, exchanges=((text, text),))
        said = text_of_pdf(as_pdf(made, NOW), tmp_path)
        assert squeezed("以上笔录经核对无误。") in squeezed(said)
        assert "root:" not in said
        assert "以上笔录经核对无误。" in words_of(made)
