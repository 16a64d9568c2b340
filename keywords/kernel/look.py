"""Looking: texts go to the kernel, alone or in batches; what it is not sure of comes back as what was seen."""

from __future__ import annotations

from array import array
from codecs import utf_32_le_decode, utf_32_le_encode
from ctypes import addressof
from functools import partial
from itertools import chain
from threading import local
from typing import TYPE_CHECKING

import numpy as np

from keywords.fold import LITTLE, Glance
from keywords.kernel.binding import ASK, CLOSELY, NOTHING, OPEN, REFUSED, TOLD, Workplace
from keywords.kernel.tables import UNSURE
from keywords.learned.features import Tally
from keywords.sight import CERTAIN, Names, Seen

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from keywords.fold import Codes
    from keywords.kernel.binding import Tables
    from keywords.match import Place
    from keywords.sight import Sight

ROOM = 1 << 17  # characters of a batch, some 400 posts; 12 MB, of which only what is used takes memory
LONGEST = 1 << 14  # characters of a text that the kernel takes; longer ones are rare
MOST_PLACES = 1 << 15  # findings of each kind in a batch
MOST_TEXTS = 1 << 10  # of a batch
NUMBER = 8  # bytes


class Looker:
    """Looks at texts; safe to share between threads."""

    def __init__(self, library: ctypes.CDLL, tables: Tables, sight: Sight) -> None:
        """`tables`: see `lay_out`; `sight`: looks at what the kernel leaves."""
        self._look, self._tally, self._weigh = library.wd_look, library.wd_tally, library.wd_weigh
        self._tables, self._sight = tables, sight
        self._address = addressof(tables)
        self._threads = local()

    def _workplace(self) -> Workplace:
        own: Workplace | None = getattr(self._threads, "own", None)
        if own is None:
            own = self._threads.own = Workplace(ROOM, MOST_PLACES, MOST_TEXTS, self._tables.kits)
        return own

    def of(self, text: str, *, offered: bool) -> Seen | None:
        """Return what was seen; None where it is certain that there is nothing to tell."""
        size = len(text)
        if size > LONGEST:
            return self._sight.of(text)
        own = self._workplace()
        codes = utf_32_le_encode(text, "surrogatepass")[0]
        flag = b"\1" if offered else b"\0"
        if not self._look(self._address, own.address, codes, size.to_bytes(NUMBER, "little"), flag, 1):
            return None
        row = own.rows[0].tolist()
        return self._seen(text, own, row, 0, (0, 0, 0, 0, 0))

    def of_many(self, texts: Sequence[str], offered: Sequence[bool]) -> Iterator[tuple[int, Seen]]:
        """Yield the number of each text of which something may be told, and what was seen in it."""
        first, left = 0, ROOM
        for number, text in enumerate(texts):
            size = len(text)
            if size > LONGEST:
                yield from self._batch(texts, offered, first, number)
                first, left = number + 1, ROOM
                seen = self._sight.of(text)
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
    ) -> Iterator[tuple[int, Seen]]:
        """Yield the same of some of the texts, which the kernel can take at once."""
        if first == after:
            return
        own, chosen = self._workplace(), texts[first:after]
        codes = utf_32_le_encode("".join(chosen), "surrogatepass")[0]
        sizes = np.fromiter(map(len, chosen), dtype=np.int64, count=len(chosen))
        flags = bytes(offered[first:after])
        if not self._look(self._address, own.address, codes, sizes.ctypes.data, flags, len(chosen)):
            return
        rows = own.rows[: len(chosen)]
        places, found = (0, 0, 0, 0, 0), []
        for number in rows[:, 0].nonzero()[0].tolist():
            row = rows[number].tolist()
            seen = self._seen(chosen[number], own, row, number, places)
            if row[0] not in {TOLD, REFUSED}:
                places = (
                    places[0] + row[1],
                    places[1] + row[6] + row[7],
                    places[2] + row[8],
                    places[3] + row[9],
                    places[4] + row[10],
                )
            if seen:
                found.append((first + number, seen))
        yield from found  # only now: others may use this thread's memory before the next is asked for

    def _seen(
        self, text: str, own: Workplace, row: Sequence[int], number: int, places: tuple[int, int, int, int, int]
    ) -> Seen | None:
        """Return what was seen as the row tells. `places`: where its characters, patterns, sounds, wordings begin."""
        status, size, pictured, kind, groups, covered, found, names, heard, spoken, nearby = row
        if status == NOTHING:
            return None
        if status == REFUSED:
            return self._sight.of(text)
        if status == TOLD:
            return CERTAIN
        at, pattern, sound, wording, context = places
        codes = own.codes[at : at + size].tobytes()
        origins: NDArray[np.intp] = own.places[at : at + size].copy()
        glance = Glance(utf_32_le_decode(codes)[0], np.frombuffer(codes, LITTLE), bool(pictured), origins)
        raw = own.found[pattern : pattern + found].copy()
        sounds = _places(own.heard[sound : sound + heard]) if heard else ()
        spoken_at = own.spoken[wording : wording + spoken].tolist() if spoken else ()
        said = frozenset([(start, end) for start, end, _ in spoken_at])
        known: Names | None = None
        if status == CLOSELY:
            known = Names(open=False)
        elif status == OPEN:
            first = pattern + found
            known = Names(
                status == OPEN,
                _places(own.found[first : first + names]),
                groups & ~UNSURE,
                bool(covered),
                [(start, end) for start, end, hidden in spoken_at if not hidden],
                own.nearby[context : context + nearby].tolist(),
                partial(self._weigh_around, codes, size),
            )
        seen = Seen(glance, kind, partial(_places, raw), sounds, said, (), float(own.evidence[number]), known)
        return self._sight.with_kits(seen) if status == ASK else seen

    def _weigh_around(self, codes: bytes, size: int, places: Sequence[Place]) -> Tally:
        own = self._workplace()
        flat = array("i", chain.from_iterable(places)).tobytes()
        total = self._weigh(self._address, own.address, codes, size, flat, len(places), own.result_at)
        return Tally(total, int(own.result[0]))

    def said(self, texts: Sequence[Codes]) -> list[Tally]:
        """Return what `features.tally_all` returns."""
        own, found = self._workplace(), []
        for codes in texts:
            total = self._tally(self._address, own.address, codes.tobytes(), codes.size, own.result_at)
            found.append(Tally(total, int(own.result[0])))
        return found


def _places(rows: np.ndarray) -> list[Place]:
    return [(start, end, number) for start, end, number in rows.tolist()]
