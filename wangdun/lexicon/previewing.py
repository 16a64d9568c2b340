"""What a change of the lexicon would do to everything that is stored: old and new verdicts side by side."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from wangdun.masking import mask_in
from wangdun.output import one_line, print_line, print_table
from wangdun.words import VERDICTS, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from keywords.detector import Detector
    from keywords.results import Detection
    from storage.config import StorageConfig
    from wangdun.inputs import Unit

BATCH = 256  # texts judged together: beyond this the detector gains nothing
BATCH_CHARACTERS = 2_000_000  # long pages do not pile up
AROUND = 18  # characters of an excerpt on each side of a hit
ORDER = ("none", "mention", "review", "alert")
FLAGGED = frozenset({"review", "alert"})
LABELS = {"lead": "线索", "grey": "灰色", "clear": "正常"}
NO_VERSION = "preview"  # a lexicon version that no stored verdict has, so that every text is read


class Item(NamedTuple):
    """One text to judge."""

    name: str
    """Where it is, for people."""
    text: str
    offered: bool
    label: str = ""
    """What a labelled listing was found to be: lead, grey, clear."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text whose verdict changes."""

    name: str
    old: str
    new: str
    terms: tuple[str, ...]
    """Terms that came or went."""
    excerpt: str
    label: str

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "name": self.name,
            "old": self.old,
            "new": self.new,
            "terms": list(self.terms),
            "excerpt": self.excerpt,
            "label": self.label or None,
        }


@dataclass(slots=True)
class Tally:
    """What was seen so far."""

    most: int
    """Examples kept of each kind of change."""
    texts: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(old verdict, new verdict) -> texts."""
    labels: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    """(label, flagged before, flagged now) -> texts."""
    examples: dict[tuple[str, str], list[Example]] = field(default_factory=dict)

    def add(self, item: Item, old: Detection, new: Detection) -> None:
        """Count a text."""
        self.texts += 1
        before, after = old.verdict.value, new.verdict.value
        if item.label:
            self.labels[item.label, before in FLAGGED, after in FLAGGED] += 1
        if before == after:
            return
        self.moves[before, after] += 1
        kept = self.examples.setdefault((before, after), [])
        if len(kept) < self.most:
            kept.append(_example(item, old, new))

    @property
    def gained(self) -> int:
        """Texts that would be flagged and are not."""
        return sum(count for (old, new), count in self.moves.items() if old not in FLAGGED and new in FLAGGED)

    @property
    def lost(self) -> int:
        """Texts that are flagged and would not be."""
        return sum(count for (old, new), count in self.moves.items() if old in FLAGGED and new not in FLAGGED)

    @property
    def shifted(self) -> int:
        """Texts of another verdict on the same side."""
        return sum(self.moves.values()) - self.gained - self.lost

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "texts": self.texts,
            "gained": self.gained,
            "lost": self.lost,
            "shifted": self.shifted,
            "moves": [{"old": old, "new": new, "texts": count} for (old, new), count in self.moves.most_common()],
            "labels": {label: self.flagged(label) for label in sorted({label for label, _, _ in self.labels})},
            "examples": [one.as_facts() for kept in self.examples.values() for one in kept],
        }

    def flagged(self, label: str) -> dict[str, int]:
        """Return how many texts of that label there are, were flagged and would be."""
        counts = {(was, now): count for (name, was, now), count in self.labels.items() if name == label}
        return {
            "texts": sum(counts.values()),
            "old": sum(count for (was, _), count in counts.items() if was),
            "new": sum(count for (_, now), count in counts.items() if now),
        }


def _example(item: Item, old: Detection, new: Detection) -> Example:
    before, after = {hit.term: hit for hit in old.hits}, {hit.term: hit for hit in new.hits}
    terms = tuple(dict.fromkeys([*(after.keys() - before.keys()), *(before.keys() - after.keys())]))
    hits = {**before, **after}
    shown = [hits[term] for term in terms] or list(hits.values())
    start = min((hit.start for hit in shown), default=0)
    end = min(max((hit.end for hit in shown), default=0), start + AROUND)
    text = item.text[max(0, start - 4 * AROUND) : end + 4 * AROUND]  # masked with what stands around it
    place = min(start, 4 * AROUND)
    masked = mask_in(text, ())[max(0, place - AROUND) : place + (end - start) + AROUND]
    return Example(item.name, old.verdict.value, new.verdict.value, tuple(sorted(terms)), one_line(masked), item.label)


def judge(items: Iterable[Item], old: Detector, new: Detector, *, most: int) -> Iterator[Tally]:
    """Yield the tally after each batch of texts; the last one is the answer."""
    tally = Tally(most)
    for batch in _batches(items):
        texts, offered = [item.text for item in batch], [item.offered for item in batch]
        before, after = old.detect_many(texts, offered=offered), new.detect_many(texts, offered=offered)
        for item, one, other in zip(batch, before, after, strict=True):
            tally.add(item, one, other)
        yield tally
    yield tally


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item.text)
        if len(batch) >= BATCH or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def stored(storage: StorageConfig) -> Iterator[Item]:
    """Yield the newest text of each stored listing, in flat memory.

    Raises:
        StorageError: the database cannot be read.
    """
    from storage import rejudging
    from storage.database import Database

    db = Database.open(storage)
    try:
        after = 0
        while batch := rejudging.read(db, NO_VERSION, rejudging.Selection(), after=after):
            for one in batch.texts:
                yield Item(f"数据库 {one.snapshot_id}", one.text, one.offered)
            after = batch.last
    finally:
        db.close()


def stored_count(storage: StorageConfig) -> int:
    """Return how many listings are stored. Raises StorageError."""
    from storage import rejudging
    from storage.database import Database

    db = Database.open(storage)
    try:
        return rejudging.count(db, rejudging.Selection())
    finally:
        db.close()


def has_database(storage: StorageConfig | None) -> bool:
    """Tell whether there is something stored: an address was given, or the file is there."""
    return storage is not None and bool(storage.given_url or storage.database_file.exists())


def from_file(path: Path) -> Iterator[Item]:
    """Yield the texts of a file that `wangdun scan` reads; ``label`` of a JSON line says what it was found to be."""
    from wangdun.inputs import read_units
    from wangdun.scan import read_record

    for unit in read_units(str(path), "auto", None):
        record = read_record(unit)
        if record.problem is None:
            yield Item(f"{path.name}:{unit.line}", record.text, record.offered, _label(unit))


def _label(unit: Unit) -> str:
    if unit.kind != "json":
        return ""
    label = json.loads(unit.raw).get("label")  # read before without fault
    return label if isinstance(label, str) else ""


def print_tally(tally: Tally, most: int) -> None:
    """Show what would change to a person."""
    print_line(
        f"比较 {tally.texts:,} 篇：新列入（待核以上）{tally.gained:,}，不再列入 {tally.lost:,}，"
        f"只变等级 {tally.shifted:,}，不变 {tally.texts - sum(tally.moves.values()):,}"
    )
    moves = sorted(tally.moves.items(), key=lambda pair: (-pair[1], pair[0]))
    if moves:
        print_table(("原来", "现在", "篇数"), [(_said(old), _said(new), f"{count:,}") for (old, new), count in moves])
    if tally.labels:
        names = sorted({label for label, _, _ in tally.labels})
        rows = [(LABELS.get(name, one_line(name, 20)), *map(str, tally.flagged(name).values())) for name in names]
        print_table(("标注", "篇数", "原来列入", "现在列入"), rows, title="有标注的文本")
    examples = list(islice((one for kept in _by_weight(tally) for one in kept), most * 6))
    if examples:
        rows = [
            (f"{_said(one.old)}→{_said(one.new)}", "、".join(one.terms) or "—", one.excerpt, one_line(one.name, 40))
            for one in examples
        ]
        print_table(("变化", "词条", "原文（联系方式已遮挡）", "位置"), rows, title="例子")


def _by_weight(tally: Tally) -> list[list[Example]]:
    """Return the examples, largest step first."""
    return [kept for _, kept in sorted(tally.examples.items(), key=lambda pair: -abs(_step(*pair[0])))]


def _step(old: str, new: str) -> int:
    return ORDER.index(new) - ORDER.index(old)


def _said(verdict: str) -> str:
    return said(VERDICTS, verdict)
