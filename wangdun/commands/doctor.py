"""``wangdun doctor``: is everything in order, and what to do where it is not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.output import print_json, print_line, print_table
from wangdun.words import LEVELS


@click.command(cls=Command)
@json_option
@click.pass_obj
def command(invocation: Invocation, *, as_json: bool) -> int:
    """体检：环境、数据库、词库、站点、定时是否正常，不正常时该怎么办。"""
    from wangdun.doctor import examine

    checks = list(examine(invocation.config_path, invocation.load, datetime.now(UTC)))
    errors = sum(check.level == "error" for check in checks)
    warnings = sum(check.level == "warning" for check in checks)
    if as_json:
        print_json({"errors": errors, "warnings": warnings, "checks": [asdict(check) for check in checks]})
    else:
        rows = [(check.name, LEVELS[check.level], check.found, check.advice) for check in checks]
        print_table(("项目", "结果", "情况", "怎么办"), rows)
        print_line(f"错误 {errors} 项，注意 {warnings} 项")
    return 1 if errors else 0
