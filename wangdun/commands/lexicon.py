"""``wangdun lexicon``: what the keeper of the lexicon needs, from a look at one word to packs for other offices."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Group, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.lexicon.bar import Bar
from wangdun.output import note, print_json, print_line, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wangdun.lexicon.checking import Finding
    from wangdun.lexicon.exchanging import Arrival
    from wangdun.lexicon.installed import Installed
    from wangdun.lexicon.previewing import Item, Tally

LEVELS = {"error": "错误", "warning": "注意"}
MOST_INPUT = 16 << 20  # bytes read from standard input: the longest page has a quarter of it


@click.group(cls=Group)
def command() -> None:
    """词库：检查、查词、试一段文本、预演改动，与其他单位交换。"""


def _installed(invocation: Invocation) -> Installed:
    from wangdun.lexicon.installed import installed

    return installed(invocation)


@command.command("check")
@click.argument("files", metavar="[文件]…", nargs=-1)
@json_option
@click.pass_obj
def check(invocation: Invocation, files: tuple[str, ...], *, as_json: bool) -> int:
    """检查词库：写法、编号、语境组、普通词，并逐条试词条的正例反例；不写文件即检查全部。

    有错误时退出码为 1。文件按“放在现有词库之上”检查，可以是本地词库或别的单位的词库包。
    """
    from wangdun.lexicon import checking

    here = _installed(invocation)
    asked = [Path(name) for name in files]
    bar = Bar("试例子")
    try:
        found, tried = checking.check(here.keywords.overlay, asked, bar.step)
    finally:
        bar.close()
    errors = sum(finding.level == "error" for finding in found)
    if as_json:
        facts = [{"level": one.level, "place": one.place, "message": one.message} for one in found]
        print_json({"errors": errors, "warnings": len(found) - errors, "examples": tried, "findings": facts})
    else:
        _print_findings(found, errors, tried)
    return 1 if errors else 0


def _print_findings(found: list[Finding], errors: int, tried: int) -> None:
    for one in found:
        print_line(f"{LEVELS[one.level]}：{one.place + ' ' if one.place else ''}{one.message}")
    print_line(
        f"试过 {tried} 个例子，{errors} 处错误，{len(found) - errors} 处注意"
        if found
        else f"没有问题，试过 {tried} 个例子"
    )


@command.command("stats")
@json_option
@click.pass_obj
def stats(invocation: Invocation, *, as_json: bool) -> None:
    """词库里有什么：按文件、类别、标的、保护级别、写法计数，及词库版本。"""
    from keywords.lexicon.compile import load_compiled
    from wangdun.lexicon.stats import count, print_stats

    here = _installed(invocation)
    found = count(here.keywords.overlay, load_compiled(here.keywords.overlay, here.cache))
    if as_json:
        print_json(found)
    else:
        print_stats(found)


@command.command("show")
@click.argument("term", metavar="词")
@json_option
@click.pass_obj
def show(invocation: Invocation, term: str, *, as_json: bool) -> None:
    """按名称、俗名、暗语、任何写法或编号查词条：全部内容、各渠道写法、依据、出处。

    写法后的 * 表示须有语境才算。
    """
    from keywords.lexicon.compile import load_compiled
    from wangdun.lexicon.showing import find, print_found

    here = _installed(invocation)
    found = find(term, here.keywords, load_compiled(here.keywords.overlay, here.cache))
    if as_json:
        print_json([one.as_facts() for one in found])
    else:
        print_found(found, here.keywords)


@command.command("test")
@click.argument("text", metavar="[文本]", required=False)
@click.option("--offered", is_flag=True, help="按“页面标了价或留了联系方式”计")
@json_option
@click.pass_obj
def test(invocation: Invocation, text: str | None, *, offered: bool, as_json: bool) -> None:
    """试一段文本：结论、命中、每一分的来历、没有计入的候选；不写文本或写 - 即读标准输入。"""
    from keywords.detector import Detector
    from wangdun.lexicon.trying import print_detection

    here = _installed(invocation)
    said = _standard_input() if text in {None, "-"} else text or ""
    found = Detector.load(here.keywords, cache=here.cache).detect(said, offered=offered)
    if as_json:
        print_json({"text": said} | found.as_dict())
    else:
        print_detection(said, found)


def _standard_input() -> str:
    from wangdun.inputs import decode_line

    raw = sys.stdin.buffer.read(MOST_INPUT + 1)
    if len(raw) > MOST_INPUT:
        raise UsageError(f"文本超过 {MOST_INPUT >> 20} MB；大量文本请用 wangdun scan")
    said, problem = decode_line(raw)
    if problem:
        raise UsageError(f"标准输入：{problem}")
    return said.removesuffix("\n")


@command.command("preview")
@click.argument("change", metavar="改动")
@click.option(
    "--listings", metavar="文件", multiple=True, help="另外比较这些文件中的文本（JSONL 的 label 为标注），可多次"
)
@click.option("--no-database", is_flag=True, help="不看数据库中已存的信息")
@click.option(
    "--examples", type=click.IntRange(0, 1000), metavar="数", default=5, show_default=True, help="每种变化列几个例子"
)
@json_option
@click.pass_obj
def preview(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    change: str,
    *,
    listings: tuple[str, ...],
    no_database: bool,
    examples: int,
    as_json: bool,
) -> None:
    """预演：装上这个词库文件或词库包，已存信息的结论会怎样变；什么也不改动。

    改动文件已在用时，比较没有它和有它的结果。
    """
    here = _installed(invocation)
    items, total = _items(here, listings, database=not no_database)
    tally = _previewed(here, Path(change), items, total, examples)
    if as_json:
        print_json(tally.as_facts())
        return
    from wangdun.lexicon.previewing import print_tally

    print_tally(tally, examples)


def _items(here: Installed, listings: tuple[str, ...], *, database: bool) -> tuple[Iterator[Item], int | None]:
    """Return the texts and how many there are, None where that is not known."""
    from itertools import chain

    from wangdun.inputs import check_readable
    from wangdun.lexicon.previewing import from_file, has_database, stored, stored_count

    for name in listings:
        check_readable(Path(name))
    files = (item for name in listings for item in from_file(Path(name)))
    if not database or here.storage is None or not has_database(here.storage):
        if not listings:
            raise UsageError("没有可比较的文本：数据库还没有内容；可用 --listings 文件 指定文本")
        return files, None
    return chain(stored(here.storage), files), None if listings else stored_count(here.storage)


def _previewed(here: Installed, change: Path, items: Iterator[Item], total: int | None, examples: int) -> Tally:
    from keywords.detector import Detector
    from wangdun.lexicon.exchanging import with_and_without
    from wangdun.lexicon.previewing import Tally, judge

    without, having = with_and_without(change, here)
    old = Detector.load(here.keywords.model_copy(update={"overlay": without}), cache=here.cache)
    new = Detector.load(here.keywords.model_copy(update={"overlay": having}))
    tally, bar = Tally(examples), Bar("比较")
    try:
        for tally in judge(items, old, new, most=examples):
            bar.step(tally.texts, total)
    finally:
        bar.close()
    return tally


@command.command("diff")
@click.argument("old", metavar="原来")
@click.argument("new", metavar="现在")
@json_option
@click.pass_obj
def diff(invocation: Invocation, old: str, new: str, *, as_json: bool) -> None:
    """比较两个词库，逐条逐项；可写词库文件、词库包、放着 YAML 的文件夹，或 installed（现在用的）。

    与 installed 比较时，单个文件当作加装在现有词库之上的本地词库。
    """
    from wangdun.lexicon.differing import compare, print_difference, two_versions

    here = _installed(invocation)
    found = compare(*two_versions(old, new, here))
    if as_json:
        print_json(found.as_facts())
    else:
        print_difference(found)


@command.command("export")
@click.option("-o", "--output", metavar="文件", help="写到哪个文件，默认 名称-版本.yaml")
@click.option("--pack", "pack_name", metavar="名称", help="导出哪个词库文件（如 birds）或已导入的包")
@click.option("--overlay", "local", is_flag=True, help="导出本地词库（keywords.overlay），这是默认")
@click.option("--name", metavar="名称", help="包名，默认为词库文件名")
@click.option("--version", "version", metavar="版本", help="版本，默认为当天日期")
@click.option("--author", metavar="单位", help="编制单位，默认为 config.yaml 的 crawler.unit")
@click.option("--force", is_flag=True, help="覆盖已有文件")
@json_option
@click.pass_obj
def export(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    output: str | None,
    pack_name: str | None,
    local: bool,
    name: str | None,
    version: str | None,
    author: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """导出一个词库包（一个 YAML 文件，带名称、版本、单位、日期和校验和），供其他单位导入。"""
    from keywords.lexicon.schema import Header
    from wangdun.lexicon.exchanging import collect, file_name, save, sources

    if local and pack_name:
        raise UsageError("--pack 与 --overlay 只能写一个")
    here = _installed(invocation)
    stem, files = sources(here, pack_name)
    today = f"{datetime.now(UTC).astimezone():%Y-%m-%d}"
    unit = here.config.crawler.unit.strip() if here.config else ""
    header = _header(Header, name or stem, version or today, author or unit, today)
    pack = collect(files, header)
    target = Path(output or f"{file_name(header.name)}-{file_name(header.version)}.yaml")
    save(pack, target, force=force)
    if as_json:
        print_json({"file": str(target), "entries": len(pack.entries), **_facts(pack.pack)})
        return
    more = f"，改动 {len(pack.change)} 条，停用 {len(pack.disable)} 条" if pack.change or pack.disable else ""
    print_line(f"已导出 {len(pack.entries)} 条词条{more}到 {target}")
    if not header.author:
        note("没有写编制单位：可加 --author，或在 config.yaml 填 crawler.unit")


def _header(model: Any, name: str, version: str, author: str, date: str) -> Any:
    from pydantic import ValidationError

    try:
        return model(name=name, version=version, author=author, date=date)
    except ValidationError as error:
        raise UsageError("包名最多 60 字，版本最多 40 字，都不能为空") from error


def _facts(header: Any) -> dict[str, Any]:
    return dict(header.model_dump()) if header else {}


@command.command("import")
@click.argument("file", metavar="文件")
@click.option("--yes", is_flag=True, help="不询问，直接装上")
@json_option
@click.pass_obj
def import_(invocation: Invocation, file: str, *, yes: bool, as_json: bool) -> int:
    """导入别的单位的词库包：核对校验和，列出会增加、改动、删除什么，确认后装上即生效。

    装在 data_dir 下的 lexicon 文件夹；删除其中的文件即卸载。
    """
    from wangdun.lexicon.exchanging import arrival, install

    found = arrival(Path(file), _installed(invocation))
    if as_json:
        if yes:
            install(found)
        difference = found.difference.as_facts()
        print_json({"file": str(found.target), "installed": yes, **_facts(found.header), **difference})
        return 0
    _print_arrival(found)
    if not yes and not click.confirm("装上吗？"):
        print_line("没有导入")
        return 0
    install(found)
    print_line(f"已装到 {found.target}，下次运行起生效；wangdun rescan 可用新词库复查已存的信息")
    return 0


def _print_arrival(found: Arrival) -> None:
    from wangdun.lexicon.differing import print_difference

    header, old = found.header, found.replaces
    rows = [("包名", header.name), ("版本", header.version), ("编制单位", header.author or "—")]
    rows += [("日期", header.date or "—"), ("校验和", f"{header.sha256[:16]}… 相符")]
    rows += [("代替已装的", f"{old.version}（{old.date or '—'}）")] if old else []
    print_table(("项目", "内容"), rows, title="词库包")
    print_difference(found.difference)
