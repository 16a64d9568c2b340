"""``wangdun campaign results | draft``: the results form and drafts of reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wangdun.campaign_view import (
    campaign_argument,
    day_of,
    extension,
    force_option,
    known,
    output_option,
    store,
    today,
    unit_name,
    write,
)
from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.output import note, print_json, print_line, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.referral.form_records import Form, Row
    from wangdun.config import Config

FORMS = ("xlsx", "docx", "pdf")
DRAFTS = ("docx", "pdf")


@click.command("results", cls=Command)
@campaign_argument
@click.option("--until", metavar="日期", help="数据截至哪天，默认全部")
@click.option("--trace", is_flag=True, help="列出每个数由哪些反馈和填报数相加")
@output_option
@force_option
@json_option
@click.pass_obj
def results(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    campaign: str,
    until: str | None,
    trace: bool,
    output: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """《网盾行动成果表》：在屏幕上看，或用 -o 写成 xlsx、docx、pdf（附每个数的来源）。"""
    from referrals import results_form
    from storage.referral import results as form_of

    path = Path(output) if output else None
    kind = extension(path, FORMS) if path else ""
    with store(invocation) as (config, db, now):
        found = known(db, campaign)
        day = day_of(until, today(now)) if until else None
        form = form_of.compute(db, found.id, until=day)
    if path is not None:
        write(path, results_form.render(form, kind, unit=unit_name(config), made_at=now), force=force)
        print_line(f"已写出 {path}")
    elif as_json:
        print_json(_form_facts(form))
    elif trace:
        print_table(results_form.ANNEX_HEAD, results_form.annex_rows(form))
    else:
        _print_form(form)
    for one in form.warnings:
        note(f"请核实：{one}")


def _form_facts(form: Form) -> dict[str, Any]:
    return {
        "campaign": form.campaign.name,
        "until": form.until,
        "rows": [_row_facts(row) for row in form.rows],
        "total": _row_facts(form.total),
        "warnings": form.warnings,
    }


def _row_facts(row: Row) -> dict[str, Any]:
    return {
        "unit": row.unit,
        "cells": [
            {"column": cell.column, "value": str(cell.value)}
            | {"sources": [{"kind": one.kind, "id": one.row_id, "position": one.position, "value": str(one.value)} for one in cell.sources]}
            for cell in row.cells
        ],
    }  # fmt: skip


def _print_form(form: Form) -> None:
    """Columns down, units across where there are few; else units down with the columns' numbers."""
    from storage.referral.form_records import COLUMNS, shown

    rows = [*form.rows, form.total]
    print_table(
        ("单位", *(str(one.number) for one in COLUMNS)),
        [(row.unit, *(shown(cell.value) for cell in row.cells)) for row in rows],
        title=f"{form.campaign.name}成果表",
    )
    print_line("栏：" + "　".join(f"{one.number} {one.name}（{one.measure}）" for one in COLUMNS))


@click.command("draft", cls=Command)
@campaign_argument
@click.option("--final", is_flag=True, help="总结报告；不加为阶段报告")
@click.option("--until", metavar="日期", help="数据截至哪天，默认今天")
@click.option(
    "--template", metavar="文件", type=click.Path(path_type=Path),
    help="本单位的模板文本；不写则用 referrals.templates 文件夹中的 campaign_stage.txt、campaign_final.txt，再没有则用自带的",
)  # fmt: skip
@click.option("-o", "--output", metavar="文件", type=click.Path(path_type=Path), help="写到哪个 docx 或 pdf")
@click.option("--print-template", is_flag=True, help="打印自带的模板文本，供修改")
@force_option
@click.pass_obj
def draft(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    campaign: str,
    final: bool,
    until: str | None,
    template: Path | None,
    output: Path | None,
    print_template: bool,
    force: bool,
) -> None:
    """起草贯彻落实情况报告（草稿）：数字、图表、隐去姓名的典型案例，按模板文字。"""
    from referrals import campaign_report, templating
    from referrals.papers.pdf import as_pdf
    from referrals.papers.word import as_docx

    name = f"campaign_{'final' if final else 'stage'}.txt"
    if print_template:
        print_line(templating.read(campaign_report.TEMPLATES / name).rstrip())
        return
    if output is None:
        raise UsageError("请用 -o 写明 docx 或 pdf 文件")
    kind = extension(output, DRAFTS)
    with store(invocation) as (config, db, now):
        paper = campaign_report.draft(
            db,
            known(db, campaign).id,
            "final" if final else "stage",
            until=day_of(until, today(now)),
            unit=unit_name(config),
            now=now,
            template=template or _own(config, name),
            picture=_pictures(config),
        )
    write(output, (as_docx if kind == "docx" else as_pdf)(paper, now), force=force)
    print_line(f"已写出 {output}：{paper.title}（草稿，典型案例请核对后再用）")


def _pictures(config: Config) -> Callable[[str], bytes | None]:
    from storage.evidence.objects import Objects

    objects = Objects.of(config.storage)
    return lambda sha256: objects.read(sha256) if objects.has(sha256) else None


def _own(config: Config, name: str) -> Path | None:
    folder = config.referrals.templates
    path = folder / name if folder else None
    return path if path and path.is_file() else None
