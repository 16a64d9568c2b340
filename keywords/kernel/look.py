"""Looking: texts go to the kernel, alone or in batches; what it is not sure of comes back as what was seen."""

from __future__ import annotations

from codecs import utf_32_le_decode, utf_32_le_encode
from ctypes import addressof
from functools import partial
from threading import Lock, local
from typing import TYPE_CHECKING

import numpy as np

from keywords.fold import LITTLE, Glance
from keywords.kernel.binding import (
    ALERT,
    ASK,
    MENTION,
    NOTHING,
    OFFERED,
    REFUSED,
    REVIEW,
    TOLD,
    UNJUDGED,
    UNREADY,
    Workplace,
)
from keywords.results import Verdict
from keywords.sight import Seen

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from keywords.kernel.binding import Rules, Tables
    from keywords.match import Place
    from keywords.sight import Sight

ROOM = 1 << 17  # characters of a batch, some 400 posts; 12 MB, of which only what is used takes memory
LONGEST = 1 << 14  # characters of a text that the kernel takes; longer ones are rare
MOST_PLACES = 1 << 15  # findings of each kind in a batch
MOST_TEXTS = 1 << 10  # of a batch
NUMBER = 8  # bytes
VERDICTS = {TOLD: Verdict.NONE, MENTION: Verdict.MENTION, REVIEW: Verdict.REVIEW, ALERT: Verdict.ALERT}
ASKED = OFFERED.to_bytes(1, "little"), bytes(1)  # about a page that makes an offer, and one that does not


class Looker:
    """Looks at texts; safe to share between threads."""

    def __init__(self, library: ctypes.CDLL, tables: Tables, sight: Sight, prepare: Callable[[], Rules | None]) -> None:
        """`tables`: see `lay_out`; `sight`: looks at what the kernel leaves; `prepare`: makes what it judges by."""
        self._look, self._tables, self._sight = library.wd_look, tables, sight
        self._prepare, self._preparing = prepare, Lock()
        self._address = addressof(tables)
        self._threads = local()

    def _workplace(self) -> Workplace:
        own: Workplace | None = getattr(self._threads, "own", None)
        if own is None:
            own = self._threads.own = Workplace(ROOM, MOST_PLACES, MOST_TEXTS, self._tables)
        return own

    def _make_ready(self) -> None:
        """Let the kernel judge from now on, or nevermore where it cannot."""
        with self._preparing:
            if self._tables.rules or not self._tables.settles:
                return  # another thread was first
            rules = self._prepare()
            if rules is None:
                self._tables.settles = 0
                return
            self._tables.kept["rules"] = rules
            self._tables.rules = addressof(rules)

    def of(self, text: str, *, offered: bool) -> Seen | Verdict | None:
        """Return the verdict, an alert on the condition that no permit is claimed, or what was seen where it is open.

        None where it is certain that there is nothing to tell.
        """
        return self._of(text, ASKED[not offered])

    def seen(self, text: str) -> Seen | None:
        """Return what was seen, whatever the verdict; None where it cannot matter."""
        seen = self._of(text, UNJUDGED.to_bytes(1, "little"))
        return seen if isinstance(seen, Seen) else None

    def _of(self, text: str, asked: bytes) -> Seen | Verdict | None:
        size = len(text)
        if size > LONGEST:
            return self._sight.of(text)
        own = self._workplace()
        codes = utf_32_le_encode(text, "surrogatepass")[0]
        if not self._look(self._address, own.address, codes, size.to_bytes(NUMBER, "little"), asked, 1):
            return None
        row = own.rows[0].tolist()
        if row[0] == UNREADY:
            self._make_ready()
            return self._of(text, asked)
        return VERDICTS.get(row[0]) or self._seen(text, own, row, 0, (0, 0, 0, 0))

    def of_many(self, texts: Sequence[str], offered: Sequence[bool]) -> Iterator[tuple[int, Seen | Verdict]]:
        """Yield the number of each text of which something may be told, and what `of` would return."""
        sizes = list(map(len, texts))
        if len(sizes) <= MOST_TEXTS and sum(sizes) <= ROOM and max(sizes, default=0) <= LONGEST:
            yield from self._batch(texts, offered, 0, len(sizes))
            return
        first, left = 0, ROOM
        for number, size in enumerate(sizes):
            if size > LONGEST:
                yield from self._batch(texts, offered, first, number)
                first, left = number + 1, ROOM
                seen = self._sight.of(texts[number])
                if seen:
                    yield number, seen
            elif size > left or number - first == MOST_TEXTS:
                yield from self._batch(texts, offered, first, number)
                first, left = number, ROOM - size
            else:
                left -= size
        yield from self._batch(texts, offered, first, len(texts))

    def _batch(
        self, texts: Sequence[str], offered: Sequence[bool], first: int, after: int
    ) -> Iterator[tuple[int, Seen | Verdict]]:
        """Yield the same of some of the texts, which the kernel can take at once."""
        if first == after:
            return
        own, chosen = self._workplace(), texts[first:after]
        codes = np.array("".join(chosen))  # of its code points, any of them: three times as fast as a codec
        sizes = np.fromiter(map(len, chosen), dtype=np.int64, count=len(chosen))
        flags = bytes(offered[first:after])
        if not self._look(self._address, own.address, codes.ctypes.data, sizes.ctypes.data, flags, len(chosen)):
            return
        statuses = own.rows[: len(chosen), 0]
        if (statuses == UNREADY).any():
            self._make_ready()
            yield from self._batch(texts, offered, first, after)
            return
        # Only now yielded: others may use this thread's memory before the next is asked for.
        yield from list(self._told(chosen, own, first, statuses))

    def _told(
        self, texts: Sequence[str], own: Workplace, first: int, statuses: NDArray[np.int64]
    ) -> Iterator[tuple[int, Seen | Verdict]]:
        places = (0, 0, 0, 0)
        some = statuses.nonzero()[0]
        for number, status in zip(some.tolist(), statuses[some].tolist(), strict=True):
            verdict = VERDICTS.get(status)
            if verdict:
                yield first + number, verdict
                continue
            row = own.rows[number].tolist()
            seen = self._seen(texts[number], own, row, number, places)
            if status != REFUSED:
                at, pattern, sound, wording = places
                places = (at + row[1], pattern + row[4], sound + row[5], wording + row[6])
            if seen:
                yield first + number, seen

    def _seen(
        self, text: str, own: Workplace, row: Sequence[int], number: int, places: tuple[int, int, int, int]
    ) -> Seen | None:
        """Return what was seen as the row tells. `places`: where its characters, patterns, sounds, wordings begin."""
        status, size, pictured, kind, found, heard, spoken = row
        if status == NOTHING:
            return None
        if status == REFUSED:
            return self._sight.of(text)
        at, pattern, sound, wording = places
        codes = own.codes[at : at + size].tobytes()
        origins: NDArray[np.intp] = own.places[at : at + size].copy()
        glance = Glance(utf_32_le_decode(codes)[0], np.frombuffer(codes, LITTLE), bool(pictured), origins)
        raw = own.found[pattern : pattern + found].copy()
        sounds = _places(own.heard[sound : sound + heard]) if heard else ()
        said = frozenset([(start, end) for start, end, _ in own.spoken[wording : wording + spoken].tolist()])
        seen = Seen(glance, kind, partial(_places, raw), sounds, said, (), float(own.evidence[number]))
        return self._sight.with_kits(seen) if status == ASK else seen


def _places(rows: np.ndarray) -> list[Place]:
    return [(start, end, number) for start, end, number in rows.tolist()]
