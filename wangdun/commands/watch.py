"""``wangdun watch``: which leads' pages are looked at when; ending and beginning a watch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import Group, Invocation, json_option, known_site
from wangdun.exceptions import UsageError
from wangdun.output import local_time, one_line, print_json, print_line, print_table
from wangdun.words import PAGE_STATES, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.database import Database
    from storage.evidence.watching import Watched
    from wangdun.config import Config

COLUMNS = ("线索", "站点", "网页现状", "上次复查", "下次复查", "链接")
LONGEST_ID = 2**63 - 1  # what a database can compare
MOST = 100_000  # rows that a person may ask for
lead_argument = click.argument("lead_id", metavar="线索编号", type=click.IntRange(1, LONGEST_ID))


@click.group(cls=Group)
def command() -> None:
    """线索网页的复查：何时再看、停止、重新开始。"""


@command.command("list")
@click.option("--site", metavar="站点", help="只看一个站点")
@click.option(
    "--limit", type=click.IntRange(1, MOST), metavar="数", default=50, show_default=True, help="最多列出多少条"
)
@json_option
@click.pass_obj
def list_(invocation: Invocation, *, site: str | None, limit: int, as_json: bool) -> None:
    """还要复查的线索，最先到时间的在前。"""
    from storage.evidence import watching
    from wangdun.commands.leads import opened

    config = invocation.load()
    with opened(config) as db:
        _check_site(config, db, site)
        watching.enrol(db, config.crawler.watch, datetime.now(UTC))
        found = watching.upcoming(db, limit, site=site)
    _show(config, found, as_json=as_json, none="没有要复查的线索。")


@command.command("due")
@click.option(
    "--limit", type=click.IntRange(1, MOST), metavar="数", default=50, show_default=True, help="最多列出多少条"
)
@json_option
@click.pass_obj
def due(invocation: Invocation, *, limit: int, as_json: bool) -> None:
    """已到时间、还没有复查的线索。"""
    from storage.evidence import watching
    from wangdun.commands.leads import opened

    config = invocation.load()
    now = datetime.now(UTC)
    with opened(config) as db:
        watching.enrol(db, config.crawler.watch, now)
        found = watching.overdue(db, config.crawler.watch, now, limit)
    _show(config, found, as_json=as_json, none="没有到时间的复查。")


@command.command("stop")
@lead_argument
@json_option
@click.pass_obj
def stop(invocation: Invocation, *, lead_id: int, as_json: bool) -> None:
    """不再复查一条线索的网页；采集时见到的变化照样记录。"""
    from storage.evidence import watching
    from wangdun.commands.leads import opened

    config = invocation.load()
    with opened(config) as db:
        watching.enrol(db, config.crawler.watch, datetime.now(UTC))
        before = watching.of_lead(db, lead_id)
        if not watching.stop(db, lead_id):
            raise UsageError(f"线索 {lead_id} 不存在或没有在复查")
    done = "的复查已经停止，没有改动" if before is not None and before.stopped else "已停止复查"
    _say(lead_id, done, watching=False, as_json=as_json)


@command.command("start")
@lead_argument
@json_option
@click.pass_obj
def start(invocation: Invocation, *, lead_id: int, as_json: bool) -> None:
    """从头开始复查一条线索的网页，第一次尽快。"""
    from storage.evidence import watching
    from wangdun.commands.leads import opened

    config = invocation.load()
    steps = config.crawler.watch
    if not steps:
        raise UsageError("config.yaml 中 crawler.watch 为空，不复查任何线索")
    with opened(config) as db:
        if not watching.start(db, lead_id, steps, datetime.now(UTC)):
            raise UsageError(f"没有编号为 {lead_id} 的线索")
    _say(lead_id, "已重新开始复查", watching=True, as_json=as_json)


def _check_site(config: Config, db: Database, site: str | None) -> None:
    from storage import sites

    if site is not None and sites.find(db, site) is None:
        known_site(config, site)  # a site that left the configuration keeps its leads


def _say(lead_id: int, done: str, *, watching: bool, as_json: bool) -> None:
    if as_json:
        print_json({"lead": lead_id, "watching": watching})
    else:
        print_line(f"线索 {lead_id} {done}")


def _show(config: Config, found: Sequence[Watched], *, as_json: bool, none: str) -> None:
    if as_json:
        print_json([_facts(one) for one in found])
        return
    if not found:
        print_line(none)
        return
    print_table(COLUMNS, _rows(found, ZoneInfo(config.wangdun.timezone)))


def _rows(found: Sequence[Watched], zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    for one in found:
        failed = f"（连续 {one.failures} 次未能访问）" if one.failures else ""
        times = (local_time(one.last_at, zone) + failed, local_time(one.next_at, zone))
        yield str(one.lead_id), one.site, said(PAGE_STATES, one.state), *times, one_line(one.url)


def _facts(one: Watched) -> dict[str, Any]:
    return {
        "lead": one.lead_id,
        "site": one.site,
        "url": one.url,
        "state": one.state or None,
        "visits_of_schedule": one.step,
        "failures": one.failures,
        "last_visit": one.last_at.isoformat() if one.last_at else None,
        "next_visit": one.next_at.isoformat() if one.next_at else None,
    }
