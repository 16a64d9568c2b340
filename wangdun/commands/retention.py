"""``wangdun retention``: clear away what has been kept long enough."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.output import print_json, print_line


@click.command(cls=Command, help="保留期：清理到期的日志、已送出的通知，和已结案线索的证据文件（设了 keep_days 时）。")
@click.option("--dry-run", is_flag=True, help="只列出会删除什么，不删除")
@click.option("--by", "actor", metavar="姓名", help="经手人，记入记录，默认为当前系统用户")
@json_option
@click.pass_obj
def command(invocation: Invocation, *, dry_run: bool, actor: str | None, as_json: bool) -> None:
    """Show or clear."""
    from wangdun import retention
    from wangdun.commands.evidence_export import somebody, write_down
    from wangdun.commands.leads import opened

    config, now = invocation.load(), datetime.now(UTC)
    with opened(config) as db:
        if dry_run:
            gone = retention.look(config, db, now)
        else:
            gone = retention.clear(config, db, actor=somebody(actor), now=now)
            if gone.captures:
                write_down(db, config)
    if as_json:
        print_json({"dry_run": dry_run} | gone.facts())
        return
    for one in gone.logs:
        print_line(f"日志 {one.path.name}（最后写于 {one.until:%Y-%m-%d}，{one.size / 1e6:.1f} MB）")
    verb = "将删除" if dry_run else "已删除"
    print_line(f"{verb}：日志 {len(gone.logs)} 个，通知 {gone.notices} 条，证据 {gone.captures} 次固定的文件")
    days = config.wangdun.keep_logs_days
    print_line(
        f"日志和通知保留 {days} 天；证据"
        + (f"结案后保留 {keep} 天" if (keep := config.storage.evidence.keep_days) else "一直保留")
    )
