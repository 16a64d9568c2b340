"""``wangdun refer export``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.evidence_export import write_down
from wangdun.exceptions import UsageError
from wangdun.output import print_json, print_line
from wangdun.refer_view import by_option, known, person, referring
from wangdun.words import NOTICE


@click.command("export", cls=Command)
@click.argument("referrals", metavar="移送…", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="位置", type=click.Path(path_type=Path), default=Path(),
    help="文件夹（每份移送一个以文号命名的子文件夹）或 zip 文件（只能一份），默认当前文件夹",
)  # fmt: skip
@click.option("--masked", is_flag=True, help="另行遮挡个人信息（重新生成的草稿，不是审核过的文书）")
@click.option("--force", is_flag=True, help="覆盖已有的 zip 文件")
@by_option
@json_option
@click.pass_obj
def export(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    referrals: tuple[str, ...],
    output: Path,
    masked: bool,
    force: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """导出函件（docx、PDF）、线索清单、回执表和电子证据包；记入保管链和操作记录。"""
    from storage.evidence.objects import Objects
    from wangdun.refer_export import Export, shown

    if len(referrals) > 1 and output.suffix.lower() == ".zip":
        raise UsageError("zip 文件只能放一份移送；几份请用 -o 文件夹")
    done = []
    with referring(invocation) as service:
        actor = person(service.db, by)
        maker = Export(service.config, service.db, Objects.of(service.config.storage))
        for number in [known(service.db, text).id for text in dict.fromkeys(referrals)]:
            made = maker.write(number, output, actor, datetime.now(UTC), masked=masked, force=force)
            done.append(made)
            for line in shown(made) if not as_json else ():
                print_line(line)
        write_down(service.db, service.config)
    if as_json:
        print_json([
            {"number": one.number, "path": str(one.path), "approved": one.approved, "captures": one.captures,
             "files": [{"name": name, "size": size, "sha256": digest} for name, size, digest in one.files],
             "notice": NOTICE}
            for one in done
        ])  # fmt: skip
