"""Solving: logistic regression over named findings and hashed wordings, with signs that more evidence must keep.

Wordings are scaled by how differently they stand in offers and elsewhere before the weights are found (the
"naive Bayes" features of Wang and Manning, Baselines and Bigrams, 2012), which in cross-validation found a percent
more of the offers at the same share of false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from keywords.learned.features import BITS
from keywords.learned.model import share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from keywords.learned.features import Numbers

LOOSE = 1.0  # prior variance of the weights: better than 3 and as good as 0.5 in cross-validation
SEEN = 2  # texts in which an n-gram must occur: what one text says teaches nothing
ROUNDS = 400  # of the optimiser; it ends by itself after about 150
# Findings that may only speak for, or only against, an offer: so that more evidence never lowers the score.
FOR = ("points", "strength_", "severity_", "objects", "unlawful", "anchors")
CUES_FOR = ("sell", "buy", "pay", "contact", "ship", "price", "quantity", "contact_number", "figure", "serve", "live",
    "wild", "no_papers", "secrecy", "craft", "eat", "hunting", "fishing", "import", "attached")  # fmt: skip
CUES_AGAINST = ("news", "rule", "report", "rescue", "teach", "game", "toy", "goods", "car", "medicine", "imitation")


class Row(NamedTuple):
    """One text as the model sees it."""

    named: Mapping[str, float]
    numbers: Numbers
    offer: bool
    weight: float
    source: str
    """Where it comes from; sources are left out together in cross-validation."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights over the columns that the rows have."""

    names: Sequence[str]
    buckets: NDArray[np.intp]
    weights: NDArray[np.float64]

    def logits(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Return what the weights say of other rows."""
        return np.asarray(_matrix(rows, self.names, self.buckets) @ self.weights)


def fit(rows: Sequence[Row], loose: float = LOOSE, *, signed: bool = True, seen: int = SEEN) -> Fitted:
    """Return the weights that explain the rows best; `signed`: those of `FOR` not negative, of `CUES_AGAINST` not positive."""
    names = sorted({name for row in rows for name in row.named})
    counts = np.bincount(np.concatenate([row.numbers for row in rows]), minlength=1 << BITS)
    buckets = np.flatnonzero(counts >= seen)
    wanted = np.array([row.offer for row in rows], dtype=np.float64)
    shares = np.array([row.weight for row in rows])
    plain = _matrix(rows, names, buckets)
    scale = np.concatenate([np.ones(len(names)), _contrast(plain[:, len(names) :], wanted, shares)])
    matrix = (plain @ sparse.diags(scale)).tocsr()
    turned = matrix.T.tocsr()

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = matrix @ weights
        wrong = shares * (1 / (1 + np.exp(-np.clip(logits, -40, 40))) - wanted)  # beyond 40 nothing changes
        surprise = shares @ (np.logaddexp(0, logits) - wanted * logits)
        return float(surprise + weights @ weights / (2 * loose)), turned @ wrong + weights / loose

    limits = map(_bounds, names) if signed else [(None, None)] * len(names)
    bounds = [*limits, *[(None, None)] * buckets.size]
    start = np.zeros(matrix.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": ROUNDS})
    return Fitted(names, buckets, found.x * scale)


def _contrast(
    wordings: sparse.csr_matrix, wanted: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how differently each wording stands in offers and elsewhere, 1 on average (root mean square)."""
    stands = (wordings > 0).astype(np.float64).T.tocsr()
    here, there = stands @ (shares * wanted) + 1, stands @ (shares * (1 - wanted)) + 1
    all_here, all_there = (
        max(1e-9, shares @ wanted),
        max(1e-9, shares @ (1 - wanted)),
    )  # few listings may be of one kind
    apart = np.abs(np.log(here / all_here) - np.log(there / all_there))
    return np.asarray(apart / max(1e-9, float(np.sqrt(np.mean(apart**2)))))


def _bounds(name: str) -> tuple[float | None, float | None]:
    kind, _, cue = name.partition("_")
    if cue == "offered":  # every page of a shop states a price: the rules' own few points say enough
        return 0.0, 0.0
    if name.startswith(FOR) or (kind in {"cue", "cues", "near"} and cue in CUES_FOR):
        return 0.0, None
    if kind in {"cue", "cues", "near"} and cue in CUES_AGAINST:
        return None, 0.0
    return None, None


def _matrix(rows: Sequence[Row], names: Sequence[str], buckets: NDArray[np.intp]) -> sparse.csr_matrix:
    column = {name: place for place, name in enumerate(names)}
    columns: list[NDArray[np.intp]] = []
    values: list[NDArray[np.float64]] = []
    ends = [0]
    for row in rows:
        own = [(column[name], value) for name, value in row.named.items() if name in column]
        places = np.searchsorted(buckets, row.numbers)
        places = places[(places < buckets.size) & (buckets[np.minimum(places, buckets.size - 1)] == row.numbers)]
        columns += [np.array([place for place, _ in own], dtype=np.intp), places + len(names)]
        values += [np.array([value for _, value in own]), np.full(places.size, share(row.numbers.size))]
        ends.append(ends[-1] + len(own) + places.size)
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), ends), (len(rows), len(names) + buckets.size)
    )
