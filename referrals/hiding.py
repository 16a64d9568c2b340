"""Hides personal data in what leaves the case circle: one place for letters, lists and receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.masking import mask, mask_in
from storage.records import ContactRecord

if TYPE_CHECKING:
    from storage.referral.records import ReferralCase, ReferredLead

HIDDEN = "联系方式等个人信息已作隐藏处理。"


def shown(case: ReferralCase, *, masked: bool | None = None, accounts: bool = True) -> tuple[ReferredLead, ...]:
    """The leads as this receiver sees them. `masked`: None takes the referral's own choice.

    `accounts`: the names of accounts stay, because the receiver acts on them.
    """
    hide = case.referral.masked if masked is None else masked
    return tuple(hidden(lead, accounts=accounts) for lead in case.leads) if hide else case.leads


def hidden(lead: ReferredLead, *, accounts: bool) -> ReferredLead:
    """Contacts masked wherever they stand; offsets do not matter here, lengths stay all the same."""
    known = [ContactRecord(kind, value, value) for kind, value in lead.contacts]

    def masked(text: str) -> str:
        return mask_in(text, known)

    seller = lead.seller
    if seller is not None:
        seller = masked(seller) if accounts else mask(seller)
    return replace(
        lead,
        title=masked(lead.title),
        url=masked(lead.url),
        seller=seller,
        contacts=tuple((kind, mask(value)) for kind, value in lead.contacts),
        price_text=masked(lead.price_text) if lead.price_text else lead.price_text,
        region=masked(lead.region) if lead.region else lead.region,
        subject=masked(lead.subject),
        excerpt=masked(lead.excerpt),
        hits=tuple(replace(hit, matched=masked(hit.matched)) for hit in lead.hits),
    )
