"""``wangdun scan``: detection over files, nothing is fetched or stored."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation
from wangdun.output import note
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keywords.config import KeywordsConfig
    from wangdun.inputs import Format, Unit
    from wangdun.scan import Judged

FORMATS = ("auto", "jsonl", "csv", "text", "warc")
REFRESH = 0.5  # seconds between two progress lines
SHOWN_PROBLEMS = 1000  # lines; more would hide the summary, all are counted


@click.command(cls=Command)
@click.argument("files", metavar="文件…|-", nargs=-1, required=True)
@click.option("-o", "--output", metavar="文件", help="结果写到文件（默认标准输出）")
@click.option("--force", is_flag=True, help="覆盖已有的结果文件")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    metavar="格式",
    default="auto",
    help="jsonl、csv、text、warc，默认按扩展名和内容判断",
)
@click.option("--whole", is_flag=True, help="每个文件作为一篇文本，而不是一行一篇")
@click.option("--encoding", metavar="编码", help="CSV、文本的编码，默认自动识别 UTF-8、GB18030")
@click.option(
    "--workers", "--jobs", "workers", type=click.IntRange(1, 256), metavar="数", help="进程数，默认等于可用的 CPU 核数"
)
@click.option("--json", "as_json", is_flag=True, help="输出本来就是 JSON，一行一条；此选项可省")
@click.pass_obj
def command(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    files: tuple[str, ...],
    *,
    output: str | None,
    force: bool,
    format_: Format,
    whole: bool,
    encoding: str | None,
    workers: int | None,
    as_json: bool,  # noqa: ARG001 -- accepted everywhere, the answer is JSON anyway
) -> int:
    """对文件中的文本做检测，每篇输出一行 JSON；不采集、不入库。

    JSONL：每行 {"id", "title", "body"}；CSV：第一行有 title、body 或 text 列；price、contact 不空即计为页面标价；文本：一行一篇；
    WARC：其中的 HTML 网页。命中位置按“标题、换行、正文”的字符计，没有标题时标题为空。
    """
    config, cache = _keywords(invocation)
    check_arguments(files, encoding)
    units = _units(files, "whole" if whole else format_, encoding)
    with _destination(output, force=force) as file:
        return _run(units, config, workers, file, cache)


def _keywords(invocation: Invocation) -> tuple[KeywordsConfig, Path | None]:
    """The lexicon's settings and the cache: a bare checkout without config.yaml scans with the built-in lexicon."""
    from keywords.config import KeywordsConfig

    default = invocation.config_path == Path("config.yaml") and not invocation.config_path.exists()
    if default:
        return KeywordsConfig(), None
    config = invocation.load()
    return config.keywords, config.storage.data_dir / "cache"


def check_arguments(files: Iterable[str], encoding: str | None) -> None:
    """Refuse what cannot work before anything is read.

    Raises:
        UsageError: an unreadable file or an unknown encoding.
    """
    from wangdun.exceptions import UsageError
    from wangdun.inputs import check_readable

    for name in files:
        if name != "-":
            check_readable(Path(name))
    try:
        "".encode(encoding or "utf-8")
    except LookupError as error:
        raise UsageError(f"没有这种编码：{encoding!r}") from error


def _units(files: Iterable[str], kind: Format, encoding: str | None) -> Iterator[Unit]:
    from wangdun.inputs import Unit, read_units

    for name in files:
        try:
            yield from read_units(name, kind, encoding)
        except OSError as error:  # a torn gzip or a failing disk: the other files are still judged
            yield Unit(name, 0, "bad", body=f"读取中断：{why(error)}")


@contextmanager
def _destination(output: str | None, *, force: bool) -> Iterator[IO[str]]:
    if output is None or output == "-":
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8")  # JSON is UTF-8 whatever the terminal speaks
        yield sys.stdout
        return
    from wangdun.files import replacing

    with replacing(Path(output), force=force) as temporary, temporary.open("w", encoding="utf-8") as file:
        yield file


def _run(units: Iterable[Unit], config: KeywordsConfig, workers: int | None, file: IO[str], cache: Path | None) -> int:
    from wangdun.cores import Cores, available
    from wangdun.scan import judge_all

    progress = Progress()
    try:
        with Cores(config, workers or available(), cache=cache) as cores:
            for judged in judge_all(units, cores):
                file.writelines(f"{line}\n" for line in judged.lines)
                progress.add(judged)
    finally:
        progress.end()
    return 1 if progress.problems else 0


class Progress:
    """Tells how far the scan is: on a terminal as it goes, elsewhere once at the end."""

    def __init__(self) -> None:
        self.texts = self.flagged = self.problems = 0
        self.live = sys.stderr.isatty()
        self.began = self.shown = time.monotonic()

    def add(self, judged: Judged) -> None:
        """Count a batch and report its problems."""
        self.texts += len(judged.lines)
        self.flagged += judged.flagged
        for problem in judged.problems:
            self.problems += 1
            if self.problems <= SHOWN_PROBLEMS:
                self._clear()
                note(problem)
        if self.live and time.monotonic() - self.shown >= REFRESH:
            self.shown = time.monotonic()
            sys.stderr.write(f"\r{self._text()}，{self.rate:,.0f} 篇/秒")
            sys.stderr.flush()

    def end(self) -> None:
        """Say the totals."""
        self._clear()
        note(self._text())

    @property
    def rate(self) -> float:
        """Texts a second since the beginning."""
        return self.texts / max(time.monotonic() - self.began, 1e-9)  # 1e-9: two readings of the clock may be equal

    def _text(self) -> str:
        return f"已检测 {self.texts:,} 篇，告警或待核 {self.flagged:,} 篇，无法读取 {self.problems:,} 处"

    def _clear(self) -> None:
        if self.live:
            sys.stderr.write("\r\x1b[K")
