"""Drafts of stage and final reports (贯彻落实情况报告) from the office's own template texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from referrals import campaign_material, results_form, templating
from referrals.case_pictures import as_png
from referrals.papers import charts
from referrals.papers.charts import Series
from referrals.papers.model import Break, Chart, Grouped, Head, Heading, Lines, Paper, Picture, Sides
from referrals.routing.words import CATEGORIES, DEPARTMENTS, OTHERS
from storage.referral.form_records import COLUMNS, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from referrals.campaign_material import Material, TypicalCase
    from referrals.papers.model import Block
    from storage.database import Database

TEMPLATES: Final = Path(__file__).with_name("templates")
BODY: Final = 16  # points: 三号, as official reports are set
NOTICE: Final = "（草稿，供审核修改）"
CHECK: Final = "典型案例中的姓名、账号、店名等已自动隐去，公开前须人工核对。"
FIGURES: Final = (
    "出动车次", "出动人次", "检查企业", "检查商户", "案件数", "刑事案件数", "团伙数", "人员数", "动物数", "植物数", "制品件数",
    "制品千克", "猎渔具数", "没收万元", "罚款万元",
)  # fmt: skip
"""Fields of the 15 columns, in their order."""
MOST_UNITS, MOST_CATEGORIES = 15, 8  # bars that a page holds


def draft(  # noqa: PLR0913 -- one fact each
    db: Database,
    campaign_id: int,
    kind: Literal["stage", "final"],
    *,
    until: date,
    unit: str,
    now: datetime,
    template: Path | None = None,
    picture: Callable[[str], bytes | None] | None = None,
) -> Paper:
    """The draft; `referrals.papers.word.as_docx` and `referrals.papers.pdf.as_pdf` make files of it.

    `picture`: the file with a SHA-256, None where it is not there any more; without it cases have no pictures.

    Raises:
        TemplateError: the template cannot be read, or names an unknown field; the line is told.
        Absent: there is no such campaign.
        ReferringError: the day lies before the campaign, or no stage has begun.
    """
    material = campaign_material.gather(db, campaign_id, until, stage_only=kind == "stage")
    path = template or TEMPLATES / f"campaign_{kind}.txt"
    text = templating.read(path)
    title, blocks = templating.fill(text, path.name, fields(material, unit), parts(material, unit, now, picture))
    foot = f"{material.campaign.name}　数据截至 {_day(until)}"
    return Paper(title, NOTICE, foot, blocks, body=BODY)


def fields(material: Material, unit: str) -> dict[str, str]:
    """Everything that ``{{…}}`` may name: facts of the campaign's plan, then figures."""
    campaign, leads, stage = material.campaign, material.leads, material.stage
    statuses = leads.statuses
    totals = {name: shown(cell.value) for name, cell in zip(FIGURES, material.form.total.cells, strict=True)}
    return {
        "牵头单位": unit,
        **campaign.facts,
        "填报单位": unit,
        "行动名称": campaign.name,
        "依据": campaign.basis or "上级部署",
        "阶段名称": stage.name if stage else "",
        "行动开始日": _day(campaign.starts_on),
        "行动结束日": _day(campaign.ends_on),
        "开始日": _day(material.since),
        "截止日": _day(material.until),
        "阶段清单": "、".join(one.name for one in campaign.stages) or "一",
        "单位数": str(sum(one.left_at is None for one in campaign.units)),
        "线索数": str(statuses.total),
        "确认数": str(statuses.right),
        "排除数": str(statuses.statuses.get("dismissed", 0)),
        "待办数": str(statuses.total - statuses.right - statuses.statuses.get("dismissed", 0)),
        "站点数": str(len(leads.sites)),
        "主要类别": _categories(material),
        "移送数": str(leads.referrals),
        "移送线索数": str(leads.referred_leads),
        "移送去向": _departments(material),
        "未归入移送": f"；另有{leads.nowhere}件移送未归入行动，未计在内" if leads.nowhere else "",
        "公开案例数": str(len(material.cases)),
        "不公开案例数": str(material.hidden),
        "待会商案例数": str(material.pending),
        **_reporting(material),
        **totals,
    }


def _reporting(material: Material) -> dict[str, str]:
    standings, missing = material.standings, material.missing
    units = dict.fromkeys(one.unit.name for one in missing if one.report is None)
    said = f"尚未报送的单位有：{'、'.join(units)}。" if units else "各单位均已报送。" if standings else ""
    return {
        "到期事项数": str(len({one.due.id for one in standings})),
        "应报数": str(len(standings)),
        "已报数": str(sum(one.report is not None for one in standings)),
        "零报告数": str(sum(one.state == "zero" for one in standings)),
        "迟报数": str(sum(one.late for one in standings)),
        "未报情况": said,
    }


def _categories(material: Material) -> str:
    found = [
        f"{CATEGORIES.get(one.name, one.name or '其他')}（{one.total}条）" for one in material.leads.categories[:3]
    ]
    return "、".join(found) or "（无）"


def _departments(material: Material) -> str:
    names = DEPARTMENTS | OTHERS
    found = [f"{names.get(code, code)}{count}件" for code, count in material.leads.departments]
    return f"（{'、'.join(found)}）" if found else ""


def parts(
    material: Material, unit: str, now: datetime, picture: Callable[[str], bytes | None] | None = None
) -> dict[str, Sequence[Block]]:
    """Everything that ``[[…]]`` may name."""
    return {
        "图：线索趋势": _trend(material),
        "图：线索类别": _category_chart(material),
        "图：各单位案件": _unit_chart(material),
        "表：成果汇总": _summary(material),
        "表：成果表": (Break(), Heading("附件：网盾行动成果表"), results_form.table(material.form, size=6.5)),
        "表：报送情况": _standings(material),
        "典型案例": tuple(_cases(material, picture)),
        "落款": (Sides("", ""), Sides("", unit), Sides("", results_form.day(now))),
        "待核实": _doubts(material),
    }


def _trend(material: Material) -> tuple[Block, ...]:
    steps = material.leads.steps
    labels = [f"{day.month}-{day.day:02d}" for day, _, _ in steps]
    series = [
        Series("新发现", tuple(float(found) for _, found, _ in steps)),
        Series("办结", tuple(float(done) for _, _, done in steps)),
    ]
    caption = f"图：网络线索发现和研判情况（每 {material.leads.step_days} 天，条）"
    return (Chart(charts.columns(labels, series, side_by_side=True), caption),)


def _category_chart(material: Material) -> tuple[Block, ...]:
    some = material.leads.categories[:MOST_CATEGORIES]
    if not some:
        return ()
    names = [CATEGORIES.get(one.name, one.name or "其他") for one in some]
    right = Series("已确认", tuple(float(one.right) for one in some))
    other = Series("其他", tuple(float(one.total - one.right) for one in some))
    return (Chart(charts.bars(names, [right, other]), "图：网络线索类别分布（条）"),)


def _unit_chart(material: Material) -> tuple[Block, ...]:
    rows = sorted(material.form.rows, key=lambda row: -row.value(5))[:MOST_UNITS]
    rows = [row for row in rows if row.value(5)]
    if not rows:
        return ()
    crimes = Series("刑事案件", tuple(float(row.value(6)) for row in rows))
    others = Series("其他案件", tuple(float(row.value(5) - row.value(6)) for row in rows))
    return (Chart(charts.bars([row.unit for row in rows], [crimes, others]), "图：各单位查办案件（起）"),)


def _summary(material: Material) -> tuple[Block, ...]:
    total = material.form.total
    rows = tuple((one.group, one.name, one.measure, shown(total.value(one.number))) for one in COLUMNS)
    heads = tuple(Head(name) for name in ("类别", "项目", "单位", "数量"))
    return (Grouped((heads,), (2.4, 3.2, 1.4, 1.4), rows, left=frozenset({1}), size=11),)


def _standings(material: Material) -> tuple[Block, ...]:
    from storage.referral.campaign_records import STATES

    rows = tuple(
        (one.due.name, one.unit.name, STATES[one.state], one.report.received_on.isoformat() if one.report else "")
        for one in material.standings
    )
    if not rows:
        return ()
    heads = tuple(Head(name) for name in ("报送事项", "单位", "情况", "收到日"))
    return (Grouped((heads,), (3, 2, 1.5, 1.5), rows, left=frozenset({0, 1}), size=10.5),)


def _cases(material: Material, picture: Callable[[str], bytes | None] | None) -> list[Block]:
    blocks: list[Block] = []
    for number, one in enumerate(material.cases, 1):
        blocks += [Heading(f"案例{number}：{one.title}（{one.unit}）", 2), Lines(templating.pieces(one.text))]
        if picture is not None:
            blocks += _pictures(number, one, picture)
    if not blocks:
        blocks.append(Lines(("（暂无可公开的典型案例。）",)))
    left = [(material.hidden, "不公开"), (material.pending, "待会商后决定是否公开")]
    said = "，".join(f"{count} 起{why}" for count, why in left if count)
    if said:
        blocks.append(Lines((f"另有典型案例 {said}，未列入。",), small=True))
    if material.cases:
        blocks.append(Lines((CHECK,), small=True))
    return blocks


def _pictures(number: int, case: TypicalCase, picture: Callable[[str], bytes | None]) -> list[Block]:
    found: list[Block] = []
    for place, sha256 in enumerate(case.pictures, 1):
        content = picture(sha256)
        shown = as_png(content) if content is not None else None
        if shown is None:
            found.append(Lines((f"（案例{number}的图片 {place} 已不在或无法读取。）",), small=True))
        else:
            found.append(Picture(shown, f"案例{number}　图片{place}（公开前请核对有无人像、号牌）"))
    return found


def _doubts(material: Material) -> tuple[Block, ...]:
    if not material.form.warnings:
        return ()
    return (Heading("需要核实（定稿前删去）"), Lines(material.form.warnings, small=True))


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
