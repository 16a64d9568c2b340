"""Fitting: `python -m keywords.learned.fit --texts FOLDER` (``make train``) writes the packaged model; needs scipy.

Reads the labelled listings beside this file and one half of the ordinary texts (`*.txt.gz`, one a line, not
distributed with the project). The same data, settings and versions of numpy and scipy give the same file.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from keywords.fold import TABLES, Folder
from keywords.learned import anchors
from keywords.learned.disguises import Disguiser, offers, talk
from keywords.learned.features import BITS
from keywords.learned.kinds import KINDS
from keywords.learned.model import MODEL, Model, blank
from keywords.learned.solve import Row, fit
from keywords.learned.sorting import fit_kinds
from keywords.lexicon.compile import load_compiled, pack_files, read_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keywords.learned.disguises import Made
    from keywords.learned.features import Numbers
    from keywords.learned.kinds import Kinds
    from keywords.learned.solve import Fitted
    from keywords.lexicon.compile import Compiled
    from keywords.lexicon.schema import Entry

HERE = Path(__file__).resolve().parent
LISTINGS = HERE / "listings"
INVENTED = re.compile(r"demo[ _-]?\w+", re.IGNORECASE | re.ASCII)
POINTS = 10.0  # of one unit of the logit: twenty points between review and alert are odds of 7
THRESHOLD = 0.95  # logit from which a person looks: blunt offers stay above it, innocent texts mostly below
REVIEW = 35.0  # the score from which a person looks
STEPS = 127  # of a weight's size in the packaged table
ORDINARY = 0.5  # weight of an ordinary line: there are many, and some are offers after all
SEED = 20261122  # of the made-up advertisements
MADE = 180  # made-up offers of each disguise
PLAIN = 500  # made-up offers without one: the bluntest are what no author of examples thinks of
LENGTHS = range(2, 7)  # characters of a name; longer aliases are descriptions
MADE_WEIGHT = 0.2  # of a made-up text: they resemble each other


def read_listings(path: Path) -> list[dict[str, Any]]:
    """Return the labelled listings of one file, one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def text_of(item: Mapping[str, Any]) -> str:
    """Return a labelled listing as the crawler would hand it on, its invented account names made unlike each other."""
    return INVENTED.sub(lambda name: f"w{zlib.crc32(name[0].encode()) % 10**8}", f"{item['title']}\n{item['body']}")


def is_offered(item: Mapping[str, Any]) -> bool:
    """Return whether the page states a price or a contact, as the crawler's pipeline tells it."""
    return bool(item.get("price") or item.get("contact"))


def coin(text: str) -> bool:
    """Return the same side for the same text: one half is for fitting, the other for measuring."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % 2 == 0


def studied(detector: Detector, text: str, *, offered: bool) -> tuple[Mapping[str, float], Numbers] | None:
    """Return what the model sees of a text, or nothing where it would not be asked."""
    case = detector.study(text, offered=offered)
    look = detector.look(case) if case else None
    return (look.named, look.wording.numbers) if look else None


def listing_rows(detector: Detector, items: Iterable[Mapping[str, Any]], source: str) -> Iterator[Row]:
    """Yield the labelled listings that reach the model; half of those with a price are told of it."""
    for item in items:
        text = text_of(item)
        seen = studied(detector, text, offered=is_offered(item) and coin(text))
        if seen:
            yield Row(*seen, item["label"] != "clear", 1.0, source)


def made_texts(seed: int = SEED) -> Iterator[Made]:
    """Yield made-up offers in every disguise, and as much plain talk about the same terms."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret: the same texts in each fit
    entries = [named for path in pack_files() for entry in read_entries(path) for named in _names(entry)]
    disguiser = Disguiser()
    for channel in disguiser.channels:
        sample = chance.sample(entries, min(len(entries), PLAIN if channel == "plain" else MADE))
        yield from offers(sample, disguiser, chance, channel)
        yield from talk(sample[: PLAIN // 3] if channel == "plain" else sample[: MADE // 8], chance)


def _names(entry: Entry) -> Iterator[Entry]:
    """Yield an entry that is fit for advertisements under its term and half of its short Chinese aliases."""
    if fit_for_ads(entry):
        for name in (entry.term, *(alias for alias in entry.aliases if coin(alias))):
            if len(name) in LENGTHS and all("\u4e00" <= char <= "\u9fff" for char in name):
                yield entry.model_copy(update={"term": name})


def made_rows(detector: Detector, seed: int = SEED) -> Iterator[Row]:
    """Yield the made-up texts that reach the model."""
    for one in made_texts(seed):
        seen = studied(detector, text_of({"title": "", "body": one.text}), offered=False)
        if seen:
            yield Row(*seen, one.offer, MADE_WEIGHT, "made_" + one.channel)


def fit_for_ads(entry: Entry) -> bool:
    """Tell whether an entry's term by itself, plainly offered, is an advertisement that deserves a look."""
    return entry.strength == "strong" and entry.kind != "codeword" and not entry.common and len(entry.term) > 1


def ordinary_lines(folder: Path, *, held_out: bool) -> Iterator[tuple[str, str]]:
    """Yield (file, line) of one half of the ordinary texts."""
    for path in sorted(folder.glob("*.txt.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            if coin(line) != held_out:
                yield path.name.removesuffix(".txt.gz"), line


def ordinary_rows(detector: Detector, lines: Iterable[tuple[str, str]], weight: float) -> Iterator[Row]:
    """Yield the ordinary (file, line)s that reach the model: nobody offers anything in them, but for a handful."""
    for name, line in lines:
        seen = studied(detector, line, offered=False)
        if seen:
            yield Row(*seen, offer=False, weight=weight, source=f"ordinary_{name}")


def packed(fitted: Fitted, threshold: float, chosen: Mapping[str, float], facts: Mapping[str, Any]) -> Model:
    """Return the model whose points reach `REVIEW` where the logit reaches `threshold`; wordings in steps of a byte."""
    known = len(fitted.names)
    names = {name: round(float(weight) * POINTS, 2) for name, weight in zip(fitted.names, fitted.weights, strict=False)}
    names["bias"] = round(names["bias"] + REVIEW - POINTS * threshold, 2)
    wordings = fitted.weights[known:] * POINTS
    step = float(np.abs(wordings).max() or 1.0) / STEPS
    table = np.zeros(1 << BITS, dtype=np.int8)
    table[fitted.buckets] = np.rint(wordings / step).astype(np.int8)
    return Model(names, table, step, chosen, facts)


def reading_detector(chosen: Mapping[str, float], compiled: Compiled) -> Detector:
    """Return the detector by which features are read. `chosen`: anchors."""
    return Detector(compiled, KeywordsConfig(), model=blank(chosen))


class Trainer:
    """Fits models on any part of the sources."""

    def __init__(self, sources: Mapping[str, Sequence[Mapping[str, Any]]], ordinary: Sequence[tuple[str, str]]) -> None:
        """`sources`: name -> labelled listings; `ordinary`: (file, line) of texts in which nobody offers anything."""
        self.sources, self.ordinary = sources, ordinary
        self._compiled = load_compiled()
        self._folder = Folder(self._compiled["pictures"])
        self._ordinary = [self._folder.fold(line).text for _, line in ordinary]

    def anchors(self, without: str = "") -> dict[str, float]:
        """Return the anchors of all sources but one."""
        listings = (item for name, items in self.sources.items() if name != without for item in items)
        said = [self._folder.fold(text_of(item)).text for item in listings if item["label"] != "clear"]
        return anchors.choose(said, self._ordinary)

    def detector(self, without: str = "") -> Detector:
        """Return a detector that reads features with the anchors of all sources but one."""
        return reading_detector(self.anchors(without), self._compiled)

    def rows(self, detector: Detector, without: str = "") -> list[Row]:
        """Return the rows of all sources but one, and of the ordinary texts."""
        rows = [
            row
            for name, items in self.sources.items()
            if name != without
            for row in listing_rows(detector, items, name)
        ]
        return [*rows, *made_rows(detector), *ordinary_rows(detector, self.ordinary, ORDINARY)]

    def model(self) -> Model:
        """Return the model of everything."""
        chosen = self.anchors()
        rows = self.rows(reading_detector(chosen, self._compiled))
        return packed(fit(rows), THRESHOLD, chosen, self._facts(rows))

    def kinds(self, detector: Detector) -> Kinds:
        """Return the models of what sort of offer a text is."""
        offers = (item for items in self.sources.values() for item in items if item["label"] != "clear")
        rows = ((item, next(listing_rows(detector, [item], ""), None)) for item in offers)
        return fit_kinds([(item, row) for item, row in rows if row])

    def _facts(self, rows: Sequence[Row]) -> dict[str, Any]:
        return {
            "listings": {name: len(items) for name, items in self.sources.items()},
            "listings_sha256": hashlib.sha256(json.dumps(self.sources, sort_keys=True).encode()).hexdigest(),
            "ordinary": len(self.ordinary),
            "rows": len(rows),
            "lexicon": self._compiled["version"],
        }


def read_sources(folder: Path = LISTINGS) -> dict[str, list[dict[str, Any]]]:
    """Return the labelled listings by file name."""
    return {path.stem: read_listings(path) for path in sorted(folder.glob("*.jsonl"))}


def main() -> None:
    """Write the packaged model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="folder of ordinary texts, *.txt.gz")
    parser.add_argument("--output", type=Path, default=TABLES, help="folder")
    options = parser.parse_args()
    lines = list(ordinary_lines(options.texts, held_out=False))
    if not lines:
        sys.exit(f"{options.texts} 中没有 *.txt.gz 普通文本：没有它们，模型不知道平常的话是什么样")
    trainer = Trainer(read_sources(), lines)
    model = trainer.model()
    model.save(options.output / MODEL.name)
    trainer.kinds(reading_detector(model.anchors, load_compiled())).save(options.output / KINDS.name)
    size = sum((options.output / name).stat().st_size for name in (MODEL.name, KINDS.name))
    sys.stdout.write(f"学习模型已写入 {options.output}（{size / 1024:.0f} KB，版本 {model.version}）：{model.facts}\n")


if __name__ == "__main__":
    main()
