"""wangdun demo: the main job on a bundled forum and shop, without internet."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from wangdun.cli import Command, Invocation
from wangdun.exceptions import WangdunError
from wangdun.output import print_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wangdun.config import Config
    from wangdun.demo.server import DemoSites

PORTS = (8791, 8792)  # fixed, so that links of an earlier demo still open; any free ones where these are taken
SHOWN = 60  # leads on the screen: all of a first demo


@click.command(cls=Command, help="演示：启动自带的论坛和商店，采集并给出线索（不联网）。")
@click.option("--once", is_flag=True, help="显示线索后自动结束，不再保持演示站点运行（供脚本使用）")
@click.option("--data", "folder", default="data/demo", show_default=True, metavar="文件夹", help="演示数据存放处")
@click.pass_obj
def command(_invocation: Invocation, *, once: bool, folder: str) -> int:
    """Serve, crawl, show."""
    with _sites() as sites:
        config = _write_config(sites, Path(folder).absolute())
        print_line(f"演示论坛：{sites.forum_url}\n演示商店：{sites.shop_url}\n")
        code = _crawl(config)
        _show(config)
        if once or code:
            return code
        print_line("\n演示站点保持运行，可用浏览器打开上面的链接；按 Ctrl-C 结束。")
        with contextlib.suppress(KeyboardInterrupt):
            _wait()
    return 0


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
        text = yaml.safe_dump(sites.config("."), allow_unicode=True, sort_keys=False)
        path.write_text(f"# 演示用配置，每次演示重写\n{text}", encoding="utf-8")
    except OSError as error:
        raise WangdunError(f"无法写入演示文件夹 {folder}：{error.strerror}") from error
    return load(path)


def _crawl(config: Config) -> int:
    from wangdun.commands.crawl import print_runs
    from wangdun.crawl import Workers, exit_code
    from wangdun.progress import Display

    names = [site.name for site in config.crawler.sites]
    with Display.fitting(every=1.0) as display, Workers(config, "demo", tell=display.tell) as workers:
        runs = workers.run(names)
    print_runs(runs)
    return exit_code(runs)


def _show(config: Config) -> None:
    from storage import leads
    from storage.database import Database
    from wangdun.commands.leads import export_of, print_leads

    db = Database.open(config.storage)
    try:
        found = leads.list(db, limit=SHOWN)
        total = leads.count(db)
    finally:
        db.close()
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


def _wait() -> None:
    import threading

    threading.Event().wait()
