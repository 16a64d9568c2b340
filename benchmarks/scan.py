"""`wangdun scan` with one process and with all cores: ``python -m benchmarks.scan [--lines N]``.

Made-up texts of 330 characters, one in fifty an advertisement; the whole command is run, start-up included. Peak memory
is that of all its processes together (pages they share are counted once), seen every 50 ms; the longer input shows
that it does not grow. Prints a table and writes benchmarks/results/scan.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.detect import made_up

ROOT = Path(__file__).resolve().parent.parent
SHARE = 0.02  # of advertisements, as on a busy forum
DISTINCT = 20_000  # texts made; more lines repeat them under other numbers
WATCH = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True)
class Figure:
    """One run of the command."""

    lines: int
    workers: int
    seconds: float
    per_second: float
    """Texts a second, start-up included."""
    peak_megabytes: float


def write_lines(path: Path, count: int) -> None:
    """JSON lines, made as they are written."""
    texts = made_up(min(count, DISTINCT), SHARE)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            row = {"id": number, "title": f"转让 {number}", "body": texts[number % len(texts)]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def proportional(pid: int) -> float:
    """Megabytes of one process; a page shared by three counts a third."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has just ended
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def measure(path: Path, lines: int, workers: int) -> Figure:
    """Run the command once."""
    output = path.with_suffix(f".{workers}.out")
    command = [sys.executable, "-m", "wangdun", "scan", path, "-o", output, "--force", "--workers", str(workers)]
    began = time.perf_counter()
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=path.parent, stderr=subprocess.DEVNULL, env=surroundings) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, sum(map(proportional, family(process.pid))))
            time.sleep(WATCH)
    seconds = time.perf_counter() - began
    assert process.returncode == 0
    return Figure(lines, workers, round(seconds, 2), round(lines / seconds), round(peak))


def without_start(figures: list[Figure], workers: int) -> int:
    """Texts a second between the shorter and the longer input."""
    short, long = (one for one in figures if one.workers == workers)
    return round((long.lines - short.lines) / (long.seconds - short.seconds))


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000)
    given = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    figures = []
    print(f"{'lines':>10} {'workers':>8} {'seconds':>8} {'docs/s':>9} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for lines in (given.lines // 4, given.lines):
            path = Path(folder) / f"{lines}.jsonl"
            write_lines(path, lines)
            for workers in sorted({1, cores}):
                one = measure(path, lines, workers)
                figures.append(one)
                print(f"{lines:>10,} {workers:>8} {one.seconds:>8} {one.per_second:>9,} {one.peak_megabytes:>8.0f}")
            outputs = {path.with_suffix(f".{workers}.out").read_bytes() for workers in {1, cores}}
            assert len(outputs) == 1, "the answers differ"
    steady = {workers: without_start(figures, workers) for workers in sorted({1, cores})}
    for workers, rate in steady.items():
        print(f"without start-up, {workers} worker(s): {rate:,} docs/s, {rate / steady[1]:.2f} times one")
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    facts = {"cores": cores, "runs": [asdict(one) for one in figures], "without_start_per_second": steady}
    text = json.dumps(facts, indent=1) + "\n"
    (results / "scan.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
