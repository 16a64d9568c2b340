"""``wangdun notify``: tell people what has happened since last time."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.output import print_json, print_line


@click.command(cls=Command, help="通知：按设置用邮件、网址或文件告诉值班人员，每件事只说一次。")
@click.option("--test", is_flag=True, help="给每个接收方发一条试验消息")
@json_option
@click.pass_obj
def command(invocation: Invocation, *, test: bool, as_json: bool) -> int:
    """One round. The exit code is 1 when a message did not arrive."""
    from wangdun import notifying
    from wangdun.commands.leads import opened

    config = invocation.load()
    if not config.wangdun.notify:
        raise UsageError("没有设置要通知谁：见 config.yaml 的 wangdun.notify")
    if test:
        return _test(invocation, as_json=as_json)
    with opened(config) as db:
        told = notifying.tell(config, db, lambda: datetime.now(UTC))
    if as_json:
        print_json(asdict(told))
    else:
        print_line(f"新的事项 {told.new} 件，送出 {told.sent} 条，未送达 {told.failed} 条（稍后再试）")
    return 1 if told.failed else 0


def _test(invocation: Invocation, *, as_json: bool) -> int:
    from storage.operation.notices import Waiting
    from wangdun.notifying import send

    now = datetime.now(UTC)
    message = [Waiting(0, 0, "test", "这是一条试验消息，收到即说明通知可用", {}, now, 0)]
    outcome = {target.name: send(target, message, now) for target in invocation.load().wangdun.notify}
    if as_json:
        print_json(outcome)
    else:
        for name, error in outcome.items():
            print_line(f"{name}：{error or '已送达'}")
    return 1 if any(outcome.values()) else 0
