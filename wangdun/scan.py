"""Detection over files: units in, JSON lines out, in order, over all cores, in flat memory."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from wangdun.inputs import BODY_NAMES, CONTACT_NAMES, ID_NAMES, PRICE_NAMES, TITLE_NAMES, Unit, decode_line
from wangdun.output import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from crawler.items import Listing
    from keywords.config import KeywordsConfig
    from keywords.detector import Detector
    from keywords.results import Detection

BATCH_UNITS = 256  # a batch takes some 10 ms: the cost of passing it on is small beside it
BATCH_BYTES = 1 << 20  # so that long texts do not pile up
WAITING = 4  # batches per worker in flight: keeps all busy, bounds memory
WATCH = 1.0  # seconds between two looks whether the parent still lives
HIT_FIELDS = ("term", "category", "channel", "matched", "start", "end")


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers to one batch."""

    lines: tuple[str, ...]
    """JSON, one per text."""
    problems: tuple[str, ...]
    """Chinese, ``file:line`` first."""
    flagged: int
    """How many texts are alert or review."""


def batches(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    """Group units, by number and by size."""
    batch: list[Unit] = []
    size = 0
    for unit in units:
        batch.append(unit)
        size += unit.size
        if len(batch) >= BATCH_UNITS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def judge_all(
    units: Iterable[Unit], config: KeywordsConfig, jobs: int, *, cache: Path | None = None
) -> Iterator[Judged]:
    """Judge every unit, in order, with `jobs` processes; `cache`: see `Detector.load`.

    Raises:
        KeywordsError: the lexicon cannot be loaded.
        BrokenProcessPool: a worker was killed.
    """
    from keywords.detector import Detector

    detector = Detector.load(config, cache=cache)
    if jobs == 1:
        for batch in batches(units):
            yield judge(batch, detector)
        return
    global _worker_detector  # noqa: PLW0603 -- forked workers inherit the loaded lexicon instead of loading it again
    _worker_detector = detector
    # fork: the lexicon is shared, a worker starts in milliseconds; no thread runs in this process yet
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=(os.getpid(),))
    try:
        yield from _in_order(pool, batches(units), jobs * WAITING)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(pool: ProcessPoolExecutor, work: Iterable[list[Unit]], most: int) -> Iterator[Judged]:
    waiting: deque[Future[Judged]] = deque()
    for batch in work:
        waiting.append(pool.submit(_judge_in_worker, batch))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


_worker_detector: Detector | None = None


def _start_worker(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    """End with the parent: a worker whose parent was killed would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _judge_in_worker(batch: list[Unit]) -> Judged:
    assert _worker_detector is not None
    return judge(batch, _worker_detector)


def judge(batch: list[Unit], detector: Detector) -> Judged:
    """Read and judge one batch."""
    ready: list[tuple[Unit, Record]] = []
    problems: list[str] = []
    for unit in batch:
        record = read_record(unit)
        if record.problem:
            problems.append(f"{unit.source}:{unit.line}：{record.problem}")
        else:
            ready.append((unit, record))
    records = [record for _, record in ready]
    found = detector.detect_many([record.text for record in records], offered=[record.offered for record in records])
    lines = [
        json_text(answer(unit, record.id, detection)) for (unit, record), detection in zip(ready, found, strict=True)
    ]
    flagged = sum(detection.verdict.value in {"alert", "review"} for detection in found)
    return Judged(tuple(lines), tuple(problems), flagged)


def answer(unit: Unit, identity: Any, detection: Detection) -> dict[str, Any]:
    """What is said about one text; offsets are code points into title, newline, body."""
    hits = [{name: value for name, value in asdict(hit).items() if name in HIT_FIELDS} for hit in detection.hits]
    return {
        "id": identity,
        "verdict": detection.verdict.value,
        "score": detection.score,
        "hits": hits,
        "departments": list(detection.departments),
        "source": unit.source,
        "line": unit.line,
    }


class Record(NamedTuple):
    """What was read of one unit."""

    text: str = ""
    """Title, newline, body, even without a title."""
    id: Any = None
    problem: str | None = None
    """What is wrong, in Chinese; the rest is empty then."""
    offered: bool = False
    """A price or a contact stands beside the text."""


def read_text(unit: Unit) -> tuple[str, Any, str | None]:
    """(text, id, None), or ("", None, what is wrong). The text is title, newline, body, even without a title."""
    return read_record(unit)[:3]


def read_record(unit: Unit) -> Record:
    """Text, id and whether the record is an offer, or what is wrong."""
    default = f"{unit.source}:{unit.line}"
    if unit.kind == "bad":
        return Record(problem=unit.body)
    if unit.kind == "json":
        return _from_json(unit.raw, default)
    if unit.kind == "html":
        listing = read_html(unit)
        if listing is None:
            return Record(problem="网页里没有文字")
        offered = bool(listing.price or listing.contacts)
        return Record(f"{listing.title}\n{listing.body}", unit.id or default, offered=offered)
    return Record(f"{unit.title}\n{unit.body}", unit.id or default, offered=unit.offered)


def _from_json(raw: bytes, default: str) -> Record:
    line, problem = decode_line(raw)
    if problem:
        return Record(problem=problem)
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Record(problem=f"不是合法的 JSON（第 {getattr(error, 'pos', 0) + 1} 个字符处）")
    if not isinstance(data, dict):
        return Record(problem="这一行不是 JSON 对象（应为 {…}）")
    try:
        title, body = _field(data, TITLE_NAMES), _field(data, BODY_NAMES)
    except TypeError as error:
        return Record(problem=str(error))
    if title is None and body is None:
        return Record(problem="缺少 title 和 body")
    identity = next((data[name] for name in ID_NAMES if data.get(name) is not None), default)
    identity = identity if isinstance(identity, (str, int)) else str(identity)
    offered = any(_is_said(data.get(name)) for name in (*PRICE_NAMES, *CONTACT_NAMES))
    return Record(f"{title or ''}\n{body or ''}", identity, offered=offered)


def _is_said(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _field(data: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = data.get(name)
        if value is None:
            continue
        if isinstance(value, (str, int, float)):
            return str(value)
        raise TypeError(f"{name} 应为文字")
    return "" if any(name in data for name in names) else None


def read_html(unit: Unit) -> Listing | None:
    """An archived page, read as the generic platform reads it; nothing where it has no text."""
    from datetime import UTC, datetime

    from crawler.items import Fetch
    from crawler.reading.page import parse

    url = unit.id if unit.id and unit.id.startswith(("http://", "https://")) else "http://archive.invalid/"
    page = parse(unit.raw, url, content_type=unit.content_type)
    # the date is of no interest here: only what the page says is judged
    listing = _reader().read(page, Fetch(url=url, fetched_at=datetime(2000, 1, 1, tzinfo=UTC)), key=url)
    return listing if listing and (listing.title or listing.body) else None


@cache
def _reader() -> Any:
    from crawler.config import Site
    from crawler.reading.offer import Reader

    return Reader.of(Site(name="archive", platform="generic", start=("http://archive.invalid/",)))
