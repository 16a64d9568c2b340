"""``wangdun scan --to``: from what a person asks for to the folder of results and the table on the screen."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wangdun.bulk import folder as folders
from wangdun.bulk.cutting import cut
from wangdun.bulk.folder import LOCK, RESULTS, SUMMARY, Order, Plan
from wangdun.bulk.running import Run, on_this_machine
from wangdun.bulk.sources import STANDARD_INPUT
from wangdun.bulk.view import View
from wangdun.exceptions import UsageError, WangdunError
from wangdun.locks import file_lock
from wangdun.output import note, print_json, print_table
from wangdun.words import VERDICTS, said, why

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from keywords.config import KeywordsConfig
    from wangdun.bulk.folder import Done, Form, Least
    from wangdun.bulk.judging import Failed
    from wangdun.bulk.running import Tally
    from wangdun.config import Config
    from wangdun.cores import Cores
    from wangdun.inputs import Format

SHOWN_ROWS = 30  # shards on a screen; all are in the summary
SHOWN_PROBLEMS = 1000  # lines
LITTER = 86_400.0  # seconds: no shard takes a day
STOPPED = "已完成的分片都已保存；再次运行同样的命令会接着做。"
ELSEWHERE = "不再等待；任务还在队列里，各工作进程会继续做。再次运行同样的命令可接着看。"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for."""

    folder: Path
    files: Sequence[str]
    kind: Format
    encoding: str | None
    form: Form
    least: Least
    workers: int
    restart: bool
    as_json: bool


def scan(wish: Wish, keywords: KeywordsConfig, cache: Path | None, config: Config | None) -> int:
    """Do it, or go on with it; the exit code. `config`: where there is one, it says whether other machines take part.

    Raises:
        UsageError: it cannot be done as asked for.
        WangdunError: it cannot be written, or somebody else writes there.
        KeyboardInterrupt: shards that are done stay.
    """
    spread = config if config is not None and config.wangdun.runtime == "distributed" else None
    try:
        folders.prepare(wish.folder)
        with ExitStack() as held:
            held.enter_context(file_lock(wish.folder / LOCK, f"{wish.folder} 正在写入"))
            cores = held.enter_context(_cores(wish, keywords, cache))
            orders = _orders(wish)
            plan = _plan(wish, orders, cores.detector.version, others=spread is not None)
            tally = _work(wish, orders, plan, cores, spread)
    except OSError as error:
        raise WangdunError(f"检测结果没有写成：{error.filename or wish.folder}：{why(error)}") from error
    except KeyboardInterrupt:
        note(ELSEWHERE if spread else STOPPED)
        raise
    return 1 if tally.problems or tally.failed else 0


def _cores(wish: Wish, keywords: KeywordsConfig, cache: Path | None) -> Cores:
    from wangdun.cores import Cores

    return Cores(keywords, wish.workers, cache=cache)


def _orders(wish: Wish) -> list[Order]:
    if STANDARD_INPUT in wish.files:
        raise UsageError("分片检测不能从标准输入读取：去掉 --to，或把输入存成文件")
    own = wish.folder.resolve()  # results that lie within what is looked through are no input
    files = [name for name in wish.files if not Path(name).resolve().is_relative_to(own)]
    shards = [shard for name in files for shard in cut(name, wish.kind, wish.encoding)]
    unique = {shard.name: Order(str(wish.folder), shard, wish.form, wish.least) for shard in shards}
    return [unique[name] for name in sorted(unique)]


def _plan(wish: Wish, orders: list[Order], lexicon: str, *, others: bool) -> Plan:
    """What is to be done; results that will be made anew are gone. `others`: other machines may be writing."""
    plan = folders.plan(orders, lexicon)
    if wish.restart:
        plan = Plan(todo=orders)
    gone = folders.tidy(wish.folder, orders, plan, older=LITTER if others else 0)
    (wish.folder / SUMMARY).unlink(missing_ok=True)
    for count, words in (
        (plan.other_lexicon, "个分片是用另一个词库检测的，从头检测"),
        (plan.other_input, "个分片的文件有改动，从头检测"),
        (gone, "个分片不在这次的输入里，已移除它们的结果"),
        (len(plan.ready), "个分片已经完成，不再检测"),
    ):
        if count:
            note(f"{count:,} {words}")
    return plan


def _work(wish: Wish, orders: list[Order], plan: Plan, cores: Cores, spread: Config | None) -> Tally:
    total = sum(order.shard.bytes for order in orders)
    told = Told()
    run = Run(wish.folder, plan, total, View("已检测", "MB", "篇", quiet=wish.as_json), told.tell)
    began = time.monotonic()
    tally = run.work(_results(plan, cores, spread), cores.detector.version)
    new = tally.texts - sum(ready.texts for ready in plan.ready)
    _say(wish, tally, new / max(time.monotonic() - began, 1e-9))  # 1e-9: two readings of the clock may be equal
    return tally


def _results(plan: Plan, cores: Cores, spread: Config | None) -> Generator[Done | Failed]:
    if spread is None:
        return on_this_machine(plan.todo, cores)
    from wangdun.bulk.shards import on_all_machines

    return on_all_machines(spread, plan.todo, cores.detector.version)


class Told:
    """Says what is wrong with the input, the first thousand times."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, found: Done) -> None:
        """Of one shard."""
        for problem in found.told[: max(0, SHOWN_PROBLEMS - self.count)]:
            note(problem)
        self.count += len(found.told)


def _say(wish: Wish, tally: Tally, rate: float) -> None:
    for one in tally.failed:
        note(f"没有检测 {one.order.shard.source}：{one.why}")
    if wish.as_json:
        print_json({name: value for name, value in tally.as_facts().items() if name != "shards"})
        return
    rows = [tally.rows[name] for name in sorted(tally.rows)]
    columns = ("分片", "篇", *(said(VERDICTS, verdict) for verdict in folders.VERDICTS), "无法读取")
    shown = [
        (
            row.shard,
            f"{row.texts:,}",
            *(f"{row.verdicts.get(one, 0):,}" for one in folders.VERDICTS),
            f"{row.problems:,}",
        )
        for row in rows[:SHOWN_ROWS]
    ]
    verdicts = tally.verdicts
    total = ("合计", f"{tally.texts:,}", *(f"{verdicts[one]:,}" for one in folders.VERDICTS), f"{tally.problems:,}")
    more = f"，列出前 {SHOWN_ROWS} 个" if len(rows) > SHOWN_ROWS else ""
    print_table(columns, [*shown, total], title=f"分片检测（{len(rows):,} 个分片{more}，{rate:,.0f} 篇/秒）")
    note(f"结果在 {wish.folder / RESULTS}，汇总在 {wish.folder / SUMMARY}")
