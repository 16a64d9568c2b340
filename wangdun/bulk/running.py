"""A bulk scan: what is to be done is worked out from the marks, done shard by shard, summed up at the end."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wangdun.bulk.folder import SUMMARY, VERDICTS, Done, Order, Plan
from wangdun.bulk.judging import Failed, scan_on_all, scan_shard
from wangdun.bulk.keeping import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from wangdun.bulk.view import View
    from wangdun.cores import Cores

MEGABYTE = 1e6
LOST = "检测进程两次被系统终止（内存不足？）"


@dataclass(frozen=True, slots=True)
class Row:
    """One shard in the summary."""

    shard: str
    source: str
    texts: int
    written: int
    verdicts: dict[str, int]
    problems: int

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready."""
        facts = {"shard": self.shard, "source": self.source, "texts": self.texts, "written": self.written}
        return {**facts, **{verdict: self.verdicts.get(verdict, 0) for verdict in VERDICTS}, "problems": self.problems}


@dataclass(slots=True)
class Tally:
    """What came of all shards so far; the same whoever did them, in whatever order, after however many kills."""

    lexicon: str
    rows: dict[str, Row] = field(default_factory=dict)
    failed: list[Failed] = field(default_factory=list)
    bytes: int = 0
    """Of the shards that are done."""

    def add(self, found: Done | Failed) -> None:
        """Count one."""
        if isinstance(found, Failed):
            self.failed.append(found)
            return
        shard = found.order.shard
        self.bytes += shard.bytes
        self.rows[shard.name] = Row(
            shard.name, shard.source, found.texts, found.written, found.verdicts, found.problems
        )

    @property
    def texts(self) -> int:
        """All that was judged."""
        return sum(row.texts for row in self.rows.values())

    @property
    def problems(self) -> int:
        """Places that could not be read."""
        return sum(row.problems for row in self.rows.values())

    @property
    def verdicts(self) -> Counter[str]:
        """How many texts of each."""
        found: Counter[str] = Counter()
        for row in self.rows.values():
            found.update(row.verdicts)
        return found

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready; without times, so that equal results are equal bytes."""
        totals = {"texts": self.texts, **{verdict: self.verdicts[verdict] for verdict in VERDICTS}}
        totals |= {"problems": self.problems, "shards": len(self.rows)}
        failed = [{"shard": one.order.shard.name, "why": one.why} for one in self.failed]
        rows = [self.rows[name].as_facts() for name in sorted(self.rows)]
        return {"lexicon_version": self.lexicon, "totals": totals, "failed": failed, "shards": rows}

    def save(self, folder: Path) -> None:
        """Write the summary beside the results. Raises OSError."""
        write_whole(folder / SUMMARY, json.dumps(self.as_facts(), ensure_ascii=False, indent=1) + "\n")


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the command."""

    folder: Path
    plan: Plan
    total: int
    """Bytes of all shards."""
    view: View
    told: Callable[[Done], None]
    """Hears what came of each shard that is done now."""

    def work(self, results: Generator[Done | Failed], lexicon: str) -> Tally:
        """Take in what shards come to, as it comes. Raises OSError, WorkersLost, KeyboardInterrupt."""
        tally = Tally(lexicon)
        for ready in self.plan.ready:
            tally.add(ready)
        before = tally.texts
        with closing(results), self.view.of(tally.bytes / MEGABYTE):
            for one in results:
                tally.add(one)
                if isinstance(one, Done):
                    self.told(one)
                done, total = tally.bytes / MEGABYTE, self.total / MEGABYTE
                self.view.show(done, total, tally.texts - before, self._said(tally))
        tally.save(self.folder)
        return tally

    @staticmethod
    def _said(tally: Tally) -> str:
        flagged = tally.verdicts["alert"] + tally.verdicts["review"]
        return f"，分片 {len(tally.rows):,}，告警或待核 {flagged:,}"


def on_this_machine(todo: Sequence[Order], cores: Cores) -> Generator[Done | Failed]:
    """Do shards on all cores: each its own, or, where there are fewer shards than cores, all at one. Raises OSError."""
    if cores.workers == 1 or len(todo) < cores.workers:
        yield from (scan_on_all(order, cores) for order in todo)
        return
    cores.start()
    with closing(cores.map(scan_shard, todo, lost=lambda order: Failed(order, LOST))) as found:
        yield from found
