"""jieba's prefix dictionary with the lexicon's words, kept in a private folder: building it takes a second of CPU.

The kept copy is text, one bucket for each first character, and a bucket is read when a window needs it: a process that
looks at some thousand candidates holds a small part of the half million words.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import tempfile
import zlib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NAME = "jieba-prefixes.bin"
FORMAT = 1  # raise it when the file changes its shape
PRIVATE = 0o700
OTHERS = 0o077  # permission bits of everybody but the owner
MOST_HEADER = 4096  # bytes; an honest header has some 250
log = logging.getLogger(__name__)


class Dictionary:
    """What jieba's tokenizer looks words up in; may know only a part of them until `need` is called."""

    def __init__(
        self, counts: dict[str, int], total: int, text: bytes = b"", places: Mapping[str, Any] | None = None
    ) -> None:
        """`text`, `places`: buckets that are not in `counts` yet, first character -> offset and length."""
        self.counts = counts
        """Word, or beginning of one, -> count; jieba's ``FREQ``."""
        self.total = total
        self._text, self._places = text, dict(places or {})
        self._waiting = frozenset(self._places)

    def lines(self) -> bytes:
        """Return all words, the beginnings of words among them, and their counts by turns, one a line."""
        if self._text:
            places = self._places.values()
            return b"\n".join([self._text[offset : offset + length] for offset, length in places])
        known = self.counts
        return "\n".join(chain.from_iterable(zip(known, map(str, known.values()), strict=True))).encode()

    def need(self, chars: str) -> None:
        """Make sure that all words that begin with one of `chars` are in `counts`; threads may call it at once."""
        missing = self._waiting.intersection(chars)
        if missing:
            for char in missing:
                offset, length = self._places[char]
                self.counts.update(_words(self._text[offset : offset + length]))
            self._waiting -= missing


def load_dictionary(words: Sequence[str], folder: Path | None) -> Dictionary:
    """Return jieba's dictionary with `words` added, from `folder` where a current copy is, else built (and kept there).

    Nothing is raised for a folder that cannot be used: building is always possible.
    """
    if folder is None:
        return _build(words)
    import jieba

    facts = _facts(Path(jieba.__file__).with_name(jieba.DEFAULT_DICT_NAME), jieba.__version__, words)
    kept = _read(folder, facts)
    if kept is not None:
        return kept
    built = _build(words)
    try:
        _write(folder, facts, built)
    except OSError as error:  # full, read-only: the next process builds it again
        log.warning("jieba's dictionary is not kept: %s", error)
    return built


def _build(words: Iterable[str]) -> Dictionary:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # Filled in by hand: `initialize` would marshal-load a cache from the shared temporary folder.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for word in words:
        tokenizer.add_word(word)
    return Dictionary(tokenizer.FREQ, tokenizer.total)


def _facts(source: Path, version: str, words: Iterable[str]) -> dict[str, Any]:
    """Return what a kept copy must have been made from."""
    found = source.stat()
    added = hashlib.sha256("\n".join(words).encode()).hexdigest()
    return {"format": FORMAT, "jieba": version, "size": found.st_size, "mtime": found.st_mtime_ns, "words": added}


def _words(bucket: bytes) -> dict[str, int]:
    parts = bucket.decode().split("\n")
    return dict(zip(parts[::2], map(int, parts[1::2]), strict=True))


def _is_private(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & OTHERS


def _read(folder: Path, facts: Mapping[str, Any]) -> Dictionary | None:
    """Return the kept dictionary, or nothing where there is any doubt: another owner, other facts, damage."""
    try:
        if not _is_private(folder.stat()):
            return None
        with os.fdopen(os.open(folder / NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or not _is_private(found):
                return None
            header = json.loads(file.readline(MOST_HEADER))
            index, text = file.readline(), file.read()
        places, total = json.loads(index), header["total"]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return None
    if header != {**facts, "total": total, "crc": zlib.crc32(text, zlib.crc32(index))}:
        return None
    return Dictionary({}, total, text, places)


def _write(folder: Path, facts: Mapping[str, Any], built: Dictionary) -> None:
    """Keep the dictionary, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    if not _is_private(folder.stat()):
        log.warning("jieba's dictionary is not kept: others may use the folder %s", folder)
        return
    index, text = _packed(built.counts)
    header = json.dumps({**facts, "total": built.total, "crc": zlib.crc32(text, zlib.crc32(index))})
    handle, name = tempfile.mkstemp(dir=folder, prefix=NAME)  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(header.encode() + b"\n" + index + text)
        Path(name).replace(folder / NAME)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _packed(counts: Mapping[str, int]) -> tuple[bytes, bytes]:
    """Return (index line, buckets): each bucket is words and counts by turns, one a line."""
    buckets: dict[str, list[str]] = {}
    for word, count in counts.items():
        buckets.setdefault(word[:1], []).extend((word, str(count)))
    places, parts, offset = {}, [], 0
    for char, lines in buckets.items():
        part = "\n".join(lines).encode()
        places[char] = (offset, len(part))
        parts.append(part)
        offset += len(part)
    return json.dumps(places).encode() + b"\n", b"".join(parts)
