"""Which encoding a file is written in, by what it begins with; lines of UTF-16, whose ends are not single bytes."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Final

from wangdun.bulk.unpacking import AHEAD as SNIFFED

if TYPE_CHECKING:
    from collections.abc import Iterator

BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FEWEST_ZEROS: Final = 4  # of fewer the sides say nothing
ONE_SIDE: Final = 4  # times as many as on the other, where those of 一 (U+4E00) and its like stand
ASCII_SHARE: Final = 0.2  # of zero bytes: no text of single bytes has so many
MEANT: Final = 0.9  # of the characters are such as people write here
WRITTEN: Final = re.compile("[\t\r\n -~\u2000-\u206f\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")


def text_encoding(file: io.BufferedReader) -> str:
    """UTF-8, UTF-16 (with or without a mark) or GB 18030; `file` is not read on."""
    sample = file.peek(SNIFFED)[:SNIFFED]
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=False)
    except UnicodeDecodeError:
        wide = _unmarked(sample)
        text = sample[: len(sample) // 2 * 2].decode(wide, "replace") if wide else ""
        return wide if wide and len(WRITTEN.findall(text)) >= MEANT * len(text) else "gb18030"
    # UTF-16 of ASCII alone is UTF-8, too, and half of it zeros
    return _unmarked(sample) if sample.count(0) >= len(sample) * ASCII_SHARE and _unmarked(sample) else "utf-8"


def _unmarked(sample: bytes) -> str:
    """UTF-16 as it would be without a mark: the zeros of its ASCII characters stand on one side of the pairs."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if most < FEWEST_ZEROS or least * ONE_SIDE > most:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def is_wide(encoding: str | None) -> bool:
    """Whether a line end is more than one byte."""
    return (encoding or "").lower().replace("-", "").replace("_", "").startswith(("utf16", "utf32"))


def wide_lines(file: io.BufferedReader, encoding: str, errors: str, most: int) -> Iterator[tuple[int, str | None]]:
    """(number, line without its end) of each line that is not blank; None for one of more than `most` characters."""
    number = 0
    with io.TextIOWrapper(file, encoding, errors=errors) as lines:
        while line := lines.readline(most):
            number += 1
            if len(line) == most and not line.endswith("\n"):
                while (rest := lines.readline(most)) and not rest.endswith("\n"):
                    pass
                yield number, None
            elif line.strip("\ufeff \t\r\n"):
                yield number, line.strip("\r\n\ufeff")
