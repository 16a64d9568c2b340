"""The model: weights by name and by n-gram, and what they say about one text, in points with reasons."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from keywords.exceptions import TablesError
from keywords.fold import TABLES
from keywords.learned.features import BITS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from keywords.learned.features import Wording

MODEL = TABLES / "learned.npz"
FORMAT = 1  # raise it when features change their meaning
EVIDENCE = 8.0  # the wording's length in the model's space for long texts; fits were best from 5 to 12
FEW = 30  # n-grams below which a wording says less: the talk around a single name proves little


def share(count: int) -> float:
    """Return what each of `count` n-grams counts."""
    return EVIDENCE / float(np.sqrt(count + FEW))


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

    def opinion(self, named: Mapping[str, float], said: Wording, *, most: int = 0) -> Opinion:
        """Return what the model says; `most`: reasons wanted of each sign."""
        known = sum(self.names.get(name, 0.0) * value for name, value in named.items())
        if not said.numbers.size:
            return Opinion(known, 0.0, ())
        weights = self.table[said.numbers].astype(np.float64) * (self.step * share(said.numbers.size))
        return Opinion(known, float(weights.sum()), _strongest(weights, said, most) if most else ())

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


def _strongest(weights: NDArray[np.float64], said: Wording, most: int) -> tuple[Reason, ...]:
    """Return the strongest n-grams of each sign that do not overlap stronger ones."""
    reasons: list[Reason] = []
    order = np.argsort(weights)
    for side in (order[::-1], order):
        taken: set[int] = set()
        count = 0
        for at in side[: 8 * most].tolist():  # the strongest overlap each other: a few times as many are looked at
            start, length = int(said.starts[at]), int(said.lengths[at])
            places = range(start, start + length)
            if length > 1 and taken.isdisjoint(places) and (weights[at] > 0) == (side is not order):
                reasons.append(Reason(start, length, float(weights[at])))
                taken.update(places)
                count += 1
            if count == most:
                break
    return tuple(sorted(reasons, key=lambda reason: -abs(reason.points)))


def load_model(path: Path = MODEL) -> Model:
    """Return the packaged model. Raises TablesError where the file is missing, damaged or of another format."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            meta = json.loads(stored["meta"].tobytes())
            places, weights = np.cumsum(stored["places"]), stored["weights"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise TablesError(f"学习模型 {path} 无法读取：{error}；请重新安装，或运行 make train") from error
    if meta.get("format") != FORMAT:
        raise TablesError(
            f"学习模型 {path} 的格式是 {meta.get('format')}，需要 {FORMAT}；请重新安装，或运行 make train"
        )
    table = np.zeros(1 << BITS, dtype=np.int8)
    table[places] = weights
    return Model(meta["names"], table, meta["step"], meta["anchors"], meta["facts"])


def blank(anchors: Mapping[str, float]) -> Model:
    """Return a model that says nothing, with which features are read before there is one."""
    return Model({}, np.zeros(1 << BITS, dtype=np.int8), 1.0, anchors, {})
