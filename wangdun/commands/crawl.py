"""wangdun crawl: read the configured sites now."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation, json_option, known_site
from wangdun.exceptions import UsageError
from wangdun.output import note, print_json, print_line, print_table
from wangdun.words import RUN_STATUS, said

if TYPE_CHECKING:
    from wangdun.config import Config
    from wangdun.crawl import SiteRun


@click.command(cls=Command, help="采集一个或全部站点，发现的线索存入数据库。")
@click.argument("names", nargs=-1, metavar="[站点名]…")
@click.option("--due", is_flag=True, help="只采集到了时间的站点（供 cron 或 systemd 定时调用）")
@click.option("--full", is_flag=True, help="全部信息重新读取，不管列表上有无变化")
@click.option("--watch", is_flag=True, help="只复查线索的网页，不读列表；不写站点名时只复查到了时间的站点")
@click.option("--no-screens", is_flag=True, help="采集后不截屏，留在队列中（用 wangdun evidence screens 截取）")
@click.option("--trigger", default="manual", hidden=True)
@json_option
@click.pass_obj
def command(  # noqa: PLR0913 -- one parameter an option
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    due: bool,
    full: bool,
    watch: bool,
    no_screens: bool,
    trigger: str,
    as_json: bool,
) -> int:
    """Crawl and report; then pictures of what was found, and time stamps."""
    from wangdun.commands.evidence_screens import follow_up
    from wangdun.crawl import INTERRUPTED, Workers, exit_code
    from wangdun.disk import refuse_full
    from wangdun.progress import Display

    config = invocation.load()
    chosen = _chosen(config, names, due=due, watch=watch)
    if not chosen:
        _say_nothing_due(as_json=as_json, watch=watch)
        return 0
    refuse_full(config)
    with (
        Display.fitting(quiet=as_json) as display,
        Workers(config, trigger, full, watch, display.tell) as workers,
    ):
        runs = workers.run(chosen)
    if as_json:
        print_json([asdict(run) for run in runs])
    else:
        print_runs(runs)
    code = exit_code(runs)
    if not no_screens and code != INTERRUPTED:
        follow_up(config, quiet=as_json)
    return code


def _chosen(config: Config, names: tuple[str, ...], *, due: bool, watch: bool) -> list[str]:
    for name in names:
        known_site(config, name)
    if due or (watch and not names):
        return _due(config, names, watch=watch)
    enabled = [site.name for site in config.crawler.sites if site.enabled]
    if not names and not enabled:
        raise UsageError("config.yaml 中没有启用的站点；用 wangdun site add 网址 生成站点设置")
    return list(dict.fromkeys(names)) or enabled


def _due(config: Config, names: tuple[str, ...], *, watch: bool) -> list[str]:
    from storage.database import Database
    from wangdun.planning import due_sites, watch_due_sites

    db = Database.open(config.storage, tell=note)
    try:
        due = (watch_due_sites if watch else due_sites)(config, db, datetime.now(UTC))
    finally:
        db.close()
    return [name for name in due if not names or name in names]


def _say_nothing_due(*, as_json: bool, watch: bool) -> None:
    if as_json:
        print_json([])
    else:
        note("没有到时间的复查。" if watch else "没有到时间的站点。")


def print_runs(runs: list[SiteRun]) -> None:
    """One line a site, then what a person should know about it."""
    columns = ("站点", "结果", "网页", "新增", "改动", "未变", "消失", "命中", "线索", "出错")
    print_table(columns, [_row(run) for run in runs], title="采集结果")
    for run in runs:
        for finding in run.findings:
            print_line(f"{'✗' if finding['level'] == 'error' else '!'} {run.site}：{finding['reason']}")
        for url, reason in run.issues:
            print_line(f"  · {reason}  {url}")


def _row(run: SiteRun) -> list[str]:
    tally = run.tally
    unchanged = tally.get("listings_unchanged", 0) + tally.get("listings_seen", 0)
    counts = [tally.get("listings_new", 0), tally.get("listings_changed", 0) + tally.get("listings_back", 0), unchanged]
    rest = [tally.get(name, 0) for name in ("listings_gone", "hits", "leads", "errors")]
    return [run.site, said(RUN_STATUS, run.status), *map(str, (tally.get("pages", 0), *counts, *rest))]
