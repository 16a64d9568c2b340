"""Fitting the kinds: intents and duties of the labelled offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from keywords.learned.kinds import INTENTS, LABELS, STEPS, WATER, Kinds
from keywords.learned.solve import Row, fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.learned.solve import Fitted

SEEN = 3  # offers in which an n-gram must occur: there are fewer of them than of texts
DUTIES = ("forestry", "agriculture")


def fit_kinds(offers: Sequence[tuple[Mapping[str, Any], Row]]) -> Kinds:
    """Return the models of labelled leads and grey listings with their rows."""
    return _packed([_fitted(label, offers) for label in LABELS])


def _fitted(label: str, offers: Sequence[tuple[Mapping[str, Any], Row]]) -> Fitted:
    if label in INTENTS:
        rows = [row._replace(offer=item["intent"] == label) for item, row in offers]
    else:
        assert label == WATER
        shared = [pair for pair in offers if pair[0]["lead_department"] in DUTIES]
        rows = [row._replace(offer=item["lead_department"] == "agriculture") for item, row in shared]
    return fit(rows, signed=False, seen=SEEN)


def _packed(models: Sequence[Fitted]) -> Kinds:
    """Return the models side by side; each one's wordings in steps of a byte."""
    names = sorted({name for model in models for name in model.names})
    known = [dict(zip(model.names, model.weights.tolist(), strict=False)) for model in models]
    numbers = np.unique(np.concatenate([model.buckets for model in models]))
    table = np.zeros((numbers.size, len(models)), dtype=np.int8)
    steps = np.ones(len(models))
    for column, model in enumerate(models):
        said = model.weights[len(model.names) :]
        steps[column] = float(np.abs(said).max() or 1.0) / STEPS
        table[np.searchsorted(numbers, model.buckets), column] = np.rint(said / steps[column]).astype(np.int8)
    used = table.any(axis=1)
    rows = {name: [round(each.get(name, 0.0), 3) for each in known] for name in names}
    return Kinds(rows, numbers[used].astype(np.uint32), table[used], steps)
