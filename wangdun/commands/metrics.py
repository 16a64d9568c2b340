"""``wangdun metrics``: figures for monitoring, shown or written for a textfile collector."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from wangdun.cli import Command, Invocation
from wangdun.output import print_json


@click.command(
    cls=Command, help="监控指标：以 Prometheus 的文本格式显示，或写成文件供 node_exporter 的 textfile 收集。"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="文件", help="写到这个 .prom 文件（整个替换）")
@click.option("--health", is_flag=True, help="改为检查各部分是否正常（JSON）；不正常时退出码为 1")
@click.pass_obj
def command(invocation: Invocation, *, output: Path | None, health: bool) -> int:
    """Collect once."""
    from wangdun import metrics
    from wangdun.commands.leads import opened
    from wangdun.files import replacing

    config = invocation.load()
    with opened(config) as db:
        if health:
            facts = metrics.health(config, db, datetime.now(UTC))
            print_json(facts)
            return 0 if facts["ok"] else 1
        text = metrics.render(metrics.collect(config, db, datetime.now(UTC)))
    if output is None:
        click.echo(text, nl=False)
        return 0
    with replacing(output, force=True) as temporary:
        temporary.write_text(text, encoding="utf-8")
        temporary.chmod(0o644)  # another program reads it; it names sites, no persons
    return 0
