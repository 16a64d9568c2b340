"""Compiles the lexicon: `python -m keywords.lexicon.compile` writes the packaged file that a detector loads.

Compiling needs jieba's dictionary, to drop variants that are ordinary words; loading the result does not.
"""

from __future__ import annotations

import difflib
import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from keywords.exceptions import LexiconError, TablesError
from keywords.fold import TABLES, Folder
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import (
    CharacterTables,
    Cues,
    Disguise,
    Entry,
    Examples,
    Kit,
    Kits,
    Pack,
    Scoring,
    Surroundings,
)
from keywords.lexicon.variants import Disguises

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
COMPILED = TABLES / "lexicon.json.gz"
TABLE_FILES = {"context", "characters", "scoring", "surroundings", "kits"}  # the other YAML files are packs of entries
FORMAT = 5  # raise it when the compiled file changes its shape
Compiled = dict[str, Any]


def pack_files(overlay: Sequence[Path] = ()) -> list[Path]:
    """Return the files of entries: the packaged ones, then the local ones."""
    return [path for path in sorted(HERE.glob("*.yaml")) if path.stem not in TABLE_FILES] + list(overlay)


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


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield the entries of one pack with its defaults filled in, ids and compositions spelled out.

    Raises:
        LexiconError: the file is not valid.
    """
    pack = read_pack(path, Pack)
    base = pack.defaults.model_dump(exclude_unset=True) if pack.defaults else {}
    written = {entry.term for entry in pack.entries}  # an entry of its own says more than a composed one
    for entry in (*(made for made in _composed(pack) if made.term not in written), *pack.entries):
        own = entry.model_dump(exclude_unset=True)
        filled = Entry.model_validate(base | own)
        tests = filled.tests if "tests" in own else pack.examples
        identity = filled.id or f"{path.stem}:{filled.term}"
        yield filled.model_copy(update={"id": identity, "tests": _spelled(tests, filled.term)})


def _composed(pack: Pack) -> Iterator[Entry]:
    for rule in pack.compose:
        shape = rule.entry.model_dump(exclude_unset=True)
        for head in rule.heads:
            for part in rule.parts:
                term = rule.entry.term.format(head=head, part=part)
                tests = _spelled(rule.entry.tests, term, head=head, part=part)
                yield Entry.model_validate(shape | {"term": term, "tests": tests})


def _spelled(tests: Examples, term: str, **words: str) -> Examples:
    def fill(texts: tuple[str, ...]) -> tuple[str, ...]:
        for name, value in {"term": term, **words}.items():
            texts = tuple(text.replace("{" + name + "}", value) for text in texts)
        return texts

    return Examples(must=fill(tests.must), must_not=fill(tests.must_not))


def load_sounds() -> dict[str, str]:
    """Return the baked table character -> syllable."""
    sounds = json.loads((TABLES / "pinyin.json").read_text(encoding="utf-8"))
    return {char: syllable for syllable, chars in sounds.items() for char in chars}


class Compiler:
    """Gathers the patterns of all entries."""

    def __init__(self, tables: CharacterTables) -> None:
        """`tables`: what can stand for a character."""
        self.folder = Folder(tables.pictures)
        split = {char: tuple(map(self._fold, parts)) for char, parts in tables.split.items()}
        self._sounds = load_sounds()
        self._disguises = Disguises(self._sounds, split, tables.lookalikes)
        self._words = _dictionary()
        self._patterns: dict[str, dict[tuple[int, str], bool]] = {}
        self._covers: set[str] = set()

    def _fold(self, word: str) -> str:
        return self.folder.fold_word(word)

    def add(self, number: int, entry: Entry) -> None:
        """Add all writings of one entry."""
        plain = {self._fold(word) for word in (entry.term, *entry.aliases)}
        for word in sorted(plain):
            agreed = entry.kind == "codeword"  # a word agreed among traders is never plain
            self._put(word, number, "codeword" if agreed else "exact", gated=agreed)
        for channel, words in {
            "homophone": entry.homophones,
            "lookalike": entry.lookalikes,
            "codeword": entry.codes,
            "pinyin": entry.initials,
            "emoji": entry.emoji,
        }.items():
            for word in words:
                text = self._fold(word)
                self._put(text, number, channel, gated=channel != "emoji" or len(set(text)) == 1)
        wanted = _generated(entry)
        for word in sorted(plain) if wanted else ():
            for variant in self._disguises.of(word):
                if variant.channel in wanted and variant.text not in self._words and variant.text not in plain:
                    self._put(variant.text, number, variant.channel, gated=variant.gated)
        self._covers.update(map(self._fold, entry.exclude))
        self._covers.update(map(self._fold, entry.scope.exempt if entry.scope else ()))

    def _put(self, text: str, number: int, channel: str, *, gated: bool) -> None:
        if len(text) > 1 or (text and channel == "emoji"):  # one character never matches alone
            ways = self._patterns.setdefault(text, {})
            if not any(number == known for known, _ in ways):
                ways[number, channel] = gated

    def patterns(self) -> list[list[Any]]:
        """Return [text, [[entry number, channel, gated], ...]] of all writings."""
        return [[text, [[*way, gated] for way, gated in ways.items()]] for text, ways in self._patterns.items()]

    def ordinary(self) -> list[str]:
        """Return the dictionary's words of two characters that sound like a term and share one of its characters."""
        sounds = self._sounds
        heard: dict[tuple[str, str], set[str]] = {}
        for text, ways in self._patterns.items():
            if len(text) == 2 and text[0] in sounds and text[1] in sounds and any(c == "exact" for _, c in ways):
                heard.setdefault((sounds[text[0]], sounds[text[1]]), set()).add(text)
        pairs = (word for word in self._words if len(word) == 2 and word[0] in sounds and word[1] in sounds)
        return sorted(word for word in pairs if _rhymes(word, heard.get((sounds[word[0]], sounds[word[1]]), ())))

    def covers(self) -> list[str]:
        """Return the ordinary words that cover a term."""
        return sorted(self._covers - {""})


def _rhymes(word: str, terms: Iterable[str]) -> bool:
    return any(word != term and (word[0] == term[0] or word[1] == term[1]) for term in terms)


def _dictionary() -> dict[str, int]:
    import jieba

    tokenizer = jieba.Tokenizer()
    words, _ = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    return {word: count for word, count in words.items() if count}


def _generated(entry: Entry) -> frozenset[str]:
    """Return the disguises that are made up for an entry."""
    if not entry.disguise:
        return frozenset()
    return frozenset(get_args(Disguise) if entry.disguises is None else entry.disguises)


def _facts(entry: Entry) -> dict[str, Any]:
    """Return what the detector needs of an entry, without empty values."""
    wanted = entry.model_dump(
        include={"id", "term", "kind", "category", "level", "source", "date", "agency", "strength", "severity"}
        | {"requires", "common", "exclude_near", "taxon", "unlawful", "verified"}
    )
    wanted["disguise"] = "homophone" in _generated(entry)  # what the sound automaton listens for
    if entry.scope:
        wanted["scope"] = entry.scope.model_dump(exclude_defaults=True)
    if entry.protection:
        wanted["protection"] = entry.protection.model_dump(exclude_defaults=True)
    return {key: value for key, value in wanted.items() if value}


def compile_lexicon(overlay: Sequence[Path] = ()) -> Compiled:
    """Return the compiled lexicon, JSON-ready.

    Raises:
        LexiconError: a file is not valid.
    """
    cues, scoring = read_pack(HERE / "context.yaml", Cues), read_pack(HERE / "scoring.yaml", Scoring)
    tables = read_pack(HERE / "characters.yaml", CharacterTables)
    compiler = Compiler(tables)
    entries = [entry for path in pack_files(overlay) for entry in read_entries(path)]
    for number, entry in enumerate(entries):
        compiler.add(number, entry)
    return {
        "version": source_version(overlay),
        "entries": [_facts(entry) for entry in entries],
        "patterns": compiler.patterns(),
        "covers": compiler.covers(),
        "ordinary": compiler.ordinary(),
        "pictures": tables.pictures,
        "kits": _compiled_kits(entries, compiler.folder),
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


def read_kits(path: Path = HERE / "kits.yaml") -> tuple[Kit, ...]:
    """Return the kits of the file; none where there is no file.

    Raises:
        LexiconError: the file is not valid.
    """
    return read_pack(path, Kits).kits if path.exists() else ()


def _compiled_kits(entries: Sequence[Entry], folder: Folder) -> list[dict[str, Any]]:
    numbers = {entry.term: number for number, entry in reversed(list(enumerate(entries)))}  # the first of that name
    numbers |= {entry.id: number for number, entry in enumerate(entries)}
    return [_compiled_kit(kit, numbers, folder) for kit in read_kits()]


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


def load_compiled(overlay: Sequence[Path] = ()) -> Compiled:
    """Return the packaged lexicon where it is current, else a freshly compiled one.

    Raises:
        LexiconError: a file is not valid.
        TablesError: a file cannot be read.
    """
    if not overlay and COMPILED.exists():
        compiled: Compiled = json.loads(gzip.decompress(COMPILED.read_bytes()))
        if compiled["version"] == source_version():
            return compiled
    return compile_lexicon(overlay)


def main() -> None:
    """Write the packaged file; the same input gives the same bytes."""
    text = json.dumps(compile_lexicon(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    COMPILED.write_bytes(gzip.compress(text.encode(), mtime=0))
    sys.stdout.write(f"词库已编译：{COMPILED}\n")


if __name__ == "__main__":
    main()
