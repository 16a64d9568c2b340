"""``wangdun ranking``: the model that orders the queue by what reviewers decided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import Group, Invocation, json_option
from wangdun.commands.leads import opened
from wangdun.output import local_time, print_json, print_line, print_table

if TYPE_CHECKING:
    from storage.review.ranking import Readiness, Trained
    from storage.review.ranking_fit import Estimate, Pair


@click.group(cls=Group)
def command() -> None:
    """学习排序：按研判结论训练、查看效果、启用、停用（只改变先后，不隐藏线索）。"""


@command.command("train")
@json_option
@click.pass_obj
def train(invocation: Invocation, *, as_json: bool) -> None:
    """用现有的研判结论训练；在没见过的结论上确实更好才启用。"""
    from storage.review import ranking
    from wangdun.commands.account import operator

    config = invocation.load()
    with opened(config) as db:
        made = ranking.train(db, operator(), datetime.now(UTC))
    if as_json:
        print_json(_facts(made))
        return
    _tell(made)
    print_line("已启用。" if made.active else "不能确定比风险分好，没有启用；待研判的线索仍按风险分排列。")


@command.command("show")
@json_option
@click.pass_obj
def show(invocation: Invocation, *, as_json: bool) -> None:
    """是否启用、最近一次训练的效果、还差多少结论。"""
    from storage.review import ranking

    config = invocation.load()
    with opened(config) as db:
        there, newest, on = ranking.readiness(db), ranking.latest(db), ranking.is_on(db)
    if as_json:
        facts = {"on": on, "right": there.right, "wrong": there.wrong, "enough": there.is_enough}
        print_json(facts | {"newest": _facts(newest) if newest else None})
        return
    print_line("已启用：待研判的线索按学到的顺序排列。" if on else "未启用：待研判的线索按风险分排列。")
    _tell_readiness(there)
    if newest is not None:
        print_line(
            f"最近一次训练：{local_time(newest.at, ZoneInfo(config.wangdun.timezone))}，{newest.decisions} 条结论"
        )
        _tell(newest)


@command.command("on")
@click.pass_obj
def on(invocation: Invocation) -> None:
    """启用最近训练的模型；它须在没见过的结论上确实比风险分好。"""
    _switch(invocation, on=True)
    print_line("已启用。")


@command.command("off")
@click.pass_obj
def off(invocation: Invocation) -> None:
    """停用：待研判的线索按风险分排列。"""
    _switch(invocation, on=False)
    print_line("已停用。")


def _switch(invocation: Invocation, *, on: bool) -> None:
    from storage.review import ranking
    from wangdun.commands.account import operator

    with opened(invocation.load()) as db:
        ranking.switch(db, operator(), datetime.now(UTC), on=on)


def _tell_readiness(there: Readiness) -> None:
    from storage.review.ranking import ENOUGH, ENOUGH_OF_EACH

    needs = "" if there.is_enough else f"；训练需要 {ENOUGH} 条以上，确认、排除各 {ENOUGH_OF_EACH} 条以上"
    print_line(f"逐条作出的结论：确认 {there.right} 条，排除 {there.wrong} 条{needs}")


def _tell(made: Trained) -> None:
    figures = made.figures
    if figures.auc is None:
        print_line(f"最近的 {figures.held_back} 条结论全是同一种，无法检验。")
        return
    print_line(f"留出最近的 {figures.held_back} 条（确认 {figures.right} 条）检验，括号内是 95% 置信区间：")
    rows = [("AUC", *_said(figures.auc, 2))]
    rows += [(f"最先看的 {one.count} 条里确认的", *_said(one.found, 0)) for one in figures.first]
    print_table(("", "按学习排序", "按风险分", "相差"), rows)


def _said(pair: Pair, places: int) -> tuple[str, ...]:
    def one(estimate: Estimate) -> str:
        return f"{estimate.value:.{places}f}（{estimate.low:.{places}f} 至 {estimate.high:.{places}f}）"

    return one(pair.model), one(pair.score), one(pair.gain)


def _facts(made: Trained) -> dict[str, Any]:
    better = made.figures.is_better
    return {
        "id": made.id,
        "at": made.at.isoformat(),
        "decisions": made.decisions,
        "active": made.active,
        "better": better,
        "figures": made.figures.as_facts(),
    }
