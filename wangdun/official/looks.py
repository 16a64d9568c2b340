"""Two looks at one offer: as the crawl stored it, and as two officers met it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangdun.words import CONTACTS, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.items import Contact
    from referrals.record.comparing import Look
    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.leads import LeadFile
    from storage.records import ContactRecord
    from wangdun.official.fetching import Found

FIRST = "首次采集（线索，非提取记录）"
NOW = "本次提取"


def first_look(file: LeadFile) -> Look:
    """The version that raised the lead."""
    from referrals.record.comparing import Look

    lead = file.lead
    one = next(each for each in file.history.snapshots if each.id == lead.flagged_snapshot_id)
    return Look(
        at=one.fetched_at,
        source=FIRST,
        reached=f"HTTP {one.status}",
        title=one.title,
        text="\n".join((one.body, *one.replies)),
        price=one.price_text or "",
        seller=one.seller or "",
        contacts=_contacts(lead.contacts),
        region=one.region or "",
        images=len(one.images),
    )


def present_look(found: Found) -> Look:
    """What is there now; where there is no offer, only how the page answered. Only a page that is gone shows nothing."""
    from crawler.items import Listing
    from referrals.record.comparing import Look

    read = found.read
    if not isinstance(read, Listing):
        return Look(at=found.answered_at, source=NOW, reached=found.reached, obtained=found.is_gone)
    return Look(
        at=found.answered_at,
        source=NOW,
        reached=found.reached,
        title=read.title,
        text="\n".join((read.body, *read.replies)),
        price=read.price.text if read.price else "",
        seller=read.seller or "",
        contacts=_contacts(read.contacts),
        region=read.region or "",
        images=len(read.images),
    )


def first_screenshot(db: Database, objects: Objects, lead_id: int) -> bytes | None:
    """The earliest picture of the page that the crawl had taken and that is still kept."""
    from storage.evidence import captures
    from storage.exceptions import EvidenceError

    for capture in captures.of_lead(db, lead_id):
        file = next((one for one in capture.files if one.role == "screenshot"), None)
        if file is None or capture.kind == "official" or capture.removed_at is not None:
            continue
        try:
            return objects.read(file.sha256)
        except EvidenceError:  # missing or unreadable: `evidence verify` tells; the next one serves as well
            continue
    return None


def _contacts(contacts: Iterable[Contact | ContactRecord]) -> str:
    return "；".join(sorted({f"{said(CONTACTS, one.kind)} {one.value}" for one in contacts}))
