"""Detection over files: units in, JSON lines out, in order, over all cores, in flat memory."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from wangdun.inputs import BODY_NAMES, CONTACT_NAMES, ID_NAMES, PRICE_NAMES, TITLE_NAMES, Unit, read_line
from wangdun.output import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.items import Listing
    from keywords.detector import Detector
    from keywords.results import Detection
    from wangdun.cores import Cores

BATCH_UNITS = 256  # a batch takes some 10 ms: the cost of passing it on is small beside it
BATCH_BYTES = 1 << 20  # so that long texts do not pile up
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


def judge_all(units: Iterable[Unit], cores: Cores) -> Iterator[Judged]:
    """Judge every unit, in order, on all cores that `cores` has.

    Raises:
        WorkersLost: workers died twice.
    """
    return cores.map(judge, batches(units), weight)


def weight(batch: list[Unit]) -> int:
    """Roughly, in bytes."""
    return sum(unit.size for unit in batch)


def judge(batch: list[Unit], detector: Detector) -> Judged:
    """Read and judge one batch."""
    ready, problems = read_batch(batch)
    records = [record for _, record in ready]
    found = detector.detect_many([record.text for record in records], offered=[record.offered for record in records])
    lines = [
        json_text(answer(unit, record.id, detection)) for (unit, record), detection in zip(ready, found, strict=True)
    ]
    flagged = sum(detection.verdict.value in {"alert", "review"} for detection in found)
    return Judged(tuple(lines), tuple(problems), flagged)


def read_batch(batch: Iterable[Unit]) -> tuple[list[tuple[Unit, Record]], list[str]]:
    """(what can be judged, what is wrong with the rest and where bytes were lost)."""
    ready: list[tuple[Unit, Record]] = []
    problems: list[str] = []
    for unit in batch:
        try:
            record = read_record(unit)
        except Exception as error:  # noqa: BLE001 -- whatever a hostile page finds in a parser, all others are judged
            record = Record(problem=f"无法解析（{type(error).__name__}）")
        if record.problem and unit.torn:
            continue
        if record.problem:
            problems.append(f"{unit.source}:{unit.line}：{record.problem}")
        else:
            ready.append((unit, record))
        if record.lost:
            problems.append(f"{unit.source}:{unit.line}：{record.lost} 处字节无法识别，以“�”代替，其余照常检测")
    return ready, problems


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
    lost: int = 0
    """Places of the line whose bytes are no characters."""


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
    return Record(f"{unit.title}\n{unit.body}", unit.id or default, offered=unit.offered, lost=unit.lost)


def _from_json(raw: bytes, default: str) -> Record:
    line, lost = read_line(raw)
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        if lost:
            return Record(problem="编码无法识别（不是 UTF-8，也不是 GB18030），也不是合法的 JSON")
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
    return Record(f"{title or ''}\n{body or ''}", identity, offered=offered, lost=lost)


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
