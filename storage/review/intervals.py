"""How sure a share is: pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Z = 1.959963984540054  # 95 % of a normal distribution lie within


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % confidence interval; all from 0 to 1."""

    value: float
    low: float
    high: float
    of: int
    """How many were looked at; 0: nothing is known, and the interval is everything."""


def wilson(hits: int, of: int) -> Share:
    """Wilson's score interval (1927): also right for small numbers and for shares near 0 and 1."""
    if of <= 0:
        return Share(0.0, 0.0, 1.0, 0)
    value = hits / of
    middle = (value + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z / (1 + Z * Z / of) * sqrt(value * (1 - value) / of + Z * Z / (4 * of * of))
    return Share(value, min(max(middle - half, 0.0), value), max(min(middle + half, 1.0), value), of)


def stratified(strata: Sequence[tuple[int, Share]]) -> Share:
    """The share of a population put together of strata of known size, each with its own share.

    The distances to the limits are added as independent errors are (Newcombe's MOVER).
    """
    total = sum(size for size, _ in strata)
    if not total:
        return Share(0.0, 0.0, 1.0, 0)
    value = sum(size * share.value for size, share in strata) / total
    down = hypot(*(size * (share.value - share.low) for size, share in strata)) / total
    up = hypot(*(size * (share.high - share.value) for size, share in strata)) / total
    return Share(value, max(value - down, 0.0), min(value + up, 1.0), sum(share.of for _, share in strata))


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance with its 95 % confidence interval: 1 at best, 0 for chance."""

    value: float
    low: float
    high: float


def kappa(pairs: Iterable[tuple[str, str]]) -> Kappa | None:
    """Cohen's kappa; None when chance alone explains everything, or without pairs.

    Its standard error is that of Fleiss, Cohen and Everitt (1969), which holds for large samples; with fewer than
    thirty pairs the interval is a rough one.
    """
    pairs = list(pairs)
    names = sorted({name for pair in pairs for name in pair})
    shares = {(one, other): 0.0 for one in names for other in names}
    for pair in pairs:
        shares[pair] += 1 / len(pairs)
    first = {name: sum(shares[name, other] for other in names) for name in names}
    second = {name: sum(shares[other, name] for other in names) for name in names}
    same, chance = sum(shares[name, name] for name in names), sum(first[name] * second[name] for name in names)
    if not pairs or chance >= 1 - 1e-12:  # sums of shares of 1 are not exactly 1
        return None
    value = (same - chance) / (1 - chance)
    agreeing = sum(shares[name, name] * (1 - (first[name] + second[name]) * (1 - value)) ** 2 for name in names)
    differing = (1 - value) ** 2 * sum(
        shares[one, other] * (first[other] + second[one]) ** 2 for one in names for other in names if one != other
    )
    spread = max(agreeing + differing - (value - chance * (1 - value)) ** 2, 0.0)
    half = Z * sqrt(spread / len(pairs)) / (1 - chance)
    return Kappa(value, max(value - half, -1.0), min(value + half, 1.0))
