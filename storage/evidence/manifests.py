"""The manifest of a capture: all that is known of it and its files' hashes, as one canonical JSON file.

It is kept like any other file, its SHA-256 is the capture's digest, and from it alone the capture's rows can be made
again: a capture is complete once its manifest is there.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib import metadata
from typing import TYPE_CHECKING, Any

from storage.columns import as_utc, clean, encode_json, fit
from storage.evidence.records import StoredFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.evidence.records import Capture, CaptureDraft

FORMAT = "wangdun-capture/1"
LONGEST = 16 << 20  # bytes: facts are some kilobytes; what is larger is no manifest and is not parsed
FILE_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is sealed of a capture. Texts are as the database holds them."""

    site_id: int
    site: str
    key: str
    url: str
    kind: str
    cause: str
    taken_at: datetime
    sealed_at: datetime
    actor: str
    facts: dict[str, Any]
    run_id: int | None
    missing: str
    files: tuple[StoredFile, ...]
    software: str

    def encode(self) -> bytes:
        """Canonical JSON: keys sorted, no spaces, UTF-8; times ISO 8601 in UTC with microseconds."""
        values = {name: getattr(self, name) for name in self.__slots__}
        values["files"] = [asdict(one) for one in self.files]
        values["taken_at"], values["sealed_at"] = iso(self.taken_at), iso(self.sealed_at)
        return canonical({"format": FORMAT, **values})


def canonical(value: Any) -> bytes:
    """The one way in which a value is written before it is hashed. No NaN, no lone surrogate may be in it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(content: bytes) -> str:
    """SHA-256 (hex) of a manifest's bytes."""
    return sha256(content).hexdigest()


def iso(moment: datetime) -> str:
    """``2026-11-22T04:51:26.000000+00:00``."""
    return as_utc(moment).isoformat(timespec="microseconds")


def storable(value: Any) -> Any:
    """A JSON value as either database gives it back."""
    return json.loads(encode_json(value))


@cache
def software_version() -> str:
    """Name and version of this software."""
    try:
        return f"wangdun {metadata.version('wangdun')}"
    except metadata.PackageNotFoundError:  # run from a checkout that nobody installed
        return "wangdun"


def write(draft: CaptureDraft, files: Sequence[StoredFile], *, missing: str, actor: str, now: datetime) -> Manifest:
    """The manifest of a draft whose files are kept."""
    return Manifest(
        site_id=draft.site_id,
        site=fit(draft.site),
        key=fit(draft.key),
        url=clean(draft.url),
        kind=draft.kind,
        cause=clean(draft.cause),
        taken_at=as_utc(draft.taken_at),
        sealed_at=as_utc(now),
        actor=clean(actor),
        facts=storable(draft.facts),
        run_id=draft.run_id,
        missing=clean(missing),
        files=tuple(files),
        software=software_version(),
    )


def read(content: bytes) -> Manifest:
    """The manifest that `content` is.

    Raises:
        ValueError: it is none.
    """
    if not content.startswith(b'{"actor":') or len(content) > LONGEST:
        raise ValueError("no manifest")
    try:
        values = json.loads(content)
        if values.pop("format") != FORMAT:
            raise ValueError("no manifest of this format")
        values["files"] = tuple(_file(StoredFile(**one)) for one in values["files"])
        values["taken_at"], values["sealed_at"] = _moment(values["taken_at"]), _moment(values["sealed_at"])
        made = Manifest(**values)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no manifest") from error
    if made.encode() != content:  # any other way to write it is not what we wrote
        raise ValueError("not canonical")
    return made


def _file(file: StoredFile) -> StoredFile:
    if not HASH.fullmatch(file.sha256) or not FILE_NAME.fullmatch(file.name):
        raise ValueError("no file of ours")
    return file


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


COMPARED = {
    "site_id": "站点编号",
    "key": "信息编号",
    "url": "网址",
    "kind": "种类",
    "cause": "起因",
    "taken_at": "固定时间",
    "sealed_at": "封存时间",
    "facts": "固定信息",
    "run_id": "采集编号",
    "missing": "缺失说明",
    "files": "文件清单",
}


def differences(manifest: Manifest, capture: Capture) -> list[str]:
    """What the database says otherwise than the manifest, in Chinese; a site's name may change."""
    found = [text for name, text in COMPARED.items() if getattr(manifest, name) != getattr(capture, name)]
    if capture.run_id is None and found == [COMPARED["run_id"]]:
        return []  # recovered into a database that does not know the run
    return found
