"""Selecting: which candidates count, and for each of the others the rule that says why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from keywords import gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keywords.beside import Surroundings
    from keywords.boundary import Judge
    from keywords.context import Cue
    from keywords.entries import Entry
    from keywords.fold import Folded
    from keywords.match import Candidate, Found


TALK = "可疑用语，没有点名标的"
MOST_AGAIN = 20  # candidates without context that are asked about again: the first ones say enough


class Reading(NamedTuple):
    """One way to read a text: its emoji dropped, or read as characters."""

    folded: Folded
    found: Found


class Reason(StrEnum):
    """Why a candidate does not count: the kinds of rule, as the learned judge knows them."""

    COVERED = "covered"
    CONTEXT = "context"
    NEAR = "near"
    BOUNDARY = "boundary"
    EXCUSED = "excused"
    ANCHOR = "anchor"


class Dropped(NamedTuple):
    """A candidate that does not count."""

    candidate: Candidate
    reason: Reason
    rule: str
    """For people."""


@dataclass(slots=True)
class Selection:
    """Candidates that count, the cuts they were judged by, and those that do not count."""

    kept: list[Candidate] = field(default_factory=list)
    cuts: dict[Candidate, tuple[str, ...]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    verbs: list[tuple[int, int]] = field(default_factory=list)
    """Where trading verbs stand right beside candidates that count: original spans."""


class Standing(NamedTuple):
    """The candidates of one text that are words of their own."""

    candidates: list[Candidate]
    excused: bool
    """One of the others is a brand, a likeness or denied."""


def outermost(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates, the longest first, without those within a longer one: 山甲 within 穿山甲 is no second hit."""
    ordered = sorted(candidates, key=_shortness)
    if len(ordered) < 2:
        return ordered
    owners: dict[int, Candidate] = {}
    found = []
    for candidate in ordered:
        if not _is_within(candidate, owners):
            found.append(candidate)
            owners |= dict.fromkeys(range(candidate.start, candidate.end), candidate)
    return found


def _is_within(candidate: Candidate, owners: Mapping[int, Candidate]) -> bool:
    """Tell whether a longer one of `owners` (place -> who stands there) covers a candidate."""
    owner = owners.get(candidate.start)
    return bool(owner and owner is owners.get(candidate.end - 1) and _shortness(owner) < _shortness(candidate))


def _shortness(candidate: Candidate) -> int:
    return candidate.start - candidate.end


def drop_covered(found: Found, folded: str) -> list[Dropped]:
    """Take out the candidates that an ordinary word covers, first: many texts have no others. `folded`: the text."""
    if not found.covers:
        return []
    covered: list[Candidate] = []
    free: list[Candidate] = []
    for candidate in found.candidates:
        (covered if gate.covered(candidate, found.covers) else free).append(candidate)
    if covered:
        found.candidates[:] = free
    return [
        Dropped(candidate, Reason.COVERED, f"被普通词“{gate.covering(candidate, found.covers, folded)}”盖住")
        for candidate in covered
    ]


def set_aside(wordings: Iterable[Candidate]) -> list[Dropped]:
    """Return suspicious wordings as what they are: no objects that could count."""
    return [Dropped(wording, Reason.ANCHOR, TALK) for wording in wordings]


class Selector:
    """Asks every rule about every candidate."""

    def __init__(self, entries: Sequence[Entry], surroundings: Surroundings, judge: Judge) -> None:
        """`entries`: by number, as the candidates name them."""
        self._entries, self._surroundings, self._judge = entries, surroundings, judge

    def standing(self, text: str, folded: Folded, candidates: Sequence[Candidate]) -> Standing:
        """Return the candidates that are words of their own, no brand, no likeness, not denied, whatever else is said."""
        found: list[Candidate] = []
        excused = False
        for candidate in candidates:
            entry = self._entries[candidate.way.entry]
            if gate.near_word(candidate, entry, folded.text) or gate.boundary(candidate, folded, self._judge)[0]:
                continue
            if self._surroundings.excused(text, folded, candidate, entry):
                excused = True
            else:
                found.append(candidate)
        return Standing(found, excused)

    def has_verb(self, text: str, folded: Folded, candidate: Candidate) -> bool:
        """Tell whether a trading verb stands right beside a candidate."""
        return self._surroundings.offered(text, folded, candidate) is not None

    def select(
        self, text: str, readings: Sequence[Reading], cues: Mapping[str, Sequence[Cue]], dropped: Sequence[Dropped]
    ) -> Selection:
        """Return what counts. `dropped`: what an ordinary word covers."""
        chosen = Selection(dropped=list(dropped))
        for reading in readings:
            owners: dict[int, Candidate] = {}
            for candidate in sorted(reading.found.candidates, key=_shortness):
                if candidate.start in owners and _is_within(candidate, owners):
                    continue
                if candidate.channel == "context":
                    chosen.dropped.append(Dropped(candidate, Reason.ANCHOR, TALK))
                    continue
                verb = self._judge_candidate(text, candidate, reading, cues, chosen)
                if candidate in chosen.cuts:
                    owners |= dict.fromkeys(range(candidate.start, candidate.end), candidate)
                if verb:
                    chosen.verbs.append(reading.folded.span(*verb))
        self._drop_excused(text, readings[0].folded, cues, chosen)
        return chosen

    def _judge_candidate(
        self,
        text: str,
        candidate: Candidate,
        reading: Reading,
        cues: Mapping[str, Sequence[Cue]],
        chosen: Selection,
    ) -> tuple[int, int] | None:
        """Add a candidate to those that count or to those that do not; return the trading verb beside it."""
        entry = self._entries[candidate.way.entry]
        missing = gate.missing_context(candidate, entry, cues)
        verb = self._surroundings.offered(text, reading.folded, candidate) if missing else None
        if verb:
            missing = gate.missing_context(candidate, entry, cues, attached=True)
        if missing:
            chosen.dropped.append(Dropped(candidate, Reason.CONTEXT, missing))
            return None
        if self._no_word(candidate, entry, reading.folded, chosen):
            return None
        chosen.kept.append(candidate)
        return verb or (None if chosen.verbs else self._surroundings.offered(text, reading.folded, candidate))

    def _no_word(self, candidate: Candidate, entry: Entry, folded: Folded, chosen: Selection) -> bool:
        """Tell whether the candidate is no word of its own, and say why not."""
        word = gate.near_word(candidate, entry, folded.text)
        if word:
            chosen.dropped.append(Dropped(candidate, Reason.NEAR, f"附近有“{word}”"))
            return True
        rule, words = gate.boundary(candidate, folded, self._judge)
        if rule:
            chosen.dropped.append(Dropped(candidate, Reason.BOUNDARY, rule))
            return True
        chosen.cuts[candidate] = words
        return False

    def look_again(self, text: str, readings: Sequence[Reading], chosen: Selection) -> None:
        """Ask the other rules, too, about those that lack only context; then what lacks context lacks nothing else."""
        waiting = [drop for drop in chosen.dropped if drop.reason is Reason.CONTEXT]
        chosen.dropped[:] = [drop for drop in chosen.dropped if drop.reason is not Reason.CONTEXT]
        for drop in waiting[:MOST_AGAIN]:
            candidate, entry = drop.candidate, self._entries[drop.candidate.way.entry]
            folded = readings[-1 if candidate.channel == "emoji" else 0].folded
            if self._no_word(candidate, entry, folded, chosen):
                continue
            excuse = self._surroundings.excused(text, folded, candidate, entry)
            chosen.dropped.append(Dropped(candidate, Reason.EXCUSED, excuse) if excuse else drop)

    def _drop_excused(self, text: str, folded: Folded, cues: Mapping[str, Sequence[Cue]], chosen: Selection) -> None:
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
        chosen.dropped += [Dropped(candidate, Reason.EXCUSED, reason) for candidate, reason in excused.items()]
        chosen.kept[:] = [candidate for candidate in chosen.kept if candidate not in excused]
