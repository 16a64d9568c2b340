"""``wangdun check``: is the configuration right? Nothing is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from crawler.config import Site
    from wangdun.config import Config

COLUMNS = ("站点", "平台", "起始页", "采集", "期间", "静默时段", "robots.txt")


@click.command(cls=Command)
@json_option
@click.pass_obj
def command(invocation: Invocation, *, as_json: bool) -> None:
    """检查 config.yaml、词库、平台、分工规则、函件模板和数据文件夹，列出站点；不采集。"""
    from keywords.detector import Detector
    from wangdun import exchange, refer_check
    from wangdun.doctor import writing_problem

    config = invocation.load()
    detector = Detector.load(config.keywords)
    problem = writing_problem(config.storage.data_dir)
    if problem:
        raise UsageError(f"数据文件夹 {config.storage.data_dir} 不可写：{problem}")
    duties, letters, delivery = _duties(config), refer_check.checked(config), exchange.hints(config)
    if as_json:
        print_json(_facts(config, detector.version) | {"duties": duties, "delivery": delivery} | letters)
        return
    print_table(COLUMNS, [_row(site) for site in config.crawler.sites])
    print_line(f"配置正确：{len(config.crawler.sites)} 个站点，词库版本 {detector.version}")
    print_line(f"数据文件夹 {config.storage.data_dir}")
    print_line(f"分工规则 {duties['rules']} 条（{duties['name']}），没有冲突")
    own = f"；本单位的函件模板：{'、'.join(letters['templates'])}" if letters["templates"] else ""
    print_line(f"节假日表 {'、'.join(map(str, letters['holidays']))} 年{own}")
    for one in (*duties["hints"], *delivery, *refer_check.hints(config)):
        print_line(f"提示：{one}")
    if not config.crawler.sites:
        print_line("还没有站点：在 crawler.sites 下加几行，或用 wangdun site add 网址 识别平台")


def _duties(config: Config) -> dict[str, Any]:
    """The table of duties. Raises UsageError: it cannot be read, or contradicts itself."""
    from referrals.config import NAMES
    from referrals.exceptions import RulesError
    from referrals.routing import checking, rules

    try:
        table = rules.load(config.referrals.rules)
    except RulesError as error:
        raise UsageError(str(error)) from error
    found = checking.problems(table, NAMES)
    serious = [f"{one.place}  {one.message}" for one in found if one.serious]
    if serious:
        raise UsageError("\n".join(serious))
    return {
        "name": table.name,
        "rules": len(table.leads) + len(table.supports),
        "version": table.version,
        "hints": [f"{one.place}  {one.message}" for one in found],
    }


def _row(site: Site) -> tuple[str, ...]:
    from wangdun.planning import how_text

    more = f" 等 {len(site.start)} 个" if len(site.start) > 1 else ""
    robots = "遵守" if site.robots.obey else f"不遵守：{site.robots.reason}"
    return (site.name, site.platform, site.start[0] + more, how_text(site), _active(site), _quiet(site), robots)


def _active(site: Site) -> str:
    if site.active is None:
        return "—"
    return f"{site.active.start or ''} 至 {site.active.end or ''}"


def _quiet(site: Site) -> str:
    return f"{site.quiet.start:%H:%M}-{site.quiet.end:%H:%M}" if site.quiet else "—"


def _facts(config: Config, lexicon_version: str) -> dict[str, Any]:
    from wangdun.planning import how_text

    sites = [
        {
            "name": site.name,
            "platform": site.platform,
            "start": list(site.start),
            "enabled": site.enabled,
            "how": how_text(site),
            "robots_override": site.robots.reason if not site.robots.obey else None,
        }
        for site in config.crawler.sites
    ]
    return {
        "config": str(config.path),
        "hash": config.hash,
        "lexicon_version": lexicon_version,
        "data_dir": str(config.storage.data_dir),
        "sites": sites,
    }
