"""``wangdun sample``: weekly samples, from which the miss rate and the reviewers' agreement are estimated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Group, Invocation, json_option
from wangdun.commands.leads import opened
from wangdun.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from storage.review.estimates import Agreement, Missed
    from storage.review.intervals import Share


@click.group(cls=Group)
def command() -> None:
    """抽样：每周抽取样本，由人在研判台里判断，估计漏报率和研判的一致程度。"""


@command.command("draw")
@click.option("--now", "early", is_flag=True, help="不等本周结束，现在就抽取本周的（本周不再抽取）")
@json_option
@click.pass_obj
def draw(invocation: Invocation, *, early: bool, as_json: bool) -> None:
    """抽取上一周的样本；已抽取过的不再抽取。研判台和定时采集运行时会自动抽取。"""
    from storage.review import sampling

    now = datetime.now(UTC)
    with opened(invocation.load()) as db:
        drawn = sampling.draw_due(db, now)
        if early:
            drawn += sum(sampling.draw(db, kind, now, early=True) for kind in sampling.STRATA)
    if as_json:
        print_json({"drawn": drawn})
        return
    print_line(
        f"抽取了 {drawn} 条，在研判台的“抽样”里判断。" if drawn else "没有要抽取的：已经抽取过，或那一周没有信息。"
    )


@command.command("show")
@click.option("--weeks", type=click.IntRange(1, 520), default=12, show_default=True, metavar="周数", help="看最近几周")
@json_option
@click.pass_obj
def show(invocation: Invocation, *, weeks: int, as_json: bool) -> None:
    """漏报率、研判的一致程度，及其 95% 置信区间。"""
    from storage.review import estimates

    with opened(invocation.load()) as db:
        found = estimates.results(db, weeks=weeks)
    named = [
        *((week.name, week.missed, week.agreement) for week in found.weeks),
        ("合计", found.missed, found.agreement),
    ]
    if as_json:
        print_json([{"week": name, **_missed(missed), **_agreement(agreement)} for name, missed, agreement in named])
        return
    if not found.weeks:
        print_line("还没有抽取过：wangdun sample draw")
        return
    titles = ("周", "未列线索", "已判/抽取", "发现", "漏报率", "盲法已判", "一致", "Kappa")
    print_table(titles, [_row(name, missed, agreement) for name, missed, agreement in named])


def _row(name: str, missed: Missed, agreement: Agreement) -> tuple[str, ...]:
    kappa = agreement.kappa
    said = f"{kappa.value:.2f}（{kappa.low:.2f} 至 {kappa.high:.2f}）" if kappa else "—"
    judged = f"{missed.judged}/{missed.drawn}"
    second = f"{agreement.share.of + agreement.unsure}/{agreement.drawn}"
    numbers = (str(missed.population), judged, str(missed.found), _said(missed.share), second)
    return name, *numbers, _said(agreement.share), said


def _said(share: Share) -> str:
    return f"{share.value:.1%}（{share.low:.1%} 至 {share.high:.1%}）" if share.of else "—"


def _missed(one: Missed) -> dict[str, Any]:
    share = one.share
    counts = {"population": one.population, "drawn": one.drawn, "judged": one.judged, "found": one.found}
    return counts | {
        "unsure": one.unsure,
        "miss_rate": share.value if share.of else None,
        "miss_rate_95": _limits(share),
    }


def _agreement(one: Agreement) -> dict[str, Any]:
    kappa = one.kappa
    return {
        "blind": one.share.of + one.unsure,
        "agreement": one.share.value if one.share.of else None,
        "agreement_95": _limits(one.share),
        "kappa": kappa.value if kappa else None,
        "kappa_95": [kappa.low, kappa.high] if kappa else None,
    }


def _limits(share: Share) -> list[float] | None:
    return [share.low, share.high] if share.of else None
