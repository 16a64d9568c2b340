"""Hides personal data in what leaves the case circle; lengths stay, so that offsets of hits stay valid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.records import ContactRecord

_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
PHONE_DIGITS = 11


def mask(text: str) -> str:
    """``13800001234`` → ``138****1234``, ``demo_shop`` → ``de******p``; short ones keep their first character."""
    if len(text) >= PHONE_DIGITS and sum(char.isdigit() for char in text) >= PHONE_DIGITS:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    if len(text) <= 4:  # two shown of four would be half of it
        return text[:1] + "*" * (len(text) - 1)
    return text[:2] + "*" * (len(text) - 3) + text[-1]


def mask_in(text: str, contacts: Iterable[ContactRecord]) -> str:
    """`text` with each known contact, and anything that looks like a mobile number, masked in place."""
    written = {form for contact in contacts for form in (contact.text, contact.value) if len(form) > 1}
    for form in sorted(written, key=len, reverse=True):  # the longer first: one may lie within another
        text = text.replace(form, mask(form))
    return _MOBILE.sub(lambda found: mask(found.group()), text)
