"""发布地—交付方式—平台 as streams: the largest places by name, the rest together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from referrals.papers import charts
from storage.masking import mask_in
from storage.referral.analysis_queries import UNSAID

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES: Final = 5  # names at each side; more make threads of the streams
REST: Final = "其他"


def chart(rows: Sequence[Sequence[Any]]) -> str:
    """Of (region, route, site, leads); empty where no page names a region and a route."""
    told = [
        (mask_in(str(region), ()) or UNSAID, str(route), str(site), float(leads)) for region, route, site, leads in rows
    ]
    known = [row for row in told if row[1] != UNSAID]
    if not known:
        return ""
    stages = [_largest(known, at) for at in range(3)]
    streams: Counter[tuple[int, ...]] = Counter()
    for *names, leads in known:
        path = tuple(_place(stages[at], str(name)) for at, name in enumerate(names))
        streams[path] += int(leads)
    flows = [(path, float(leads)) for path, leads in sorted(streams.items())]
    return charts.flow(stages, flows, ("发布地", "交付方式", "平台"))


def _largest(rows: Sequence[Sequence[Any]], at: int) -> list[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row[at]] += int(row[3])
    names = [name for name, _ in sorted(sums.items(), key=lambda one: (-one[1], one[0]))]
    return names if len(names) <= PLACES + 1 else [*names[:PLACES], REST]


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names) - 1
