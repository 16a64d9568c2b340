"""Kinds: what sort of offer a text is, and whose duty its object is where it names none."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from keywords.exceptions import TablesError
from keywords.fold import TABLES
from keywords.learned.model import DAMAGE, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from keywords.entries import Entry
    from keywords.learned.features import Numbers

KINDS = TABLES / "kinds.npz"
FORMAT = 1  # raise it when features change their meaning
INTENTS = ("sell", "buy", "serve", "service", "none")
WATER = "water"
"""Agriculture's duty rather than forestry's: aquatic animals, fishing gear and the plants it manages."""
LABELS = (*INTENTS, WATER)
STEPS = 127  # of a weight's size in the table


@dataclass(frozen=True)
class Kinds:
    """One linear model per label over the features of the learned judge."""

    names: Mapping[str, Sequence[float]]
    """Logits of a feature at 1, in the order of `LABELS`."""
    numbers: NDArray[np.uint32]
    """Hashed n-grams that are known, ascending."""
    table: NDArray[np.int8]
    """Shape (n-grams, labels)."""
    steps: NDArray[np.float64]
    """Logit of one step of `table`, before the division by the wording's length; shape (labels,)."""

    @cached_property
    def version(self) -> str:
        """A hash of all weights."""
        digest = hashlib.sha256(json.dumps([FORMAT, dict(self.names)], sort_keys=True).encode())
        for part in (self.numbers, self.table, self.steps):
            digest.update(part.tobytes())
        return digest.hexdigest()[:16]

    def logits(self, named: Mapping[str, float], said: Numbers) -> dict[str, float]:
        """Return the logit of each label."""
        found = [(self.names[name], value) for name, value in named.items() if name in self.names]
        known = sum((np.array(weights) * value for weights, value in found), np.zeros(len(LABELS)))
        if self.numbers.size and said.size:
            places = np.minimum(np.searchsorted(self.numbers, said), self.numbers.size - 1)
            places = places[self.numbers[places] == said]
            known += self.table[places].sum(axis=0, dtype=np.int64) * self.steps * share(said.size)
        return dict(zip(LABELS, known.tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write the models; the same weights give the same bytes."""
        meta = json.dumps({"format": FORMAT, "names": {name: list(row) for name, row in self.names.items()}})
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                places=np.diff(self.numbers.astype(np.int64), prepend=0).astype(np.uint32),
                table=self.table,
                steps=self.steps,
                meta=np.frombuffer(meta.encode(), dtype=np.uint8),
            )


def intent_of(logits: Mapping[str, float]) -> str:
    """Return the likeliest intent."""
    return max(INTENTS, key=lambda label: logits[label])


def placed(entry: Entry, logits: Mapping[str, float]) -> Entry:
    """Return the entry with a likely agency where it names no object of its own, and no agency."""
    if entry.kind != "context" or entry.agency == "market_supervision":
        return entry
    return replace(entry, agency="agriculture" if logits[WATER] > 0 else "forestry")


def load_kinds(path: Path = KINDS) -> Kinds:
    """Return the packaged models. Raises TablesError where the file is missing, damaged or of another format."""
    try:
        with np.load(
            io.BytesIO(path.read_bytes()), allow_pickle=False
        ) as stored:  # a damaged file stays open otherwise
            meta = json.loads(stored["meta"].tobytes())
            numbers = np.cumsum(stored["places"], dtype=np.int64).astype(np.uint32)
            kinds = Kinds(meta["names"], numbers, stored["table"], stored["steps"])
        sound = meta["format"] == FORMAT and kinds.table.shape == (numbers.size, len(LABELS))
    except DAMAGE as error:
        raise TablesError(f"学习模型 {path} 无法读取：{error}；请重新安装，或运行 make train") from error
    if not sound:
        raise TablesError(f"学习模型 {path} 的格式不对；请重新安装，或运行 make train")
    return kinds
