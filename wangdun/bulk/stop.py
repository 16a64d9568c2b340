"""Ctrl-C and SIGTERM while much is done: what is at hand is finished, the second one is obeyed at once."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wangdun.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stop:
    """Remembers the first wish to stop; the second one is obeyed at once."""

    def __init__(self, words: str) -> None:
        self.asked = False
        self.words = words

    def ask(self, _number: int, _frame: object) -> None:
        """A signal came."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        note(self.words)


@contextmanager
def stopping(words: str) -> Iterator[Stop]:
    """Take SIGINT and SIGTERM over while the block runs; `words` are said at the first one."""
    stop = Stop(words)
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
