"""``wangdun evidence export``: a package that another office checks without our software."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.leads import LONGEST_ID, opened
from wangdun.exceptions import UsageError
from wangdun.output import print_json, print_line
from wangdun.words import NOTICE

if TYPE_CHECKING:
    from storage.database import Database
    from wangdun.config import Config
    from wangdun.handover import Asked, HandedOver

NUMBER = click.IntRange(1, LONGEST_ID)


def somebody(name: str | None) -> str:
    """Who acts: the name given, or the user of the operating system."""
    given = " ".join((name or "").split())
    return given or getpass.getuser()


def write_down(db: Database, config: Config) -> None:
    """Write the head of the custody chain: what a person just did cannot be cut off its end unseen.

    Raises:
        EvidenceError: the evidence folder cannot be written.
        StorageError: the database cannot be read.
    """
    from storage.evidence import heads

    heads.write_head(db, config.storage.evidence_dir, datetime.now(UTC))


@click.command("export", cls=Command)
@click.argument("lead_ids", metavar="[线索编号]…", type=NUMBER, nargs=-1)
@click.option("--capture", "capture_ids", metavar="编号", type=NUMBER, multiple=True, help="按固定编号导出，可多次")
@click.option(
    "-o", "--output", metavar="文件", type=click.Path(path_type=Path), default=Path(),
    help="写到哪个 zip 文件（多条线索放在一个包里）或哪个文件夹（每条线索一个包），默认当前文件夹",
)  # fmt: skip
@click.option("--by", "actor", metavar="姓名", help="经手人，记入保管链，默认为当前系统用户")
@click.option("--mask", is_flag=True, help="在线索记录中遮挡联系方式（WARC、截屏等原始材料不能遮挡）")
@click.option("--force", is_flag=True, help="覆盖已有文件")
@json_option
@click.pass_obj
def export(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    lead_ids: tuple[int, ...],
    capture_ids: tuple[int, ...],
    output: Path,
    actor: str | None,
    mask: bool,
    force: bool,
    as_json: bool,
) -> None:
    """把线索的证据导出为可独立校验的压缩包（BagIt），含保管链摘录、校验说明和校验脚本。"""
    from storage.evidence.objects import Objects
    from wangdun.handover import Asked, Handover

    if not lead_ids and not capture_ids:
        raise UsageError("请写明线索编号，或用 --capture 写明固定编号")
    wanted = Asked(tuple(dict.fromkeys(lead_ids)), tuple(dict.fromkeys(capture_ids)), somebody(actor), mask)
    config = invocation.load()
    with opened(config) as db:
        handover = Handover(config, db, Objects.of(config.storage))
        jobs = _packages(wanted, output)
        done = [handover.write(one, target, now=datetime.now(UTC), force=force) for one, target in jobs]
        write_down(db, config)
    if as_json:
        print_json([_facts(one) for one in done])
        return
    for one in done:
        _tell(one)


def _packages(wanted: Asked, output: Path) -> list[tuple[Asked, Path]]:
    """One package in a file, or one a lead in a folder."""
    from wangdun.handover import Asked

    if not output.is_dir() and output.suffix.lower() != ".zip":
        raise UsageError(f"{output} 不是已有的文件夹，也不以 .zip 结尾：请先建好文件夹，或写明 zip 文件名")
    if not output.is_dir():
        return [(wanted, output)]
    each = [Asked((number,), (), wanted.actor, wanted.masked) for number in wanted.lead_ids]
    each += [Asked((), (number,), wanted.actor, wanted.masked) for number in wanted.capture_ids]
    return [(one, output / f"{one.name}.zip") for one in each]


def _facts(one: HandedOver) -> dict[str, object]:
    facts = {"file": str(one.path), "size": one.size, "sha256": one.sha256}
    return facts | {"captures": one.captures, "captures_without_files": one.absent, "notice": NOTICE}


def _tell(one: HandedOver) -> None:
    print_line(f"已导出 {one.path}（{one.size:,} 字节，{one.captures} 次固定）：{NOTICE}")
    print_line(f"  SHA-256 {one.sha256}（请写入移送函，供接收方核对）")
    if not one.captures:
        print_line("  注意：这条线索没有固定的证据，包内只有线索记录")
    if one.absent:
        print_line(f"  注意：其中 {one.absent} 次固定的文件已按保留期限删除，只有保管记录")
    if not one.unit:
        print_line("  注意：没有填写监测单位，包内写作“未填写”；请在 config.yaml 填写 crawler.unit 后重新导出")
