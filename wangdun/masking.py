"""Hides personal data in what leaves the case circle; lengths stay, so that offsets of hits stay valid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.fields.contact import contact_spans

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
    """`text` with each known contact, and whatever reads as a contact, disguised or not, masked in place."""
    shown = list(text)
    for start, end in _spans(text, contacts):  # all found in the text itself: one may lie within another
        for place, char in enumerate(mask(text[start:end]), start):
            if char == "*":
                shown[place] = char
    return "".join(shown)


def _spans(text: str, contacts: Iterable[ContactRecord]) -> set[tuple[int, int]]:
    written = {form for contact in contacts for form in (contact.text, contact.value) if len(form) > 1}
    found = {match.span() for form in written for match in re.finditer(re.escape(form), text)}
    return found.union((match.span() for match in _MOBILE.finditer(text)), contact_spans(text))
