"""Fruit: the share of requests that brought something new, as runs counted it (`wangdun.fruit`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from storage.models import Run as Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from storage.database import Database

RECENT: Final = 14  # runs: a trend that fits a word's width, a week of two a day


@dataclass(frozen=True, slots=True)
class Fruit:
    """Of so many requests, so many brought something new."""

    asked: int = 0
    fruitful: int = 0

    @property
    def share(self) -> float | None:
        """0 to 1; None when nothing was asked."""
        return self.fruitful / self.asked if self.asked else None

    def __str__(self) -> str:
        return "—" if self.share is None else f"{self.share:.0%}"


def of_extra(extra: Mapping[str, Any]) -> Fruit:
    """Of what a run stored besides its tally; nothing for runs of versions that did not count."""
    return Fruit(int(extra.get("asked", 0)), int(extra.get("fruitful", 0)))


def total(fruits: Iterable[Fruit]) -> Fruit:
    """Of several runs together."""
    told = list(fruits)
    return Fruit(sum(one.asked for one in told), sum(one.fruitful for one in told))


def recent(db: Database, since: datetime) -> dict[int, list[Fruit]]:
    """Of each site's last runs since then that asked for anything, oldest first, by the site's id. Raises StorageError."""
    place = func.row_number().over(partition_by=Row.site_id, order_by=Row.id.desc()).label("place")
    inner = select(Row.id, Row.site_id, Row.extra, place).where(Row.started_at >= since).subquery()
    found: dict[int, list[Fruit]] = {}
    with db.read() as connection:
        rows = connection.execute(select(inner).where(inner.c.place <= RECENT).order_by(inner.c.id)).all()
    for row in rows:
        one = of_extra(row.extra)
        if one.asked:
            found.setdefault(row.site_id, []).append(one)
    return found
