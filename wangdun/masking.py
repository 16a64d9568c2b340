"""Hides personal data in what leaves the case circle; lengths stay, so that offsets of hits stay valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.fields.contact import contact_spans
from storage import masking
from storage.masking import mask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.records import ContactRecord


def mask_in(text: str, contacts: Iterable[ContactRecord]) -> str:
    """`text` with each known contact, and whatever reads as a contact, disguised or not, masked in place."""
    return masking.mask_in(text, contacts, contact_spans(text))


__all__ = ["mask", "mask_in"]
