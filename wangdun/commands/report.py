"""``wangdun report``: what the leads of a period show."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wangdun.campaign_view import day_of, extension, force_option, store, today, unit_name, write
from wangdun.cli import Group, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.output import one_line, print_json, print_line, print_table

if TYPE_CHECKING:
    from storage.referral.analysis import Analysis

FORMS = ("docx", "pdf")
USUAL = timedelta(days=89)  # a quarter with today
SHOWN = 10  # rows of each list on screen


@click.group(cls=Group)
def command() -> None:
    """统计分析报告。"""


@command.command("analysis")
@click.option("--from", "since", metavar="日期", help="从哪天，默认 90 天前")
@click.option("--to", "until", metavar="日期", help="到哪天（含），默认今天")
@click.option("--confirmed", is_flag=True, help="只分析已确认和已移送的线索")
@click.option("--full", is_flag=True, help="不遮挡卖家名称和联系方式")
@click.option("-o", "--output", metavar="文件", type=click.Path(path_type=Path), help="写到哪个 docx 或 pdf")
@force_option
@json_option
@click.pass_obj
def analysis(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    since: str | None,
    until: str | None,
    confirmed: bool,
    full: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """专题分析（形势研判）：物种、工具、手法、价格、地域、流向、卖家网络；附可重复的查询。"""
    from storage.referral import analysis as analysing
    from storage.referral.campaign_leads import midnight

    kind = extension(output, FORMS) if output else ""
    with store(invocation) as (config, db, now):
        last = day_of(until, today(now))
        first = day_of(since, last - USUAL)
        if first > last:
            raise UsageError(f"开始日 {first} 晚于结束日 {last}")
        asked = analysing.Asked(midnight(first), midnight(last + timedelta(days=1)), confirmed)
        found = analysing.analyse(db, asked, now)
    if output is None:
        if as_json:
            print_json(_facts(found, masked=not full))
        else:
            _print(found, f"{first} 至 {last}")
        return
    from referrals import analysis_report
    from referrals.papers.pdf import as_pdf
    from referrals.papers.word import as_docx

    paper = analysis_report.paper(found, unit=unit_name(config), masked=not full)
    write(output, (as_docx if kind == "docx" else as_pdf)(paper, now), force=force)
    print_line(f"已写出 {output}：{found.leads} 条线索" + ("" if full else "（卖家和联系方式已遮挡，--full 可写出）"))


def _facts(found: Analysis, *, masked: bool) -> dict[str, object]:
    from storage.masking import mask

    hide = mask if masked else str
    return {
        "leads": found.leads,
        "confirmed": found.confirmed,
        "queries": [
            {"name": one.name, "title": one.title, "sql": one.sql, "parameters": dict(one.parameters)}
            | {"columns": one.columns, "rows": one.rows if one.name != "networks" else [], "sha256": one.digest}
            for one in found.queries
        ],
        "prices": [
            {"term": one.term, "unit": one.unit, "offers": one.offers}
            | {"low": str(one.low), "median": str(one.median), "high": str(one.high)}
            for one in found.prices
        ],
        "networks": [
            {
                "sellers": [{"site": site, "name": hide(name)} for site, name in one.sellers],
                "contacts": [{"kind": kind, "value": hide(value)} for kind, value in one.contacts],
                "leads": one.leads,
            }
            for one in found.networks
        ],
    }


def _print(found: Analysis, period: str) -> None:
    print_line(f"{period}：{found.leads} 条线索，其中已确认 {found.confirmed} 条")
    for name in ("species", "gear", "codewords", "regions", "sites"):
        ran = found.table(name)
        rows = [tuple(one_line(str(value), 40) for value in row) for row in ran.rows[:SHOWN]]
        if rows:
            print_table(ran.columns, rows, title=ran.title)
    if found.networks:
        print_line(f"共用联系方式的卖家：{len(found.networks)} 组，最大 {len(found.networks[0].sellers)} 个卖家")
    print_line("用 -o 文件.docx 或 .pdf 写成报告")
