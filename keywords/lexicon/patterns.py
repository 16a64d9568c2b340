"""The patterns of all entries: written out, disguised, and without those that are ordinary words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from keywords.fold import TABLES, Folder
from keywords.lexicon.schema import Disguise
from keywords.lexicon.variants import COUNTED, Disguises

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keywords.lexicon.schema import CharacterTables, Entry

WORD = re.compile(
    r"^([^ \n]+) (?!0(?: |$))", re.MULTILINE
)  # of a line: word, count, kind; a count of 0 takes a word out


def generated(entry: Entry) -> frozenset[str]:
    """Return the disguises that are made up for an entry; ``homophone`` is the sound automaton's."""
    if not entry.disguise:
        return frozenset()
    return frozenset(get_args(Disguise) if entry.disguises is None else entry.disguises)


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
                said = len(set(text)) == 1 or COUNTED.fullmatch(text) is not None
                self._put(text, number, channel, gated=channel != "emoji" or said)
        wanted = generated(entry)
        for word in sorted(plain) if wanted else ():
            for variant in self._disguises.of(word):
                if variant.channel in wanted and variant.text not in self._words and variant.text not in plain:
                    self._put(variant.text, number, variant.channel, gated=variant.gated)
        hidden = (*entry.codes, *entry.homophones, *entry.lookalikes) if "pinyin" in wanted else ()
        for word in sorted({self._fold(word) for word in hidden} - plain):
            for variant in self._disguises.spelled(word):
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


def _dictionary() -> frozenset[str]:
    """Return jieba's words; read here, as jieba itself spends a second on their beginnings."""
    import jieba

    text = Path(jieba.__file__).with_name(jieba.DEFAULT_DICT_NAME).read_text(encoding="utf-8")
    return frozenset(WORD.findall(text))
