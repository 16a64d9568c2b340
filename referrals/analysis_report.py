"""专题分析报告: what a period's leads show, with charts, and an annex by which each figure can be made again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from referrals import analysis_annex, analysis_flows
from referrals.papers import charts
from referrals.papers.charts import Range, Series
from referrals.papers.inert import inert
from referrals.papers.model import Break, Chart, Grouped, Head, Heading, Lines, Paper, Sides
from referrals.results_form import day
from referrals.routing.words import CATEGORIES
from storage.masking import mask, mask_in
from storage.referral.form_records import shown
from storage.review.wording import ZONE
from storage.words import CHANNELS, CONTACTS, INTENTS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from referrals.papers.model import Block
    from storage.referral.analysis import Analysis, Network

NOTICE: Final = "网络监测线索，供核查"
BODY: Final = 14.5  # points: between a letter's 16 and a form's 12; tables and charts take half of the paper
BARS: Final = 12  # that a chart holds
TABLE: Final = 15  # rows that the text shows; the annex has more
NETWORKS: Final = 10
NAMES_SHOWN: Final = 6  # sellers and contacts of one network
PLAIN: Final = frozenset({"exact", "width", "variant"})
"""Ways of writing that hide nothing."""


def paper(analysis: Analysis, *, unit: str, masked: bool = True) -> Paper:
    """The report; `referrals.papers.word.as_docx` and `referrals.papers.pdf.as_pdf` make files of it.

    `masked`: names and contacts of sellers are hidden, for readers outside the circle of the case.
    """
    last = analysis.asked.until - timedelta(seconds=1)
    period = f"{day(analysis.asked.since)}至{day(last)}"
    blocks: list[Block] = [
        *_overview(analysis, period),
        *_things(analysis),
        *_disguises(analysis),
        *_prices(analysis),
        *_places(analysis),
        *_networks(analysis, masked=masked),
        Heading("七、研判意见"),
        *_findings(analysis),
        Lines(("（请填写：对形势的判断和工作建议。）",)),
        Sides("", ""),
        Sides("", unit),
        Sides("", day(analysis.made_at)),
        Break(),
        Heading("附：数据来源和查询"),
        *analysis_annex.blocks(analysis, masked=masked),
    ]
    foot = f"数据时段 {period}　{'联系方式已遮挡' if masked else '含个人信息，注意保管'}"
    return Paper("涉野生动植物网络线索专题分析", NOTICE, foot, tuple(blocks), body=BODY)


def _overview(analysis: Analysis, period: str) -> list[Block]:
    statuses = dict(analysis.table("statuses").rows)
    everything = sum(statuses.values())
    scope = "已确认和已移送的线索" if analysis.asked.confirmed else "除已排除、重复和已失效以外的线索"
    said = (
        f"{period}，网上监测首次发现线索{everything}条。本报告分析其中{scope}，共{analysis.leads}条，"
        f"其中已确认（含已移送）{analysis.confirmed}条。"
    )
    told = "、".join(f"{STATUSES.get(code, code)}{count}条" for code, count in statuses.items())
    rows = analysis.table("trend").rows
    labels = [f"{edge.astimezone(ZONE).month}-{edge.astimezone(ZONE).day:02d}" for edge in analysis.edges[:-1]]
    series = _right_and_others(rows)
    days = (analysis.edges[1] - analysis.edges[0]).days or 1
    caption = f"图1　线索发现趋势（每 {days} 天，条）"
    return [
        Heading("一、总体情况"),
        Lines((said, f"按研判状态：{told or '无'}。")),
        Chart(charts.columns(labels, series), caption),
        *_bars(_named(analysis.table("categories").rows, CATEGORIES), "图2　标的类别（条）"),
    ]


def _things(analysis: Analysis) -> list[Block]:
    species, gear = analysis.table("species").rows, analysis.table("gear").rows
    return [
        Heading("二、物种、制品和工具"),
        Lines((_leading("物种、部位和制品", species), _leading("禁用猎具、渔具", gear))),
        *_bars(species, "图3　物种、部位和制品（条）"),
        *_bars(gear, "图4　禁用猎具、渔具（条）"),
    ]


def _disguises(analysis: Analysis) -> list[Block]:
    rows = _named(analysis.table("channels").rows, CHANNELS)
    hidden = [row for row in analysis.table("channels").rows if row[0] not in PLAIN]
    said = f"使用变形写法或暗语的主要手法：{_listed(_named(hidden, CHANNELS)) or '无'}。同一条线索可以有几种写法。"
    words = [
        (str(row[0]), str(row[1]), CHANNELS.get(row[2], row[2]), str(row[3]))
        for row in analysis.table("codewords").rows[:TABLE]
    ]
    table = _table(("网页原文", "所指", "写法", "线索（条）"), words, (2, 2, 1.2, 1))
    return [Heading("三、隐蔽手法"), Lines((said,)), *_bars(rows, "图5　写法（条）"), *table]


def _prices(analysis: Analysis) -> list[Block]:
    rows = [
        (
            one.term,
            one.unit or "（未写）",
            str(one.offers),
            *(shown(value) for value in (one.low, one.median, one.high)),
        )
        for one in analysis.prices[:TABLE]
    ]
    ranges = [
        Range(_thing(one.term, one.unit), float(one.low), float(one.median), float(one.high), shown(one.median))
        for one in analysis.prices[:BARS]
    ]
    if not rows:
        return [Heading("四、价格"), Lines(("标价的线索不足以统计（每种至少 3 条）。",))]
    said = "下表为网页标价的四分位数：一半的标价在下四分位数和上四分位数之间。标价不等于成交价，也不能代替价格认定。"
    heads = ("名称", "单位", "标价数", "下四分位（元）", "中位数（元）", "上四分位（元）")
    table = _table(heads, rows, (2.4, 1, 1, 1.5, 1.5, 1.5))
    return [Heading("四、价格"), Lines((said,)), Chart(charts.ranges(ranges, "元"), "图6　标价区间和中位数"), *table]


def _thing(term: str, unit: str) -> str:
    return f"{term}/{unit}" if unit else term


def _places(analysis: Analysis) -> list[Block]:
    intents = _named(analysis.table("intents").rows, INTENTS)
    flow = analysis_flows.chart(analysis.table("routes").rows)
    said = "发布地为网页所写，不一定是货源地；交付方式按网页用语归类，一条线索只归一类。"
    return [
        Heading("五、地域、平台和流向"),
        Lines((f"按意图：{_listed(intents) or '无'}。{said}",)),
        *_bars(analysis.table("regions").rows, "图7　发布地（条）"),
        *_bars(analysis.table("sites").rows, "图8　站点（条）"),
        *([Chart(flow, "图9　发布地—交付方式—平台（条）")] if flow else []),
    ]


def _networks(analysis: Analysis, *, masked: bool) -> list[Block]:
    found = analysis.networks
    if not found:
        return [Heading("六、卖家网络"), Lines(("没有发现共用联系方式的卖家。",))]
    said = (
        f"共用电话、微信等联系方式的卖家归为一组，共{len(found)}组（至多列 50 组），最大的一组有{len(found[0].sellers)}个卖家。"
        "同组卖家可能是同一人或同一团伙，须核查。"
    )
    if analysis_annex.is_cut(analysis.table("networks")):
        said += "时段内的关联太多，没有全部分析，宜缩短时段。"
    rows = [_network(number, one, masked=masked) for number, one in enumerate(found[:NETWORKS], 1)]
    heads = ("序号", "卖家数", "线索", "卖家（站点）", "共用联系方式")
    return [
        Heading("六、卖家网络"),
        Lines((said,)),
        *_table(heads, rows, (0.6, 0.8, 0.7, 4, 3), left=frozenset({3, 4})),
    ]


def _network(number: int, one: Network, *, masked: bool) -> tuple[str, ...]:
    sellers = [f"{mask(name) if masked else name}（{site}）" for site, name in one.sellers[:NAMES_SHOWN]]
    contacts = [
        f"{CONTACTS.get(kind, kind)} {mask(value) if masked else value}" for kind, value in one.contacts[:NAMES_SHOWN]
    ]
    sellers += ["……"] if len(one.sellers) > NAMES_SHOWN else []
    contacts += ["……"] if len(one.contacts) > NAMES_SHOWN else []
    return (str(number), str(len(one.sellers)), str(one.leads), "、".join(sellers), "、".join(contacts))


def _findings(analysis: Analysis) -> list[Block]:
    """What the figures say by themselves."""
    found = []
    rows = analysis.table("trend").rows
    half = len(rows) // 2
    if half >= 2:
        before, after = sum(row[1] for row in rows[:half]), sum(row[1] for row in rows[-half:])
        trend = "上升" if after > before * 1.2 else "下降" if after < before * 0.8 else "基本持平"
        found.append(f"从数量看，时段后半发现线索{after}条，前半{before}条，{trend}。")
    hidden = [row for row in analysis.table("channels").rows if row[0] not in PLAIN]
    if hidden:
        found.append(f"从手法看，变形写法和暗语以{_listed(_named(hidden[:2], CHANNELS))}为主，应据此补充词库。")
    if analysis.networks:
        found.append(f"从组织看，有{len(analysis.networks)}组卖家共用联系方式，宜并案核查。")
    return [Lines(tuple(found))] if found else []


def _leading(what: str, rows: Sequence[Sequence[Any]]) -> str:
    return f"{what}：{_listed(rows[:5])}。" if rows else f"{what}：无。"


def _listed(rows: Sequence[Sequence[Any]]) -> str:
    return "、".join(f"{inert(mask_in(str(row[0]), ()), 40)}（{row[1]}条）" for row in rows)


def _named(rows: Sequence[Sequence[Any]], words: Mapping[str, str]) -> list[tuple[Any, ...]]:
    return [(words.get(row[0], row[0] or "其他"), *row[1:]) for row in rows]


def _bars(rows: Sequence[Sequence[Any]], caption: str) -> list[Block]:
    some = rows[:BARS]
    if not some:
        return []
    return [Chart(charts.bars([mask_in(str(row[0]), ()) for row in some], _right_and_others(some)), caption)]


def _right_and_others(rows: Sequence[Sequence[Any]]) -> list[Series]:
    """Of (name, leads, confirmed)."""
    right = Series("已确认", tuple(float(row[2]) for row in rows))
    return [right, Series("其他", tuple(float(row[1] - row[2]) for row in rows))]


def _table(
    heads: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    widths: tuple[float, ...],
    *,
    left: frozenset[int] = frozenset({0}),
) -> list[Block]:
    if not rows:
        return []
    return [Grouped((tuple(Head(name) for name in heads),), widths, tuple(rows), left=left, size=10)]
