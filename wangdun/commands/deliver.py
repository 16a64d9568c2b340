"""``wangdun deliver``: tell other systems, drop packages, pick answers up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.output import note, one_line, print_json, print_line

if TYPE_CHECKING:
    from wangdun.exchange import Round


@click.command(cls=Command, help="收发：向其他系统发送移送的消息，向文件夹放材料包，从文件夹读取退回的回执和反馈表。")
@click.option("--watch", "stay", is_flag=True, help="一直运行，直到 Ctrl-C")
@click.option(
    "--again", "message", type=click.IntRange(1, 2**63 - 1), metavar="编号", help="重新发送一条没有送达的消息"
)
@json_option
@click.pass_obj
def command(invocation: Invocation, *, stay: bool, message: int | None, as_json: bool) -> int:
    """One round, or rounds until a signal. The exit code is 1 when a message was given up or a file refused."""
    from wangdun import exchange, logs
    from wangdun.commands.evidence_screens import terminable
    from wangdun.commands.leads import opened

    config = invocation.load()
    if not exchange.wanted(config):
        raise UsageError("没有设置要通知的系统或收发文件夹：见 config.yaml 的 referrals.webhooks、referrals.folder")
    logs.start_quietly(config, "deliver")
    rounds: list[Round] = []

    def tell(done: Round) -> None:
        rounds[:] = [done] if stay else [*rounds, done]
        if not as_json:
            _show(done)

    with opened(config) as db, terminable():
        if message is not None:
            _again(db, message)
        if stay:
            note("收发已启动，按 Ctrl-C 停止。")
        exchange.work(config, db, stay=stay, tell=tell)
        left = _failed(db, as_json=as_json)
    if as_json:
        print_json(_facts(rounds, left))
    refused = any(one.outcome == "refused" for done in rounds for one in done.picked_up)
    return 1 if refused or any(done.delivered.failed for done in rounds) else 0


def _again(db: Any, message: int) -> None:
    from datetime import UTC, datetime

    from storage.referral import deliveries
    from storage.review.audit import Actor

    deliveries.again(db, message, Actor(None, "命令行"), datetime.now(UTC))


def _show(done: Round) -> None:
    sent = done.delivered
    if sent.sent or sent.waiting or sent.failed:
        print_line(f"送达 {sent.sent} 条，稍后再试 {sent.waiting} 条，放弃 {sent.failed} 条")
    words = {"read": "已读入", "refused": "退回", "known": "以前读过", "waiting": "稍后再看"}
    for one in done.picked_up:
        print_line(f"{words.get(one.outcome, one.outcome)} {one_line(one.name, 60)}：{one_line(one.said, 200)}")


def _failed(db: Any, *, as_json: bool) -> list[dict[str, Any]]:
    from storage.referral import deliveries

    found = deliveries.failed(db)
    if found and not as_json:
        note(f"有 {len(found)} 条消息没有送达（重新发送：wangdun deliver --again 编号）：")
        for one in found[:20]:
            number = one.payload.get("referral", {}).get("number", "")
            note(f"  {one.id}　{one.target}　{one.event}　{one_line(str(number), 40)}　{one_line(one.last_error, 80)}")
    return [{"id": one.id, "target": one.target, "event": one.event, "error": one.last_error} for one in found]


def _facts(rounds: list[Round], left: list[dict[str, Any]]) -> dict[str, Any]:
    from wangdun.folder_watch import as_facts

    sums = {name: sum(getattr(done.delivered, name) for done in rounds) for name in ("sent", "waiting", "failed")}
    return {**sums, "picked_up": as_facts([one for done in rounds for one in done.picked_up]), "undelivered": left}
