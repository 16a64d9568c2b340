"""The model: weights by name and by n-gram, and what they say about one text, in points with reasons."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from keywords.exceptions import TablesError
from keywords.fold import TABLES
from keywords.learned import features
from keywords.learned.features import BITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from keywords.fold import Codes
    from keywords.learned.features import Tally, Wording

MODEL = TABLES / "learned.npz"
FORMAT = 1  # raise it when features change their meaning
EVIDENCE = 8.0  # the wording's length in the model's space for long texts; fits were best from 5 to 12
START_BITS, SIZE_BITS = 40, 44  # an n-gram's rank: its size, its length, how early it stands
LENGTH, LAST = (1 << (SIZE_BITS - START_BITS)) - 1, (1 << START_BITS) - 1
AGAIN = 8  # times as many n-grams are looked at as wanted: the strongest overlap each other
FEW = 30  # n-grams below which a wording says less: the talk around a single name proves little

# What numpy, zip, zlib and JSON raise for files that were cut off or changed.
DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, SyntaxError, NotImplementedError,
    RecursionError, OverflowError, MemoryError, RuntimeError, BadZipFile, TokenError, struct.error, zlib.error)  # fmt: skip


def share(count: int) -> float:
    """Return what each of `count` n-grams counts."""
    return EVIDENCE / sqrt(count + FEW)


class Reason(NamedTuple):
    """One n-gram that speaks for or against."""

    start: int
    """In the codes that were read."""
    length: int
    points: float


class Opinion(NamedTuple):
    """What the model says about one text, in points of the score."""

    named: float
    """Of the rules' findings."""
    wording: float
    reasons: tuple[Reason, ...]
    """The strongest n-grams, those with most weight first; their points are part of `wording`."""

    @property
    def points(self) -> float:
        """The whole."""
        return self.named + self.wording


@dataclass(frozen=True)
class Model:
    """A linear model; points are its logit, scaled so that its thresholds lie at the score's own limits."""

    names: Mapping[str, float]
    """Points of a feature at 1."""
    table: NDArray[np.int8]
    step: float
    """Points of one step of `table`, before the division by the wording's length."""
    anchors: Mapping[str, float]
    """Wordings that make a text worth a look although it names no object: folded text -> evidence, see `ENOUGH`."""
    facts: Mapping[str, Any]
    """Where it comes from: data, settings, date; for people."""

    @cached_property
    def version(self) -> str:
        """A hash of all weights."""
        digest = hashlib.sha256(json.dumps([FORMAT, self.names, self.anchors, self.step], sort_keys=True).encode())
        digest.update(self.table.tobytes())
        return digest.hexdigest()[:16]

    def named(self, found: Mapping[str, float]) -> float:
        """Return the points of the rules' findings."""
        return sum(self.names.get(name, 0.0) * value for name, value in found.items())

    def said(self, texts: Sequence[Codes]) -> list[float]:
        """Return the points of each text's n-grams."""
        tallies = features.tally_all(texts, self.table) if len(texts) > 1 else [features.tally(texts[0], self.table)]
        return [self._worth(total, count) for total, count in tallies]

    def ceilings(self, texts: Sequence[str]) -> list[float]:
        """Return what the points of each text's n-grams are at most; no text is empty."""
        found = (
            one
            for start in range(0, len(texts), features.MOST_TEXTS)
            for one in features.sums(texts[start : start + features.MOST_TEXTS], self.table)
        )
        return [self.most(one) for one in found]

    def most(self, tally: Tally) -> float:
        """Return what points are at most. `tally`: with the number of all n-grams, repeated ones too."""
        # More n-grams than different ones make each count less: too little for what speaks against an offer.
        return self._worth(tally.total, tally.different if tally.total < 0 else 0)

    def _worth(self, total: float, count: int) -> float:
        """Return the points of `count` n-grams that have `total` in the table."""
        return total * self.step * share(count)

    def opinion(self, named: Mapping[str, float], said: Wording, *, most: int = 0) -> Opinion:
        """Return what the model says; `most`: reasons wanted of each sign."""
        weights = self.table.take(said.numbers)
        count = weights.size
        reasons = _strongest(weights, self._worth(1, count), said, most) if most and count else ()
        return Opinion(self.named(named), self._worth(int(weights.sum(dtype=np.int64)), count), reasons)

    def save(self, path: Path) -> None:
        """Write the model; the same weights give the same bytes."""
        used = np.flatnonzero(self.table)
        meta = json.dumps(
            {"format": FORMAT, "names": dict(self.names), "step": self.step}
            | {"anchors": dict(self.anchors), "facts": dict(self.facts)}
        )
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            places=np.diff(used, prepend=0).astype(np.uint32),
            weights=self.table[used],
            meta=np.frombuffer(meta.encode(), dtype=np.uint8),
        )
        path.write_bytes(buffer.getvalue())


def _strongest(weights: NDArray[np.int8], step: float, said: Wording, most: int) -> tuple[Reason, ...]:
    """Return the strongest n-grams of each sign that do not overlap stronger ones.

    Of equal ones the longest come first, then the first in the text.
    """
    reasons: list[Reason] = []
    ordered = np.sort(weights)
    many = min(AGAIN * most, ordered.size)
    for sign, limit in ((1, max(1, int(ordered[-many]))), (-1, max(1, -int(ordered[many - 1])))):
        sized = weights * np.int8(sign)
        chosen = (sized >= limit).nonzero()[0]
        rank = sized.take(chosen).astype(np.int64) << SIZE_BITS
        rank |= said.lengths.take(chosen) << START_BITS
        rank |= LAST - said.starts.take(chosen)
        rank.sort()
        reasons += _apart(rank[::-1][:many].tolist(), sign * step, most)
    return tuple(sorted(reasons, key=lambda reason: -abs(reason.points)))


def _apart(ranks: Iterable[int], step: float, most: int) -> Iterator[Reason]:
    """Yield the first n-grams that do not overlap earlier ones; one character says nothing to people."""
    taken: set[int] = set()
    count = 0
    for rank in ranks:
        size, length, start = rank >> SIZE_BITS, (rank >> START_BITS) & LENGTH, LAST - (rank & LAST)
        places = range(start, start + length)
        if length > 1 and taken.isdisjoint(places):
            yield Reason(start, length, size * step)
            taken.update(places)
            count += 1
            if count == most:
                return


def load_model(path: Path = MODEL) -> Model:
    """Return the packaged model. Raises TablesError where the file is missing, damaged or of another format."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            meta = json.loads(stored["meta"].tobytes())
            places, weights = np.cumsum(stored["places"]), stored["weights"]
        if meta.get("format") != FORMAT:
            raise TablesError(
                f"学习模型 {path} 的格式是 {meta.get('format')}，需要 {FORMAT}；请重新安装，或运行 make train"
            )
        table = np.zeros(1 << BITS, dtype=np.int8)
        table[places] = weights
        names = {str(name): float(points) for name, points in meta["names"].items()}
        anchors = {str(words): float(evidence) for words, evidence in meta["anchors"].items()}
        return Model(names, table, float(meta["step"]), anchors, dict(meta["facts"]))
    except DAMAGE as error:
        raise TablesError(f"学习模型 {path} 无法读取：{error}；请重新安装，或运行 make train") from error


def blank(anchors: Mapping[str, float]) -> Model:
    """Return a model that says nothing, with which features are read before there is one."""
    return Model({}, np.zeros(1 << BITS, dtype=np.int8), 1.0, anchors, {})
