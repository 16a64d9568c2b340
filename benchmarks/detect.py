"""Detection speed: ``python -m benchmarks.detect [--texts FOLDER]``: one core, CPU time, texts of 330 characters.

Compares, on the same texts in the same run, what everybody would do first (jieba.lcut and a look-up in the set of
canonical terms), the fastest way to find those terms and nothing else (a bare daachorse automaton over the raw text),
and this detector with the whole lexicon and the learned judge, text by text and in batches, with its kernel where that
was built (``--pure``: without). All four take turns, round by round, so that other work on the machine slows all alike;
ratios are taken within a round.

"Verdicts" is what a crawl needs of each text; "read in full" asks each result for its score, hits, reasons and
suppressed candidates, too, which are worked out only then. Texts: made-up ordinary ones, real ones (``--texts``: gzip,
one text a line, joined), and each with an advertisement of the labelled listings, most of them disguised, in every
fifth. Prints a table and writes benchmarks/results/detect.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from keywords.detector import Detector  # noqa: E402 - the checkout is not installed
from keywords.lexicon.compile import load_compiled  # noqa: E402

LENGTH = 330  # characters: the average of forum posts
SEED = 7  # the same documents in each run
SHARE = 0.2  # of documents with an advertisement, in the sets that have some
ROUNDS = 3  # the median of so many is steady to a tenth, and the whole takes two minutes on a busy machine
TURNS = 2  # of the detector and the automaton for each turn of jieba, which takes as long as a hundred of theirs
LISTINGS = ROOT / "keywords" / "learned" / "listings" / "hidden.jsonl"
PARTS = (
    "今天下班顺路去菜市场买了排骨和玉米", "孩子的作业终于写完了", "小区门口新开了一家面馆", "周末想去爬山不知道天气怎么样",
    "二手沙发转让，八成新，自提", "电脑用了三年，换了块固态硬盘快多了", "请问附近哪家医院看牙比较好", "昨晚的球赛看得人着急",
    "新房装修，客厅刷了米白色的漆", "地铁三号线今天又晚点了", "这本书前半部分有点慢，后半部分停不下来", "出一辆自行车，骑了不到一年，三百块",
    "早上跑了五公里，出了一身汗", "求推荐一款适合老人用的手机", "火车票已经抢到了", "楼上的邻居最近在练钢琴",
)  # fmt: skip
ADS = ("出象*牙手串，老料，私聊", "低价出猎套，200个起，包邮", "犭苗头鹰 活的 1000 面交", "川山甲片 通乳 两斤 懂的私聊")
JIEBA, BARE, ONE, MANY, FULL = "jieba", "bare", "one", "many", "full"
NAMES = {
    JIEBA: "jieba.lcut 与词表比对", BARE: "daachorse 扫原文（只找正名）", ONE: "网盾，逐篇", MANY: "网盾，成批",
    FULL: "网盾，成批，读出全部说明",
}  # fmt: skip
GOALS = {
    (ONE, JIEBA): 40.0, (MANY, JIEBA): 80.0, (ONE, BARE): 0.15, (MANY, BARE): 0.30,
}  # fmt: skip
HALF = 0.5  # of the goals, where every fifth text is an advertisement
LOAD_GOAL, MEMORY_GOAL = 1.0, 400  # seconds beyond jieba's own start, megabytes
PROBE = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
start = time.process_time()
if sys.argv[2] == "jieba":
    import jieba
    jieba.setLogLevel(40)
    jieba.Tokenizer().gen_pfdict(jieba.get_dict_file())
    print(json.dumps([time.process_time() - start]))
else:
    from keywords.detector import Detector
    imported = time.process_time()
    detector = Detector.load()
    loaded = time.process_time()
    detector.detect("低价出猎套，200个起，包邮")
    asked = time.process_time()
    for text in json.load(sys.stdin):
        detector.detect(text)
    with open("/proc/self/status", encoding="ascii") as file:
        memory = next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
    print(json.dumps([imported - start, loaded - imported, asked - loaded, memory]))
"""


class Row(NamedTuple):
    """One way to look at one set of texts."""

    per_second: float
    """Documents, median of the rounds."""
    ratios: dict[str, tuple[float, float, float]]
    """Against each baseline: lowest, median, highest of the rounds."""


def made_up(count: int, share: float) -> list[str]:
    """Ordinary sentences of no meaning, a short disguised offer at the end of some."""
    chance = random.Random(SEED)
    texts = []
    for _ in range(count):
        text = "，".join(chance.choice(PARTS) for _ in range(LENGTH // 12))[:LENGTH]
        texts.append(text[:-30] + chance.choice(ADS) if chance.random() < share else text)
    return texts


def real(folder: Path, count: int) -> list[str]:
    """Lines of real texts, joined."""
    lines = [
        line
        for path in sorted(folder.glob("*.txt.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]
    random.Random(SEED).shuffle(lines)
    joined = "\n".join(lines)
    return [joined[at : at + LENGTH] for at in range(0, min(len(joined), count * LENGTH), LENGTH)]


def with_ads(texts: Sequence[str]) -> list[str]:
    """The texts, an advertisement of the labelled listings at the end of every fifth."""
    rows = map(json.loads, LISTINGS.read_text(encoding="utf-8").splitlines())
    ads = [f"{row['title']}\n{row['body']}" for row in rows if row["label"] == "lead"]
    chance = random.Random(SEED)
    found = []
    for text in texts:
        ad = chance.choice(ads)[:LENGTH] if chance.random() < SHARE else ""
        found.append(text[: LENGTH - len(ad)] + ad)
    return found


def ways(detector: Detector) -> dict[str, Callable[[Sequence[str]], object]]:
    """What is compared."""
    import jieba
    from daachorse import CharwiseDoubleArrayAhoCorasick

    jieba.setLogLevel(40)
    jieba.initialize()
    terms = sorted({entry["term"] for entry in load_compiled()["entries"]})
    wanted, find = frozenset(terms), CharwiseDoubleArrayAhoCorasick(terms).find_overlapping
    return {
        JIEBA: lambda texts: [[word for word in jieba.lcut(text) if word in wanted] for text in texts],
        BARE: lambda texts: [find(text) for text in texts],
        ONE: lambda texts: [detector.detect(text).verdict for text in texts],
        MANY: lambda texts: [found.verdict for found in detector.detect_many(texts)],
        FULL: lambda texts: [
            (found.score, found.hits, found.factors, found.suppressed) for found in detector.detect_many(texts)
        ],
    }


def cost(look: Callable[[Sequence[str]], object], texts: Sequence[str], turns: int) -> float:
    """CPU seconds of one text; the least of some turns, as other work on the machine only slows."""
    least = float("inf")
    for _ in range(turns):
        start = time.process_time()
        look(texts)
        least = min(least, time.process_time() - start)
    return least / len(texts)


def compare(looks: dict[str, Callable[[Sequence[str]], object]], texts: Sequence[str], few: int) -> dict[str, Row]:
    """All ways in turns. `few`: texts that are enough for jieba."""
    rounds: list[dict[str, float]] = [
        {
            name: cost(look, texts[:few], 1) if name == JIEBA else cost(look, texts, TURNS)
            for name, look in looks.items()
        }
        for _ in range(ROUNDS)
    ]
    rows = {}
    for name in looks:
        ratios = {}
        for against in (JIEBA, BARE):
            found = sorted(one[against] / one[name] for one in rounds)
            ratios[against] = (found[0], statistics.median(found), found[-1])
        rows[name] = Row(1 / statistics.median(one[name] for one in rounds), ratios)
    return rows


def show(title: str, rows: dict[str, Row], part: float) -> None:
    """Print one set. `part`: of the goals."""
    print(f"\n{title}\n  {'':<30}{'篇/秒':>10}{'对 jieba（最低/中位/最高，目标）':>34}{'对 daachorse':>34}")
    for name, row in rows.items():
        cells = ""
        for against, form in ((JIEBA, ".1f"), (BARE, ".3f")):
            goal = GOALS.get((name, against))
            figures = "/".join(format(value, form) for value in row.ratios[against])
            cells += f"{figures + (f'  ≥{goal * part:g}' if goal else ''):>36}"
        print(f"  {NAMES[name]:<24}{row.per_second:>12,.0f}{cells}")


def probe(what: str, texts: Sequence[str] = ()) -> list[float]:
    """What a fresh process says of its start."""
    command = [sys.executable, "-c", PROBE, str(ROOT), what]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    found: list[float] = json.loads(done.stdout)
    return found


def start_up(texts: Sequence[str]) -> dict[str, Any]:
    """CPU seconds and megabytes of a fresh process, the best of two."""
    (jieba,) = min(probe("jieba") for _ in range(2))
    imported, loaded, asked, memory = (
        min(values) for values in zip(*(probe("own", texts) for _ in range(2)), strict=True)
    )
    print(f"\n启动（新进程，CPU 秒）：导入 {imported:.2f}，载入 {loaded:.2f}（目标 ≤{LOAD_GOAL:g}），", end="")
    print(f"第一个候选（读入 jieba 词典）{asked:.2f}，jieba 自身 {jieba:.2f}")
    print(f"内存：{len(texts):,} 篇之后 {memory:.0f} MB（目标 ≤{MEMORY_GOAL}）")
    return {
        "import_s": imported, "load_s": loaded, "first_candidate_s": asked, "jieba_own_s": jieba, "memory_mb": memory,
    }  # fmt: skip


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, help="folder of real texts, *.txt.gz")
    parser.add_argument("--count", type=int, default=256, help="documents of each set")
    parser.add_argument("--pure", action="store_true", help="without the kernel, as where there is no C compiler")
    parser.add_argument("--few", type=int, default=50, help="of these, documents that jieba cuts")
    options = parser.parse_args()
    sets = {"编造的平常文本": made_up(options.count, 0.0)}
    if options.texts:
        sets["真实文本"] = real(options.texts, options.count)
    sets |= {f"{name}，五篇中一篇有伪装广告": with_ads(texts) for name, texts in sets.items()}
    detector = Detector.load(kernel=False)
    fast = not options.pure and detector.hasten()
    print(f"加速模块：{'用' if fast else '不用'}")
    looks = ways(detector)
    facts: dict[str, Any] = {"kernel": fast}
    for name, texts in sets.items():
        rows = compare(looks, texts, options.few)
        show(name, rows, HALF if "广告" in name else 1.0)
        facts[name] = {way: {"per_second": round(row.per_second), "ratios": row.ratios} for way, row in rows.items()}
    facts["start"] = start_up(next(reversed(sets.values())))
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "detect.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
