"""Rules: what the kernel judges candidates by, laid out when the first one needs it."""

from __future__ import annotations

from ctypes import c_uint64
from itertools import chain
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keywords import gate, score
from keywords.beside import THINGS
from keywords.boundary import FREE_LEFT, FREE_RIGHT
from keywords.entries import STRENGTHS
from keywords.fold import code_points
from keywords.kernel.binding import ENTRY, KIT, MEANING, Rules, Words, plant_dictionary
from keywords.learned.features import CATEGORIES
from keywords.match import PLAIN
from keywords.select import Reason
from keywords.weigh import FORM_CUES

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from ctypes import Array

    from numpy.typing import NDArray

    from keywords.beside import Surroundings
    from keywords.dictionary import Dictionary
    from keywords.entries import Entry
    from keywords.kits import Kit
    from keywords.learned.model import Model
    from keywords.match import Matcher, Meanings
    from keywords.score import Points

MORE_GROUPS = ("price", "quantity", "contact_number", "figure", "offered", "attached")  # beside the lexicon's
CHANNELS = (
    "exact",
    "width",
    "variant",
    "inserted",
    "context",
    "emoji",
    "codeword",
    "pinyin",
    "homophone",
)  # kernel.h's
MOST = 62  # bits of a set
MOST_SEVERITY = 7  # as in kernel.h
NARROW = 1.0  # points that limits must lie apart, and above nothing: then rounding moves no verdict past two


class Facts(NamedTuple):
    """What the detector's own parts know."""

    entries: Sequence[Entry]
    matcher: Matcher
    groups: Sequence[str]
    """Of the context reader, in its order."""
    surroundings: Surroundings
    points: Points
    model: Model
    kits: Sequence[Kit]


class _Places(NamedTuple):
    """Names and their numbers."""

    groups: Mapping[str, int]
    channels: Mapping[str, int]
    kinds: Mapping[str, int]


def are_judged(points: Points) -> bool:
    """Tell whether the limits are such that the kernel can judge by them."""
    return points.review > NARROW and points.alert - 1 >= points.review + NARROW


def lay_out_rules(library: ctypes.CDLL, facts: Facts, dictionary: Dictionary) -> Rules | None:
    """Return what the kernel judges by; None where there is more of something than it can take."""
    meanings = facts.matcher.meanings()
    own = {way[1] for ways in meanings.ways for way in ways}
    places = _Places(
        _numbered((*facts.groups, *MORE_GROUPS)),
        _numbered((*CHANNELS, "kit", *sorted(own))),
        _numbered(sorted({entry.kind for entry in facts.entries})),
    )
    known = plant_dictionary(library, dictionary.lines(), dictionary.total)
    severity = max((entry.severity for entry in facts.entries), default=0)
    if known is None or max(map(len, places)) > MOST or severity > MOST_SEVERITY:
        return None
    rules, (trie, weights) = Rules(), known
    rules.dictionary, rules.alone = trie, -log(dictionary.total)
    rules.point("weights", weights)
    rules.kept["dictionary"] = trie
    _add_meanings(rules, facts, meanings, places)
    written = frozenset(meanings.texts)
    near = _add_entries(rules, facts, written, places)
    near += _add_kits(rules, facts.kits, len(near), places)
    unwritten = {word for entry in facts.entries for word in entry.unlawful} - written
    _add_lists(rules, (near, *facts.surroundings.lists, sorted(FREE_LEFT), sorted(FREE_RIGHT), sorted(unwritten)))
    _add_sets(rules, facts, places)
    _add_points(rules, facts, places)
    return rules


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _ends(parts: Iterable[Sequence[object]]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(list(map(len, parts)), dtype=np.int64)]).astype(np.int64)


def _add_meanings(rules: Rules, facts: Facts, meanings: Meanings, places: _Places) -> None:
    texts, ways = meanings
    flat = list(chain.from_iterable(ways))
    found = np.zeros(len(flat), dtype=MEANING)
    found["entry"] = [way[0] for way in flat]
    found["channel"] = [places.channels[way[1]] for way in flat]
    found["gated"] = [bool(way[2]) for way in flat]
    unlawful = [entry.unlawful for entry in facts.entries]
    found["unlawful"] = [text in unlawful[way[0]] for text, own in zip(texts, ways, strict=True) for way in own]
    rules.point("meanings", _ends(ways))
    rules.point("meaning", found)


def _add_entries(rules: Rules, facts: Facts, written: AbstractSet[str], places: _Places) -> list[str]:
    """Return all excluding words. `written`: all patterns."""
    found = np.zeros(len(facts.entries), dtype=ENTRY)
    near, ids = list[str](), dict[str, int]()
    for number, entry in enumerate(facts.entries):
        first = len(near)
        near += entry.exclude_near
        strength, severity = entry.rank
        wanted = entry.requires if entry.livestock else entry.requires | gate.CLAIMS
        found[number] = (
            _bits(entry.requires, places.groups), _bits(wanted, places.groups), first, len(near),
            ids.setdefault(entry.id, len(ids)), strength, severity, places.kinds[entry.kind],
            CATEGORIES.index(entry.category), gate.ANY_TRADE in entry.requires, entry.common, entry.kind in THINGS,
            not entry.unlawful <= written, 0,
        )  # fmt: skip
    rules.point("entries", found)
    return near


def _add_kits(rules: Rules, kits: Sequence[Kit], first: int, places: _Places) -> list[str]:
    """Return all words that exclude kits. `first`: number of the first of them."""
    found, near = np.zeros(len(kits), dtype=KIT), list[str]()
    for number, kit in enumerate(kits):
        wanted = _bits(kit.requires, places.groups)
        if kit.requires and not wanted:
            wanted = 1 << MOST  # of no group: never said
        low = first + len(near)
        near += kit.exclude_near
        found[number] = wanted, low, first + len(near), kit.entry, kit.within
    rules.point("kits", found)
    return near


def _add_lists(rules: Rules, lists: Iterable[Sequence[str]]) -> None:
    for number, words in enumerate(lists):
        ends, codes = _ends(words), code_points("".join([*words, "\0"])).copy()  # one more: there is a first one
        rules.lists[number] = Words(
            rules.keep(f"ends {number}", ends),
            rules.keep(f"codes {number}", codes),
            len(words),
            _sorts(word[:1] for word in words),
            _sorts(word[-1:] for word in words),
        )


def _sorts(characters: Iterable[str]) -> Array[c_uint64]:
    """Return the characters as bits, of which several share one; all bits where a word has none."""
    bits = 0
    for character in characters:
        code = ord(character) if character else 0
        bits |= 1 << ((code ^ code >> 8) & 255) if character else (1 << 256) - 1
    return (c_uint64 * 4)(*(bits >> shift & (1 << 64) - 1 for shift in range(0, 256, 64)))


def _bits(names: Iterable[str], places: Mapping[str, int]) -> int:
    """Return the names that have a place as bits; no text has the others."""
    return sum(1 << places[name] for name in names if name in places)


def _add_sets(rules: Rules, facts: Facts, places: _Places) -> None:
    said = gate.TRADE_CUES, gate.TEXT_CUES, gate.OBJECT_CUES, gate.SURE_CUES, FORM_CUES
    written = facts.matcher.wanted(places.channels), PLAIN, gate.ACCIDENTAL, gate.CUT_CHANNELS
    bits = [_bits(one, places.groups) for one in said] + [_bits(one, places.channels) for one in written]
    numbers = [places.groups[name] for name in MORE_GROUPS] + [places.groups.get(score.PERMIT, MOST)]
    rules.point("sets", np.array([*bits, *numbers, facts.points.further_limit], dtype=np.int64))


def _add_points(rules: Rules, facts: Facts, places: _Places) -> None:
    names, points = facts.model.names, facts.points
    known = ["bias", "points", "nothing", "objects", "common", "unlawful", "plain", "anchors", "untraded"]
    known += [f"dropped_{reason}" for reason in Reason]
    known += [f"strength_{strength}" for strength in range(len(STRENGTHS))]
    known += [f"severity_{severity}" for severity in range(MOST_SEVERITY + 1)]
    own = [names.get(name, 0.0) for name in known]
    own[1] /= 50  # as `features.factors` counts the rules' points
    own += [points.base[strength] for strength in STRENGTHS]
    own += [points.further, points.disguised, points.severity]
    own += [points.groups.get(name, ("", 0.0))[1] for name in (score.UNLAWFUL, score.UNTRADED)]
    rules.point("points", np.array([*own, points.review, points.alert], dtype=np.float64))
    for field, prefix in (("cue", "cue_"), ("cues", "cues_"), ("near", "near_")):
        rules.point(field, _padded(names.get(prefix + group, 0.0) for group in places.groups))
    rules.point("worth", _padded(_worth(points, group, 1.0) for group in places.groups))
    rules.point("worth_twice", _padded(_worth(points, group, 1.0 + score.SECOND_WORD) for group in places.groups))
    for field, sorts in (("kind", places.kinds), ("category", CATEGORIES), ("channel", places.channels)):
        rules.point(field, _padded(names.get(f"{field}_{sort}", 0.0) for sort in sorts))


def _worth(points: Points, group: str, times: float) -> float:
    worth = points.groups.get(group, ("", 0.0))[1]
    return worth if group == "offered" else round(worth * times, 1)


def _padded(values: Iterable[float]) -> NDArray[np.float64]:
    found = np.zeros(MOST + 2)
    for place, value in enumerate(values):
        found[place] = value
    return found
