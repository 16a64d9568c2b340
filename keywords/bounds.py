"""Bounds: what the learned judge's named features give at most, whatever a text says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keywords import score
from keywords.select import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keywords.learned.model import Model
    from keywords.score import Points

SEVERAL = 1.0 + score.SECOND_WORD
WRITTEN = ("price", "quantity", "contact_number", "figure")  # groups that are read from numbers: taken as there
NOT_KEPT = tuple(f"dropped_{reason}" for reason in (Reason.CONTEXT, Reason.NEAR, Reason.BOUNDARY, Reason.EXCUSED))


class Bounds:
    """What the learned judge's named features give at most."""

    def __init__(self, model: Model, points: Points, groups: Iterable[str]) -> None:
        """`groups`: of the context reader, in its order."""
        names, worth = model.names, points.groups
        self._names = names
        self._per_point = names.get("points", 0.0) / 50
        self._said: dict[int, float] = {}
        self._worth: dict[int, float] = {}
        for place, group in enumerate(groups):
            self._said[1 << place] = self._features(group)
            self._worth[1 << place] = _more(worth[group][1] * SEVERAL) if group in worth else 0.0
        always = [group for group in WRITTEN if group in worth]
        self._always = sum(map(self._features, WRITTEN)) + _more(names.get("untraded", 0.0))
        self._always_worth = sum(_more(worth[group][1] * SEVERAL) for group in always)
        self._always_worth += _more(worth[score.UNTRADED][1]) if score.UNTRADED in worth else 0.0
        self._offered = self._features("offered"), self._points("offered", worth)
        self._attached = self._features("attached"), self._points("attached", worth)
        self._dropped = sum(_more(names.get(name, 0.0)) for name in NOT_KEPT)
        self._covered = _more(names.get(f"dropped_{Reason.COVERED}", 0.0))
        self._anchors = _more(names.get(f"dropped_{Reason.ANCHOR}", 0.0)) + _more(names.get("anchors", 0.0))

    @property
    def said(self) -> list[float]:
        """By group: points at most."""
        return list(self._said.values())

    @property
    def wordings(self) -> float:
        """Points at most of all but the groups where there are wordings and no object."""
        return self._always + self._anchors

    @property
    def told(self) -> float:
        """Points at most of objects that do not count, some of them covered by ordinary words."""
        return self._dropped + self._covered

    @property
    def offered(self) -> float:
        """Points at most of a page that makes an offer, where there is no object."""
        return self._offered[0]

    @property
    def usable(self) -> bool:
        """Whether more points of the rules are never fewer of the judge: bounds go one way."""
        return self._per_point >= 0

    def _features(self, group: str) -> float:
        return sum(_more(self._names.get(kind + group, 0.0)) for kind in ("cue_", "cues_", "near_"))

    @staticmethod
    def _points(group: str, worth: Mapping[str, tuple[str, float]]) -> float:
        return _more(worth[group][1]) if group in worth else 0.0

    def ceiling(self, kept: float, rules: float, groups: int, more: Sequence[bool]) -> float:
        """Return the most points of all but the wording.

        `kept`: named points of what is kept; `rules`: the rules' points of the same; `groups`: bits of those that may be
        said; `more`: the page is an offer, a verb may stand beside an object, some are dropped, covered, wordings.
        """
        said, worth = self._always, self._always_worth + rules
        while groups:
            bit = groups & -groups
            said += self._said[bit]
            worth += self._worth[bit]
            groups ^= bit
        offered, attached, dropped, covered, wordings = more
        for there, (feature, points) in ((offered, self._offered), (attached, self._attached)):
            if there:
                said += feature
                worth += points
        said += (self._dropped if dropped else 0.0) + (self._covered if covered else 0.0)
        said += self._anchors if wordings else 0.0
        return kept + said + (self._per_point * max(0.0, worth) if rules else 0.0)


def _more(points: float) -> float:
    return max(0.0, points)
