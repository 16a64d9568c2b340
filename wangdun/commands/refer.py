"""``wangdun refer``: confirmed leads go to the departments, from the draft to what came of them."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Group

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS: Mapping[str, tuple[str, str]] = {
    "draft": ("refer_draft", "拟稿：把已确认的线索拟成移送，定部门、文号、函件"),
    "change": ("refer_draft", "修改还没有送出的移送，须重新审核"),
    "list": ("refer_list", "移送列表"),
    "show": ("refer_show", "一份移送：线索、经过、文书、期限"),
    "approve": ("refer_steps", "审核通过（须由拟稿人以外的人），生成并固定文书"),
    "refuse": ("refer_steps", "审核退回，写明理由"),
    "withdraw": ("refer_steps", "撤回还没有送出的移送，写明理由"),
    "export": ("refer_export", "导出函件、清单、回执和证据包，到文件夹或 zip"),
    "send": ("refer_steps", "登记已送出，开始计算期限"),
    "receipt": ("refer_receipt", "登记回执和办理情况，或读取退回的回执表"),
    "feedback": ("refer_feedback", "办理结果：立案、人员、收缴、罚没"),
    "undo": ("refer_steps", "撤销最近一步"),
    "overdue": ("refer_due", "逾期未回的移送"),
    "remind": ("refer_due", "快到期和逾期的移送；登记一次催办"),
    "template": ("refer_template", "写出函件模板，供本单位修改"),
}
"""Name -> module of `wangdun.commands` that holds it under this name, one line of help; in the order of use."""
NAMES = {"list": "list_"}
"""Commands that cannot be called in Python what they are called on screen."""


class Parts(Group):
    """Commands that are imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, D102
        return [name for name, (module, _) in PARTS.items() if find_spec(f"wangdun.commands.{module}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: D102
        if cmd_name not in self.list_commands(ctx):
            return None
        module: Any = importlib.import_module(f"wangdun.commands.{PARTS[cmd_name][0]}")
        found = getattr(module, NAMES.get(cmd_name, cmd_name))
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        from wangdun import chinese

        with formatter.section(chinese.translate("Commands")):
            formatter.write_dl([(name, PARTS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Parts)
def command() -> None:
    """移送：拟稿、审核、导出、送出、回执、结果、催办。"""
