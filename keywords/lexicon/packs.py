"""Reads packs into entries that know where they were written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keywords.lexicon.reader import read_document, understand
from keywords.lexicon.schema import Entry, Examples, Pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keywords.lexicon.reader import Document

HERE = Path(__file__).resolve().parent
TABLE_FILES = {"context", "characters", "scoring", "surroundings", "kits"}  # the other YAML files are packs of entries
MOST_COMPOSED = 20_000  # entries one file may compose; the longest list of all names has 1,924


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and where it stands."""

    entry: Entry
    path: Path
    line: int
    changes: tuple[str, ...] = ()
    """Where local files changed it: ``file:line``, in order."""

    @property
    def place(self) -> str:
        """File name and line, for people."""
        return f"{self.path.name}:{self.line}"


def pack_files(overlay: Sequence[Path] = (), folder: Path = HERE) -> list[Path]:
    """Return the files of entries: the packaged ones (or those of another folder), then the local ones."""
    return [path for path in sorted(folder.glob("*.yaml")) if path.stem not in TABLE_FILES] + list(overlay)


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield the entries of one pack with its defaults filled in, ids and compositions spelled out.

    Raises:
        LexiconError: the file is not valid.
    """
    document = read_document(path)
    for placed in placed_entries(document, understand(document, Pack)):
        yield placed.entry


def placed_entries(document: Document, pack: Pack) -> Iterator[Placed]:
    """Yield the entries of a pack that was read from `document`, defaults filled in, ids and compositions spelled out.

    Raises:
        LexiconError: the file composes too many entries.
    """
    base = pack.defaults.model_dump(exclude_unset=True) if pack.defaults else {}
    written = {entry.term for entry in pack.entries}  # an entry of its own says more than a composed one
    made = [(entry, place) for entry, place in _composed(document, pack) if entry.term not in written]
    own = [(entry, ("entries", number)) for number, entry in enumerate(pack.entries)]
    for entry, place in (*made, *own):
        said = entry.model_dump(exclude_unset=True)
        filled = Entry.model_validate(base | said)
        tests = filled.tests if "tests" in said else pack.examples
        identity = filled.id or f"{document.path.stem}:{filled.term}"
        facts = {"id": identity, "tests": _spelled(tests, {"term": filled.term})}
        yield Placed(filled.model_copy(update=facts), document.path, document.line(*place))


def _composed(document: Document, pack: Pack) -> Iterator[tuple[Entry, tuple[str, int]]]:
    if sum(len(rule.heads) * len(rule.parts) for rule in pack.compose) > MOST_COMPOSED:
        raise document.error(f"组合出的词条超过 {MOST_COMPOSED} 条", "compose")
    for number, rule in enumerate(pack.compose):
        shape = rule.entry.model_dump(exclude_unset=True)
        for head in rule.heads:
            for part in rule.parts:
                words = {"head": head, "part": part}
                term = _filled(rule.entry.term, words)
                tests = _spelled(rule.entry.tests, {"term": term, **words})
                yield Entry.model_validate(shape | {"term": term, "tests": tests}), ("compose", number)


def _spelled(tests: Examples, words: dict[str, str]) -> Examples:
    def fill(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_filled(text, words) for text in texts)

    return Examples(must=fill(tests.must), must_not=fill(tests.must_not))


def _filled(text: str, words: dict[str, str]) -> str:
    """Replace ``{name}`` by its word; `str.format` would do more for a hostile text."""
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text
