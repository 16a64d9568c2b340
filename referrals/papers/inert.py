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


def inert(text: str, longest: int = LONGEST) -> str:
    """`text` harmless on paper: newlines stay, what controls, turns or hides text is told by its code, 〔U+001B〕."""
    if len(text) > longest:
        text = text[:longest] + CUT
    return HARMFUL.sub(_shown, text.replace("\r\n", "\n"))


def or_blank(text: str | None) -> str:
    """The value, or a line to write on."""
    return text if text and text.strip() else BLANK


def _shown(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code == 0x09:  # a tab is only white space
        return " "
    return f"〔U+{code:04X}〕"
