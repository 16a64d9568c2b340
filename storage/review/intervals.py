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


def kappa(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Cohen's kappa: agreement beyond chance, 1 at best; None when chance alone explains everything, or without pairs."""
    pairs = list(pairs)
    if not pairs:
        return None
    same = sum(one == other for one, other in pairs) / len(pairs)
    names = {name for pair in pairs for name in pair}
    by_chance = sum(_part(pairs, 0, name) * _part(pairs, 1, name) for name in names)
    return None if by_chance >= 1 else (same - by_chance) / (1 - by_chance)


def _part(pairs: Sequence[tuple[str, str]], side: int, name: str) -> float:
    return sum(pair[side] == name for pair in pairs) / len(pairs)
