"""Task: one page to be read, small enough to lie in Redis. Plain JSON of our own fields, read with care."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

Kind = Literal["list", "item", "checks"]
LIST_FIRST = 10  # as in an unshared run: boards shift while they are read


@dataclass(frozen=True, slots=True)
class Task:
    """What one lease is about."""

    kind: Kind
    url: str = ""
    key: str = ""
    """Of the listing; items only."""
    signature: str | None = None
    """Of the row that led here."""
    fresh: bool = False
    """Read without conditions, because a lead's page is watched."""
    walk: int = 0
    """Which list; lists only."""
    pages: int = 0
    """Of that list, read before this one."""
    barren: int = 0
    """Pages in a row, up to this one, that showed nothing new."""

    @property
    def id(self) -> str:
        """The same for the same listing, and for the same step of the same list."""
        return {"item": f"i:{self.key}", "list": f"l:{self.walk}:{self.pages}", "checks": "c"}[self.kind]

    @property
    def priority(self) -> int:
        """Higher is sooner."""
        return LIST_FIRST if self.kind == "list" else 0

    def dump(self) -> bytes:
        """ASCII, whatever the page said."""
        facts = [self.kind, self.url, self.key, self.signature, self.fresh, self.walk, self.pages, self.barren]
        return json.dumps(facts, ensure_ascii=True, separators=(",", ":")).encode()


CHECKS = Task("checks")


def load(text: bytes) -> Task:
    """A task as `Task.dump` wrote it. Raises ValueError for anything else."""
    facts = json.loads(text)
    kinds = (str, str, str, str | None, bool, int, int, int)
    if not isinstance(facts, list) or len(facts) != len(kinds) or not all(map(isinstance, facts, kinds)):
        raise ValueError("not a task")
    if facts[0] not in ("list", "item", "checks"):
        raise ValueError("not a kind of task")
    return Task(*facts)
