from __future__ import annotations

from dataclasses import replace

import pytest

from referrals.exceptions import LetterError
from referrals.letters import KINDS, hides_by_default, letter, title_of
from referrals.letters.model import Grid, Para, Point
from referrals.routing.words import TEMPLATES
from tests.referrals.cases import MADE, MARKET, OFFICE, POLICE, case, lead

NAMES = {"forestry": "某县林业局", "cyberspace": "某县网信办"}


def text_of(written) -> str:
    said = []
    for blocks in (written.blocks, *(annex.blocks for annex in written.annexes)):
        for block in blocks:
            if isinstance(block, Para | Point):
                said.append(block.text)
            if isinstance(block, Grid):
                said += ["|".join(row) for row in (block.columns, *block.rows)]
    return "\n".join(said)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_who_what_where_how_many_why_and_what_is_asked(kind):
    written = letter(case(kind, (lead(1), lead(2, site="示例商城"))), OFFICE, MARKET, MADE, NAMES)
    text = text_of(written)
    assert "2条（网络监测线索，供核查）" in text
    assert "线索数量|2 条（线索编号 101 至 102）" in text
    assert "发现于|示例商城、示例论坛" in text
    assert "发现时间|2026年11月14日" in text
    assert ("依据《野生动物保护法》" if kind == "platform" else "依据“网盾行动”联合方案职责分工") in text
    assert "不是电子数据提取笔录" in text
    assert written.number == "网林移〔2026〕5号"
    assert written.copies == "，".join(name for code, name in NAMES.items() if code != case(kind).referral.department)
    assert written.date == "2026年11月22日"
    assert written.signer == "某县林业局"
    assert written.remark == "（联系人：张某某；联系电话：0000-0000000）"
    assert written.slip.number == written.number
    assert f"《{KINDS[kind].name}》" in written.slip.text
    assert written.slip.receiver == "某县林业局"
    assert written.slip.signer == written.receiver
    assert next(annex.mark for annex in written.annexes) in {"附件", "附件1"}


def test_suspected_crime_has_the_attachments_of_the_regulation():
    written = letter(
        case("crime", fields={"案由": "涉嫌危害珍贵、濒危野生动物案", "鉴定结论": "象牙，国家一级"}),
        OFFICE,
        POLICE,
        MADE,
    )
    assert written.title == "涉嫌犯罪案件移送书"
    assert written.attachments == (
        "涉嫌犯罪案件情况的调查报告",
        "涉案物品清单",
        "检验报告或者鉴定结论",
        "线索清单",
        "电子证据包（含校验值清单）",
    )
    assert [(annex.mark, annex.title) for annex in written.annexes] == [
        (f"附件{number}", name) for number, name in enumerate(written.attachments[:4], 1)
    ]
    text = text_of(written)
    assert "《行政执法机关移送涉嫌犯罪案件的规定》" in text
    assert "涉嫌危害珍贵、濒危野生动物案" in text
    assert "检验、鉴定结论|象牙，国家一级" in text
    assert "价值认定|（尚未核价）" in text
    assert "网上展示，未查扣" in text
    assert any("立案" in value for name, value in written.slip.rows if name == "审查决定")


def test_cleanup_lists_addresses_and_accounts():
    leads = (lead(1), lead(2), lead(3, seller="山货郎", site="示例商城"), lead(4, seller=None))
    written = letter(case("cleanup", leads, masked=True), OFFICE, MARKET, MADE)
    text = text_of(written)
    assert "1|https://forum.example/thread-1-1-1.html|示例论坛\n林中客|" in text
    assert "1|示例论坛|林中客|2 条" in text
    assert "2|示例商城|山货郎|1 条" in text
    assert "13800001234" not in text
    assert "demo_owl88" not in text


def test_title_names_things_in_the_words_of_the_law():
    odd = lead(1, subject="=cmd", title="x")
    assert (
        title_of("lead", (odd, lead(2, category="hunting_gear")), "某县林业局")
        == "某县林业局关于移送野生动物制品、禁用猎具案件线索的函"
    )
    assert title_of("crime", (odd,), "某县林业局") == "涉嫌犯罪案件移送书"
    assert title_of("platform", (lead(1, category="context"),), "某局") == "某局关于商请协助调查野生动植物信息的函"
    assert letter(case(title="自拟标题"), OFFICE, MARKET, MADE).title == "自拟标题"


def test_basis_is_the_routed_clause_the_reason_of_support_or_the_override():
    supported = {
        "lead": "forestry",
        "clause": "甲",
        "reasons": [{"department": "market_supervision", "clause": "乙条", "because": "涉及交易"}],
    }
    assert "依据乙条，因涉及交易，请你单位协助办理。" in text_of(letter(case(routing=supported), OFFICE, MARKET, MADE))
    overridden = text_of(letter(case(routing={**supported, "override": "专案会商决定"}), OFFICE, MARKET, MADE))
    assert "专案会商决定" not in overridden
    assert "依据乙条" in overridden
    asked = case("platform", routing={**supported, "override": "请平台协查"})
    text = text_of(letter(asked, OFFICE, MARKET, MADE))
    assert "请平台协查" not in text
    assert "依据《野生动物保护法》第三十三条" in text
    assert "《电子商务法》第二十五条" in text
    assert "（以正式文本为准），商请你单位协助。" in text
    assert "依据“网盾行动”联合方案职责分工，将上述线索移送你单位。" in text_of(
        letter(case(routing={}), OFFICE, MARKET, MADE)
    )
    typed = text_of(
        letter(case("platform", routing={}, fields={"法律依据": "依据某法第三条，商请协助。"}), OFFICE, MARKET, MADE)
    )
    assert "依据某法第三条，商请协助。" in typed


def test_what_the_drafter_typed_stands_in_the_letter():
    fields = {"补充说明": "该账号曾被处罚。", "办理要求": "（一）立即核查。\n（二）三日内函复。"}
    text = text_of(letter(case(fields=fields), OFFICE, MARKET, MADE))
    assert "该账号曾被处罚。\n" in text
    assert "（一）立即核查。\n（二）三日内函复。\n特此函告。" in text
    assert "填写回执退回" not in text


def test_personal_data_is_hidden_where_the_referral_says_so():
    shown, hidden = (text_of(letter(case(masked=masked), OFFICE, MARKET, MADE)) for masked in (False, True))
    assert "13800001234" in shown
    assert "demo_owl88" in shown
    assert "13800001234" not in hidden
    assert "138****1234" in hidden
    assert "林中客" in hidden
    assert "个人信息已作隐藏处理" in hidden
    assert "个人信息已作隐藏处理" not in shown


def test_receiver_that_needs_no_accounts_gets_none():
    text = text_of(letter(case("appraisal", masked=True), OFFICE, MARKET, MADE))
    assert "林中客" not in text


def test_defaults_of_hiding():
    assert not hides_by_default("lead", "forestry")
    assert not hides_by_default("crime", "public_security")
    assert not hides_by_default("postal", "postal")
    assert hides_by_default("lead", "cyberspace")
    assert hides_by_default("appraisal", "forestry")
    assert hides_by_default("cleanup", "cyberspace")
    assert hides_by_default("platform", "platform")


def test_lead_without_evidence_is_named():
    bare = lead(3, evidence=0, captured_at=None, manifest=None)
    with pytest.raises(LetterError, match="线索 103 没有固定的证据"):
        letter(case("lead", (lead(1), bare)), OFFICE, MARKET, MADE)
    text = text_of(letter(case("lead", (lead(1), bare), fields={"无证据说明": "页面已删除"}), OFFICE, MARKET, MADE))
    assert "部分线索没有固定证据，原因：页面已删除" in text
    assert "1 条未固定" in text
    told_by_phone = replace(bare, source="群众举报")
    written = letter(case("lead", (told_by_phone,)), OFFICE, MARKET, MADE)
    assert written.attachments == ("线索清单",)
    assert letter(case("cleanup", (bare,)), OFFICE, MARKET, MADE).number


def test_what_cannot_be_written_is_told():
    with pytest.raises(LetterError, match="网林移〔2026〕5号 没有线索，不能出具案件线索移送函"):
        letter(case(leads=()), OFFICE, MARKET, MADE)
    with pytest.raises(LetterError, match="没有这种文书：memo（可用：lead、crime"):
        letter(replace(case(), referral=replace(case().referral, template="memo")), OFFICE, MARKET, MADE)
    with pytest.raises(LetterError, match="没有主送单位"):
        letter(case(receiver=" "), OFFICE, replace(MARKET, name=""), MADE)


def test_kinds_and_routing_know_the_same_letters():
    assert {code: kind.name for code, kind in KINDS.items()} == TEMPLATES


def test_long_list_is_cut_and_says_so():
    written = letter(case(leads=tuple(lead(number) for number in range(1, 402))), OFFICE, MARKET, MADE)
    grid, rest = written.annexes[0].blocks
    assert len(grid.rows) == 300
    assert rest.text == "本清单列前 300 条，共 401 条，全部见所附电子表格。"
    assert "401 条（线索编号 101 至 501）" in text_of(written)


def test_texts_from_pages_are_cut_and_those_of_people_are_not():
    page = "长" * 5000
    typed = "\n".join(["我单位已约谈。" * 300, "第二段。"])
    leads = (lead(1, title=page, seller=page, price_text=page, subject=page, region=page, contacts=(("qq", page),)),)
    for kind in KINDS:
        text = text_of(letter(case(kind, leads, fields={"补充说明": typed}), OFFICE, MARKET, MADE))
        assert "长" * 250 not in text
        assert "我单位已约谈。" * 300 + "\n第二段。\n" in text


def test_secured_is_only_what_the_captures_hold():
    queued = lead(2, files=(("picture", 1), ("text", 1), ("warc", 1)))
    whole, without = (text_of(letter(case("crime", leads), OFFICE, POLICE, MADE)) for leads in ((lead(1),), (queued,)))
    assert "1 条已固定电子数据并计算校验值（网页原始数据 1 份、图片 2 张、截屏 1 张）" in whole
    assert without.count("1 条已固定电子数据并计算校验值（网页原始数据 1 份、图片 1 张；均没有截屏）") == 2
    mixed = text_of(letter(case(leads=(lead(1), queued)), OFFICE, MARKET, MADE))
    assert "2 条已固定电子数据并计算校验值（网页原始数据 2 份、图片 3 张、截屏 1 张；1 条没有截屏）" in mixed


def test_moment_of_finding_is_not_told_as_that_of_the_offence():
    known, unknown = lead(1), lead(2, posted_at=None, seller=None)
    text = text_of(letter(case("crime", (known, unknown)), OFFICE, POLICE, MADE))
    assert "（1）2026-11-13 12:30，账号“林中客”在示例论坛发布信息“" in text
    assert "（2）2026-11-14 12:30发现（网页未显示账号）在示例论坛发布信息（网页未载明发布时间）“" in text
    assert "账号“未显示”" not in text


def test_facts_of_a_crime_are_those_that_a_rule_on_crimes_covers():
    net = lead(2, category="fishing_gear", subject="地笼", title="地笼网")
    routing = {"parts": [{"department": "agriculture", "leads": [102], "parties": 1},
                         {"department": "public_security", "leads": [101], "parties": 1}]}  # fmt: skip
    written = letter(case("crime", (lead(1), net), routing=routing), OFFICE, POLICE, MADE)
    report, objects = written.annexes[0].blocks, written.annexes[1].blocks
    facts = "\n".join(block.text for block in report if isinstance(block, Para))
    assert "“出象牙手镯一只，懂的来 1”" in facts
    assert "地笼" not in facts
    assert "另附相关线索 1 条（线索编号 102），按分工不属上述涉嫌犯罪事实，供参考。" in facts
    assert [row[1] for block in objects if isinstance(block, Grid) for row in block.rows] == ["象牙"]


def test_every_lead_is_told_by_its_number():
    written = letter(case("cleanup", tuple(lead(number) for number in range(1, 30, 2))), OFFICE, MARKET, MADE)
    assert f"15 条（线索编号 {'、'.join(str(number) for number in range(101, 130, 2))}）" in text_of(written)


def test_gravest_thing_is_named_whatever_its_name():
    common = [lead(number, subject=f"一{number}", flags=(), score=50.0) for number in range(1, 9)]
    gear = lead(9, subject="万能夹（叫法）", category="hunting_gear", flags=("worst", "protected"))
    text = text_of(letter(case(leads=(*common, gear, lead(10, subject="龟"))), OFFICE, MARKET, MADE))
    assert "涉及标的|龟（野生动物制品）、" in text
    assert "等 10 种" in text
    assert "（叫法）" not in text
    assert "万能夹（禁用猎具）" in text


def test_flags_are_told_as_what_the_program_takes_for_grave():
    text = text_of(letter(case(leads=(lead(1, flags=("migratory",)),)), OFFICE, MARKET, MADE))
    assert "重点情形|系统按文字提示：野外来源的候鸟（是否属实须核实）" in text
    trap = lead(1, category="hunting_gear", flags=("protected",))
    assert "重点情形" not in text_of(letter(case(leads=(trap,)), OFFICE, MARKET, MADE))


def test_serving_is_told_in_words_of_the_law():
    assert "行为|提供食用" in text_of(letter(case(leads=(lead(1, intent="serve"),)), OFFICE, MARKET, MADE))
