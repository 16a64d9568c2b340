"""``wangdun restore``: put a backup back."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wangdun.cli import Command, json_option
from wangdun.commands.evidence_export import somebody
from wangdun.output import note, print_json, print_line

if TYPE_CHECKING:
    from wangdun.backups.restoring import Restored


@click.command(cls=Command)
@click.argument("place", metavar="备份", type=click.Path(exists=True, path_type=Path))
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), metavar="文件夹", help="恢复到哪里")
@click.option("--force", is_flag=True, help="文件夹不空也恢复；原有的同名文件移到旁边的 before-… 里")
@click.option("--by", "actor", metavar="姓名", help="经手人，记入保管链，默认为当前系统用户")
@json_option
def command(*, place: Path, folder: Path, force: bool, actor: str | None, as_json: bool) -> None:
    """恢复：从备份文件或备份文件夹（其中最新的一份）恢复整个网盾，全部核对无误才算完成。

    备份里是 PostgreSQL 数据库的，先新建一个空数据库，把完整地址放进环境变量 WANGDUN_DATABASE_URL。
    """
    from storage.config import URL_VARIABLE
    from wangdun.backups.restoring import Wish, restore

    tell = _say_nothing if as_json else note
    wish = Wish(folder, force=force, url=os.environ.get(URL_VARIABLE) or None, actor=somebody(actor))
    _say(restore(place, wish, datetime.now(UTC), tell), as_json=as_json)


def _say_nothing(_text: str) -> None:
    """A program reads."""


def _say(done: Restored, *, as_json: bool) -> None:
    manifest = done.manifest
    if as_json:
        facts = {"folder": str(done.folder), "made_at": manifest.made_at.isoformat(), "objects": manifest.objects}
        print_json(facts | {"remarks": list(done.remarks), "aside": str(done.aside) if done.aside else None})
        return
    for remark in done.remarks:
        note(f"注意：{remark}")
    print_line(
        f"恢复完成并已核对：{done.folder}（{manifest.made_at:%Y-%m-%d %H:%M UTC} 的备份，证据文件 {manifest.objects} 个）"
    )
    if done.aside:
        print_line(f"原有的文件移到了：{done.aside}")
    print_line(f"接下来：cd {done.folder}，运行 wangdun doctor 和 wangdun evidence verify，再启动定时采集和研判台")
    print_line("密码、密钥（环境变量、研判台的 TLS 私钥）不在备份里，请另行放回")
