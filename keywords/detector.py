"""The detector: text in, explained verdict out."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
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
FORM_CUES = frozenset({"craft", "eat", "live", "hunting", "fishing", "wild"})  # 鳞片 within a name says what is offered
MOST_SUPPRESSED = 50  # records of candidates that did not count; more would bury the explanation


class _Reading(NamedTuple):
    """One way to read a text: its emoji dropped, or read as characters."""

    folded: Folded
    found: Found


class _Seen(NamedTuple):
    """What the automata saw in one folded text."""

    raw: list[Place]
    """Start, end, pattern number."""
    heard: list[Place]
    """Start, end, entry number."""


class _Selection(NamedTuple):
    """Candidates that count, the cuts they were judged by, and the record of those that do not."""

    kept: list[Candidate]
    words: dict[Candidate, tuple[str, ...]]
    suppressed: list[Suppressed]
    verbs: list[tuple[int, int]]
    """Where trading verbs stand right beside candidates that count: original spans."""


def _shortness(candidate: Candidate) -> int:
    return candidate.start - candidate.end


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


def _outside(cues: dict[str, list[Cue]], folded: Folded, kept: Sequence[Candidate]) -> dict[str, list[Cue]]:
    """Return the cues without those that lie in the hits: the 牛角 of 犀牛角 says nothing about it."""
    own = {at for candidate in kept for at in range(*candidate.span)}
    length = len(folded.text)
    result = {}
    for group, found in cues.items():
        if group in FORM_CUES:
            result[group] = found
            continue
        rest = [cue for cue in found if not 0 <= cue.start < length or int(folded.index[cue.start]) not in own]
        if rest:
            result[group] = rest
    return result


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
        return cls(load_compiled(config.overlay, cache), config, cache=cache)

    def detect(self, text: str, *, offered: bool = False) -> Detection:
        """Return the verdict on one text (title, newline, body); any string is fine.

        `offered`: the page states a price or a contact outside the text, or is a shop's product page.
        """
        glance = self._folder.fold(text)
        raw = self._matcher.raw(glance.text)
        heard = list(self._sound.find(glance.text, glance.codes)) if self._sound else []
        if not raw and not heard and not glance.pictured:
            return self._nothing
        return self._judge_text(text, _Seen(raw, heard), pictured=glance.pictured, offered=offered)

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
            if any(BARRIER in text for text in batch):
                verdicts += map(self._detect_page, batch, pages[start : start + BATCH])
                continue
            seen, pictured = self._look(batch)
            found = [self._nothing] * len(batch)
            for number in seen.keys() | pictured:
                places, drawn = seen.get(number, _Seen([], [])), number in pictured
                found[number] = self._judge_text(batch[number], places, pictured=drawn, offered=pages[start + number])
            verdicts += found
        return verdicts

    def _detect_page(self, text: str, offered: bool) -> Detection:  # noqa: FBT001 -- for map
        return self.detect(text, offered=offered)

    def _look(self, texts: Sequence[str]) -> tuple[dict[int, _Seen], frozenset[int]]:
        """Return what was seen in which text, and the numbers of those with emoji that can stand for a character."""
        batch = self._folder.fold_many(texts)
        seen: dict[int, _Seen] = {}
        ends = batch.ends.tolist()
        heard = self._sound.find(batch.text, batch.codes) if self._sound else ()
        for field, places in enumerate((self._matcher.raw(batch.text), heard)):
            for start, end, what in places:
                number = bisect_left(ends, start)
                base = ends[number - 1] + 1 if number else 0
                seen.setdefault(number, _Seen([], []))[field].append((start - base, end - base, what))
        return seen, batch.pictured

    def _judge_text(self, text: str, seen: _Seen, *, pictured: bool, offered: bool) -> Detection:
        folded = self._folder.trace(text)
        found = self._matcher.resolve(text, folded, seen.raw)
        found.candidates.extend(self._matcher.heard(text, folded, seen.heard[:MOST_CANDIDATES]))
        suppressed = self._drop_covered(found)
        readings = [_Reading(folded, _written(found))]
        if pictured and self._emoji:
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
            owners: dict[int, Candidate] = {}
            for candidate in sorted(reading.found.candidates, key=_shortness):
                owner = owners.get(candidate.start)
                if owner and owner is owners.get(candidate.end - 1) and _shortness(owner) < _shortness(candidate):
                    continue  # 山甲 within 穿山甲 is no second hit
                verb = self._judge_candidate(text, candidate, reading, cues, chosen)
                if candidate in chosen.words:
                    owners |= dict.fromkeys(range(candidate.start, candidate.end), candidate)
                if verb:
                    chosen.verbs.append(reading.folded.span(*verb))
        self._drop_excused(text, readings[0].folded, cues, chosen)
        return chosen

    def _judge_candidate(
        self, text: str, candidate: Candidate, reading: _Reading, cues: dict[str, list[Cue]], chosen: _Selection
    ) -> tuple[int, int] | None:
        """Add a candidate to those that count or to those that do not; return the trading verb beside it."""
        entry = self._entries[candidate.way.entry]
        missing = gate.missing_context(candidate, entry, cues)
        verb = self._surroundings.offered(text, reading.folded, candidate) if missing else None
        if verb:
            missing = gate.missing_context(candidate, entry, cues, attached=True)
        rule, words = (missing, ()) if missing else self._rule(candidate, entry, reading)
        if rule:
            chosen.suppressed.append(explain.suppressed(candidate, entry, rule))
            return None
        chosen.kept.append(candidate)
        chosen.words[candidate] = words
        return verb or (None if chosen.verbs else self._surroundings.offered(text, reading.folded, candidate))

    def _rule(self, candidate: Candidate, entry: Entry, reading: _Reading) -> tuple[str, tuple[str, ...]]:
        """Return why a candidate does not count, or nothing; and the cut it was judged by."""
        word = gate.near_word(candidate, entry, reading.folded.text)
        return (f"附近有“{word}”", ()) if word else gate.boundary(candidate, reading.folded, self._judge)

    def _drop_excused(self, text: str, folded: Folded, cues: dict[str, list[Cue]], chosen: _Selection) -> None:
        """Take out what is a brand or a likeness or denied; the same word elsewhere in the text is one, too."""
        excused: dict[Candidate, str] = {}
        for candidate in chosen.kept:
            reason = self._surroundings.excused(text, folded, candidate, self._entries[candidate.way.entry])
            if reason:
                excused[candidate] = reason
        if not excused:
            return
        plain = {
            candidate.way.entry for candidate in chosen.kept if not candidate.disguised and candidate not in excused
        }
        spelt = {candidate.way.entry for candidate in excused} - plain
        for candidate in chosen.kept:  # who writes the name out does not hide it: 质地像牙，不含象牙
            if candidate.way.entry in spelt and candidate.channel in gate.ACCIDENTAL:
                excused[candidate] = "同一名称已明写且不算"
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
        cues = _outside(cues, folded, kept)
        pairs = [(candidate, self._entries[candidate.way.entry]) for candidate in kept]
        entries = [entry for _, entry in pairs]
        factors = score.hit_factors(pairs, self._points)
        banned = any(factor.name == score.UNLAWFUL for factor in factors)
        factors += score.cue_factors(cues, folded, text, self._points, banned=banned)
        factors += score.permit_limit(sum(factor.weight for factor in factors), cues, self._points)
        points = score.total(factors)
        intent = route.intent_of(cues, folded.text, {entry.kind for entry in entries})
        disguised = any(candidate.disguised for candidate in kept)
        return Detection(
            verdict=score.verdict(points, self._points),
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
