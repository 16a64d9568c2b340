"""What lies in an evidence package: captures, records of leads, the custody that concerns them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from referrals.exceptions import ReferralError
from referrals.package.bag import Member
from referrals.package.instructions import NOTICE, instructions, windows_text
from storage.evidence.extracts import Joint
from storage.evidence.manifests import canonical, iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from storage.evidence.extracts import Extract
    from storage.evidence.records import Capture, CustodyEntry

SCRIPT = Path(__file__).with_name("verify.py")


@dataclass(frozen=True, slots=True)
class Stamp:
    """An authority's word about a file."""

    token: Path
    token_sha256: str
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """What is known of one lead, ready to be written."""

    lead_id: int
    facts: bytes
    """JSON: the lead, its hits, why it was flagged."""
    listing: bytes
    """JSON: the listing's versions and events."""
    readable: str
    """For people."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All that goes into one package."""

    subject: str
    """``线索 12、13``."""
    leads: tuple[LeadRecord, ...]
    captures: tuple[Capture, ...]
    custody: Extract
    stamps: Mapping[str, Stamp]
    """SHA-256 of a file -> its time stamp."""
    ca: bytes | None
    """Root certificate of the authority (PEM)."""
    actor: str
    made_at: datetime
    """In the zone in which it is told."""
    software: str
    unit: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def present(self) -> tuple[Capture, ...]:
        """Captures whose files are still kept."""
        return tuple(one for one in self.captures if one.removed_at is None)


def members(contents: Contents, where: Callable[[str], Path]) -> Iterator[Member]:
    """The files of the package in a fixed order; `where` tells the path of a kept file by its SHA-256.

    Raises:
        ReferralError: there is nothing to hand over.
    """
    if not contents.leads and not contents.captures:
        raise ReferralError("没有可导出的内容")
    for lead in contents.leads:
        yield Member(f"data/lead-{lead.lead_id}/lead.json", lead.facts)
        yield Member(f"data/lead-{lead.lead_id}/listing.json", lead.listing)
        yield Member(f"data/lead-{lead.lead_id}/线索记录.txt", windows_text(lead.readable))
    for capture in contents.present:
        yield from _capture(capture, contents.stamps, where)
    yield Member("data/custody/custody.jsonl", b"".join(_line(one) for one in contents.custody.links))
    yield Member("data/custody/head.json", _head(contents.custody))
    if contents.ca is not None:
        yield Member("data/timestamps/ca.pem", contents.ca)
    yield Member("verify.py", SCRIPT.read_bytes())
    yield Member("校验说明.txt", _instructions(contents))


def info(contents: Contents) -> tuple[tuple[str, str], ...]:
    """What bag-info.txt says."""
    return (
        ("Source-Organization", contents.unit or "未填写"),
        ("External-Description", f"{NOTICE}。{contents.subject}"),
        ("Bag-Software-Agent", contents.software),
        ("Bagging-Date", f"{contents.made_at:%Y-%m-%d}"),
        ("Contact-Name", contents.actor),
    )


def _capture(capture: Capture, stamps: Mapping[str, Stamp], where: Callable[[str], Path]) -> Iterator[Member]:
    folder = f"data/capture-{capture.id:06}"
    yield Member(f"{folder}/manifest.json", where(capture.digest), capture.digest)
    for file in capture.files:
        yield Member(f"{folder}/{file.name}", where(file.sha256), file.sha256)
    named = [("manifest.json", capture.digest), *((file.name, file.sha256) for file in capture.files)]
    for name, sha256 in named:
        if stamp := stamps.get(sha256):
            yield Member(f"{folder}/timestamps/{name}.tsr", stamp.token, stamp.token_sha256)


def _line(one: CustodyEntry | Joint) -> bytes:
    """A link with all that its hash is made of, or the hashes of one that belongs to others."""
    if isinstance(one, Joint):
        return canonical({"id": one.id, "previous": one.previous, "hash": one.hash}) + b"\n"
    link = [one.id, iso(one.at), one.actor, one.action, one.capture_id, one.detail, one.previous]
    return canonical({"link": link, "hash": one.hash}) + b"\n"


def _head(custody: Extract) -> bytes:
    head = custody.head
    told = None if head is None else {"id": head.id, "at": iso(head.at), "previous": head.previous, "hash": head.hash}
    return json.dumps({"notice": NOTICE, "head": told}, ensure_ascii=False, indent=2).encode()


def _instructions(contents: Contents) -> bytes:
    stamped = (
        (f"capture-{capture.id:06}/{name}", contents.stamps[sha256])
        for capture in contents.present
        for name, sha256 in (("manifest.json", capture.digest), *((one.name, one.sha256) for one in capture.files))
        if sha256 in contents.stamps
    )
    return instructions(
        subject=contents.subject,
        made_at=f"{contents.made_at:%Y-%m-%d %H:%M:%S}",
        actor=contents.actor,
        software=contents.software,
        stamps=stamped,
        remarks=(*_shortcomings(contents), *contents.remarks),
    )


def _shortcomings(contents: Contents) -> Iterator[str]:
    """What a reader would look for in vain."""
    for capture in contents.captures:
        if capture.removed_at is not None:
            yield f"第 {capture.id} 次固定的文件已按保留期限删除，只有保管记录。"
        elif capture.missing:
            yield f"第 {capture.id} 次固定不完整：{' '.join(capture.missing.split())}"
    if not contents.captures:
        yield "没有固定的证据：本包只有线索记录。"
