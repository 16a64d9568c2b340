"""Attachments that are part of the letter's file: lists of leads, and what goes with a suspected crime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals.letters import told
from referrals.letters.kinds import LIST, PACKAGE
from referrals.letters.model import Annex, Grid, Para, Point, Signed
from referrals.routing.words import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from referrals.letters.model import Block
    from storage.referral.records import Referral, ReferredLead

MOST_ROWS = 300  # some sixty pages; who refers more is served by the workbook, which lists all
BLANK = "＿＿＿＿＿＿＿＿＿＿"


def of(
    referral: Referral, leads: Sequence[ReferredLead], made_at: datetime, attachments: Sequence[str]
) -> Iterator[Annex]:
    """One for each attachment but the evidence package, which is files."""
    makers: dict[str, Callable[[], tuple[Block, ...]]] = {
        LIST: lambda: _leads(leads, made_at.tzinfo),
        "鉴定、核价事项清单": lambda: _appraisal(referral, leads),
        "网址、账号清单": lambda: _addresses(leads, made_at.tzinfo),
        "协查网址、账号清单": lambda: _addresses(leads, made_at.tzinfo),
        "涉嫌犯罪案件情况的调查报告": lambda: _report(referral, leads, made_at),
        "涉案物品清单": lambda: _objects(referral, _of_the_case(referral, leads)[0]),
        "检验报告或者鉴定结论": lambda: _findings(referral),
    }
    single = len(attachments) == 1
    for number, name in enumerate(attachments, 1):
        if name != PACKAGE:
            yield Annex("附件" if single else f"附件{number}", name, makers[name]())


def _leads(leads: Sequence[ReferredLead], zone: tzinfo | None) -> tuple[Block, ...]:
    columns = ("序号", "标题和网址", "账号、联系方式", "标的和命中内容", "发现、固定")
    rows = tuple(_lead_row(lead, zone) for lead in leads[:MOST_ROWS])
    return (Grid(columns, (7.5, 30, 23, 23.5, 16), rows), *_rest(leads))


def _lead_row(lead: ReferredLead, zone: tzinfo | None) -> tuple[str, ...]:
    facts = told.cell_facts(lead, zone)
    who = [facts["账号"] or "（未显示）", facts["联系方式"].replace("；", "\n"), facts["地区"]]
    what = [f"{facts['标的']}（{facts['类别']}）", facts["标价"] and f"标价：{facts['标价']}", facts["命中"]]
    when = [f"首次发现\n{facts['首次发现']}", facts["固定时间"] and f"固定证据\n{facts['固定时间']}"]
    return (
        facts["序号"],
        f"{facts['标题']}\n{facts['网址']}\n线索编号 {facts['编号']}，{facts['网站']}",
        "\n".join(filter(None, who)),
        "\n".join(filter(None, what)),
        "\n".join(filter(None, when)) if facts["固定时间"] else f"{when[0]}\n未固定证据",
    )


def _addresses(leads: Sequence[ReferredLead], zone: tzinfo | None) -> tuple[Block, ...]:
    columns = ("序号", "网址", "平台、账号", "信息标题、违法内容", "发现时间、状态")
    rows = tuple(_address_row(lead, zone) for lead in leads[:MOST_ROWS])
    accounts = counted((lead.site, lead.seller) for lead in leads if lead.seller)
    blocks: list[Block] = [Point("一、网址"), Grid(columns, (7.5, 33, 18, 24.5, 17), rows), *_rest(leads)]
    if accounts:
        listed = tuple(
            (str(number), site, told.cut(seller), f"{count} 条")
            for number, ((site, seller), count) in enumerate(accounts[:MOST_ROWS], 1)
        )
        blocks += [Point("二、账号"), Grid(("序号", "平台（网站）", "账号", "所列信息"), (8, 32, 42, 18), listed)]
    return tuple(blocks)


def counted(pairs: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    """Most frequent first."""
    tally: dict[tuple[str, str], int] = {}
    for pair in pairs:
        tally[pair] = tally.get(pair, 0) + 1
    return sorted(tally.items(), key=lambda one: (-one[1], one[0]))


def _address_row(lead: ReferredLead, zone: tzinfo | None) -> tuple[str, ...]:
    facts = told.cell_facts(lead, zone)
    state = facts["页面状态"]
    return (
        facts["序号"],
        facts["网址"],
        f"{facts['网站']}\n{facts['账号'] or '（未显示）'}",
        f"{facts['标题']}\n（{facts['行为']}：{facts['标的']}）",
        f"{facts['首次发现']}\n页面{state}",
    )


def _appraisal(referral: Referral, leads: Sequence[ReferredLead]) -> tuple[Block, ...]:
    wanted = referral.fields.get("鉴定事项", "").strip() or "种类、保护级别、价值"
    columns = ("序号", "标的（网上名称）", "网上描述", "标价", "鉴定、核价事项")
    rows = tuple(
        (
            str(lead.position),
            f"{told.cut(told.named(lead.subject))}\n（{CATEGORIES.get(lead.category, lead.category)}）",
            f"{told.cut(lead.title, told.LIMITS['标题'])}\n线索编号 {lead.lead_id}",
            told.cut(lead.price_text or "") or "未标价",
            wanted,
        )
        for lead in leads[:MOST_ROWS]
    )
    return (Grid(columns, (7.5, 24, 34.5, 14, 20), rows), *_rest(leads))


def _report(referral: Referral, leads: Sequence[ReferredLead], made_at: datetime) -> tuple[Block, ...]:
    fields = referral.fields
    leads, beside = _of_the_case(referral, leads)
    sites = told.some((lead.site for lead in leads), "个网站")
    found = told.span((lead.first_seen_at for lead in leads), made_at.tzinfo)
    return (
        Point("一、案由"),
        Para(_cause(referral, leads)),
        Point("二、案件来源"),
        Para(f"{found}，我单位在对公开网页的监测中，于{sites}发现有关信息共 {len(leads)} 条，经人工审核确认为线索。"),
        Point("三、当事人基本情况"),
        Para(
            fields.get("当事人", "").strip()
            or f"真实身份尚未查明。网上账号：{_accounts(leads)}。姓名、证件、住址：{BLANK}"
        ),
        Point("四、涉嫌犯罪的主要事实"),
        *(Para(text) for text in _events(leads, made_at.tzinfo)),
        *_beside(beside),
        Point("五、调查经过"),
        *paras(fields.get("调查经过", "").strip() or f"（由调查人员填写）{BLANK}"),
        Point("六、证据情况"),
        Para(
            f"{told.secured(leads)}，见电子证据包及其校验值清单。上述材料系网络监测线索，供核查，需依法重新提取、固定。"
        ),
        Point("七、处理意见和依据"),
        Para("上述行为可能涉嫌犯罪，依照《行政执法机关移送涉嫌犯罪案件的规定》移送公安机关。"),
        Signed(("调查人员（签名）", "调查人员（签名）")),
    )


def _of_the_case(
    referral: Referral, leads: Sequence[ReferredLead]
) -> tuple[tuple[ReferredLead, ...], tuple[ReferredLead, ...]]:
    """Those that a rule on crimes covers, and those that merely go with them; all where none does."""
    parts = referral.routing.get("parts", ())
    ids = {number for part in parts if part["department"] == "public_security" for number in part["leads"]}
    crimes = tuple(lead for lead in leads if lead.lead_id in ids)
    if not crimes:
        return tuple(leads), ()
    return crimes, tuple(lead for lead in leads if lead.lead_id not in ids)


def _beside(leads: Sequence[ReferredLead]) -> tuple[Para, ...]:
    if not leads:
        return ()
    listed = told.numbers(lead.lead_id for lead in leads)
    return (Para(f"另附相关线索 {len(leads)} 条（线索编号 {listed}），按分工不属上述涉嫌犯罪事实，供参考。"),)


def _cause(referral: Referral, leads: Sequence[ReferredLead]) -> str:
    given = referral.fields.get("案由", "").strip()
    if given:
        return given
    animals = [lead for lead in leads if lead.category not in told.GEAR]
    grave = any({"protected", "worst"}.intersection(lead.flags) for lead in animals)
    return "涉嫌危害珍贵、濒危野生动物案" if grave else f"涉嫌非法经营{told.things(leads)}案（罪名由公安机关审查认定）"


def _accounts(leads: Sequence[ReferredLead]) -> str:
    return told.some((lead.seller or "" for lead in leads), "个") or "未显示"


def _events(leads: Sequence[ReferredLead], zone: tzinfo | None) -> Iterator[str]:
    for lead in leads[:10]:  # an outline: the list tells all
        facts = told.cell_facts(lead, zone)
        price = f"，标价 {facts['标价']}" if facts["标价"] else ""
        yield (
            f"（{lead.position}）{_published(facts)}“{facts['标题']}”，"
            f"{facts['行为']}{facts['标的']}{price}（线索编号 {facts['编号']}）。"
        )
    if len(leads) > 10:
        yield f"其余 {len(leads) - 10} 条见线索清单。"


def _published(facts: Mapping[str, str]) -> str:
    """When and by whom, as far as the page says: the moment of finding is no moment of an offence."""
    who = f"账号“{facts['账号']}”" if facts["账号"] else "（网页未显示账号）"
    if facts["发布时间"]:
        return f"{facts['发布时间']}，{who}在{facts['网站']}发布信息"
    return f"{facts['首次发现']}发现{who}在{facts['网站']}发布信息（网页未载明发布时间）"


def _objects(referral: Referral, leads: Sequence[ReferredLead]) -> tuple[Block, ...]:
    columns = ("序号", "名称", "类别", "数量和单位", "网上标价", "现状")
    seized = referral.fields.get("涉案物品", "").strip()
    rows = tuple(
        (
            str(lead.position),
            told.cut(told.named(lead.subject)),
            CATEGORIES.get(lead.category, lead.category),
            "",
            told.cut(lead.price_text or "") or "未标价",
            "网上展示，未查扣",
        )
        for lead in leads[:MOST_ROWS]
    )
    said = (
        f"已查扣物品：{seized}"
        if seized
        else "截至移送，我单位没有查扣物品；下列物品见于网上信息，数量由调查人员填写。"
    )
    return (
        *paras(said),
        Grid(columns, (7.5, 23.5, 20, 16, 16, 17), rows),
        *_rest(leads),
        Signed(("移送人（签名）", "接收人（签名）")),
    )


def _findings(referral: Referral) -> tuple[Block, ...]:
    fields = referral.fields
    rows = tuple(
        (name, fields.get(field, "").strip() or blank)
        for name, field, blank in (
            ("检验、鉴定结论", "鉴定结论", "（尚未鉴定）"),
            ("价值认定", "核价结论", "（尚未核价）"),
        )
    )
    more = (("检验、鉴定机构", ""), ("报告编号和日期", ""))
    return (
        Grid((), (28, 72), (*rows, *more)),
        Para("检验报告、鉴定意见或者价值认定书原件附后；没有的，由调查人员在取得后补充移送。"),
    )


def _rest(leads: Sequence[ReferredLead]) -> tuple[Para, ...]:
    if len(leads) <= MOST_ROWS:
        return ()
    return (Para(f"本清单列前 {MOST_ROWS} 条，共 {len(leads)} 条，全部见所附电子表格。"),)


def paras(text: str) -> tuple[Para, ...]:
    """What a person typed: a paragraph for each line."""
    return tuple(Para(line.strip()) for line in text.splitlines() if line.strip())
