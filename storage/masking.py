"""Hides personal data in texts: pure. Lengths stay, so that offsets of hits stay valid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.records import ContactRecord

_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
# a name of a messenger, up to four signs or spaces, then an identifier; each repetition is bounded
_MESSENGER = re.compile(
    r"(?:微信号?|薇信|威信|vx|v信|wx|weixin|wechat|qq群?|扣扣|支付宝)[ :：=+号是加]{0,4}([a-z0-9][a-z0-9_\-]{4,29})",
    re.IGNORECASE,
)
PHONE_DIGITS = 11


def mask(text: str) -> str:
    """``13800001234`` → ``138****1234``, ``demo_shop`` → ``de******p``; short ones keep their first character."""
    if len(text) >= PHONE_DIGITS and sum(char.isdigit() for char in text) >= PHONE_DIGITS:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    if len(text) <= 4:  # two shown of four would be half of it
        return text[:1] + "*" * (len(text) - 1)
    return text[:2] + "*" * (len(text) - 3) + text[-1]


def mask_in(text: str, contacts: Iterable[ContactRecord], more: Iterable[tuple[int, int]] = ()) -> str:
    """`text` with each known contact, and whatever plainly reads as one, masked in place.

    `more` are spans (start, end) that the caller found besides, such as disguised numbers.
    """
    shown = list(text)
    for start, end in {*_spans(text, contacts), *more}:  # all found in the text itself: one may lie within another
        for place, char in enumerate(mask(text[start:end]), start):
            if char == "*":
                shown[place] = char
    return "".join(shown)


def _spans(text: str, contacts: Iterable[ContactRecord]) -> set[tuple[int, int]]:
    written = {form for contact in contacts for form in (contact.text, contact.value) if len(form) > 1}
    found = {match.span() for form in written for match in re.finditer(re.escape(form), text)}
    found.update(match.span(1) for match in _MESSENGER.finditer(text))
    return found.union(match.span() for match in _MOBILE.finditer(text))
