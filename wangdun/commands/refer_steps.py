"""``wangdun refer approve``, ``refuse``, ``withdraw``, ``send``, ``undo``: one step of a referral each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.output import note, print_json
from wangdun.refer_view import by_option, facts, known, moment, person, referral_argument, referring, seen_option, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.referral.records import Referral
    from storage.review.audit import Actor
    from wangdun.referring import Referring

    Act = Callable[[Referring, Referral, Actor, datetime, int], Referral]

_reason = click.option("--reason", "-m", required=True, metavar="理由", help="理由，必填")


def _stepping(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (json_option, seen_option, by_option, referral_argument):
        function = option(function)
    return click.pass_obj(function)


def _do(invocation: Invocation, given: dict[str, Any], said: str, act: Act) -> None:
    now = datetime.now(UTC)
    with referring(invocation) as service:
        actor, case = person(service.db, given["by"]), known(service.db, given["referral"])
        seen = case.step_id if given["seen"] is None else given["seen"]
        made = act(service, case, actor, now, seen)
        if given["as_json"]:
            print_json(facts(made))
        else:
            told(service, made, said, now)


@click.command("approve", cls=Command)
@click.option("--note", "remark", default="", metavar="文字", help="审核意见")
@_stepping
def approve(invocation: Invocation, *, remark: str, **given: Any) -> None:
    """审核通过：须由拟稿人以外的复核员；生成函件、清单和回执表，连同哈希固定保存。"""

    def act(service: Referring, case: Referral, actor: Actor, now: datetime, seen: int) -> Referral:
        if not service.policy.referrals:
            note("注意：console.second.referral 为 false，不要求第二人审核")
        return service.approve(case.id, actor, now, seen=seen, note=remark)

    _do(invocation, given, "已审核通过", act)


@click.command("refuse", cls=Command)
@_reason
@_stepping
def refuse(invocation: Invocation, *, reason: str, **given: Any) -> None:
    """审核退回，回到拟稿。"""

    def act(service: Referring, case: Referral, actor: Actor, now: datetime, seen: int) -> Referral:
        return service.refuse(case.id, actor, now, seen=seen, note=reason)

    _do(invocation, given, "已退回", act)


@click.command("withdraw", cls=Command)
@_reason
@_stepping
def withdraw(invocation: Invocation, *, reason: str, **given: Any) -> None:
    """撤回还没有送出的移送：线索可以另行移送，文号不再使用。"""

    def act(service: Referring, case: Referral, actor: Actor, now: datetime, seen: int) -> Referral:
        from storage.referral import flow

        return flow.withdraw(service.db, case.id, actor, now, seen=seen, note=reason)

    _do(invocation, given, "已撤回", act)


@click.command("send", cls=Command)
@click.option("--on", "day", metavar="日期", help="送出的日期或时刻，如 2026-11-20 或 '2026-11-20 15:30'，默认现在")
@click.option("--reference", default="", metavar="编号", help="送达方式、快递单号等")
@click.option("--note", "remark", default="", metavar="文字", help="说明")
@_stepping
def send(invocation: Invocation, *, day: str | None, reference: str, remark: str, **given: Any) -> None:
    """登记已送出：线索成为“已移送”，开始计算对方的期限。"""

    def act(service: Referring, case: Referral, actor: Actor, now: datetime, seen: int) -> Referral:
        happened_at = moment(day, now)
        return service.send(case.id, actor, now, seen=seen, happened_at=happened_at, reference=reference, note=remark)

    _do(invocation, given, "已送出", act)


@click.command("undo", cls=Command)
@_stepping
def undo(invocation: Invocation, **given: Any) -> None:
    """撤销最近一步（拟稿、修改、退回、撤回除外）；记录仍在，只是不再算数。"""

    def act(service: Referring, case: Referral, actor: Actor, now: datetime, seen: int) -> Referral:
        from storage.referral import flow

        return flow.undo(service.db, case.id, actor, now, seen=seen)

    _do(invocation, given, "已撤销最近一步", act)
