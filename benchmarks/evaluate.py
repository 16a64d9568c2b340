"""Detection quality: `python benchmarks/evaluate.py [--set listings|training] [--pages] [--texts]`.

Reads `data/listings`, `data/training` and `data/texts` below `--data` (default: ../shared/data beside the checkout),
prints a table and writes benchmarks/results/evaluate.json. Prints ids only, never a line of the texts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from keywords.detector import Detector  # noqa: E402 - the checkout is not installed
from keywords.results import Detection, Verdict  # noqa: E402

FLAGGED = (Verdict.ALERT, Verdict.REVIEW)


def listing_text(item: dict[str, Any]) -> str:
    return f"{item['title']}\n{item['body']}"


def rate(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.3f}" if whole else "-"


def is_offered(item: dict[str, Any]) -> bool:
    """As the crawler's pipeline tells it: the page states a price or a contact."""
    return bool(item.get("price") or item.get("contact"))


def evaluate(detector: Detector, items: list[dict[str, Any]], *, pages: bool, verbose: bool) -> dict[str, str]:
    seen: Counter[str] = Counter()
    for item in items:
        result = detector.detect(listing_text(item), offered=pages and is_offered(item))
        flagged = result.verdict in FLAGGED
        count(seen, item, result, flagged=flagged)
        if verbose and flagged != (item["label"] != "clear"):
            rules = [f"{s.term}:{s.rule}" for s in result.suppressed][:3]
            hits = [f"{h.term}/{h.matched}/{h.channel}" for h in result.hits]
            print(item["id"], item["label"], item["evasions"], result.verdict.value, result.score, hits, rules)
            print(
                "    ", listing_text(item)[:90].replace("\n", " / "), [f"{f.name}{f.weight:+}" for f in result.factors]
            )
    return report(seen)


def count(seen: Counter[str], item: dict[str, Any], result: Detection, *, flagged: bool) -> None:
    label = item["label"]
    seen[label] += 1
    seen[f"{label} flagged"] += flagged
    seen[f"{label} alert"] += result.verdict is Verdict.ALERT
    for evasion in item["evasions"]:
        seen[f"evasion {evasion}"] += 1
        seen[f"evasion {evasion} flagged"] += flagged
    if label == "lead":
        kind = "disguised" if item["evasions"] else "plain"
        seen[kind] += 1
        seen[f"{kind} flagged"] += flagged
    if label != "clear" and flagged:
        seen["department"] += 1
        seen["department right"] += result.departments[:1] == (item["lead_department"],)
        seen["intent right"] += result.intent == item["intent"]


def report(seen: Counter[str]) -> dict[str, str]:
    rows = {
        "recall, leads": rate(seen["lead flagged"], seen["lead"]),
        "recall, plain leads": rate(seen["plain flagged"], seen["plain"]),
        "recall, disguised leads": rate(seen["disguised flagged"], seen["disguised"]),
        "leads alerted": rate(seen["lead alert"], seen["lead"]),
        "grey flagged": rate(seen["grey flagged"], seen["grey"]),
        "clear flagged": rate(seen["clear flagged"], seen["clear"]),
        "clear alerted": rate(seen["clear alert"], seen["clear"]),
        "department right (flagged lead, grey)": rate(seen["department right"], seen["department"]),
        "intent right (flagged lead, grey)": rate(seen["intent right"], seen["department"]),
    }
    for name in sorted(name for name in seen if name.startswith("evasion ") and not name.endswith("flagged")):
        rows[name] = rate(seen[f"{name} flagged"], seen[name])
    return rows


def false_alarms(detector: Detector, folder: Path, *, verbose: bool) -> dict[str, str]:
    rows = {}
    for path in sorted(folder.glob("*.txt.gz")):
        verdicts: Counter[str] = Counter()
        terms: Counter[str] = Counter()
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            result = detector.detect(line)
            verdicts[result.verdict.value] += 1
            if result.verdict in FLAGGED:
                terms.update(f"{hit.term}/{hit.folded}/{hit.channel}" for hit in result.hits)
                if verbose:
                    print(path.stem, result.verdict.value, result.score, [h.matched for h in result.hits], line[:80])
        flagged = verdicts["alert"] + verdicts["review"]
        rows[f"texts {path.name}"] = f"{rate(flagged, verdicts.total())} (alert {verdicts['alert']})"
        if verbose:
            print(path.name, terms.most_common(40))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--set", choices=("listings", "training"), default="listings")
    parser.add_argument("--pages", action="store_true", help="tell the detector of each listing's price and contact")
    parser.add_argument("--texts", action="store_true", help="count false alarms on ordinary texts too")
    parser.add_argument("--verbose", action="store_true", help="print each wrong item")
    options = parser.parse_args()
    path = options.data / options.set / "listings.jsonl"
    if not path.exists():
        sys.exit(f"no data at {path}")
    detector = Detector.load()
    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = {"lexicon": detector.version, "set": options.set} | evaluate(
        detector, items, pages=options.pages, verbose=options.verbose
    )
    if options.texts:
        rows |= false_alarms(detector, options.data / "texts", verbose=options.verbose)
    for name, value in rows.items():
        print(f"{name:40} {value}")
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "evaluate.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
