"""Kits, compiled: harmless parts that make a banned thing when they stand together."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from keywords.exceptions import LexiconError
from keywords.lexicon.packs import HERE
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import Kit, Kits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from keywords.fold import Folder
    from keywords.lexicon.schema import Entry

KITS = HERE / "kits.yaml"


def read_kits(path: Path = KITS) -> tuple[Kit, ...]:
    """Return the kits of the file; none where there is no file.

    Raises:
        LexiconError: the file is not valid.
    """
    return read_pack(path, Kits).kits if path.exists() else ()


def compiled_kits(entries: Sequence[Entry], disabled: Iterable[Entry], folder: Folder) -> list[dict[str, Any]]:
    """Return the kits, JSON-ready, entries as numbers; a kit of a disabled entry is left out.

    Raises:
        LexiconError: the file is not valid or names an entry that does not exist.
    """
    gone = {name for entry in disabled for name in (entry.id, entry.term)}
    numbers = {entry.term: number for number, entry in reversed(list(enumerate(entries)))}  # the first of that name
    numbers |= {entry.id: number for number, entry in enumerate(entries)}
    return [_compiled_kit(kit, numbers, folder) for kit in read_kits() if kit.entry in numbers or kit.entry not in gone]


def _compiled_kit(kit: Kit, numbers: Mapping[str, int], folder: Folder) -> dict[str, Any]:
    number = numbers.get(kit.entry)
    if number is None:
        near = difflib.get_close_matches(kit.entry, numbers, n=1)
        raise LexiconError(
            f"词库文件 {HERE / 'kits.yaml'}：配件组 {kit.id} 的词条“{kit.entry}”不存在"
            + (f"，是否应为“{near[0]}”" if near else "")
        )
    parts = [sorted({folder.fold_word(word) for word in part} - {""}) for part in kit.parts]
    return kit.model_dump(exclude={"tests"}) | {
        "entry": number,
        "parts": [part for part in parts if part],
        "requires": sorted(kit.requires),
        "exclude_near": sorted({folder.fold_word(word) for word in kit.exclude_near} - {""}),
    }
