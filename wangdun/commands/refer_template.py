"""``wangdun refer template``: a letter with fields, for the office to change."""

from __future__ import annotations

from pathlib import Path

import click

from wangdun.cli import Command, json_option
from wangdun.output import print_json, print_line


@click.command("template", cls=Command)
@click.argument("kind", metavar="种类")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="文件", help="写到哪个文件，默认为当前文件夹的 种类.docx"
)
@click.option("--force", is_flag=True, help="覆盖已有文件")
@json_option
def template(*, kind: str, output: Path | None, force: bool, as_json: bool) -> None:
    """写出函件模板（lead crime appraisal cleanup platform postal），改好后放进 referrals.templates 文件夹。"""
    from referrals.letters import sample
    from wangdun.files import replacing

    content = sample(kind)
    target = output or Path(f"{kind}.docx")
    with replacing(target, force=force) as temporary:
        temporary.write_bytes(content)
    if as_json:
        print_json({"file": str(target), "kind": kind, "size": len(content)})
    else:
        print_line(
            f"已写出 {target}：双花括号里的是字段，其余都可以改；放进 referrals.templates 文件夹，文件名须为 {kind}.docx"
        )
