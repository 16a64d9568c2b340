"""One shard: its texts judged in order, its results written whole, then its mark."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wangdun.bulk.findings import finding, writing
from wangdun.bulk.folder import KEPT_PROBLEMS, VERDICTS, Done, Input, Order, done, touched
from wangdun.bulk.keeping import sha256_of, whole
from wangdun.inputs import Unit, read_part, read_units
from wangdun.scan import batches, read_batch, weight
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keywords.detector import Detector
    from wangdun.bulk.cutting import Shard
    from wangdun.cores import Cores


@dataclass(frozen=True, slots=True)
class Failed:
    """A shard that could not be read at all: it is tried again by the next call."""

    order: Order
    why: str
    """Chinese."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a batch."""

    findings: tuple[dict[str, Any], ...]
    verdicts: dict[str, int]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Units on their way to whoever judges them."""

    units: list[Unit]
    least: str


def scan_shard(order: Order, detector: Detector) -> Done | Failed:
    """Do one shard from its beginning; doing it again changes nothing.

    Raises:
        OSError: the results cannot be written.
    """
    found = (judge_batch(_Batch(batch, order.least), detector) for batch in batches(shard_units(order.shard)))
    return _scan(order, detector.version, found)


def scan_on_all(order: Order, cores: Cores) -> Done | Failed:
    """The same with all cores at this one shard. Raises OSError, WorkersLost."""
    given = (_Batch(batch, order.least) for batch in batches(shard_units(order.shard)))
    return _scan(order, cores.detector.version, cores.map(judge_batch, given, lambda one: weight(one.units)))


def _scan(order: Order, lexicon: str, found: Iterable[Found]) -> Done | Failed:
    try:
        given = Input.of(order.shard)
    except OSError as error:
        return Failed(order, why(error))
    known = done(order)
    if known is not None and known.lexicon == lexicon and known.input.sha256 == given.sha256:
        return _marked(known, given)
    made = _written(order, lexicon, given, found)
    try:
        if touched(order.shard) != (given.size, given.changed_ns):
            return Failed(order, "检测期间文件有改动，没有采用结果")
    except OSError as error:
        return Failed(order, why(error))
    return _marked(made, given)


def _marked(made: Done, given: Input) -> Done:
    facts = {name: getattr(made, name) for name in Done.__slots__}
    whole_mark = Done(**facts | {"input": given})
    whole_mark.save()
    return whole_mark


def _written(order: Order, lexicon: str, given: Input, found: Iterable[Found]) -> Done:
    verdicts: Counter[str] = Counter()
    told: list[str] = []
    problems = written = 0
    with whole(order.results) as half:
        with writing(half, order.form) as sink:
            for batch in found:
                for one in batch.findings:
                    sink.add(one)
                verdicts.update(batch.verdicts)
                told += batch.problems[: KEPT_PROBLEMS - len(told)]
                problems, written = problems + len(batch.problems), written + len(batch.findings)
        results = (half.stat().st_size, sha256_of(half))
    counts = {verdict: verdicts[verdict] for verdict in VERDICTS}
    return Done(order, lexicon, given, *results, verdicts.total(), written, counts, problems, tuple(told))


def judge_batch(batch: _Batch, detector: Detector) -> Found:
    """Judge the texts of a batch; what a worker does."""
    ready, problems = read_batch(batch.units)
    texts = [record.text for _, record in ready]
    found = detector.detect_many(texts, offered=[record.offered for _, record in ready])
    wanted = VERDICTS[: VERDICTS.index(batch.least) + 1]
    findings = tuple(
        finding(unit.source, unit.line, record.id, record.text, detection)
        for (unit, record), detection in zip(ready, found, strict=True)
        if detection.verdict.value in wanted
    )
    return Found(findings, dict(Counter(one.verdict.value for one in found)), tuple(problems))


def shard_units(shard: Shard) -> Iterator[Unit]:
    """The units of a shard; a tear in the file is one of them."""
    try:
        if shard.part is None:
            yield from read_units(shard.source, shard.kind, shard.encoding)
        else:
            yield from read_part(shard.source, shard.kind, shard.encoding, shard.part)
    except OSError as error:  # all that came before it is judged
        yield Unit(shard.source, 0, "bad", body=f"读取中断：{why(error)}")
