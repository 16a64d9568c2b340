"""Tables: the lexicon as the kernel reads it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from keywords.fold import CODE_POINTS, PICTURE, STRIP, code_points
from keywords.kernel.binding import BANNED, LETTER, WORD, Tables, pack, plant
from keywords.kernel.ground import Ground
from keywords.learned.model import EVIDENCE

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from keywords.fold import Codes
    from keywords.kits import KitMatcher
    from keywords.learned.model import Model
    from keywords.match import Patterns
    from keywords.sound import SoundMatcher

FIRST = 2  # of the letters that mean a character
OTHER = 65535  # a letter that is in no word and has no syllable
MOST_GROUPS = 62  # bits of a signed number
MOST_KINDS = 63  # of a kit's parts


class Judge(NamedTuple):
    """What the kernel settles by."""

    model: Model
    said: Sequence[float]
    """By context group: points at most."""
    base: float
    """Points at most of a text that names nothing."""
    offered: float
    """Points that it adds at most that the page makes an offer."""
    told: float
    """Points that it adds at most that something does not count."""
    limit: float
    """Points from which a text is to be read closely."""


class Facts(NamedTuple):
    """What the detector's own parts know."""

    fold: Codes
    pictured: Codes
    """The same with emoji as the characters that they stand for."""
    patterns: Patterns
    drawn: Sequence[str]
    """Patterns that need an emoji."""
    groups: Mapping[str, tuple[int, int]]
    """Context word -> bits of the groups that it is of, and of those in which it hides others."""
    sound: SoundMatcher | None
    kits: KitMatcher
    banned: Sequence[AbstractSet[str]]
    """By kit: words that are gear without a lawful use."""
    judge: Judge | None


def lay_out(library: ctypes.CDLL, facts: Facts) -> Tables | None:
    """Return the tables; None where the lexicon is larger than the kernel can take."""
    tables, ground = Tables(), Ground()
    words = list(dict.fromkeys(chain(facts.patterns.texts, facts.groups, _ordinary(facts))))
    codes = code_points("".join(words))
    sizes = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    alone = codes[(sizes.cumsum() - sizes)[sizes == 1]]
    letters = _letters(tables, facts, (codes, alone), ground)
    if letters is None or any((own | hidden) >> MOST_GROUPS for own, hidden in facts.groups.values()):
        return None
    trie = plant(library, letters.take(codes), sizes, ground)
    places = {word: place for place, word in enumerate(words, start=1)}
    if trie is None or not _add_sounds(library, tables, facts.sound, ground) or not _add_kits(tables, facts, places):
        return None
    tables.words = trie
    tables.kept["words"] = trie
    if not _add_pictures(library, tables, facts, letters, ground):
        return None
    known = np.zeros(len(words) + 1, dtype=WORD)
    known["pattern"] = -1
    count = len(facts.patterns.texts)
    own = known[1 : count + 1]
    own["pattern"] = np.arange(count)
    own["kind"] = np.frombuffer(facts.patterns.kinds, dtype=np.uint8)
    own["evidence"] = facts.patterns.evidence
    at = np.fromiter(map(places.__getitem__, facts.groups), dtype=np.int64, count=len(facts.groups))
    known["groups"][at] = [own for own, _ in facts.groups.values()]
    known["hides"][at] = [hidden for _, hidden in facts.groups.values()]
    known["digits"][at] = [word.isdigit() for word in facts.groups]
    for word in _ordinary(facts):
        known["ordinary"][places[word]] = 1
    tables.point("word", _taken(known, trie.kept["words"], ground))
    _add_judge(library, tables, facts.judge, ground)
    return tables


def _taken(values: NDArray[Any], places: NDArray[Any], ground: Ground) -> NDArray[Any]:
    """Return the values at these places."""
    found = ground.zeros(places.size, values.dtype)
    values.take(places, out=found, mode="clip")  # all are there; any other mode makes a copy first
    return found


def _ordinary(facts: Facts) -> list[str]:
    return [word for word in facts.sound.ordinary if word] if facts.sound else []


def _letters(tables: Tables, facts: Facts, written: tuple[Codes, Codes], ground: Ground) -> NDArray[np.uint16] | None:
    """Add what a character is; return the letter of each folded character, None where there are too many.

    `written`: all characters of the words, and those that are one by themselves.
    """
    sounds = facts.sound.table if facts.sound else np.zeros(CODE_POINTS, dtype=np.int32)
    known = np.zeros(CODE_POINTS, dtype=bool)
    known[written[0]] = True
    known[code_points("".join(facts.drawn))] = True
    heard, alone = (sounds > 0) & ~known, np.zeros(CODE_POINTS, dtype=bool)
    alone[written[1]] = True
    known[written[1]] = False
    parts = [one.nonzero()[0] for one in (alone, known, heard)]  # what is in words lies close together
    used = np.concatenate(parts)
    if used.size > OTHER - FIRST:
        return None
    letter = np.full(CODE_POINTS, OTHER, dtype=np.uint16)
    letter[used] = np.arange(FIRST, FIRST + used.size)
    by_character = _taken(letter, facts.fold, ground)
    by_character[facts.fold == STRIP] = STRIP
    by_character[facts.fold == PICTURE] = PICTURE
    known_as = ground.zeros(OTHER + 1, LETTER)
    known_as["code"][FIRST : FIRST + used.size] = used
    known_as["sound"][FIRST : FIRST + used.size] = sounds.take(used)
    known_as["kept"][FIRST:] = 1
    known_as["pictured"][PICTURE] = 1
    tables.point("letter", by_character)
    tables.point("fold", facts.pictured)
    tables.point("known_as", known_as)
    tables.first_joined = FIRST + parts[0].size
    return letter


def _ends(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


def _add_sounds(library: ctypes.CDLL, tables: Tables, sound: SoundMatcher | None, ground: Ground) -> bool:
    heards = sound.heards if sound else []
    trie = plant(
        library, np.fromiter(chain.from_iterable(heards), dtype=np.uint16), [len(one) for one in heards], ground
    )
    if trie is None:
        return False
    tables.spoken = trie
    tables.kept["spoken"] = trie
    terms = [sound.terms(heard) for heard in heards] if sound else []
    flat = list(chain.from_iterable(terms))
    tables.point("terms", _ends([len(own) for own in terms]))
    tables.point("term_codes", _ends([len(term) for term, _ in flat]))
    tables.point("codes", code_points("".join(term for term, _ in flat)).copy())
    tables.point("entries", np.array([entry for _, entry in flat], dtype=np.int32))
    return True


def _add_pictures(
    library: ctypes.CDLL, tables: Tables, facts: Facts, letters: NDArray[np.uint16], ground: Ground
) -> bool:
    codes = code_points("".join(facts.drawn))
    trie = plant(library, letters.take(codes), list(map(len, facts.drawn)), ground)
    if trie is None:
        return False
    tables.drawn = trie
    tables.kept["drawn"] = trie
    stand_ins = facts.pictured[facts.fold == PICTURE]
    if (facts.fold.take(stand_ins) == stand_ins).all():  # else the kernel would not know their letters
        tables.first_drawn = len(facts.patterns.texts)
    return True


def _add_kits(tables: Tables, facts: Facts, places: Mapping[str, int]) -> bool:
    """`places`: of the words, from 1; patterns come first."""
    at_least = facts.kits.at_least
    roles: list[Sequence[tuple[int, int]]] = [()] * len(facts.patterns.texts)
    for word in facts.kits.words:
        own = facts.kits.roles(word)
        if any(kind > MOST_KINDS for _, kind in own):
            return False
        roles[places[word] - 1] = [(kit, kind | BANNED if word in facts.banned[kit] else kind) for kit, kind in own]
    flat = list(chain.from_iterable(roles))
    tables.kits = len(at_least)
    tables.point("at_least", np.array(at_least, dtype=np.int32))
    tables.point("parts", _ends(list(map(len, roles))))
    tables.point("roles", np.array([kit << 8 | kind for kit, kind in flat], dtype=np.int32))
    return True


def _add_judge(library: ctypes.CDLL, tables: Tables, judge: Judge | None, ground: Ground) -> None:
    packed = _add_grams(library, tables, judge.model, ground) if judge else False
    tables.settles = packed
    if judge is None or not packed:
        return
    model = judge.model
    tables.step, tables.evidence_length = model.step, EVIDENCE
    tables.base, tables.offered, tables.limit = judge.base, judge.offered, judge.limit
    tables.told = judge.told
    tables.point("said", np.array([*judge.said, *[0.0] * (64 - len(judge.said))]))


def _add_grams(library: ctypes.CDLL, tables: Tables, model: Model, ground: Ground) -> bool:
    """Add what n-grams are worth, close together; False where they are too many."""
    there = model.table != 0
    known = np.packbits(there, bitorder="little").view(np.uint64)
    packed = pack(library, known)
    if packed is None:
        return False
    moved, size = packed
    numbers = there.nonzero()[0]
    worth = ground.zeros(size, np.int8)
    worth[moved.take(numbers >> 6) + (numbers & 63)] = model.table.take(numbers)
    tables.point("known", ground.copy(known))
    tables.point("moved", ground.copy(moved))
    tables.point("grams", worth)
    return True
