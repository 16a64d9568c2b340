"""The detector: text in, explained verdict out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from keywords import explain, gate, route, score
from keywords.beside import Surroundings
from keywords.boundary import Judge
from keywords.config import KeywordsConfig
from keywords.context import ContextReader, Cue
from keywords.entries import Entry, read_entry
from keywords.fold import BARRIER, Folded, Folder
from keywords.lexicon.compile import Compiled, load_compiled, load_sounds
from keywords.match import MOST_CANDIDATES, Candidate, Found, Matcher
from keywords.results import Detection, Suppressed, Verdict
from keywords.sound import SoundMatcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIGNS = frozenset("¥￥")  # a price without a word
Place: TypeAlias = tuple[int, int, int]
BATCH = 256  # texts folded together: beyond this the gain is used up
MOST_SUPPRESSED = 50  # records of candidates that did not count; more would bury the explanation


class _Reading(NamedTuple):
    """One way to read a text: its emoji dropped, or read as characters."""

    folded: Folded
    found: Found


class _Selection(NamedTuple):
    """Candidates that count, the cuts they were judged by, and the record of those that do not."""

    kept: list[Candidate]
    words: dict[Candidate, tuple[str, ...]]
    suppressed: list[Suppressed]
    verbs: list[tuple[int, int]]
    """Where trading verbs stand right beside candidates that count: original spans."""


def _written(found: Found) -> Found:
    """Return the findings without writings that need an emoji."""
    return Found([candidate for candidate in found.candidates if candidate.channel != "emoji"], found.covers)


def _drawn(found: Found, pictures: frozenset[str]) -> Found:
    """Return the findings in whose original text an emoji stands for a character, as emoji findings."""
    drawn = []
    for candidate in found.candidates:
        shown = sum(char in pictures for char in candidate.matched)
        if shown:
            whole = shown == len(candidate.folded) and candidate.way.channel != "emoji"  # 🐆🐱 by accident
            way = candidate.way._replace(gated=candidate.way.gated or whole)
            drawn.append(replace(candidate, way=way, channel="emoji"))
    return Found(drawn, found.covers)


class Detector:
    """Finds offers of protected species, their products and banned gear; safe to share between threads."""

    def __init__(self, compiled: Compiled, config: KeywordsConfig, *, cache: Path | None = None) -> None:
        """`compiled`: what `keywords.lexicon.compile` makes; `cache`: see `load`."""
        places = (*((config.province,) if config.province else ()), *config.water_bodies)
        self._entries: list[Entry] = [read_entry(facts, places) for facts in compiled["entries"]]
        self._folder = Folder(compiled["pictures"])
        channels = config.channels.model_dump()
        self._matcher = Matcher(compiled["patterns"], compiled["covers"], channels)
        self._judge = Judge(self._matcher.words(), cache)
        self._context = ContextReader(compiled["groups"])
        self._surroundings = Surroundings(compiled["surroundings"])
        self._points = score.read_points(compiled, config.alert, config.review)
        wanted = {number for number, facts in enumerate(compiled["entries"]) if facts.get("disguise")}
        strong = {number for number in wanted if self._entries[number].strength == "strong"}
        spoken = self._matcher.spoken(wanted, strong)
        self._sound = SoundMatcher(spoken, load_sounds(), compiled["ordinary"]) if config.channels.homophone else None
        self._emoji = config.channels.emoji
        self._pictures = frozenset(compiled["pictures"])
        self.version: str = _version(compiled["version"], config)
        self._nothing = Detection(Verdict.NONE, 0.0, (), (), (), (), "none", self.version)

    @classmethod
    def load(cls, config: KeywordsConfig | None = None, *, cache: Path | None = None) -> Detector:
        """Return a detector with the packaged lexicon and the local packs that `config` names.

        `cache`: a private folder, made where it is missing, that keeps what takes long to build; any doubt about what
        is in it, and it is built again.

        Raises:
            LexiconError: a lexicon file is not valid.
            TablesError: a file cannot be read.
        """
        config = config or KeywordsConfig()
        return cls(load_compiled(config.overlay), config, cache=cache)

    def detect(self, text: str, *, offered: bool = False) -> Detection:
        """Return the verdict on one text (title, newline, body); any string is fine.

        `offered`: the page states a price or a contact outside the text, or is a shop's product page.
        """
        glance = self._folder.fold(text)
        raw = self._matcher.raw(glance.text)
        heard = list(self._sound.find(glance.text, glance.codes)) if self._sound else []
        if not raw and not heard and not glance.pictured:
            return self._nothing
        found = self._matcher.resolve(text, folded := self._folder.trace(text), raw)
        found.candidates.extend(self._matcher.heard(text, folded, heard[:MOST_CANDIDATES]))
        return self._judge_text(text, folded, found, pictured=glance.pictured and self._emoji, offered=offered)

    def detect_many(self, texts: Sequence[str], *, offered: Sequence[bool] | None = None) -> list[Detection]:
        """Return one verdict per text, in order; the same as `detect` on each, and faster where few are suspicious.

        Raises:
            ValueError: `offered` is not as long as `texts`.
        """
        verdicts: list[Detection] = []
        pages = [False] * len(texts) if offered is None else list(offered)
        if len(pages) != len(texts):
            raise ValueError(f"{len(texts)} texts, {len(pages)} values of offered")
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            wanted = self._suspicious(batch)
            verdicts += [
                self.detect(text, offered=pages[start + number]) if number in wanted else self._nothing
                for number, text in enumerate(batch)
            ]
        return verdicts

    def _suspicious(self, texts: Sequence[str]) -> frozenset[int]:
        """Return the numbers of the texts that have anything to look at."""
        if any(BARRIER in text for text in texts):
            return frozenset(range(len(texts)))
        batch = self._folder.fold_many(texts)
        starts = [place[0] for place in self._matcher.raw(batch.text)]
        if self._sound:
            starts += [place[0] for place in self._sound.find(batch.text, batch.codes)]
        return batch.pictured | frozenset(np.searchsorted(batch.ends, starts).tolist())

    def _judge_text(self, text: str, folded: Folded, found: Found, *, pictured: bool, offered: bool) -> Detection:
        suppressed = self._drop_covered(found)
        readings = [_Reading(folded, _written(found))]
        if pictured:
            readings.append(self._pictured(text))
        if not any(reading.found.candidates for reading in readings):
            return self._without_hits(suppressed)
        cues = self._context.read(folded.text, signed=not SIGNS.isdisjoint(text))
        if offered:
            cues["offered"] = [Cue("offered", "", -1, -1)]
        chosen = self._select(text, readings, cues, suppressed)
        if not chosen.kept:
            return self._without_hits(chosen.suppressed)
        if chosen.verbs:
            first, after = np.searchsorted(folded.index, chosen.verbs[0]).tolist()
            cues["attached"] = [Cue("attached", folded.text[first:after], first, after)]
        return self._explained(text, folded, cues, chosen)

    def _without_hits(self, suppressed: list[Suppressed]) -> Detection:
        if not suppressed:
            return self._nothing
        return Detection(Verdict.NONE, 0.0, (), (), tuple(suppressed[:MOST_SUPPRESSED]), (), "none", self.version)

    def _drop_covered(self, found: Found) -> list[Suppressed]:
        """Take out the candidates that an ordinary word covers, first: many texts have no others."""
        if not found.covers:
            return []
        covered = [candidate for candidate in found.candidates if gate.covered(candidate, found.covers)]
        found.candidates[:] = [candidate for candidate in found.candidates if candidate not in covered]
        entries = ((candidate, self._entries[candidate.way.entry]) for candidate in covered)
        return [explain.suppressed(candidate, entry, "被普通词盖住") for candidate, entry in entries]

    def _pictured(self, text: str) -> _Reading:
        """Return the reading with emoji as characters, and only the candidates that an emoji takes part in."""
        folded = self._folder.trace(text, pictured=True)
        found = self._matcher.resolve(text, folded, self._matcher.raw_pictured(folded.text))
        return _Reading(folded, _drawn(found, self._pictures))

    def _select(
        self, text: str, readings: Sequence[_Reading], cues: dict[str, list[Cue]], suppressed: list[Suppressed]
    ) -> _Selection:
        chosen = _Selection([], {}, suppressed, [])
        for reading in readings:
            for candidate in reading.found.candidates:
                entry = self._entries[candidate.way.entry]
                verb = self._surroundings.offered(text, reading.folded, candidate)
                rule, words = self._rule(candidate, entry, reading, cues, attached=verb is not None)
                if rule:
                    chosen.suppressed.append(explain.suppressed(candidate, entry, rule))
                    continue
                chosen.kept.append(candidate)
                chosen.words[candidate] = words
                if verb:
                    chosen.verbs.append(reading.folded.span(*verb))
        self._drop_excused(text, readings[0].folded, cues, chosen)
        return chosen

    def _rule(
        self, candidate: Candidate, entry: Entry, reading: _Reading, cues: dict[str, list[Cue]], *, attached: bool
    ) -> tuple[str, tuple[str, ...]]:
        """Return why a candidate does not count, or nothing; and the cut it was judged by."""
        word = gate.near_word(candidate, entry, reading.folded.text)
        if word:
            return f"附近有“{word}”", ()
        missing = gate.missing_context(candidate, entry, cues, attached=attached)
        if missing:
            return missing, ()
        return gate.boundary(candidate, reading.folded, self._judge)

    def _drop_excused(self, text: str, folded: Folded, cues: dict[str, list[Cue]], chosen: _Selection) -> None:
        """Take out what is a brand or a likeness or denied; the same word elsewhere in the text is one, too."""
        excused: dict[Candidate, str] = {}
        for candidate in chosen.kept:
            reason = self._surroundings.excused(text, folded, candidate, self._entries[candidate.way.entry])
            if reason:
                excused[candidate] = reason
        if not excused:
            return
        if gate.SURE_CUES.isdisjoint(cues):
            names = {candidate.folded: reason for candidate, reason in excused.items()}
            others = (candidate for candidate in chosen.kept if not candidate.disguised)
            excused |= {other: names[other.folded] for other in others if other.folded in names}
        for candidate, reason in excused.items():
            entry = self._entries[candidate.way.entry]
            chosen.suppressed.append(explain.suppressed(candidate, entry, reason))
        chosen.kept[:] = [candidate for candidate in chosen.kept if candidate not in excused]

    def _explained(self, text: str, folded: Folded, cues: dict[str, list[Cue]], chosen: _Selection) -> Detection:
        kept = explain.longest(chosen.kept, self._entries)
        pairs = [(candidate, self._entries[candidate.way.entry]) for candidate in kept]
        entries = [entry for _, entry in pairs]
        factors = score.hit_factors(pairs, self._points)
        banned = any(factor.name == score.UNLAWFUL for factor in factors)
        factors += score.cue_factors(cues, folded, text, self._points, banned=banned)
        points = score.total(factors)
        intent = route.intent_of(cues, folded.text, {entry.kind for entry in entries})
        disguised = any(candidate.disguised for candidate in kept)
        return Detection(
            verdict=score.verdict(points, cues, self._points),
            score=points,
            hits=explain.hits(pairs, self._points, chosen.words),
            factors=tuple(factors),
            suppressed=tuple(chosen.suppressed[:MOST_SUPPRESSED]),
            departments=route.departments_of(entries, cues, intent, disguised=disguised),
            intent=intent,
            lexicon_version=self.version,
        )


def _version(compiled: str, config: KeywordsConfig) -> str:
    shape = json.dumps(config.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(f"{compiled}{shape}".encode()).hexdigest()[:16]
