"""The folder of a bulk scan: results by shard, and beside them what each was made of, so that work goes on anywhere."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

from wangdun.bulk.cutting import Shard
from wangdun.bulk.keeping import sha256_of, sweep, write_whole
from wangdun.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

Form: TypeAlias = Literal["jsonl", "parquet"]
Least: TypeAlias = Literal["alert", "review", "mention", "none"]
RESULTS, STATE, SUMMARY, LOCK = "hits", "state", "summary.json", ".lock"
VERDICTS: Final = ("alert", "review", "mention", "none")
KEPT_PROBLEMS: Final = 1000  # of a shard; all are counted
LARGEST: Final = 4 << 20  # bytes of a mark: a thousand problems take a few hundred thousand


@dataclass(frozen=True, slots=True)
class Order:
    """One job: a shard, and what is wanted of it."""

    folder: str
    """Of the results; every machine that takes part sees it under this name."""
    shard: Shard
    form: Form = "jsonl"
    least: Least = "review"
    """Texts of this verdict or a graver one are written."""

    @property
    def results(self) -> Path:
        """Where the results of the shard go."""
        return Path(self.folder) / RESULTS / f"{self.shard.name}.{self.form}"

    @property
    def mark(self) -> Path:
        """What says that it is done."""
        return Path(self.folder) / STATE / f"{self.shard.name}.json"

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"folder": self.folder, "shard": self.shard.as_facts(), "form": self.form, "least": self.least}

    @classmethod
    def of_facts(cls, facts: dict[str, Any]) -> Self:
        """What `as_facts` gave."""
        return cls(**facts | {"shard": Shard.of_facts(facts["shard"])})


@dataclass(frozen=True, slots=True)
class Input:
    """What a shard was made of."""

    size: int
    """Of the whole file."""
    changed_ns: int
    """Its time of last change, as the disk has it."""
    sha256: str
    """Of the bytes of the shard."""

    @classmethod
    def of(cls, shard: Shard) -> Self:
        """Read the bytes. Raises OSError."""
        size, changed = touched(shard)
        return cls(size, changed, sha256_of(Path(shard.source), shard.start, shard.end))


def touched(shard: Shard) -> tuple[int, int]:
    """(size, time of last change) of the file now. Raises OSError."""
    found = Path(shard.source).stat()
    return found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one shard."""

    order: Order
    lexicon: str
    input: Input
    results_bytes: int
    results_sha256: str
    texts: int = 0
    written: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    problems: int = 0
    told: tuple[str, ...] = ()
    """The first of the problems, in Chinese."""

    def save(self) -> None:
        """From now on it is done. Raises OSError."""
        facts = {
            name: getattr(self, name) for name in ("lexicon", "results_bytes", "results_sha256", "texts", "written")
        }
        facts |= {"verdicts": self.verdicts, "problems": self.problems, "told": list(self.told)}
        facts |= {"order": self.order.as_facts(), "input": asdict(self.input)}
        write_whole(self.order.mark, json.dumps(facts, ensure_ascii=False, sort_keys=True) + "\n")


def done(order: Order) -> Done | None:
    """What the mark of a shard says; None where there is none that can be believed."""
    try:
        with order.mark.open("rb") as file:
            facts = json.loads(file.read(LARGEST))
        facts |= {"order": Order.of_facts(facts["order"] | {"folder": order.folder}), "input": Input(**facts["input"])}
        found = Done(**facts | {"told": tuple(facts["told"])})
        whole = order.results.stat().st_size == found.results_bytes
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if whole and _is_same(found.order, order) else None


def _is_same(one: Order, other: Order) -> bool:
    """The same bytes looked at in the same way; the file may have been given by another name."""
    same = (one.form, one.least, one.shard.name, one.shard.kind, one.shard.encoding, one.shard.part)
    return same == (other.form, other.least, other.shard.name, other.shard.kind, other.shard.encoding, other.shard.part)


@dataclass(slots=True)
class Plan:
    """What is done and what is still to do."""

    ready: list[Done] = field(default_factory=list)
    """Without what they tell: of a hundred thousand shards that is much."""
    todo: list[Order] = field(default_factory=list)
    other_lexicon: int = 0
    """Shards that were done with another lexicon."""
    other_input: int = 0
    """Shards whose file is no longer the one that was read."""


def plan(orders: Iterable[Order], lexicon: str) -> Plan:
    """Look at the marks; what was made with another lexicon or of other bytes is to be done again."""
    found = Plan()
    for order in orders:
        mark = done(order)
        if mark is None:
            found.todo.append(order)
        elif mark.lexicon != lexicon:
            found.other_lexicon += 1
            found.todo.append(order)
        elif _is_touched(mark, order.shard):
            found.other_input += 1
            found.todo.append(order)
        else:
            found.ready.append(replace(mark, told=()))
    return found


def _is_touched(mark: Done, shard: Shard) -> bool:
    try:
        return touched(shard) != (mark.input.size, mark.input.changed_ns)
    except OSError:
        return True


def prepare(folder: Path) -> None:
    """Make the folder, readable by its owner alone; take away what killed processes left half written.

    Raises:
        UsageError: it is in use for something else.
        OSError: it cannot be written.
    """
    if folder.is_dir() and not (folder / STATE).is_dir() and any(one.name != LOCK for one in folder.iterdir()):
        raise UsageError(f"{folder} 不是空的，也不是检测结果的文件夹，请换一个")
    for one in (folder, folder / RESULTS, folder / STATE):
        one.mkdir(parents=True, exist_ok=True, mode=0o700)


def tidy(folder: Path, orders: Iterable[Order], plan: Plan, *, older: float = 0) -> int:
    """Take away results that nobody asks for any more or that are to be made anew; how many shards were left over.

    `older`: see `wangdun.bulk.keeping.sweep`. Raises OSError.
    """
    for order in plan.todo:
        order.mark.unlink(missing_ok=True)
        order.results.unlink(missing_ok=True)
    wanted = {path for order in orders for path in (order.results, order.mark)}
    gone = 0
    for place in (folder / RESULTS, folder / STATE):
        sweep(place, older=older)
        for path in place.iterdir():
            if path not in wanted and path.is_file() and not path.name.startswith("."):
                path.unlink(missing_ok=True)
                gone += place.name == STATE
    return gone
