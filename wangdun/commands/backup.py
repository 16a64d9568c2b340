"""``wangdun backup``: one consistent, verified copy of the whole installation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.evidence_export import somebody
from wangdun.commands.leads import opened
from wangdun.exceptions import UsageError
from wangdun.output import note, print_json, print_line

if TYPE_CHECKING:
    from wangdun.backups.manifest import Manifest
    from wangdun.backups.taking import Outcome


@click.command(cls=Command)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="文件或文件夹",
    help="默认 wangdun.backup.folder；.tar 为一个文件",
)
@click.option("--tar", is_flag=True, help="写成一个文件，而不是备份文件夹")
@click.option("--force", is_flag=True, help="覆盖已有的备份文件（新的核对无误后才替换）")
@click.option("--thorough", is_flag=True, help="把备份文件夹里已有的证据文件也全部重新核对，坏的重新复制")
@click.option("--check", "check_only", is_flag=True, help="只核对已有的备份，不备份")
@json_option
@click.pass_obj
def command(  # noqa: PLR0913 -- one parameter an option
    invocation: Invocation,
    *,
    output: Path | None,
    tar: bool,
    force: bool,
    thorough: bool,
    check_only: bool,
    as_json: bool,
) -> None:
    """备份：数据库、证据、配置、词库，做完即核对；采集和研判台不必停。

    备份文件夹里每次备份一个子文件夹，证据文件共用一份：每天备份只复制新的证据。
    """
    from wangdun.backups import reading, taking

    config = invocation.load()
    target = output or config.wangdun.backup.folder
    if target is None:
        raise UsageError("请用 -o 写明备份到哪里，或在 config.yaml 里填写 wangdun.backup.folder")
    if check_only:
        _say_checked(reading.verify(target), target, as_json=as_json)
        return
    wish = taking.Wish(target, tar=tar or target.suffix == ".tar", force=force, thorough=thorough, actor=somebody(None))
    tell = _say_nothing if as_json else note
    with opened(config) as db:
        outcome = taking.take(config, db, wish, lambda: datetime.now(UTC), tell)
    _say(outcome, as_json=as_json)


def _say_nothing(_text: str) -> None:
    """A program reads."""


def _say(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome.facts())
        return
    made, manifest = outcome.made, outcome.made.manifest
    for remark in manifest.remarks:
        note(f"注意：{remark}")
    print_line(f"备份完成并已核对：{made.place}")
    print_line(
        f"数据库一份，证据文件 {manifest.objects} 个（这次新复制 {made.copied} 个，{made.copied_bytes / 1e6:.1f} MB），"
        f"共 {manifest.size / 1e6:.1f} MB，用时 {outcome.seconds:.1f} 秒"
    )
    if made.thinned.backups:
        gone = made.thinned
        print_line(f"按保留份数删除旧备份 {len(gone.backups)} 份、不再需要的证据副本 {gone.files} 个")


def _say_checked(manifest: Manifest, place: Path, *, as_json: bool) -> None:
    facts: dict[str, Any] = {"place": str(place), "made_at": manifest.made_at.isoformat(), "objects": manifest.objects}
    if as_json:
        print_json(facts | {"bytes": manifest.size, "remarks": list(manifest.remarks)})
        return
    print_line(f"备份完好：{place}（{manifest.made_at:%Y-%m-%d %H:%M UTC} 制作，证据文件 {manifest.objects} 个）")
    for remark in manifest.remarks:
        note(f"注意：{remark}")
