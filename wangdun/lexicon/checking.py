"""Looks for what is wrong in a lexicon: its files, names, context groups, and every entry's own examples."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from unicodedata import category

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from keywords.exceptions import KeywordsError
from keywords.fold import Folder
from keywords.lexicon.compile import compile_lexicon
from keywords.lexicon.kits import KITS, read_kits
from keywords.lexicon.overlay import gather
from keywords.lexicon.packs import HERE, TABLE_FILES, Placed
from keywords.lexicon.reader import read_document, read_pack, understand
from keywords.lexicon.schema import CharacterTables, Cues, Pack
from keywords.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

FLAGGED = frozenset({Verdict.ALERT, Verdict.REVIEW})
ANY_TRADE = "trade"  # in `requires`: any cue of trade
SHOWN = 40  # characters of an example that failed


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    level: Literal["error", "warning"]
    place: str
    """``file:line``; empty where the message names it."""
    message: str


@dataclass(frozen=True, slots=True)
class Example:
    """One text of an entry that must, or must not, be flagged."""

    placed: Placed
    text: str
    wanted: bool


def check(
    overlay: Sequence[Path], asked: Sequence[Path], step: Callable[[int, int], None]
) -> tuple[list[Finding], int]:
    """Return what is wrong, and how many examples were tried.

    `overlay`: local files in force; `asked`: files to look at on top of these, none = all that is installed.
    `step`: told how many of how many examples are done.
    """
    asked = [_as_installed(path, overlay) for path in asked]
    broken = [finding for path in dict.fromkeys((*overlay, *asked)) for finding in _broken(path)]
    if broken:
        return broken, 0
    files = [*overlay, *(path for path in asked if path not in overlay)]
    try:
        lexicon = gather(files)
        detector = Detector(compile_lexicon(files), _rules(files))
    except KeywordsError as error:
        return [Finding("error", "", line) for line in str(error).split("\n")], 0
    marks = {path.name for path in asked}
    wanted = [one for one in lexicon.entries if not asked or one.path in asked or _marked(one, marks)]
    findings = [*faults(wanted), *([] if asked else _kits())]
    examples = [example for placed in wanted for example in _examples(placed)]
    for number, example in enumerate(examples):
        findings += _tried(detector, example)
        step(number + 1, len(examples))
    return sorted(findings, key=lambda finding: finding.level), len(examples)


def faults(entries: Sequence[Placed]) -> list[Finding]:
    """Return what is wrong with the names, contexts, excluding words and emoji of these entries."""
    return [*_names(entries), *_cues(entries), *_excludes(entries), *_emoji(entries)]


def failed_examples(detector: Detector, entries: Iterable[Placed]) -> list[Finding]:
    """Return the examples of these entries that are not judged as they say."""
    examples = (example for placed in entries for example in _examples(placed))
    return [finding for example in examples for finding in _tried(detector, example)]


def _rules(files: Sequence[Path]) -> KeywordsConfig:
    """Return the settings to try examples with: the lexicon alone, wherever it is used; no model learned from texts."""
    alone = {"learned": False} if "learned" in KeywordsConfig.model_fields else {}
    return KeywordsConfig.model_validate({"overlay": tuple(files), **alone})


def _as_installed(path: Path, overlay: Sequence[Path]) -> Path:
    """Return the path under which a file is in force already, so that it is not applied twice."""
    same = (one for one in overlay if one.exists() and path.exists() and one.samefile(path))
    return next(same, path)


def _broken(path: Path) -> Iterator[Finding]:
    """Yield why a file cannot be read; one file's fault hides no other's."""
    try:
        document = read_document(path)
        understand(document, Pack)
    except KeywordsError as error:
        yield from (Finding("error", "", line) for line in str(error).split("\n"))
        return
    if path.stem in TABLE_FILES:
        yield Finding("warning", path.name, "文件名与随附的表相同，容易混淆")


def _marked(placed: Placed, names: set[str]) -> bool:
    return any(change.rpartition(":")[0] in names for change in placed.changes)


def _names(entries: Iterable[Placed]) -> Iterator[Finding]:
    seen: dict[tuple[Path, str], Placed] = {}
    ids: dict[str, Placed] = {}
    for placed in entries:
        entry = placed.entry
        first = ids.setdefault(entry.id, placed)
        if first is not placed:
            yield Finding("error", placed.place, f"编号“{entry.id}”与 {first.place} 重复")
            continue
        for name in (entry.term, *entry.aliases):
            other = seen.setdefault((placed.path, name), placed)
            if other is not placed:
                yield Finding(
                    "warning", placed.place, f"“{name}”在同一文件的 {other.place} 已有（词条 {other.entry.term}）"
                )
        twice = [name for name, count in Counter((entry.term, *entry.aliases)).items() if count > 1]
        if twice:
            yield Finding("warning", placed.place, f"词条“{entry.term}”的写法重复：{'、'.join(twice)}")


def _cues(entries: Iterable[Placed]) -> Iterator[Finding]:
    known = sorted({*read_pack(HERE / "context.yaml", Cues).groups, ANY_TRADE})
    for placed in entries:
        yield from _unknown_cues(placed.place, placed.entry.term, placed.entry.requires or (), known)


def _unknown_cues(place: str, name: str, cues: Iterable[str], known: list[str]) -> Iterator[Finding]:
    for cue in cues:
        if cue not in known:
            near = difflib.get_close_matches(cue, known, n=1, cutoff=0.5)
            hint = f"，是否应为 {near[0]}？" if near else f"，可用：{'、'.join(known)}"
            yield Finding("error", place, f"词条“{name}”的 requires 中没有语境组 {cue}{hint}")


def _excludes(entries: Iterable[Placed]) -> Iterator[Finding]:
    """Yield excluding words that cover nothing of their entry, or the entry itself."""
    fold = Folder(read_pack(HERE / "characters.yaml", CharacterTables).pictures).fold_word
    for placed in entries:
        entry = placed.entry
        names = {
            fold(name) for name in (entry.term, *entry.aliases, *entry.homophones, *entry.lookalikes, *entry.codes)
        }
        exempt = entry.scope.exempt if entry.scope else ()
        for word in (*entry.exclude, *exempt):
            folded = fold(word)
            if folded in names:
                yield Finding("warning", placed.place, f"词条“{entry.term}”的普通词“{word}”正是它自己的写法，不起作用")
            elif word in exempt and not any(name in folded for name in names):
                yield Finding("warning", placed.place, f"词条“{entry.term}”的豁免写法“{word}”不含本词，不起作用")
        for word in entry.exclude_near:
            if fold(word) in names:
                yield Finding("error", placed.place, f"词条“{entry.term}”的排除词“{word}”正是它自己的写法")


def _emoji(entries: Iterable[Placed]) -> Iterator[Finding]:
    """Yield writings with an emoji that stands for no character: it is dropped, and less than the writing would match."""
    pictures = read_pack(HERE / "characters.yaml", CharacterTables).pictures
    for placed in entries:
        for writing in placed.entry.emoji:
            lost = "、".join(dict.fromkeys(char for char in writing if category(char) == "So" and char not in pictures))
            if lost:
                message = f"词条“{placed.entry.term}”的写法“{writing}”里，{lost} 不在 characters.yaml 的 pictures 中，不起作用"
                yield Finding("error", placed.place, message)


def _kits() -> Iterator[Finding]:
    known = sorted({*read_pack(HERE / "context.yaml", Cues).groups, ANY_TRADE})
    for kit in read_kits():
        yield from _unknown_cues(KITS.name, kit.id, kit.requires, known)
        if len(kit.parts) < kit.at_least:
            yield Finding("error", KITS.name, f"配件组 {kit.id} 要求 {kit.at_least} 种配件，只列出 {len(kit.parts)} 种")


def _examples(placed: Placed) -> Iterator[Example]:
    yield from (Example(placed, text, wanted=True) for text in placed.entry.tests.must)
    yield from (Example(placed, text, wanted=False) for text in placed.entry.tests.must_not)


def _tried(detector: Detector, example: Example) -> Iterator[Finding]:
    found = detector.detect(example.text)
    entry = example.placed.entry
    flagged = found.verdict in FLAGGED
    text = example.text if len(example.text) <= SHOWN else example.text[:SHOWN] + "…"
    if example.wanted and not (flagged and entry.id in {hit.entry for hit in found.hits}):
        rules = "；".join(sorted({one.rule for one in found.suppressed if one.entry == entry.id}))
        why = (
            "结论未到“待核”"
            if not flagged
            else f"由别的词条列入：{'、'.join(sorted({hit.term for hit in found.hits}))}"
        )
        more = f"，{rules}" if rules else ""
        yield Finding("error", example.placed.place, f"词条“{entry.term}”的正例没有列入（{why}{more}）：{text}")
    if not example.wanted and flagged:
        by = "、".join(sorted({hit.term for hit in found.hits}))
        yield Finding("error", example.placed.place, f"词条“{entry.term}”的反例被列入（命中 {by}）：{text}")
