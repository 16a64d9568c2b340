"""What detection returns: hits with exact spans, and a verdict whose every factor can be shown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from keywords.claims import Claim


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Verdict(StrEnum):
    """How much a text deserves a person's eyes."""

    ALERT = "alert"
    REVIEW = "review"
    MENTION = "mention"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Hit:
    """One place in the text that matched one lexicon entry."""

    entry: str
    """Lexicon id."""
    term: str
    """Canonical term of the entry."""
    kind: str
    """species, product, gear, part, codeword, context."""
    category: str
    """terrestrial_animal, aquatic_animal, plant, animal_product, plant_product, hunting_gear, fishing_gear, food_use;
    context where no object is named."""
    channel: str
    """How it was found: exact, width, variant, inserted, split, lookalike, reordered, pinyin, homophone, emoji,
    codeword, kit (parts that make a device), context (suspicious talk that names no object)."""
    matched: str
    """Exactly ``text[start:end]``, junk inside the word included."""
    start: int
    """Code-point offset into the text."""
    end: int
    weight: float
    """What this hit adds to the score."""
    folded: str = ""
    """The matched text after folding and stripping."""
    segmentation: tuple[str, ...] = ()
    """How jieba cut the window around the hit."""
    clause: str = ""
    """Legal source of the entry, for people."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason why the score is what it is."""

    name: str
    """E.g. trade, price, contact, news, game, exclusion."""
    label: str
    """Chinese, for people."""
    weight: float
    """Points added (negative: taken off)."""
    matched: str = ""
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A candidate that was not counted, and the rule that says why."""

    entry: str
    term: str
    matched: str
    start: int
    end: int
    rule: str


class _Deferred:
    """Something whose fields are worked out when the first of them is asked for that is not known yet."""

    __slots__ = ("_explain", "_known")

    if not TYPE_CHECKING:  # to a type checker all fields are there from the beginning

        def __getattr__(self, name: str) -> Any:
            if name in _Deferred.__slots__ or name not in type(self).__slots__:
                raise AttributeError(name)
            explain = self._explain
            if explain:  # else another thread has just done it
                if name in self._known:
                    return self._known[name]
                whole = explain()
                for field in fields(whole):
                    object.__setattr__(self, field.name, getattr(whole, field.name))
                object.__setattr__(self, "_explain", None)
            return object.__getattribute__(self, name)


@dataclass(frozen=True, slots=True)
class Detection(_Deferred):
    """The explained verdict on one text."""

    verdict: Verdict
    score: float
    """0 to 100."""
    hits: tuple[Hit, ...]
    """In text order."""
    factors: tuple[Factor, ...]
    suppressed: tuple[Suppressed, ...]
    departments: tuple[str, ...]
    """forestry agriculture market_supervision public_security cyberspace postal customs; the lead one first."""
    intent: str
    """sell, buy, serve, service, none."""
    lexicon_version: str
    claims: tuple[Claim, ...] = ()
    """Permits and marks that the text says there are: claimed, to be verified."""
    flags: tuple[str, ...] = ()
    """What the departments look at first, see `keywords.flags`."""

    @classmethod
    def deferred(
        cls, explain: Callable[[], Detection], *, verdict: Verdict, known: Mapping[str, Any] = NOTHING
    ) -> Self:
        """Return what `explain` would return; all that is not `known` yet follows when it is asked for.

        `known`: fields by name, which many may share.
        """
        found = object.__new__(cls)
        put = object.__setattr__
        put(found, "verdict", verdict)  # what most ask for, and nothing else
        put(found, "_known", known)
        put(found, "_explain", explain)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON-ready values, keys in a stable order."""
        from dataclasses import asdict

        claims = [claim._asdict() for claim in self.claims]
        return asdict(self) | {"verdict": self.verdict.value, "claims": claims}
