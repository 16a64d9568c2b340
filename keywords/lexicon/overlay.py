"""All entries in force: the packaged ones, then what local files add, change and disable, one file after another."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from keywords.exceptions import LexiconError
from keywords.lexicon.packs import HERE, Placed, pack_files, placed_entries
from keywords.lexicon.reader import read_document, understand
from keywords.lexicon.schema import Entry, Pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from keywords.lexicon.reader import Document
    from keywords.lexicon.schema import Change

NAMES = frozenset({"id", "term"})  # what finds an entry, and does not change it
NESTED = frozenset({"scope", "protection"})  # of these only what is written changes
ADD, REMOVE = "_add", "_remove"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries in force, in order, and those that local files disabled."""

    entries: tuple[Placed, ...]
    disabled: tuple[tuple[Placed, str], ...] = ()
    """Entry, and ``file:line`` of what disabled it."""


def gather(overlay: Sequence[Path] = (), folder: Path = HERE) -> Lexicon:
    """Return all entries of the packaged lexicon (or of another folder) with the local files applied in order.

    Raises:
        LexiconError: a file is not valid, or names an entry that does not exist.
    """
    force = _Force()
    for path in pack_files(folder=folder):
        force.take(path)
    for path in overlay:
        force.apply(path)
    return Lexicon(tuple(force.entries.values()), tuple(force.disabled))


def _entries(path: Path) -> tuple[Placed, ...]:
    document = read_document(path)
    return tuple(placed_entries(document, understand(document, Pack)))


@lru_cache(maxsize=64)  # files: a command that looks at the lexicon twice reads it once
def _packaged(path: Path, _written_at: int, _size: int) -> tuple[Placed, ...]:
    return _entries(path)


class _Force:
    """Entries in force so far."""

    def __init__(self) -> None:
        self.entries: dict[int, Placed] = {}
        self.disabled: list[tuple[Placed, str]] = []
        self._last = 0
        self._found: dict[str, list[int]] | None = None

    def take(self, path: Path) -> None:
        """Add a packaged file's entries."""
        found = path.stat() if path.exists() else None
        self._add(_packaged(path, found.st_mtime_ns, found.st_size) if found else _entries(path))

    def apply(self, path: Path) -> None:
        """Change and disable what came before, then add the file's own entries."""
        document = read_document(path)
        pack = understand(document, Pack)
        for number, change in enumerate(pack.change):
            self._change(document, number, change)
        for number, name in enumerate(pack.disable):
            self._disable(document, number, name)
        own = list(placed_entries(document, pack))
        if pack.pack is not None:
            own = self._renewed(own)
        self._refuse_taken(own, path)
        self._add(own)

    def _renewed(self, own: list[Placed]) -> list[Placed]:
        """Let the entries of an exchanged pack take the place of those with the same id; return the new ones."""
        places = {placed.entry.id: key for key, placed in self.entries.items()}
        for placed in own:
            if placed.entry.id in places:
                self.entries[places[placed.entry.id]] = placed
        return [placed for placed in own if placed.entry.id not in places]

    def _refuse_taken(self, own: list[Placed], path: Path) -> None:
        taken = {placed.entry.id: placed for placed in self.entries.values()}
        for placed in own:
            other = taken.setdefault(placed.entry.id, placed)
            if other is not placed:
                raise LexiconError(
                    f"词库文件 {path} 第 {placed.line} 行：编号“{placed.entry.id}”与 {other.place} 重复；"
                    "要改已有的词条，请写在 change 下"
                )

    def _add(self, placed: Iterable[Placed]) -> None:
        for one in placed:
            self._last += 1
            self.entries[self._last] = one
        self._found = None

    def _change(self, document: Document, number: int, change: Change) -> None:
        place = ("change", number)
        if bool(change.id) == bool(change.term):
            raise document.error("改动须写明 id 或 term，二者之一", *place)
        mark = f"{document.path.name}:{document.line(*place)}"
        for key in self._named(document, change.id or change.term, *place):
            old = self.entries[key]
            self.entries[key] = replace(old, entry=changed(old.entry, change), changes=(*old.changes, mark))

    def _disable(self, document: Document, number: int, name: str) -> None:
        mark = f"{document.path.name}:{document.line('disable', number)}"
        for key in self._named(document, name, "disable", number):
            self.disabled.append((self.entries.pop(key), mark))
        self._found = None

    def _named(self, document: Document, name: str, *place: str | int) -> list[int]:
        """Return the entries of that id, else of that term."""
        if self._found is None:
            self._found = {}
            for key, placed in self.entries.items():
                self._found.setdefault(placed.entry.term, []).append(key)
            self._found |= {placed.entry.id: [key] for key, placed in self.entries.items()}
        found = self._found.get(name)
        if not found:
            near = difflib.get_close_matches(name[:60], self._found, n=1, cutoff=0.5)  # one character of two may differ
            raise document.error(f"没有词条“{name[:60]}”" + (f"，是否应为“{near[0]}”？" if near else ""), *place)
        return found


def changed(entry: Entry, change: Change) -> Entry:
    """Return the entry with what the change says."""
    said = change.model_dump(exclude_unset=True)
    facts: dict[str, Any] = {}
    for key, value in said.items():
        field = key.removesuffix(ADD).removesuffix(REMOVE)
        if key in NAMES:
            continue
        if key.endswith(ADD):
            known = facts.get(field, getattr(entry, field))
            facts[field] = (*known, *(word for word in value if word not in known))
        elif key.endswith(REMOVE):
            facts[field] = tuple(word for word in facts.get(field, getattr(entry, field)) if word not in value)
        elif key in NESTED and value is not None and getattr(entry, key) is not None:
            facts[key] = getattr(entry, key).model_dump(exclude_unset=True) | value
        else:
            facts[key] = value
    return Entry.model_validate(entry.model_dump(exclude_unset=True) | {"id": entry.id} | facts)
