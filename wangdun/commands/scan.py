"""``wangdun scan``: detection over files, nothing is fetched or stored."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation
from wangdun.exceptions import UsageError
from wangdun.output import note
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from keywords.config import KeywordsConfig
    from wangdun.bulk.folder import Form, Least
    from wangdun.config import Config
    from wangdun.inputs import Format, Unit
    from wangdun.scan import Judged

FORMATS = ("auto", "jsonl", "csv", "text", "warc", "parquet")
REFRESH = 0.5  # seconds between two progress lines
SHOWN_PROBLEMS = 1000  # lines; more would hide the summary, all are counted


@click.command(cls=Command)
@click.argument("files", metavar="文件…|文件夹…|-", nargs=-1, required=True)
@click.option("-o", "--output", metavar="文件", help="结果写到文件（默认标准输出）")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    metavar="文件夹",
    help="分片检测：结果按分片写进这个文件夹，中断后再次运行会接着做",
)
@click.option(
    "--form",
    type=click.Choice(["jsonl", "parquet"]),
    metavar="格式",
    default="jsonl",
    help="--to 的结果格式：jsonl（默认）、parquet",
)
@click.option(
    "--least",
    type=click.Choice(["alert", "review", "mention", "none"]),
    metavar="风险",
    default="review",
    help="--to 写出哪些：alert 告警、review 待核以上（默认）、mention 提及以上、none 全部",
)
@click.option("--restart", is_flag=True, help="--to 不接着上次的做，从头开始")
@click.option("--force", is_flag=True, help="覆盖已有的结果文件")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    metavar="格式",
    default="auto",
    help="jsonl、csv、text、warc（含 WET）、parquet，默认按内容和扩展名判断",
)
@click.option("--whole", is_flag=True, help="每个文件作为一篇文本，而不是一行一篇")
@click.option("--encoding", metavar="编码", help="CSV、文本的编码，默认自动识别 UTF-8、UTF-16、GB18030")
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
    folder: Path | None,
    form: Form,
    least: Least,
    restart: bool,
    force: bool,
    format_: Format,
    whole: bool,
    encoding: str | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """对文件中的文本做检测，每篇输出一行 JSON；不采集、不入库。文件夹指其中全部可识别的文件，也可写 "*.warc.gz"。

    JSONL：每行 {"id", "title", "body"}；CSV、Parquet：有 title、body 或 text 列；price、contact 不空即计为页面标价；
    文本：一行一篇；WARC：其中的 HTML 网页；WET：其中的正文；都可以是 .gz、.zst。
    命中位置按“标题、换行、正文”的字符计，没有标题时标题为空。

    加 --to 则一个文件（大文件切开）为一个分片，只写有命中的，附完整解释和汇总；多台机器运行时由各工作进程分担。
    """
    config, keywords, cache = _settings(invocation)
    found = check_arguments(files, encoding)
    kind: Format = "whole" if whole else format_
    if folder is None:
        with _destination(output, force=force) as file:
            return _run(_units(found, kind, encoding), keywords, workers, file, cache)
    if output is not None:
        raise UsageError("-o 和 --to 只能选一个：-o 写一个文件，--to 按分片写进文件夹")
    from wangdun.bulk.asking import Wish, scan
    from wangdun.cores import available

    wish = Wish(folder, found, kind, encoding, form, least, workers or available(), restart, as_json)
    return scan(wish, keywords, cache, config)


def _settings(invocation: Invocation) -> tuple[Config | None, KeywordsConfig, Path | None]:
    """The lexicon's settings and the cache: a bare checkout without config.yaml scans with the built-in lexicon."""
    from keywords.config import KeywordsConfig

    default = invocation.config_path == Path("config.yaml") and not invocation.config_path.exists()
    if default:
        return None, KeywordsConfig(), None
    config = invocation.load()
    return config, config.keywords, config.storage.data_dir / "cache"


def check_arguments(files: Sequence[str], encoding: str | None) -> list[str]:
    """The files that are meant; what cannot work is refused before anything is read.

    Raises:
        UsageError: an unreadable file or an unknown encoding.
    """
    from wangdun.bulk.sources import expand

    try:
        "".encode(encoding or "utf-8")
    except LookupError as error:
        raise UsageError(f"没有这种编码：{encoding!r}") from error
    return expand(files)


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
