"""Cross-validation: models that never saw what they are measured on, anchors included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from keywords.learned.fit import Trainer, reading_detector
from keywords.lexicon.compile import load_compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from keywords.learned.kinds import Kinds
    from keywords.learned.model import Model

BLOCK = 20  # listings in a row that are held out together: authors write twins side by side
FOLDS = 5  # each model still learns from four fifths
Sources: TypeAlias = "Mapping[str, Sequence[Mapping[str, Any]]]"


class Fold(NamedTuple):
    """Models, and the listings that they were not fitted on."""

    model: Model
    kinds: Kinds
    held_out: Sources


def divide(sources: Sources, fold: int, folds: int) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Return what is fitted on and what is held out, by source."""
    kept: dict[str, list[Any]] = {}
    held_out: dict[str, list[Any]] = {}
    for name, items in sources.items():
        sides = kept.setdefault(name, []), held_out.setdefault(name, [])
        for place, item in enumerate(items):
            sides[place // BLOCK % folds == fold].append(item)
    return kept, held_out


def cross_validated(sources: Sources, ordinary: Sequence[tuple[str, str]], folds: int = FOLDS) -> Iterator[Fold]:
    """Yield one fold after the other; each listing is held out once.

    `sources`: name -> labelled listings; `ordinary`: (file, line) as for `Trainer`.
    """
    for fold in range(folds):
        kept, held_out = divide(sources, fold, folds)
        yield Fold(*fitted(kept, ordinary), held_out)


def fitted(sources: Sources, ordinary: Sequence[tuple[str, str]]) -> tuple[Model, Kinds]:
    """Return the models of these listings and no others."""
    trainer = Trainer(sources, ordinary)
    model = trainer.model()
    return model, trainer.kinds(reading_detector(model.anchors, load_compiled()))
