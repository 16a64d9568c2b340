"""The detector: text in, explained verdict out."""

from __future__ import annotations

import gc
import hashlib
import json
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from keywords import claims, score
from keywords.beside import Surroundings
from keywords.boundary import Judge
from keywords.config import KeywordsConfig
from keywords.context import ContextReader, Cue
from keywords.entries import Entry, anchor_entry, read_entry
from keywords.fold import BARRIER, Folded, Folder
from keywords.kernel.binding import open_library
from keywords.kernel.look import Looker
from keywords.kernel.rules import Facts as RuleFacts
from keywords.kernel.rules import are_judged, lay_out_rules
from keywords.kernel.tables import Facts, lay_out
from keywords.kits import KitMatcher
from keywords.learned.kinds import load_kinds
from keywords.learned.model import load_model
from keywords.lexicon.compile import Compiled, load_compiled, load_sounds
from keywords.match import ENOUGH, MOST_CANDIDATES, Candidate, Found, Matcher, Way
from keywords.near import cues_around
from keywords.results import Detection, Verdict
from keywords.select import Dropped, Reading, Selection, Selector, drop_covered, set_aside
from keywords.settle import Settler
from keywords.sight import Seen, Sight
from keywords.sound import SoundMatcher
from keywords.weigh import Case, Weigher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from ctypes import CDLL
    from pathlib import Path

    from keywords.kernel.binding import Rules
    from keywords.kits import Kit, Part
    from keywords.learned.kinds import Kinds
    from keywords.learned.model import Model
    from keywords.match import Ways
    from keywords.settle import Settled
    from keywords.weigh import Look

BATCH = 256  # texts folded together: beyond this the gain is used up


def _written(found: Found) -> Found:
    """Return the findings without writings that need an emoji."""
    candidates = found.candidates
    if any(candidate.channel == "emoji" for candidate in candidates):
        candidates = [candidate for candidate in candidates if candidate.channel != "emoji"]
    return found._replace(candidates=candidates)


def _drawn(found: Found, pictures: frozenset[str]) -> Found:
    """Return the findings in whose original text an emoji stands for a character, as emoji findings."""
    drawn = []
    for candidate in found.candidates:
        shown = sum(char in pictures for char in candidate.matched)
        if shown and candidate.channel != "context":
            whole = shown == len(candidate.folded) and candidate.way.channel != "emoji"  # 🐆🐱 by accident
            way = candidate.way._replace(gated=candidate.way.gated or whole)
            drawn.append(candidate._replace(way=way, channel="emoji"))
    return found._replace(candidates=drawn)


class _Glimpse(NamedTuple):
    """A text in which something was seen."""

    text: str
    seen: Seen
    offered: bool


class Detector:
    """Finds offers of protected species, their products and banned gear; safe to share between threads."""

    def __init__(
        self,
        compiled: Compiled,
        config: KeywordsConfig,
        *,
        cache: Path | None = None,
        model: Model | None = None,
        kinds: Kinds | None = None,
    ) -> None:
        """`compiled`: what `keywords.lexicon.compile` makes; `cache`: see `load`.

        `model` and `kinds`: in place of the packaged ones.
        """
        places = (*((config.province,) if config.province else ()), *config.water_bodies)
        entries: list[Entry] = [read_entry(facts, places) for facts in compiled["entries"]]
        model = (model or load_model()) if config.learned else None
        anchors = _anchors(compiled, model) if model else {}  # the rules can make nothing of them
        patterns = _merged(compiled["patterns"], anchors, [len(entries), "context", True])
        if anchors:
            entries.append(anchor_entry())
        self._entries, self._folder = entries, Folder(compiled["pictures"])
        kits = KitMatcher(compiled.get("kits", ()) if config.channels.kit else ())
        channels = config.channels.model_dump()
        self._matcher = Matcher(patterns.items(), compiled["covers"], channels, kits.words, anchors)
        self._context = ContextReader(compiled["groups"])
        self._judge = Judge(self._matcher.words(), cache)
        surroundings = Surroundings(compiled["surroundings"])
        self._selector = Selector(entries, surroundings, self._judge)
        wanted = {number for number, facts in enumerate(compiled["entries"]) if facts.get("disguise")}
        strong = {number for number in wanted if entries[number].strength == "strong"}
        spoken = self._matcher.spoken(wanted, strong)
        sound = SoundMatcher(spoken, load_sounds(), compiled["ordinary"]) if config.channels.homophone else None
        self._sight = Sight(self._folder, self._matcher, kits, sound)
        self._emoji = config.channels.emoji
        self._pictures = frozenset(compiled["pictures"])
        kinds = (kinds or load_kinds()) if model and model.names else None  # a blank model comes before any
        learned = f"{model.version}{kinds.version}" if model and kinds else ""
        self.version: str = _version(compiled["version"], config, learned)
        points = score.read_points(compiled, config.alert, config.review)
        self._weigher = Weigher(entries, points, (model, kinds), self.version)
        self._settler: Settler | None = None
        self._limits = points
        if model:
            groups = self._context.groups
            self._facts = RuleFacts(entries, self._matcher, groups, surroundings, points, model, kits.kits)
            self._settler = Settler(entries, (self._matcher, self._context, self._selector), model, points)
        self._looker: Looker | None = None
        self._nothing = Detection(Verdict.NONE, 0.0, (), (), (), (), "none", self.version)
        self._known = {"lexicon_version": self.version}
        blank = {one.name: getattr(self._nothing, one.name) for one in fields(Detection)}
        self._blank = {name: value for name, value in blank.items() if name != "suppressed"}

    @classmethod
    def load(cls, config: KeywordsConfig | None = None, *, cache: Path | None = None, kernel: bool = True) -> Detector:
        """Return a detector with the packaged lexicon and the local packs that `config` names.

        `cache`: a private folder, made where it is missing, that keeps what takes long to build; any doubt about what
        is in it, and it is built again. `kernel`: use it where it was built; results are the same.

        Raises:
            LexiconError: a lexicon file is not valid.
            TablesError: a file cannot be read.
        """
        config = config or KeywordsConfig()
        with unwatched():
            detector = cls(load_compiled(config.overlay, cache), config, cache=cache)
            if kernel:
                detector.hasten()
        return detector

    def hasten(self) -> bool:
        """Take the first look in C from now on; False where that was not built, then the same is done in Python."""
        library = open_library()
        if library is None:
            return False
        judge = self._settler.judge() if self._settler and are_judged(self._limits) else None
        kits, sound = self._sight.finders
        banned = [self._entries[kit.entry].unlawful for kit in kits.kits]
        folds, patterns = (self._folder.table, self._folder.pictured), self._matcher.patterns()
        facts = Facts(*folds, patterns, self._matcher.drawn(), self._context.words, sound, kits, banned, judge)
        tables = lay_out(library, facts)
        self._looker = Looker(library, tables, self._sight, partial(self._lay_out_rules, library)) if tables else None
        return self._looker is not None

    def _lay_out_rules(self, library: CDLL) -> Rules | None:
        return lay_out_rules(library, self._facts, self._judge.dictionary)

    def detect(self, text: str, *, offered: bool = False) -> Detection:
        """Return the verdict on one text (title, newline, body); any string is fine.

        `offered`: the page states a price or a contact outside the text, or is a shop's product page.
        """
        if self._looker:
            found = self._looker.of(text, offered=offered)
            if found is None:
                return self._nothing
            if isinstance(found, Verdict):
                return self._told(text, found, offered=offered)
            return self._read_closely(_Glimpse(text, found, offered))
        seen = self._sight.of(text)
        if seen is None:
            return self._nothing
        glimpse = _Glimpse(text, seen, offered)
        settled = self._settler.of(text, seen, offered=offered) if self._settler else None
        if settled and self._settler and not any(self._settler.close_calls([settled])):
            return self._settled(glimpse, settled)
        return self._read_closely(glimpse)

    def _judged(self, glimpses: Sequence[_Glimpse]) -> list[Detection]:
        """Return one verdict per text; those that are settled at sight are not read closely."""
        verdicts: dict[int, Detection] = {}
        closely: list[int] = []
        open_: list[tuple[int, Settled]] = []
        found = self._settler.of_all(glimpses) if self._settler else [None] * len(glimpses)
        for number, settled in enumerate(found):
            if settled is None:
                closely.append(number)
            else:
                open_.append((number, settled))
        close = self._settler.close_calls([settled for _, settled in open_]) if self._settler else ()
        for (number, settled), again in zip(open_, close, strict=True):
            if again:
                closely.append(number)
            else:
                verdicts[number] = self._settled(glimpses[number], settled)
        verdicts |= zip(closely, self._all_read_closely([glimpses[number] for number in closely]), strict=True)
        return [verdicts[number] for number in range(len(glimpses))]

    def _all_read_closely(self, glimpses: Sequence[_Glimpse]) -> list[Detection]:
        cases = [self._study(*glimpse) for glimpse in glimpses]
        found = iter(self._weigher.weigh_all([case for case in cases if case]))
        return [next(found) if case else self._nothing for case in cases]

    def _settled(self, glimpse: _Glimpse, settled: Settled) -> Detection:
        if not settled.told:
            return self._nothing
        return self._deferred(settled.verdict, partial(self._read_closely, glimpse))

    def _deferred(self, verdict: Verdict, explain: Callable[[], Detection]) -> Detection:
        known = self._blank if verdict is Verdict.NONE else self._known
        return Detection.deferred(explain, verdict=verdict, known=known)

    def _told(self, text: str, verdict: Verdict, *, offered: bool) -> Detection:
        """Return a verdict of the kernel, which leaves it to us whether an alert claims a permit."""
        if verdict is Verdict.ALERT and claims.read(text):
            verdict = Verdict.REVIEW
        return self._deferred(verdict, partial(self._read_again, text, offered))

    def _read_closely(self, glimpse: _Glimpse) -> Detection:
        case = self._study(*glimpse)
        return self._weigher.weigh(case) if case else self._nothing

    def _read_again(self, text: str, offered: bool) -> Detection:  # noqa: FBT001 -- for partial
        seen = self._looker.seen(text) if self._looker else self._sight.of(text)
        return self._read_closely(_Glimpse(text, seen, offered)) if seen else self._nothing

    def study(self, text: str, *, offered: bool = False) -> Case | None:
        """Return what is known of a text before it is weighed; None where nothing was found in it."""
        seen = self._sight.of(text)
        return self._study(text, seen, offered) if seen else None

    def look(self, case: Case) -> Look | None:
        """Return what the learned judge would look at in a case; None where there is nothing that it could judge."""
        return self._weigher.look(case)

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
            if self._looker:
                verdicts += self._looked_up(self._looker, batch, pages[start : start + BATCH])
                continue
            if any(BARRIER in text for text in batch):
                verdicts += map(self._detect_page, batch, pages[start : start + BATCH])
                continue
            verdicts += self._verdicts(batch, pages[start : start + BATCH], dict(self._sight.of_many(batch)))
        return verdicts

    def _verdicts(self, texts: Sequence[str], offered: Sequence[bool], seen: Mapping[int, Seen]) -> list[Detection]:
        """Return one verdict per text. `seen`: by number what was seen that may matter."""
        found = [self._nothing] * len(texts)
        glimpses = [_Glimpse(texts[number], one, offered[number]) for number, one in seen.items()]
        for number, detection in zip(seen, self._judged(glimpses), strict=True):
            found[number] = detection
        return found

    def _looked_up(self, looker: Looker, texts: Sequence[str], offered: Sequence[bool]) -> list[Detection]:
        """Return the same by the kernel, and by a close reading of what it is not sure of."""
        found = [self._nothing] * len(texts)
        open_: dict[int, _Glimpse] = {}
        for number, seen in looker.of_many(texts, offered):
            if isinstance(seen, Verdict):
                found[number] = self._told(texts[number], seen, offered=offered[number])
            else:
                open_[number] = _Glimpse(texts[number], seen, offered[number])
        for number, detection in zip(open_, self._all_read_closely(list(open_.values())), strict=True):
            found[number] = detection
        return found

    def _detect_page(self, text: str, offered: bool) -> Detection:  # noqa: FBT001 -- for map
        return self.detect(text, offered=offered)

    def _study(self, text: str, seen: Seen, offered: bool) -> Case | None:  # noqa: FBT001 -- a glimpse, spread out
        folded = seen.glance.traced()
        found = self._matcher.resolve(text, folded, seen.raw, seen.said)
        if not (seen.named or seen.heard or seen.kits or seen.glance.pictured):
            return self._hushed(text, folded, found, offered=offered)
        if seen.heard:
            found.candidates.extend(self._matcher.heard(text, folded, seen.heard[:MOST_CANDIDATES]))
        dropped = drop_covered(found, folded.text)
        readings = [Reading(folded, _written(found))]
        if seen.glance.pictured and self._emoji:
            readings.append(self._pictured(text))
        if not seen.kits and not any(reading.found.candidates for reading in readings):
            return Case(text, folded, {}, Selection(dropped=dropped)) if dropped else None
        spans = [(one.start, one.end) for one in readings[0].found.candidates] + found.parts
        spans += [folded.place(one.span) for reading in readings[1:] for one in reading.found.candidates]
        cues = cues_around(self._context, text, folded, spans, offered=offered)
        readings[0].found.candidates.extend(self._kit_parts(text, folded, seen.kits, cues))
        return self._chosen(text, readings, cues, dropped)

    def _hushed(self, text: str, folded: Folded, found: Found, *, offered: bool) -> Case | None:
        """Return the case of a text with nothing but suspicious wordings."""
        dropped = drop_covered(found, folded.text)
        if not found.candidates:
            return Case(text, folded, {}, Selection(dropped=dropped)) if dropped else None
        spans = [(one.start, one.end) for one in found.candidates] + found.parts
        cues = cues_around(self._context, text, folded, spans, offered=offered)
        return Case(text, folded, cues, Selection(dropped=[*dropped, *set_aside(found.candidates)]))

    def _chosen(
        self, text: str, readings: Sequence[Reading], cues: dict[str, list[Cue]], dropped: Sequence[Dropped]
    ) -> Case:
        chosen = self._selector.select(text, readings, cues, dropped)
        if not chosen.kept and self._weigher.learned:
            self._selector.look_again(text, readings, chosen)
        folded = readings[0].folded
        if chosen.verbs:
            first, after = folded.place(chosen.verbs[0])
            cues["attached"] = [Cue("attached", folded.text[first:after], first, after)]
        return Case(text, folded, cues, chosen)

    def _kit_parts(
        self,
        text: str,
        folded: Folded,
        kits: Sequence[tuple[Kit, Sequence[Part]]],
        cues: Mapping[str, Sequence[Cue]],
    ) -> Iterator[Candidate]:
        for kit, parts in kits:
            own = {(part.start, part.end) for part in parts}  # 12v is a part: it does not say what for
            said = {group for group, found in cues.items() if any((one.start, one.end) not in own for one in found)}
            if kit.requires and kit.requires.isdisjoint(said):
                continue
            for part in parts:
                span = folded.span(part.start, part.end)
                way = Way(kit.entry, "kit", gated=False)
                written = text[span[0] : span[1]]
                yield Candidate(way, part.start, part.end, span, written, folded.text[part.start : part.end], "kit")

    def _pictured(self, text: str) -> Reading:
        """Return the reading with emoji as characters, and only the candidates that an emoji takes part in."""
        folded = self._folder.trace(text, pictured=True)
        raw = self._matcher.raw_pictured(folded.text)
        found = self._matcher.resolve(text, folded, raw, self._matcher.said(raw))
        return Reading(folded, _drawn(found, self._pictures))


@contextmanager
def unwatched() -> Iterator[None]:
    """Make many lasting objects without looking for garbage among them again and again: half of the time to load."""
    watching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if watching:
            gc.enable()


def _anchors(compiled: Compiled, model: Model) -> dict[str, float]:
    """Return the wordings that make a text worth a look; those that people chose are enough by themselves."""
    chosen = [facts["words"] for facts in compiled["groups"].values() if facts.get("anchor")]
    return {**model.anchors, **{word: ENOUGH for words in chosen for word in words}}


def _merged(patterns: Sequence[Sequence[Any]], anchors: Iterable[str], meaning: Sequence[Any]) -> dict[str, Ways]:
    """Return the ways of each writing, suspicious wordings among them. `meaning`: of a wording."""
    # Tuples of plain values: the garbage collector lets them be, and looks at each list again and again.
    ways: dict[str, Ways] = {text: tuple(map(tuple, own)) for text, own in patterns}
    added = tuple(meaning)
    for word in sorted(anchors):
        ways[word] = (*ways.get(word, ()), added)
    return ways


def _version(compiled: str, config: KeywordsConfig, learned: str) -> str:
    shape = json.dumps(config.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(f"{compiled}{shape}{learned}".encode()).hexdigest()[:16]
