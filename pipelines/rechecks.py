"""Rechecks: the blind visits of one run, and what they teach about how often pages change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.freshness import rechecks
from storage.freshness.rechecks import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from storage.database import Database
    from storage.records import Known


class Rechecks:
    """Chooses known pages to visit although nothing points to a change, and notes whether they had changed."""

    def __init__(self, db: Database, site_id: int, run_id: int) -> None:
        self.db = db
        self.site_id = site_id
        self.run_id = run_id
        self._waiting: dict[str, tuple[int, float]] = {}
        """Key → (kind of page, seconds since the visit before)."""
        self._outcomes: list[Outcome] = []

    def choose(
        self, now: datetime, base: timedelta, budget: int, *, unlisted: bool, skip: Collection[str]
    ) -> Sequence[Known]:
        """The visits that promise most. Raises StorageError."""
        if budget <= 0:
            return []
        rates = rechecks.learned(self.db, self.site_id, base)
        reach = budget * rechecks.SPREAD + len(skip)
        pages = rechecks.candidates(
            self.db, self.site_id, self.run_id, now, rates=rates, base=base, unlisted=unlisted, reach=reach
        )
        chosen = rechecks.choose(pages, rates, now, budget, skip)
        self._waiting |= {page.known.key: (page.kind, rechecks.gap_of(page.known, now)) for page in chosen}
        return [page.known for page in chosen]

    def note(self, key: str, *, changed: bool) -> None:
        """A page was read; of no account when nobody had chosen it."""
        told = self._waiting.pop(key, None)
        if told is not None:
            self._outcomes.append(Outcome(*told, changed))

    def write(self) -> None:
        """Keep what was found. Raises StorageError."""
        outcomes, self._outcomes = self._outcomes, []
        rechecks.note(self.db, self.site_id, outcomes)
