"""Compiles the lexicon: `python -m keywords.lexicon.compile` writes the packaged file that a detector loads.

Compiling needs jieba's dictionary, to drop variants that are ordinary words; loading the result does not.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

from keywords.exceptions import TablesError
from keywords.fold import TABLES, Folder
from keywords.lexicon import kept
from keywords.lexicon.kits import compiled_kits
from keywords.lexicon.overlay import gather
from keywords.lexicon.packs import HERE, pack_files, read_entries
from keywords.lexicon.patterns import Compiler, generated, load_sounds
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import CharacterTables, Cues, Entry, Scoring, Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = [
    "COMPILED", "HERE", "Compiled", "Compiler", "compile_lexicon", "load_compiled", "load_sounds", "pack_files",
    "read_entries", "source_version",
]  # fmt: skip

COMPILED = TABLES / "lexicon.json.gz"
FORMAT = 5  # raise it when the compiled file changes its shape
Compiled = dict[str, Any]


def source_version(overlay: Sequence[Path] = ()) -> str:
    """Return the hash of everything that the compiled lexicon is made from: YAML, tables, and this code's format.

    Raises:
        TablesError: a file cannot be read.
    """
    digest = hashlib.sha256(str(FORMAT).encode())
    files = [*sorted(HERE.glob("*.yaml")), *overlay, TABLES / "fold.npz", TABLES / "pinyin.json", HERE / "variants.py"]
    try:
        for path in files:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    except OSError as error:
        raise TablesError(f"词库文件无法读取：{error}") from error
    return digest.hexdigest()[:16]


def _facts(entry: Entry) -> dict[str, Any]:
    """Return what the detector needs of an entry, without empty values."""
    wanted = entry.model_dump(
        include={"id", "term", "kind", "category", "level", "source", "date", "agency", "strength", "severity"}
        | {"requires", "common", "exclude_near", "taxon", "unlawful", "verified", "livestock"}
    )
    wanted["disguise"] = "homophone" in generated(entry)  # what the sound automaton listens for
    if entry.scope:
        wanted["scope"] = entry.scope.model_dump(exclude_unset=True)
    if entry.protection:
        wanted["protection"] = entry.protection.model_dump(exclude_defaults=True)
    return {key: value for key, value in wanted.items() if value}


def compile_lexicon(overlay: Sequence[Path] = ()) -> Compiled:
    """Return the compiled lexicon, JSON-ready.

    Raises:
        LexiconError: a file is not valid.
        TablesError: a file cannot be read.
    """
    cues, scoring = read_pack(HERE / "context.yaml", Cues), read_pack(HERE / "scoring.yaml", Scoring)
    tables = read_pack(HERE / "characters.yaml", CharacterTables)
    compiler = Compiler(tables)
    lexicon = gather(overlay)
    entries = [placed.entry for placed in lexicon.entries]
    for number, entry in enumerate(entries):
        compiler.add(number, entry)
    return {
        "version": source_version(overlay),
        "entries": [_facts(entry) for entry in entries],
        "patterns": compiler.patterns(),
        "covers": compiler.covers(),
        "ordinary": compiler.ordinary(),
        "pictures": tables.pictures,
        "kits": compiled_kits(entries, (placed.entry for placed, _ in lexicon.disabled), compiler.folder),
        "groups": _folded_groups(cues, compiler.folder),
        "surroundings": read_pack(HERE / "surroundings.yaml", Surroundings).model_dump(),
        "scoring": scoring.model_dump(),
    }


def _folded_groups(cues: Cues, folder: Folder) -> dict[str, Any]:
    def fold(words: Iterable[str]) -> list[str]:
        return sorted({folder.fold_word(word) for word in words} - {""})

    return {
        name: {
            "label": group.label,
            "points": group.points,
            "words": fold(group.words),
            "covers": fold(group.exclude),
            "anchor": group.anchor,
        }
        for name, group in cues.groups.items()
    }


def load_compiled(overlay: Sequence[Path] = (), cache: Path | None = None) -> Compiled:
    """Return the packaged lexicon where it is current, else the one kept in `cache`, else a freshly compiled one.

    `cache`: a private folder, made where it is missing; what is compiled is kept there.

    Raises:
        LexiconError: a file is not valid.
        TablesError: a file cannot be read.
    """
    version = source_version(overlay)
    if not overlay and COMPILED.exists():
        compiled: Compiled = json.loads(gzip.decompress(COMPILED.read_bytes()))
        if compiled["version"] == version:
            return compiled
    found = kept.read(cache, version) if cache else None
    if found is not None:
        return found
    compiled = compile_lexicon(overlay)
    if cache and compiled["version"] == version:  # no file was written meanwhile
        kept.write(cache, version, compiled)
    return compiled


def main() -> None:
    """Write the packaged file; the same input gives the same bytes."""
    text = json.dumps(compile_lexicon(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    COMPILED.write_bytes(gzip.compress(text.encode(), mtime=0))
    sys.stdout.write(f"词库已编译：{COMPILED}\n")


if __name__ == "__main__":
    main()
