"""A compiled lexicon with local files, kept in a private folder: compiling takes a second, reading a tenth of it."""

from __future__ import annotations

import hashlib
import json
import logging
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from keywords import private

HERE = Path(__file__).resolve().parent
NAME = "lexicon.bin"
FAST = 1  # zlib's level: a twelfth of the size for 60 ms, the best level would halve that for a second
MOST_BYTES = 1 << 28  # unpacked; the packaged lexicon has 6 MB, a file that unpacks to more is not ours
log = logging.getLogger(__name__)


def read(folder: Path, version: str) -> dict[str, Any] | None:
    """Return the kept lexicon of that version; None where there is any doubt: another version, owner, damage."""
    raw = private.read(folder, NAME)
    if raw is None:
        return None
    header, _, packed = raw.partition(b"\n")
    if header != _header(version, packed):
        return None
    try:
        compiled = json.loads(zlib.decompressobj().decompress(packed, MOST_BYTES))
    except (zlib.error, ValueError, RecursionError):
        return None
    return compiled if isinstance(compiled, dict) and compiled.get("version") == version else None


def write(folder: Path, version: str, compiled: dict[str, Any]) -> None:
    """Keep the lexicon, whole or not at all; a folder that cannot be used is no failure."""
    packed = zlib.compress(json.dumps(compiled, ensure_ascii=False, separators=(",", ":")).encode(), FAST)
    try:
        private.write(folder, NAME, _header(version, packed) + b"\n" + packed)
    except OSError as error:  # full, read-only: the next process compiles again
        log.warning("the compiled lexicon is not kept: %s", error)


def _header(version: str, packed: bytes) -> bytes:
    digest = hashlib.sha256(_code() + version.encode() + packed).hexdigest()
    return f"wangdun-lexicon {version} {digest}".encode()


@cache
def _code() -> bytes:
    """Return the hash of the code that compiles: a newer program does not read what an older one made."""
    digest = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()
