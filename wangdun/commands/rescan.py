"""``wangdun rescan``: the lexicon of today reads what was stored yesterday."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import INTERRUPTED, Command, Invocation, json_option, known_site
from wangdun.commands.leads import opened, read_since
from wangdun.exceptions import UsageError
from wangdun.output import note, print_json

if TYPE_CHECKING:
    from keywords.config import KeywordsConfig
    from storage.database import Database
    from storage.rejudging import Selection
    from wangdun.config import Config
    from wangdun.cores import Cores
    from wangdun.rescan import Outcome, Run, Wish

NEWEST = "newest"
SAVING = "正在保存这一批，随后停止；再按一次 Ctrl-C 立即停止（也不会丢失已完成的部分）。"
GO_ON = "已完成的部分都已保存；再次运行同样的命令会从中断处继续（--restart 可从头开始）。"


@click.command(cls=Command)
@click.option("--since", metavar="时间", help="只复查此后首次发现或有改动的：2026-11-01，或 12h、7d、2w（最近多久）")
@click.option(
    "--lexicon", "overlay", metavar="文件", multiple=True, help="以这个本地词库文件代替配置里的 overlay（可多次）"
)
@click.option("--site", metavar="站点", help="只复查一个站点")
@click.option(
    "--from",
    "archive",
    type=click.Path(path_type=Path),
    metavar="归档文件夹",
    help="读 wangdun archive 写的分片，而不从数据库逐条读；归档之后有改动的不看",
)
@click.option("--dry-run", is_flag=True, help="试运行：只报告会有什么变化，不写入任何内容")
@click.option("--restart", is_flag=True, help="不接着上次中断的复查，从头开始")
@click.option("--workers", type=click.IntRange(1, 256), metavar="数", help="进程数，默认等于可用的 CPU 核数")
@click.option(
    "--report", is_flag=False, flag_value=NEWEST, metavar="[编号]", help="只显示以往某次复查的报告，不写编号即最近一次"
)
@json_option
@click.pass_obj
def command(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    since: str | None,
    overlay: tuple[str, ...],
    site: str | None,
    archive: Path | None,
    dry_run: bool,
    restart: bool,
    workers: int | None,
    report: str | None,
    as_json: bool,
) -> int:
    """用当前词库复查已保存的全部信息：补上漏掉的线索，调整没有研判过的线索，报告改了什么、为什么。

    随时可以中断（Ctrl-C），再次运行会从中断处继续。已研判的线索不会被改动，只列出来；原来的解释都保留。
    """
    config = invocation.load()
    if report is not None:
        return _show_report(config, report, as_json=as_json)
    keywords = _keywords(config, overlay)
    with opened(config) as db:
        if archive is not None and (site or since):
            raise UsageError("--from 复查整个归档，不能再加 --site、--since；可以按站点、时间另做归档")
        chosen = _selection(config, db, site, since)
        from wangdun.rescan import Wish

        wish = Wish(chosen, tuple(path.name for path in keywords.overlay), restart, dry_run)
        outcome = _run(config, keywords, db, wish, workers, archive)
    _print(config, outcome, as_json=as_json)
    if overlay and not dry_run and keywords.overlay != config.keywords.overlay:
        note("注意：之后的采集仍用 config.yaml 里的词库；要长期使用请写入 keywords.overlay。")
    return INTERRUPTED if outcome.interrupted else 0


def _keywords(config: Config, overlay: tuple[str, ...]) -> KeywordsConfig:
    if not overlay:
        return config.keywords
    from wangdun.inputs import check_readable

    files = tuple(Path(name).absolute() for name in overlay)
    for file in files:
        check_readable(file)
    return config.keywords.model_copy(update={"overlay": files})


def _selection(config: Config, db: Database, site: str | None, since: str | None) -> Selection:
    from storage import sites
    from storage.rejudging import Selection

    if site is not None and sites.find(db, site) is None:
        known_site(config, site)  # a site that left the configuration keeps its listings
    moment = read_since(since, datetime.now(UTC), ZoneInfo(config.wangdun.timezone))
    return Selection(site, moment, since.strip() if since else None)


def _run(  # noqa: PLR0913, PLR0917 -- one fact each
    config: Config, keywords: KeywordsConfig, db: Database, wish: Wish, workers: int | None, archive: Path | None
) -> Outcome:
    from storage.exceptions import StorageError
    from wangdun.bulk.stop import stopping
    from wangdun.cores import Cores, available
    from wangdun.exceptions import WorkersLost
    from wangdun.locks import file_lock, lock_folder
    from wangdun.rescan_view import View

    with ExitStack() as held:
        if not wish.dry_run:
            held.enter_context(file_lock(lock_folder(config.storage.data_dir) / "rescan.lock", "复查正在进行中"))
        cores = held.enter_context(Cores(keywords, workers or available(), cache=config.storage.data_dir / "cache"))
        stop = held.enter_context(stopping(SAVING))
        try:
            return _run_of(db, cores, wish, archive).work(View(), lambda: stop.asked)
        except (StorageError, WorkersLost):
            if not wish.dry_run:
                note(GO_ON)
            raise


def _run_of(db: Database, cores: Cores, wish: Wish, archive: Path | None) -> Run:
    from wangdun.rescan import Run

    if archive is None:
        return Run(db, cores, wish, lambda: datetime.now(UTC))
    from wangdun.rescan_archive import Archive

    source = Archive(db, cores, archive)
    newer = source.newer()
    if newer:
        note(f"归档之后有 {newer:,} 条信息新增或有改动，这次不看；先运行 wangdun archive 即可包括在内。")
    return Run(db, cores, replace(wish, chosen=source.chosen), lambda: datetime.now(UTC), source)


def _print(config: Config, outcome: Outcome, *, as_json: bool) -> None:
    from wangdun.rescan_report import as_facts, print_report

    if as_json:
        facts: dict[str, Any] = as_facts(outcome.summary, outcome.rescan)
        print_json(facts | {"resumed": outcome.resumed, "interrupted": outcome.interrupted})
    else:
        print_report(outcome.summary, outcome.rescan, ZoneInfo(config.wangdun.timezone))
    sys.stdout.flush()
    if outcome.resumed:
        note("本次接着上次中断的复查；报告包含两次的变化。")
    if outcome.interrupted and outcome.rescan is not None:
        note(f"已中断。{GO_ON}")


def _show_report(config: Config, which: str, *, as_json: bool) -> int:
    from storage import rescans
    from wangdun.rescan_report import as_facts, print_report
    from wangdun.rescan_summary import Summary

    if which != NEWEST and not which.isdecimal():
        raise UsageError(f"复查的编号应为数字：{which!r}")
    with opened(config) as db:
        rescan = rescans.newest(db) if which == NEWEST else rescans.get(db, int(which))
        if rescan is None:
            raise UsageError("还没有做过复查" if which == NEWEST else f"没有编号为 {which} 的复查")
        summary = Summary.of(rescans.changes(db, rescan.id), rescan.scanned)
    if as_json:
        print_json(as_facts(summary, rescan))
    else:
        print_report(summary, rescan, ZoneInfo(config.wangdun.timezone))
    return 0
