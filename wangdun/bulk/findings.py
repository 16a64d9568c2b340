"""What a bulk scan writes of each text that it found something in: the verdict, every reason, where it stands."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from wangdun.output import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from keywords.results import Detection
    from wangdun.bulk.folder import Form

AROUND: Final = 60  # characters before and after the weightiest hit: two lines of a screen
GROUP: Final = 2_000  # findings held in memory: some 4 MB
WRITTEN: Final = (
    "id",
    "source",
    "line",
    "verdict",
    "score",
    "intent",
    "departments",
    "terms",
    "excerpt",
    "explanation",
)
"""Columns of the Parquet form; in the other one `explanation` is a JSON object, not its text."""


def finding(source: str, line: int, identity: Any, text: str, detection: Detection) -> dict[str, Any]:
    """One text with all that explains its verdict; offsets count code points of title, newline, body."""
    facts = detection.as_dict()
    explained = ("hits", "factors", "suppressed", "claims", "flags", "lexicon_version")
    return {
        "id": identity,
        "source": source,
        "line": line,
        **{name: facts[name] for name in ("verdict", "score", "intent", "departments")},
        "terms": list(dict.fromkeys(hit.term for hit in detection.hits)),
        "excerpt": _excerpt(text, detection),
        "explanation": {name: facts[name] for name in explained},
    }


def _excerpt(text: str, detection: Detection) -> str:
    heaviest = max(detection.hits, key=lambda hit: hit.weight, default=None)
    if heaviest is None:
        return text[: 2 * AROUND].strip()
    return text[max(0, heaviest.start - AROUND) : heaviest.end + AROUND].strip()


class Sink(Protocol):
    """Takes findings in order."""

    def add(self, found: Mapping[str, Any]) -> None:
        """Write one. Raises OSError."""


@contextmanager
def writing(path: Path, form: Form) -> Iterator[Sink]:
    """Write findings to a file. Raises OSError."""
    if form == "jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield _Lines(file)
        return
    from pyarrow import parquet

    with parquet.ParquetWriter(str(path), _schema(), compression="zstd") as writer:
        rows = _Rows(writer)
        yield rows
        rows.flush()


class _Lines:
    def __init__(self, file: Any) -> None:
        self._file = file

    def add(self, found: Mapping[str, Any]) -> None:
        self._file.write(json_text(found) + "\n")


class _Rows:
    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._rows: list[dict[str, Any]] = []

    def add(self, found: Mapping[str, Any]) -> None:
        explained = json_text(found["explanation"])
        texts = {name: _storable(found[name]) for name in ("source", "excerpt")}
        self._rows.append({**found, **texts, "id": _storable(str(found["id"])), "explanation": explained})
        if len(self._rows) == GROUP:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, _schema()))
            self._rows = []


def _storable(text: str) -> str:
    """Arrow's texts are UTF-8."""
    return text.encode("utf-8", "replace").decode()


@cache
def _schema() -> Any:
    import pyarrow as pa

    kinds = dict.fromkeys(WRITTEN, pa.string()) | {"line": pa.int64(), "score": pa.float64()}
    kinds |= {"departments": pa.list_(pa.string()), "terms": pa.list_(pa.string())}
    return pa.schema(list(kinds.items()))
