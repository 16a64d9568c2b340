"""Text from pages made fit for paper: no control characters, no reversed reading, no endless line."""

from __future__ import annotations

import re

BLANK = "______"
"""Where a person has to write."""
LONGEST = 1200  # characters of one value on paper: a page and a half; the whole lies in the evidence package
CUT = "……（过长，已截断；全文见证据包）"

# C0 but the newline, DEL, C1, bidi marks and overrides, line separators, zero-width and lone surrogates, non-characters
HARMFUL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)

# what Chinese typefaces hold: Latin, Greek, Cyrillic, punctuation, arrows, numbers, kana, Han; the rest is told by number
_SHOWN = re.compile(
    "[^\n\x20-\x7e\xa0-\xff\u0391-\u03c9\u0410-\u044f\u2010-\u201f\u2026\u2030\u203b\u2103\u2116\u2160-\u216b"
    "\u2190-\u2193\u2400-\u241f\u2460-\u249b\u25a0\u25a1\u25b2\u25b3\u25c6\u25c7\u25cb\u25cf\u2605\u2606\u2713"
    "\u3000-\u3017\u3041-\u3096\u30a1-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e\uffe5\ufffd]"
)


def inert(text: str, longest: int = LONGEST) -> str:
    """`text` harmless on paper: newlines stay, what controls, turns or hides text is told by its code, 〔U+001B〕."""
    if len(text) > longest:
        text = text[:longest] + CUT
    return HARMFUL.sub(_shown, text.replace("\r\n", "\n"))


def showable(text: str) -> str:
    """`text` with what no Chinese typeface holds told by its number."""
    return _SHOWN.sub(lambda found: f"〔U+{ord(found.group()):04X}〕", text)


def or_blank(text: str | None) -> str:
    """The value, or a line to write on."""
    return text if text and text.strip() else BLANK


def _shown(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code == 0x09:  # a tab is only white space
        return " "
    return f"〔U+{code:04X}〕"
