"""Fit a ranking model, and measure it on decisions it was not made with. Loads scikit-learn when it is called."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from storage.review.ranking_features import Past, examples, probability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.review.ranking_features import Case

HELD_BACK = 0.2  # of the decisions, the newest: what a model says of the time after it was made is what counts
RESAMPLES = 1_000  # enough for limits that move by less than a hundredth
SEED = 20260101  # any number: the same decisions give the same model and the same limits
STRENGTH = 0.3  # of scikit-learn's C: some hundred decisions must not be learned by heart
FEWEST_CASES = 5  # decisions that must show a feature: below that it is chance
BULK_WORTH = 20.0  # decisions: one look at a list of five hundred is not five hundred looks
FIRST = (20, 50, 100, 200, 500)  # leads looked at: an hour's work to a week's


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % limits by bootstrap."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pair:
    """What the model achieves, what the score does, and the difference."""

    model: Estimate
    score: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class First:
    """Confirmed leads among the first `count` looked at."""

    count: int
    found: Pair


@dataclass(frozen=True, slots=True)
class Figures:
    """A model's effect on the newest decisions, which it was not made with."""

    held_back: int
    right: int
    """Confirmed ones among them."""
    learned_from: int
    since: datetime
    """When the first of the held-back decisions was made."""
    auc: Pair | None
    """How likely a confirmed lead stands before a dismissed one; None where there is only one kind."""
    first: tuple[First, ...] = ()

    @property
    def is_better(self) -> bool:
        """Surely better than the score: the whole interval of the difference lies above 0."""
        return self.auc is not None and self.auc.gain.low > 0

    def as_facts(self) -> dict[str, Any]:
        """To be stored as JSON."""
        return asdict(self) | {"since": self.since.isoformat()}

    @classmethod
    def of_facts(cls, kept: Mapping[str, Any]) -> Figures:
        """What `as_facts` made."""
        from datetime import datetime

        first = tuple(First(one["count"], _pair(one["found"])) for one in kept["first"])
        auc = None if kept["auc"] is None else _pair(kept["auc"])
        since = datetime.fromisoformat(kept["since"])
        return cls(kept["held_back"], kept["right"], kept["learned_from"], since, auc, first)


def _pair(kept: Mapping[str, Any]) -> Pair:
    return Pair(*(Estimate(**kept[name]) for name in ("model", "score", "gain")))


def fit(cases: Sequence[Case]) -> tuple[dict[str, float], Past]:
    """Weights by name (the constant is called ``""``), and what was known at the end. Both kinds must be there."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    past = Past()
    rows = list(examples(cases, past))
    seen = Counter(name for _, numbers in rows for name in numbers)
    table = DictVectorizer()
    numbers = table.fit_transform(
        [{name: value for name, value in found.items() if seen[name] >= FEWEST_CASES} for _, found in rows]
    )
    model = LogisticRegression(C=STRENGTH, max_iter=1_000, random_state=SEED)
    model.fit(numbers, [case.right for case, _ in rows], sample_weight=weights_of(cases))
    weights = {"": float(model.intercept_[0])}
    found = zip(table.get_feature_names_out(), model.coef_[0], strict=True)
    return weights | {str(name): round(float(weight), 6) for name, weight in found}, past


def weights_of(cases: Sequence[Case]) -> list[float]:
    """How much each decision counts: all of one bulk together at most `BULK_WORTH`."""
    sizes = Counter(case.bulk_id for case in cases if case.bulk_id)
    return [min(1.0, BULK_WORTH / sizes[case.bulk_id]) if case.bulk_id else 1.0 for case in cases]


def split(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Older decisions to learn from, and the newest to measure with: of the latter only those taken one by one."""
    single = [case for case in cases if case.bulk_id is None]
    border = single[-max(int(len(single) * HELD_BACK), 1)].at
    return [case for case in cases if case.at < border], [case for case in single if case.at >= border]


def measure(cases: Sequence[Case]) -> Figures:
    """How a model made of the older decisions orders the newest ones. Cases come oldest first."""
    older, held = split(cases)
    right = sum(case.right for case in held)
    facts = (len(held), right, len(older), held[0].at)
    if right in {0, len(held)} or len({case.right for case in older}) < 2:
        return Figures(*facts, auc=None)
    weights, past = fit(older)
    model = [probability(weights, numbers) for _, numbers in examples(held, past)]
    return _compared(facts, [case.right for case in held], model, [case.facts.score for case in held])


def _compared(
    facts: tuple[int, int, int, datetime], right: Sequence[bool], model: Sequence[float], score: Sequence[float]
) -> Figures:
    import numpy as np

    truth, by_model, by_score = np.array(right, dtype=bool), np.array(model), np.array(score)
    drawn = np.random.default_rng(SEED).integers(0, len(truth), (RESAMPLES, len(truth)))
    draws = [draw for draw in drawn if 0 < truth[draw].sum() < len(truth)]
    counts = [count for count in FIRST if count < len(truth)]
    auc = _pairs_of(truth, by_model, by_score, draws, auc_of)
    first = [
        First(count, _pairs_of(truth, by_model, by_score, draws, lambda one, by, count=count: first_of(one, by, count)))
        for count in counts
    ]
    return Figures(*facts, auc=auc, first=tuple(first))


def _pairs_of(truth: Any, model: Any, score: Any, draws: Sequence[Any], measured: Any) -> Pair:
    """The same leads are drawn for both, so that the difference is no chance of the draw."""
    import numpy as np

    drawn = np.array([(measured(truth[one], model[one]), measured(truth[one], score[one])) for one in draws])
    values = measured(truth, model), measured(truth, score)

    def estimate(value: float, samples: Any) -> Estimate:
        low, high = np.percentile(samples, (2.5, 97.5))
        return Estimate(float(value), float(low), float(high))

    return Pair(
        estimate(values[0], drawn[:, 0]),
        estimate(values[1], drawn[:, 1]),
        estimate(values[0] - values[1], drawn[:, 0] - drawn[:, 1]),
    )


def auc_of(truth: Any, by: Any) -> float:
    """Share of pairs of a right and a wrong one that stand in the right order, ties counted half (Mann-Whitney)."""
    import numpy as np

    _, places, counts = np.unique(by, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    right = int(truth.sum())
    return float((ranks[truth].sum() - right * (right + 1) / 2) / (right * (len(truth) - right)))


def first_of(truth: Any, by: Any, count: int) -> float:
    """Right ones among the first `count`; of equals the later one first, as in the queue."""
    import numpy as np

    order = np.lexsort((-np.arange(len(by)), -by))
    return float(truth[order[:count]].sum())
