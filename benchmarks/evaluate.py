"""Detection quality: `python -m benchmarks.evaluate [--quick]` (``make eval``), on labelled listings and ordinary text.

Reads `listings`, `training` and `texts` below `--data` (default: ../shared/data beside the checkout, not distributed).
Prints one table, in columns the rules alone and the rules with the learned judge, and writes
benchmarks/results/evaluate.json with the ids of the listings that were judged wrongly.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table, box

from benchmarks import disguised
from benchmarks.measures import (
    Judged,
    Share,
    evasion_shares,
    is_offered,
    listing_shares,
    text_of,
    verdict_shares,
    wrong,
)
from keywords.config import KeywordsConfig
from keywords.detector import Detector
from keywords.learned.fit import coin, ordinary_lines, read_listings, read_sources
from keywords.learned.validate import FOLDS, cross_validated, fitted
from keywords.lexicon.compile import load_compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from keywords.learned.kinds import Kinds
    from keywords.learned.model import Model

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "evaluate.json"
PAGES = {"只看文本": False, "知道页面标价": True}
OWN = "自编标注（不含 training）"


@dataclass
class Section:
    """Some rows of the table."""

    title: str
    columns: Sequence[str]
    rows: dict[str, list[Share | None]] = field(default_factory=dict)

    def add(self, column: str, shares: Mapping[str, Share]) -> None:
        """Write one column."""
        for name, share in shares.items():
            self.rows.setdefault(name, [None] * len(self.columns))[self.columns.index(column)] = share


class Evaluation:
    """Measures, a section after the other; the progress is shown by the caller."""

    def __init__(self, data: Path, progress: Progress) -> None:
        self.data, self.progress = data, progress
        self.rules, self.learned = Detector.load(KeywordsConfig(learned=False)), Detector.load()
        self.wrong: dict[str, list[str]] = {}

    @cached_property
    def development(self) -> list[dict[str, Any]]:
        return read_listings(self.data / "listings" / "listings.jsonl")

    @cached_property
    def fitted_lines(self) -> list[tuple[str, str]]:
        return list(ordinary_lines(self.data / "texts", held_out=False))

    def judged(self, items: Sequence[Mapping[str, Any]], detector: Detector, *, pages: bool) -> list[Judged]:
        offered = [pages and is_offered(item) for item in items]
        return list(map(Judged, items, detector.detect_many([text_of(item) for item in items], offered=offered)))

    def on_development(self) -> Section:
        """The set that nothing is fitted on."""
        section = Section(
            "开发测试 300 条（从不参与拟合）",
            [f"{who}，{page}" for page in PAGES for who in ("只按规则", "含学习判断")],
        )
        for page, pages in PAGES.items():
            for who, detector in (("只按规则", self.rules), ("含学习判断", self.learned)):
                judged = self.judged(self.development, detector, pages=pages)
                section.add(f"{who}，{page}", listing_shares(judged) | evasion_shares(judged))
                self.wrong[f"development, {who}，{page}"] = wrong(judged)
        return section

    def on_training_alone(self) -> Section:
        """What the method makes of one author's listings, seen on another author's."""
        section = Section(
            "开发测试 300 条，模型只用 training 拟合", ["含学习判断，只看文本", "含学习判断，知道页面标价"]
        )
        task = self.progress.add_task("只用 training 拟合", total=1)
        detector = with_models(*fitted({"training": read_sources()["training"]}, self.fitted_lines))
        for page, pages in PAGES.items():
            section.add(f"含学习判断，{page}", listing_shares(self.judged(self.development, detector, pages=pages)))
        self.progress.advance(task)
        return section

    def cross_validated(self) -> Iterator[Section]:
        """Each labelled listing, judged by a model that has not seen it or its neighbours."""
        sources = read_sources()
        groups = {"training": ["training"], OWN: sorted(sources.keys() - {"training"})}
        found: dict[tuple[str, str, str], list[Judged]] = {}
        task = self.progress.add_task(f"{FOLDS} 折交叉验证", total=FOLDS)
        for fold in cross_validated(sources, self.fitted_lines):
            detector = with_models(fold.model, fold.kinds)
            for group, names in groups.items():
                items = [item for name in names for item in fold.held_out[name]]
                for page, pages in PAGES.items():
                    for who, judge in (("只按规则", self.rules), ("含学习判断", detector)):
                        found.setdefault((group, who, page), []).extend(self.judged(items, judge, pages=pages))
            self.progress.advance(task)
        for group in groups:
            section = Section(
                f"{group}，{FOLDS} 折交叉验证",
                [f"{who}，{page}" for page in PAGES for who in ("只按规则", "含学习判断")],
            )
            for (of, who, page), judged in found.items():
                if of == group:
                    section.add(f"{who}，{page}", listing_shares(judged))
                    self.wrong[f"{group}, cross-validated, {who}，{page}"] = wrong(judged)
            yield section

    def on_texts(self) -> Section:
        """Ordinary lines, and the half of them that the model was never fitted on."""
        section = Section("普通文本（行）", ["只按规则", "含学习判断", "含学习判断，未参与拟合的一半"])
        paths = sorted((self.data / "texts").glob("*.txt.gz"))
        task = self.progress.add_task("普通文本", total=len(paths))
        for path in paths:
            lines = gzip.decompress(path.read_bytes()).decode().splitlines()
            held_out = [place for place, line in enumerate(lines) if not coin(line)]
            by_rules, by_both = self.rules.detect_many(lines), self.learned.detect_many(lines)
            for column, results in zip(
                section.columns, (by_rules, by_both, [by_both[place] for place in held_out]), strict=True
            ):
                review, alert = verdict_shares(results)
                name = path.name.removesuffix(".txt.gz")
                section.add(column, {f"{name} 待核以上": review, f"{name} 告警": alert})
            self.progress.advance(task)
        return section

    def on_disguises(self) -> Section:
        """Made-up offers of names that the fit has not seen, each channel; and plain talk about them."""
        section = Section("生成的伪装（拟合未用的写法）", ["只按规则", "含学习判断"])
        made = disguised.offers_and_talk()
        task = self.progress.add_task("生成的伪装", total=2)
        for column, detector in (("只按规则", self.rules), ("含学习判断", self.learned)):
            section.add(column, disguised.shares(made, detector.detect_many([one.text for one in made])))
            self.progress.advance(task)
        return section


def with_models(model: Model, kinds: Kinds) -> Detector:
    """The product with other models."""
    return Detector(load_compiled(), KeywordsConfig(), model=model, kinds=kinds)


def sections(evaluation: Evaluation, *, quick: bool) -> Iterator[Section]:
    """All parts of the table, the quick ones first."""
    yield evaluation.on_development()
    yield evaluation.on_disguises()
    yield evaluation.on_texts()
    if not quick:
        yield evaluation.on_training_alone()
        yield from evaluation.cross_validated()


def printed(found: Sequence[Section], console: Console) -> None:
    """One Markdown table a section: it can be pasted into the documents."""
    for section in found:
        table = Table("", *section.columns, title=section.title, title_justify="left", box=box.MARKDOWN)
        for name, shares in section.rows.items():
            table.add_row(name, *("-" if share is None else str(share) for share in shares))
        console.print(table)


def write(found: Sequence[Section], evaluation: Evaluation) -> None:
    """The same as JSON, with the ids that were judged wrongly."""
    facts: dict[str, Any] = {"rules": evaluation.rules.version, "learned": evaluation.learned.version}
    for section in found:
        facts[section.title] = {
            name: {
                column: share and {"part": share.part, "whole": share.whole}
                for column, share in zip(section.columns, shares, strict=True)
            }
            for name, shares in section.rows.items()
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps(facts | {"wrong": evaluation.wrong}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--quick", action="store_true", help="no model is fitted: no cross-validation")
    options = parser.parse_args()
    needed = [options.data / "listings" / "listings.jsonl", options.data / "texts"]
    missing = [str(path) for path in needed if not path.exists()]
    if missing:
        sys.exit(
            f"找不到 {'、'.join(missing)}：标注和普通文本不随项目分发，请用 --data 指明放着 listings 和 texts 的文件夹"
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        evaluation = Evaluation(options.data, progress)
        found = list(sections(evaluation, quick=options.quick))
    printed(found, Console(width=200, soft_wrap=True))
    write(found, evaluation)


if __name__ == "__main__":
    main()
