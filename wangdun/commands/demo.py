"""wangdun demo: the main job on a bundled forum and shop, without internet; then the console with its leads."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import ConfigError, UsageError, WangdunError
from wangdun.output import note, print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.leads import Lead
    from wangdun.config import Config
    from wangdun.crawl import SiteRun
    from wangdun.demo.server import DemoSites

PORTS = (8791, 8792)  # fixed, so that links of an earlier demo still open; any free ones where these are taken
OFFICE = {"referrals": {"office": {"name": "演示单位", "short": "演示移"}}}  # letters need somebody who signs
PICTURES = 3  # of the riskiest leads: a few seconds each, and somebody is waiting for the first demo
SHOWN = 60  # leads on the screen: all of a first demo


@click.command(cls=Command, help="演示：采集自带的论坛和商店，给出线索，打开研判台（不联网）。")
@click.option("--once", is_flag=True, help="显示线索后自动结束，不打开研判台（供脚本使用；--json 时总是如此）")
@click.option("--no-screens", is_flag=True, help="不用浏览器截取线索网页")
@click.option("--data", "folder", default="data/demo", show_default=True, metavar="文件夹", help="演示数据存放处")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="端口",
    help="研判台的监听端口，默认取 -c 所给配置的 console.port，没有则 8710；0 为任意空闲端口",
)
@json_option
@click.pass_obj
def command(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation, *, once: bool, no_screens: bool, folder: str, port: int | None, as_json: bool
) -> int:
    """Serve, crawl, show; as JSON it ends after that."""
    from wangdun.commands.crawl import print_runs
    from wangdun.crawl import exit_code

    configured = _configured_port(invocation) if port is None else None
    with _sites() as sites:
        config = _write_config(sites, Path(folder).absolute())
        if as_json:
            runs = _crawl(config, quiet=True)
            print_json(_facts(config, runs))
            return exit_code(runs)
        print_line(f"演示论坛：{sites.forum_url}\n演示商店：{sites.shop_url}\n")
        runs = _crawl(config)
        print_runs(runs)
        code = exit_code(runs)
        if not code and not no_screens:
            _take_pictures(config)
        _show(config)
        if once or code:
            return code
        usual = config.console.port if configured is None else configured
        _open_console(config, (usual, 0) if port is None else (port,))  # 0: any free one where the usual one is taken
    return 0


def _configured_port(invocation: Invocation) -> int | None:
    """Where the console listens by the user's own configuration, which the demo takes nothing else of; None without one.

    Raises:
        ConfigError: the file that was named is not valid.
    """
    try:
        return invocation.load().console.port
    except ConfigError:
        if invocation.config_path != Invocation().config_path:
            raise
        return None  # nobody named the file: whoever has none yet, or half of one, may see the demo


def _open_console(config: Config, ports: tuple[int, ...]) -> None:
    """Until Ctrl-C, on the first of `ports` that is free; the demo sites go on meanwhile, so that links open."""
    from wangdun import logs
    from wangdun.commands.console import serve

    logs.start_quietly(config, "console")
    told = _entrance(config)
    print_line("\n演示站点保持运行，线索的链接可以打开。")
    wanted = config.console.model_copy(update={"address": "127.0.0.1"})  # whatever the environment says
    for left, port in enumerate(ports, 1 - len(ports)):
        here = replace(config, console=wanted.model_copy(update={"port": port}))
        try:
            return serve(here, opens=_has_display(), remark=told)
        except UsageError:
            if not left:
                raise
    return None


def _entrance(config: Config) -> str:
    """How to sign in, for people."""
    from wangdun.commands.leads import opened
    from wangdun.demo.people import entrance

    with opened(config) as db:
        door = entrance(db, datetime.now(UTC))
    if door is None:
        return "数据文件夹里已有人员，请用原有的账号登录。"
    return f"登录账号：{door.name}　密码：{door.password}（本次演示有效）　复核员账号：{door.second}，密码相同"


def _has_display() -> bool:
    """Whether a browser can show itself."""
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _take_pictures(config: Config) -> None:
    """Have the browser look at the riskiest leads; say so where there is none."""
    from crawler.browser import finding
    from wangdun.commands.evidence_screens import follow_up

    if absence := finding.absence(config.storage.evidence.browser):
        note(f"没有截屏：{absence}")
        return
    follow_up(config, limit=PICTURES)
    print_line(f"其余的随时可截：{_program()} -c {_shown(config.path)} evidence screens\n")


@contextlib.contextmanager
def _sites() -> Iterator[DemoSites]:
    from wangdun.demo.server import DemoSites

    with contextlib.ExitStack() as stack:
        try:
            sites = stack.enter_context(DemoSites(*PORTS))
        except OSError:  # somebody uses these ports
            sites = stack.enter_context(DemoSites())
        yield sites


def _write_config(sites: DemoSites, folder: Path) -> Config:
    from wangdun.config import load

    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "config.yaml"
        text = yaml.safe_dump(sites.config(".") | OFFICE, allow_unicode=True, sort_keys=False)
        path.write_text(f"# 演示用配置，每次演示重写\n{text}", encoding="utf-8")
    except OSError as error:
        raise WangdunError(f"无法写入演示文件夹 {folder}：{error.strerror}") from error
    return load(path)


def _crawl(config: Config, *, quiet: bool = False) -> list[SiteRun]:
    from wangdun.crawl import Workers
    from wangdun.progress import Display

    names = [site.name for site in config.crawler.sites]
    with Display.fitting(quiet=quiet, every=1.0) as display, Workers(config, "demo", tell=display.tell) as workers:
        return workers.run(names)


def _facts(config: Config, runs: list[SiteRun]) -> dict[str, Any]:
    from storage import leads
    from wangdun.commands.leads import export_of, opened
    from wangdun.routed_leads import all_routed

    export = export_of(config, full=False)
    with opened(config) as db:
        found = [export.facts(lead) for lead in all_routed(config, db, leads.list(db, limit=SHOWN))]
    return {"runs": [asdict(run) for run in runs], "leads": found, "database": str(config.storage.database_file)}


def _found(config: Config) -> tuple[tuple[Lead, ...], int]:
    """The first leads, and how many there are."""
    from storage import leads
    from wangdun.commands.leads import opened

    with opened(config) as db:
        return leads.list(db, limit=SHOWN), leads.count(db)


def _show(config: Config) -> None:
    from wangdun.commands.leads import export_of, print_leads

    found, total = _found(config)
    print_leads(
        found, export_of(config, full=False), title=f"线索（共 {total} 条，风险高的在前；网络监测线索，供核查）"
    )
    print_line(f"\n数据存放：{config.storage.database_file}")
    program = f"{_program()} -c {_shown(config.path)}"
    print_line(f"查看一条：{program} leads show 编号")
    print_line(f"导出表格：{program} leads export --format xlsx -o 线索.xlsx")


def _program() -> str:
    """How this program is called from here."""
    import shutil

    return "wangdun" if shutil.which("wangdun") else _shown(Path(sys.argv[0]))


def _shown(path: Path) -> str:
    """Relative where that is shorter to type."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
