"""Shards as jobs of the job engine: whichever machine has room does one; who asked looks on."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wangdun.bulk.folder import Done, Order, done
from wangdun.bulk.judging import Failed, scan_shard
from wangdun.bulk.keeping import write_whole
from wangdun.exceptions import LexiconChanged, WorkersLost
from wangdun.hand import Hand, Loading
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from procrastinate import App

    from wangdun.config import Config

TASK: Final = "wangdun.bulk.scan"
LOOK: Final = 1.0  # seconds between two looks at the marks: a shard takes longer
FAILED: Final = ".failed"
LOST: Final = "检测进程两次被系统终止（内存不足？）"


def register(app: App, config: Config) -> None:
    """Declare the task of one shard."""
    from wangdun.distributed.app import WORK

    crew = Crew(config)

    @app.task(name=TASK, queue=WORK)
    def scan(order: dict[str, Any], lexicon: str) -> None:
        """Do one shard; doing it again changes nothing."""
        crew.scan(Order.of_facts(order), lexicon)


class Crew:
    """Processes that judge, one for each job that this worker does at a time; they end with it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._idle: list[tuple[str, Hand]] = []

    def scan(self, order: Order, lexicon: str) -> None:
        """Do a shard, or leave word why not. Raises OSError: the results cannot be written."""
        hand = self._take(lexicon)
        try:
            found = hand.ask(scan_shard, order)
        except (WorkersLost, LexiconChanged) as error:
            found = Failed(order, LOST if isinstance(error, WorkersLost) else str(error))
            hand.kill()
            hand.close()
        else:
            with self._lock:
                self._idle.append((lexicon, hand))
        if isinstance(found, Failed):
            write_whole(_failure_of(order), json.dumps({"why": found.why}, ensure_ascii=False))

    def _take(self, lexicon: str) -> Hand:
        """An idle process with this lexicon, or a new one; those with another lexicon are ended."""
        with self._lock:
            mine = [hand for version, hand in self._idle if version == lexicon]
            others = [hand for version, hand in self._idle if version != lexicon]
            self._idle = [(lexicon, hand) for hand in mine[1:]]
        for hand in others:
            hand.kill()
            hand.close()
        if mine:
            return mine[0]
        cache = self._config.storage.data_dir / "cache"
        hand = Hand(Loading(self._config.keywords, cache, lexicon), threading.Lock())
        hand.spawn()
        return hand


def _failure_of(order: Order) -> Path:
    return order.mark.with_name(f".{order.mark.name}{FAILED}")


def absolute(order: Order) -> Order:
    """As any machine finds it."""
    shard = replace(order.shard, source=str(Path(order.shard.source).absolute()))
    return replace(order, folder=str(Path(order.folder).absolute()), shard=shard)


def on_all_machines(config: Config, todo: Sequence[Order], lexicon: str) -> Generator[Done | Failed]:
    """Have shards done by the workers and hand on what they come to; leaving off leaves the jobs in the queue.

    Raises:
        StorageError: the queue cannot be reached.
        OSError: the folder cannot be read.
    """
    from wangdun.distributed.app import BULK, defer, opened

    waiting = {order.mark.name: order for order in map(absolute, todo)}
    for order in waiting.values():
        _failure_of(order).unlink(missing_ok=True)
    with opened(config) as app:
        for order in waiting.values():
            lock = f"scan:{order.mark}"
            defer(app, TASK, priority=BULK, lock=lock, queueing_lock=lock, order=order.as_facts(), lexicon=lexicon)
    while waiting:
        for found in list(_arrived(waiting, lexicon)):
            waiting.pop(found.order.mark.name, None)
            yield found
        if waiting:
            time.sleep(LOOK)


def _arrived(waiting: dict[str, Order], lexicon: str) -> Generator[Done | Failed]:
    state = next(iter(waiting.values())).mark.parent
    for name in os.listdir(state):  # noqa: PTH208 -- names are all that is looked at, of a hundred thousand
        order = waiting.get(name)
        if order is not None:
            mark = done(order)
            if mark is not None and mark.lexicon == lexicon:
                yield mark
            continue
        order = waiting.get(name.removeprefix(".").removesuffix(FAILED)) if name.endswith(FAILED) else None
        if order is not None:
            yield Failed(order, _told(_failure_of(order)))


def _told(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["why"])
    except (OSError, ValueError, KeyError) as error:
        return why(error) if isinstance(error, OSError) else "原因不明"
