"""Estimate: how often rows arrive on a board and how often a page changes, and what follows for the next visit. Pure.

- Rows that arrive on a board can be counted, so its rate is the mean of a Gamma-Poisson posterior (the conjugate prior of
  counts; Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6); older counts are discounted at each visit, so that a
  board may wake up or fall asleep (West & Harrison, Bayesian Forecasting and Dynamic Models, 2nd ed., 6.3).
- Of a page only "changed or not since the last visit" is seen, and several changes look like one. J. Cho and
  H. Garcia-Molina, "Estimating frequency of change", ACM TOIT 3(3), 2003: with n visits, one every I, of which X found a
  change, ``-log((n - X + 0.5) / (n + 0.5)) / I`` removes most of the bias (section 4.2); for irregular intervals the
  maximum of the likelihood is sought (section 5.2), here with the same half visit added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import exp, expm1, log, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
KEPT: Final = 0.9  # of older counts at each visit: about the last ten tell, enough to follow a board from day to night
PRIOR_ROWS: Final = (
    1.0  # of a board that nobody has read twice: one row in six hours, as the usual `every: 6h` supposes
)
PRIOR_SECONDS: Final = 6 * HOUR
LONGEST_GAP: Final = 30 * DAY  # a longer pause, or a clock that leapt, teaches no more
MOST_ROWS: Final = 200  # of one visit: more are a first reading that was cut, or a board that was moved
WORTH: Final = HOUR  # one request is worth as much as a new row found an hour earlier
HALF: Final = 0.5  # visit without a change: what removes the bias
SLOWEST: Final = 1 / (3650 * DAY)  # changes a second: slower ones cannot be told from none
FASTEST: Final = 1.0
HALVINGS: Final = 60  # of a range of nine powers of ten: the rest is below what a float tells
GOOD: Final = 0.1  # chance of a change at which a page is worth a visit
PRIOR_READS: Final = 2.0  # visits, as good as none: what is found weighs more from the third visit on
PRIOR_CHANGES: Final = GOOD * (PRIOR_READS + HALF)  # so many of them that `revisit` is kept until more is known


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What the visits of one board found, older ones counting less; at first what is supposed."""

    rows: float = PRIOR_ROWS
    seconds: float = PRIOR_SECONDS

    def after(self, found: int, gap: float) -> Arrivals:
        """One more visit, `gap` seconds after the one before, which found so many rows.

        A gap that is none (the clock was set back) teaches nothing.
        """
        if gap <= 0:
            return self
        rows = max(0, min(found, MOST_ROWS))
        return Arrivals(self.rows * KEPT + rows, self.seconds * KEPT + min(gap, LONGEST_GAP))

    @property
    def rate(self) -> float:
        """Rows a second, above zero."""
        return max(self.rows / self.seconds, SLOWEST)


def pace(rates: Sequence[float], shortest: timedelta, longest: timedelta) -> timedelta:
    """How long to wait between two visits of boards with these rates (rows a second).

    B requests a visit, R rows a second: the cost ``WORTH * B / I`` of requests and ``R * I / 2`` of rows that wait are
    least together at ``I = sqrt(2 * WORTH * B / R)``, the square-root rule of the economic lot (F. W. Harris, 1913).
    No boards: `longest`. Shorter than `shortest` and longer than `longest` it never is.
    """
    total = sum(rates)
    wanted = sqrt(2 * WORTH * len(rates) / total) if total > 0 else longest.total_seconds()
    return max(shortest, min(longest, timedelta(seconds=wanted))) if shortest < longest else shortest


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits of pages after about equal gaps."""

    reads: float
    changes: float
    """Of the reads: those that found the page changed or gone; never more."""
    seconds: float
    """Sum of the gaps."""

    @property
    def gap(self) -> float:
        """The mean gap, seconds."""
        return self.seconds / self.reads


def prior(base: timedelta) -> Visits:
    """What is supposed of pages nobody has visited: those that suit the interval `base`."""
    return Visits(PRIOR_READS, PRIOR_CHANGES, PRIOR_READS * base.total_seconds())


def change_rate(groups: Iterable[Visits]) -> float:
    """Changes a second by the visits of all groups; 0 when none found any. See the module's word on the method."""
    told = [one for one in groups if one.reads > 0 and one.seconds > 0]
    if not told or sum(one.changes for one in told) <= 0:
        return 0.0
    reads = sum(one.reads for one in told)
    still = sum((one.reads - one.changes) * one.gap for one in told)
    still += HALF * sum(one.seconds for one in told) / reads
    low, high = log(SLOWEST), log(FASTEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        pull = sum(one.changes * _weight(exp(middle), one.gap) for one in told)
        low, high = (middle, high) if pull > still else (low, middle)
    return exp(low)


def _weight(rate: float, gap: float) -> float:
    """``gap / (exp(rate * gap) - 1)``: what a visit that found a change pulls the likelihood upwards."""
    exponent = rate * gap
    return gap / expm1(exponent) if exponent < 500 else 0.0  # beyond 709 a float overflows; e^-500 is nothing


def chance(rate: float, gap: float) -> float:
    """Probability that a page with `rate` has changed within `gap` seconds, 0 to 1."""
    return -expm1(-rate * max(0.0, gap))


def interval(rate: float, shortest: timedelta, longest: timedelta) -> timedelta:
    """The gap after which a page with `rate` is worth a visit: its chance of a change is `GOOD`. Bounded."""
    if rate <= 0:
        return longest
    seconds = -log(1 - GOOD) / rate
    return max(shortest, timedelta(seconds=min(seconds, longest.total_seconds())))
