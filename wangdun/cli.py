"""The command ``wangdun``: which commands there are, what they share, how a run of the program ends.

A command lives in ``wangdun/commands/NAME.py`` as ``command`` and is imported only when it is used. It returns its
exit code (None means 0): 0 done, 1 the work failed, 2 usage or configuration, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from wangdun import __version__, chinese, parent
from wangdun.exceptions import UsageError, WangdunError
from wangdun.output import note, prepare_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wangdun.config import Config

COMMANDS = {
    "demo": "演示：启动自带的论坛和商店，采集并给出线索（不联网）",
    "check": "检查 config.yaml、词库、数据文件夹，列出站点（不采集）",
    "site": "站点：试读一个网址、列出平台、识别平台",
    "crawl": "采集一个或全部站点",
    "schedule": "按设置的间隔长期定时采集；查看下次时间、立即采集",
    "worker": "多台机器一起采集时的工作进程（runtime: distributed）",
    "leads": "线索：列表、详情、导出",
    "watch": "线索网页的复查：何时再看、停止、重新开始",
    "evidence": "证据：固定了什么、核验是否完好、保管链、导出、重新固定",
    "refer": "移送：拟稿、审核、导出、送出、回执、结果、催办",
    "deliver": "收发：通知其他系统，向文件夹放材料包，从文件夹读取退回的回执",
    "campaign": "专项行动：计划、报送、成果表、报告",
    "report": "统计分析：一段时间的线索专题分析（形势研判）",
    "console": "研判台：在浏览器中研判线索",
    "ranking": "学习排序：按研判结论训练，改变待研判线索的先后",
    "sample": "抽样：估计漏报率和研判的一致程度",
    "account": "研判台的人员：新建、列表、角色、停用、重设密码",
    "rescan": "用新词库复查已保存的信息，报告哪些线索有变化、为什么",
    "archive": "归档：把已保存的全文写成 Parquet 分片，只写新增的",
    "lexicon": "词库：检查、查词、试一段文本、预演改动，与其他单位交换",
    "scan": "对文件中的文本做检测（Parquet、JSONL、CSV、文本、WARC/WET），不采集",
    "notify": "通知：用邮件、网址或文件告诉值班人员，每件事只说一次",
    "metrics": "监控指标（Prometheus）：显示，或写成文件",
    "retention": "保留期：清理到期的日志、通知和证据，可先看会删除什么",
    "backup": "备份：数据库、证据、配置，做完即核对",
    "restore": "恢复：从备份恢复，全部核对无误才算完成",
    "migrate-store": "换库：把全部数据从 SQLite 转到 PostgreSQL",
    "doctor": "体检：环境、数据库、词库、站点、定时是否正常",
}
"""Name -> one line of help, in the order of a first day; known without importing the command."""

CONFIG_VARIABLE = "WANGDUN_CONFIG"
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
BROKEN_PIPE = 141  # 128 + SIGPIPE, as any program ends under `| head`
USAGE = 2
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # the world's fault, even where it names no file


@dataclass(slots=True)
class Invocation:
    """What all commands share: `click.pass_obj` hands it to them."""

    config_path: Path = Path("config.yaml")
    debug: bool = False

    def load(self) -> Config:
        """Read the configuration.

        Raises:
            ConfigError: it is not valid.
        """
        from wangdun.config import load

        return load(self.config_path)


def _set_config(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        ctx.ensure_object(Invocation).config_path = Path(value)


def _set_debug(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 -- Click calls it
    if value:
        ctx.ensure_object(Invocation).debug = True


def _shared_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--config", "-c"],
            expose_value=False,
            callback=_set_config,
            metavar="文件",
            help=f"配置文件，默认 ./config.yaml 或环境变量 {CONFIG_VARIABLE}",
        ),
        click.Option(
            ["--debug"], is_flag=True, expose_value=False, callback=_set_debug, help="出错时显示程序内部的调用过程"
        ),
    ]


class Command(click.Command):
    """A command that also takes ``--config`` and ``--debug``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **kwargs})
        self.params.extend(_shared_options())


class Group(click.Group):
    """A command with commands below it, such as ``leads``."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", "subcommand_metavar": "命令 …", **kwargs})
        self.params.extend(_shared_options())


class _PipeClosedError(Exception):
    """Raised by `LazyGroup` when whoever reads our output has left."""


class LazyGroup(Group):
    """The commands of `COMMANDS`, imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, D102
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002, D102
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"wangdun.commands.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe is ours to report, Click would call it a failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosedError from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section(chinese.translate("Commands")):
            formatter.write_dl(list(COMMANDS.items()))


json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供其他程序读取")
"""Every command that prints takes it; the parameter is called `as_json`."""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wangdun", message="%(prog)s %(version)s", help="显示版本。")
def cli() -> None:
    """网盾：监测论坛和商店网页，发现涉野生动植物和禁用猎具渔具的广告线索。"""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the program and leave with its exit code."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    parent.follow()
    os.umask(0o077)  # what is kept holds contacts of people: nobody else on this machine reads it
    chinese.install()
    prepare_streams()
    invocation = Invocation(Path(os.environ.get(CONFIG_VARIABLE) or "config.yaml"))
    try:
        result = cli.main(args=args, prog_name="wangdun", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
    except (BrokenPipeError, _PipeClosedError):
        return _leave_pipe()
    except (click.Abort, KeyboardInterrupt):
        note("已中断。")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the boundary of a command: people get one line, not a traceback
        if invocation.debug:
            traceback.print_exc()
        return _report(error)
    return result if isinstance(result, int) else 0


def _leave_pipe() -> int:
    """Whoever read us has left (`| head`): let Python's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _report(error: Exception) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return 0
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    code = exit_code(error)
    if code is None:
        note(f"错误：程序内部错误（{type(error).__name__}：{error}）。加 --debug 可看到详情。")
        return 1
    if isinstance(error, OSError):
        from wangdun.words import why

        note(f"错误：{error.filename or '文件没有写成'}：{why(error)}")
    else:
        note(f"错误：{error}")
    return code


def exit_code(error: Exception) -> int | None:
    """The exit code of an error that was foreseen; None for any other."""
    if isinstance(error, WangdunError):
        return error.exit_code
    for module, name, code in (
        ("keywords.exceptions", "KeywordsError", USAGE),
        ("crawler.exceptions", "RecipeError", USAGE),
        ("storage.exceptions", "StorageError", 1),
        ("referrals.exceptions", "ReferralError", 1),
        ("console.exceptions", "ConsoleError", 1),
    ):
        kind = getattr(sys.modules.get(module), name, None)  # a package that is not loaded cannot have raised
        if kind is not None and isinstance(error, kind):
            return code
    if isinstance(error, OSError) and (error.filename is not None or error.errno in NO_ROOM):
        return 1
    return None


def known_site(config: Config, name: str) -> None:
    """Refuse a site that is not in the configuration.

    Raises:
        UsageError: there is no such site.
    """
    names = [site.name for site in config.crawler.sites]
    if name not in names:
        from wangdun.mistakes import nearest

        near = nearest(name, names)
        raise UsageError(
            f"没有名为 {name!r} 的站点" + (f"，是不是 {near}？" if near else "，用 wangdun check 查看全部站点")
        )
