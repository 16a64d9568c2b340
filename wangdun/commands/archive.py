"""``wangdun archive``: stored texts as Parquet shards, written once and added to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import INTERRUPTED, Command, Invocation, json_option, known_site
from wangdun.commands.leads import opened, read_since
from wangdun.exceptions import ArchiveError, UsageError
from wangdun.output import note, print_json, print_line

if TYPE_CHECKING:
    from storage.archive import Chosen
    from storage.database import Database
    from wangdun.archive import Outcome
    from wangdun.archive_manifest import Manifest
    from wangdun.config import Config

SAVING = "正在停下，写完整的分片都已保存；再按一次 Ctrl-C 立即停止（也不会留下半个分片）。"


@click.command(cls=Command)
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path))
@click.option("--since", metavar="时间", help="只归档此后采集的：2026-11-01，或 7d（第一次归档之前的七天起）")
@click.option("--site", metavar="站点", help="只归档一个站点")
@click.option("--masked", is_flag=True, help="遮挡联系方式（与导出相同）；这样的归档不能用来复查")
@click.option("--check", "check_only", is_flag=True, help="只按清单核对已有的分片，不写入")
@json_option
@click.pass_obj
def command(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    folder: Path,
    since: str | None,
    site: str | None,
    masked: bool,
    check_only: bool,
    as_json: bool,
) -> int:
    """把已保存的信息（每一版的全文）写成 zstd 压缩的 Parquet 分片，供批量检测、复查和研究使用。

    再次运行只写新增和有改动的；随时可以中断，再次运行会接着做。归档含全文和联系方式，只有本人可读，不得外传。
    """
    config = invocation.load()
    if check_only:
        return _check(folder, as_json=as_json)
    if not masked and not config.wangdun.archive.full:
        raise UsageError("config.yaml 不许归档全文（wangdun.archive.full: false），只能加 --masked")
    with opened(config) as db:
        outcome = _run(db, folder, _chosen(config, db, site, since), since, masked=masked, quiet=as_json)
    _say(outcome, folder, as_json=as_json)
    return INTERRUPTED if outcome.interrupted else 0


def _chosen(config: Config, db: Database, site: str | None, since: str | None) -> Chosen:
    from storage import sites
    from storage.archive import Chosen

    if site is not None and sites.find(db, site) is None:
        known_site(config, site)
    return Chosen(site, read_since(since, datetime.now(UTC), ZoneInfo(config.wangdun.timezone)))


def _run(db: Database, folder: Path, chosen: Chosen, since: str | None, *, masked: bool, quiet: bool) -> Outcome:  # noqa: PLR0913 -- one fact each
    from wangdun.archive import Run, Wish
    from wangdun.bulk.stop import stopping
    from wangdun.bulk.view import View

    wish = Wish(folder, chosen, since.strip() if since else None, masked)
    view = View("归档", "条", quiet=quiet)
    with stopping(SAVING) as stop, view.of():
        return Run(db, wish, lambda: datetime.now(UTC)).work(view.show, lambda: stop.asked)


def _say(outcome: Outcome, folder: Path, *, as_json: bool) -> None:
    if as_json:
        facts = {"new_rows": outcome.new_rows, "new_shards": outcome.new_shards, "interrupted": outcome.interrupted}
        print_json(_facts(folder, outcome.manifest) | facts)
        return
    manifest = outcome.manifest
    new = f"新写 {outcome.new_rows:,} 条、{outcome.new_shards} 个分片" if outcome.new_rows else "没有新增内容"
    megabytes = f"{manifest.bytes / 1e6:.1f} MB"
    print_line(f"{folder}：{new}；共 {manifest.rows:,} 条、{len(manifest.shards)} 个分片、{megabytes}")
    note("联系方式已遮挡，这份归档不能用来复查。" if manifest.masked else f"注意：归档{manifest.notice}。")
    if outcome.interrupted:
        note("已中断；再次运行同样的命令会接着做。")


def _facts(folder: Path, manifest: Manifest) -> dict[str, Any]:
    facts: dict[str, Any] = {"folder": str(folder), "id": manifest.id, "rows": manifest.rows}
    return facts | {"shards": len(manifest.shards)} | {"bytes": manifest.bytes, "masked": manifest.masked}


def _check(folder: Path, *, as_json: bool) -> int:
    from wangdun.archive_manifest import faults, load

    manifest = load(folder)
    found = list(faults(folder, manifest))
    if as_json:
        print_json(_facts(folder, manifest) | {"faults": found})
        return 1 if found else 0
    if found:
        raise ArchiveError("\n".join(found))
    print_line(f"归档完好：{folder}，{manifest.rows:,} 条、{len(manifest.shards)} 个分片")
    return 0
