"""Made-up offers in every disguise, of writings that the learned judge was not fitted on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from benchmarks.measures import FLAGGED, Share
from keywords.learned.disguises import Disguiser, Made, offers, talk
from keywords.learned.fit import SEED, fit_for_ads, made_texts
from keywords.lexicon.compile import pack_files, read_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keywords.lexicon.schema import Entry
    from keywords.results import Detection

OTHER_SEED = SEED + 1  # other templates, figures and places of the disguise than in the fit
SAMPLE = 100  # writings of each channel
LENGTHS = range(2, 7)  # characters; longer aliases are descriptions


def unseen() -> list[Entry]:
    """Strong entries under other names than the fit's: each alias that its made-up texts do not hold."""
    seen = {one.term for one in made_texts(SEED)}
    entries = [entry for path in pack_files() for entry in read_entries(path) if fit_for_ads(entry) and entry.disguise]
    return [
        entry.model_copy(update={"term": alias})
        for entry in entries
        for alias in entry.aliases
        if alias not in seen and len(alias) in LENGTHS and all("\u4e00" <= char <= "\u9fff" for char in alias)
    ]


def offers_and_talk() -> list[Made]:
    """The texts, the same in each run of the same lexicon."""
    chance = random.Random(OTHER_SEED)
    entries, disguiser = unseen(), Disguiser()
    made: list[Made] = []
    for channel in disguiser.channels:
        made += offers(chance.sample(entries, min(SAMPLE, len(entries))), disguiser, chance, channel)
    return [*made, *talk(chance.sample(entries, min(3 * SAMPLE, len(entries))), chance)]


def shares(made: Sequence[Made], results: Sequence[Detection]) -> dict[str, Share]:
    """Offers that are flagged, by channel, and plain talk that is."""
    found: dict[str, list[bool]] = {}
    for one, result in zip(made, results, strict=True):
        name = f"伪装：{one.channel}" if one.offer else "平常谈论（误报）"
        found.setdefault(name, []).append(result.verdict in FLAGGED)
    return {name: Share(sum(values), len(values)) for name, values in found.items()}
