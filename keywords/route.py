"""Intent and departments of a detection: who is offering what, and whose duty it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.context import Cue
    from keywords.entries import Entry

SERVICE = (
    "代做",
    "代打",
    "体验",
    "教学",
    "学费",
    "带人",
    "代加工",
    "招能",
    "担保",
    "教会",
    "包教",
    "代发广告",
    "成品套课",
)
TRADE = ("sell", "pay", "price", "contact", "contact_number", "ship", "quantity")
FOOD_VENUE = 2  # different words of a food venue from which a text is a venue's own
SEVERE = 3
MARKET = "market_supervision"  # first for who serves the food, and for who places the advertisements of others


def intent_of(cues: Mapping[str, Sequence[Cue]], folded: str, kinds: set[str]) -> str:
    """Return sell, buy, serve, service or none."""
    venue = {cue.word for cue in cues.get("serve", ())}
    if len(venue) >= FOOD_VENUE and "eat" in cues and "gear" not in kinds:
        return "serve"
    if any(word in folded for word in SERVICE) and "live" not in cues:
        return "service"
    buy, sell = len(cues.get("buy", ())), len(cues.get("sell", ()))
    if buy and buy >= sell:
        return "buy"
    return "sell" if any(name in cues for name in TRADE) else "none"


def departments_of(
    entries: Sequence[Entry], cues: Mapping[str, Sequence[Cue]], intent: str, *, disguised: bool
) -> tuple[str, ...]:
    """Return the departments, the lead one first. `entries`: of the hits, not empty."""
    leading = max(entries, key=lambda entry: entry.rank)
    others = [entry.agency for entry in entries]
    first = MARKET if intent == "serve" or MARKET in others else leading.agency
    if intent != "none":
        others.append(MARKET)
    if leading.severity >= SEVERE or "一级" in leading.level:
        others.append("public_security")
    if disguised or "secrecy" in cues:
        others.append("cyberspace")
    if "ship" in cues:
        others.append("postal")
    if "import" in cues:
        others.append("customs")
    return tuple(dict.fromkeys([first, *others]))
