"""Bytes of a page become text, whatever the page says about its own encoding."""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_UTF8 = "utf-8"
_CHINESE = "gb18030"
_TRADITIONAL = "big5hkscs"
_WESTERN = "cp1252"

_BOMS = (
    (codecs.BOM_UTF8, _UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its first two bytes are the UTF-16 mark
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))

# An allow-list: Python also has codecs (unicode_escape, utf-7, idna) that no page may choose.
_LABELS = {
    **dict.fromkeys(("utf8", "unicode11utf8", "utf8mb4"), _UTF8),
    # Pages that say gb2312 use GBK, and those that say GBK use characters of GB 18030, its superset.
    **dict.fromkeys(
        ("gb2312", "gb231280", "gbk", "xgbk", "cp936", "ms936", "euccn", "gb18030", "gb180302005"), _CHINESE
    ),
    **dict.fromkeys(("big5", "big5hkscs", "xxbig5", "cp950", "ms950", "cnbig5", "big5eten"), _TRADITIONAL),
    **dict.fromkeys(("utf16", "utf16le"), "utf-16-le"),
    "utf16be": "utf-16-be",
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "cp932", "windows31j"), "cp932"),
    **dict.fromkeys(("eucjp", "xeucjp"), "euc_jp"),
    **dict.fromkeys(("euckr", "cp949", "ksc56011987", "windows949"), "cp949"),
    **{
        f"windows125{digit}": f"cp125{digit}" for digit in range(9) if digit != 2
    },  # 1252 is a server default, see below
    **dict.fromkeys(("tis620", "windows874"), "cp874"),
    "koi8r": "koi8_r",
}
# Apache and old editors announce Latin-1 without looking: such a label decides nothing about a Chinese page.

_META = re.compile(
    rb"""<(?:meta\b[^<>]{0,400}?\bcharset|\?xml\b[^<>]{0,200}?\bencoding)\s{0,9}=\s{0,9}["']?\s{0,9}([\w:.+-]{2,40})""",
    re.IGNORECASE,
)
_META_REACH = 4096  # bytes; HTML asks for 1,024, real pages put scripts before the meta element
_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w:.+-]{2,40})""", re.IGNORECASE)

_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)])  # what lxml refuses below U+0020; tab, LF and CR are text
_CLEAN = dict.fromkeys(_CONTROLS) | {0x0B: " ", 0x0C: " ", 0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
_CLEAN |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ASCII = bytes(range(128))
_HIGH = re.compile(rb"[\x80-\xff]{0,400}")  # 200 characters without ASCII are longer than any sentence
_MENDED = 1000  # broken places worth mending; a body with more is no text
_STEP = "wangdun-fall-into-step"
_SAMPLE = 4000  # bytes; enough Chinese to tell GBK from Big5


def decode(body: bytes, content_type: str | None = None, declared: str | None = None) -> tuple[str, str]:
    """Decode a page: (text, Python name of the encoding used); never raises.

    Byte order mark, then `declared` (the site's configuration), then valid UTF-8 beyond ASCII whatever the page says,
    then the Content-Type header, then the page's meta element, then the bytes themselves. A label that does not fit
    the bytes is passed over. Unreadable bytes become U+FFFD; control characters that lxml refuses are removed.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _finish(body[len(mark) :].decode(encoding, "replace")), encoding
    if (own := _encoding_of(declared)) is not None:
        return _finish(_read_pairs(body, own)), own
    for start, encoding in _UNMARKED_UTF16:
        if body.startswith(start):
            return _finish(body.decode(encoding, "replace")), encoding
    text = _read_utf8(body)
    if text is None:
        text, encoding = _decode_other(body, content_type)
    else:
        text, encoding = _weigh_utf8(text, body, content_type)
    return _finish(text, body), encoding


def _weigh_utf8(text: str, body: bytes, content_type: str | None) -> tuple[str, str]:
    """Valid UTF-8 is UTF-8; only what reads the same, or reads as nothing but two-byte letters, hears the label."""
    label = next(_announced(body, content_type), _UTF8)
    if label in {_CHINESE, _TRADITIONAL} and "\u0100" <= max(text, default="") < "\u0800":
        # A few GBK characters can be valid UTF-8: 一 reads as a Cyrillic letter.
        chinese = body.decode(label, "replace")
        return (text, _UTF8) if "\ufffd" in chinese else (chinese, label)
    if len(text) == len(body) and not label.startswith("utf-16"):
        return text, label
    return text, _UTF8


def _read_utf8(body: bytes) -> str | None:
    """Strict UTF-8; a last character cut off by the end of the body is forgiven."""
    try:
        text, used = codecs.utf_8_decode(body, "strict", False)  # noqa: FBT003  # C function, takes no keywords
    except UnicodeDecodeError:
        return None
    return text if used == len(body) else text + "\ufffd"


def _decode_other(body: bytes, content_type: str | None) -> tuple[str, str]:
    high = len(body) - len(body.translate(None, bytes(range(128, 256))))
    text = body.decode(_UTF8, "replace")
    wrong = text.count("\ufffd")
    if wrong * 10 <= (high - wrong) // 3:  # one in ten: GBK read as UTF-8 is wrong eight times in nine
        return text, _UTF8
    announced = list(_announced(body, content_type))
    if _UTF8 in announced and wrong * 2 <= (high - wrong) // 3:  # the label counts: one in two
        return text, _UTF8
    for encoding in announced:
        text = _read_pairs(body, encoding)
        if text.count("\ufffd") <= 1 + high // 40:  # one broken place, or 5 % of double-byte characters
            return text, encoding
    return _detect(body)


def _announced(body: bytes, content_type: str | None) -> Iterator[str]:
    """Encodings that the header and the page name, known ones only, header first."""
    header = _HEADER.search(content_type or "")
    if header and (encoding := _encoding_of(header[1])) is not None:
        yield encoding
    for match in _META.finditer(body[:_META_REACH]):
        if (encoding := _encoding_of(match[1].decode("latin-1"))) is not None:
            yield encoding


def _encoding_of(label: str | None) -> str | None:
    return _LABELS.get(re.sub(r"[\W_]", "", label.lower())) if label else None


def _detect(body: bytes) -> tuple[str, str]:
    """No usable label: the reading with the most everyday Chinese characters wins."""
    best, share = _WESTERN, 0.3  # a reading with less than a third of everyday characters is no Chinese
    start = len(body) - len(body.lstrip(_ASCII))
    for encoding in (_CHINESE, _TRADITIONAL):
        sample = [char for char in body[start : start + _SAMPLE].decode(encoding, "replace") if char > "\u00ff"]
        found = sum(char in _everyday(encoding) for char in sample) / max(len(sample), 1)
        if found > share:
            best, share = encoding, found
    return _read_pairs(body, best), best


def _read_pairs(body: bytes, encoding: str) -> str:
    """Decode; after a broken byte in double-byte text, go on where the following characters fall into step again."""
    text = body.decode(encoding, "replace")
    if encoding in {_CHINESE, _TRADITIONAL} and 0 < text.count("\ufffd") <= _MENDED:
        return body.decode(encoding, _STEP)
    return text


def _fall_into_step(error: UnicodeError) -> tuple[str, int]:
    """Skip one byte, or two when that leaves an even number of bytes before the next ASCII character."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    run = _HIGH.match(error.object, error.start + 1)
    odd = (run.end() - run.start()) % 2 if run else 0
    return "\ufffd", error.start + 1 + odd


codecs.register_error(_STEP, _fall_into_step)


@cache
def _everyday(encoding: str) -> frozenset[str]:
    """Level 1 of the standard: GB 2312 rows B0 to D7, Big5 rows A4 to C6, ordered by their makers by frequency."""
    leads = range(0xB0, 0xD8) if encoding == _CHINESE else range(0xA4, 0xC7)
    trails = range(0xA1, 0xFF) if encoding == _CHINESE else (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    pairs = bytes(byte for lead in leads for trail in trails for byte in (lead, trail))
    return frozenset(pairs.decode(encoding, "ignore")) | frozenset("，。、：；！？（）《》“”　")


def _finish(text: str, body: bytes | None = None) -> str:
    """Take out what lxml refuses; the tests come first because they are ten times cheaper than the cure."""
    probe = text.encode("utf-8", "replace") if body is None else body
    dirty = len(probe.translate(None, _CONTROLS)) != len(probe) or "\ufffe" in text or "\uffff" in text
    return text.translate(_CLEAN) if dirty or (body is None and _SURROGATE.search(text)) else text
