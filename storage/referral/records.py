"""What callers fill in and get back about referrals: frozen facts, free of any database library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

AnswerKind = Literal["receive", "accept", "decline", "pass_on", "file", "not_file", "close", "note", "remind"]
"""What an answer of a department comes to; `note` and `remind` leave the status as it is."""
FileKind = Literal["letter", "list", "attachment", "package", "receipt"]
"""`receipt`: what came back, as it came."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wants referred, before it has a number."""

    template: str
    """Kind of letter: lead, crime, appraisal, cleanup, platform, postal."""
    department: str
    """Code of the receiving department."""
    receiver: str
    """As addressed on the letter (主送)."""
    title: str
    lead_ids: tuple[int, ...]
    """In the order of the list; each once."""
    number: str
    """Pattern of the number, ``网林移〔{year}〕{n}号``; each pattern counts for itself, anew every year."""
    copies: tuple[str, ...] = ()
    """Codes of the departments that get a copy (抄送)."""
    routing: Mapping[str, Any] = field(default_factory=dict)
    """Why this department: rule, clause, explanation; `override` is the drafter's reason for another one."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the drafter typed for the letter: field of the template -> text."""
    masked: bool = True
    """Personal data of sellers is hidden in all that is sent."""
    seller_id: int | None = None
    """Where the referral is a seller's whole dossier."""
    campaign_id: int | None = None
    again: str = ""
    """Why leads are referred that were referred before; empty: they must not have been."""


@dataclass(frozen=True, slots=True)
class Due:
    """The next step of a department is expected until then."""

    at: datetime
    kind: str
    """Name of a legal timer: receipt, acceptance, decision, transfer, result, reconsider …"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from the department, or what we noted ourselves."""

    kind: AnswerKind
    happened_at: datetime | None = None
    """As the receipt says; None: not said."""
    reference: str = ""
    """The other side's number (回执编号, 立案文号)."""
    person: str = ""
    """Who signed for it there."""
    note: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready: of `pass_on` to whom, of `close` the result, of a returned file its SHA-256."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A paper that is kept in the evidence folder under its SHA-256 already."""

    kind: FileKind
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral, its people by name."""

    id: int
    number: str
    template: str
    department: str
    receiver: str
    copies: tuple[str, ...]
    title: str
    status: str
    """draft, approved, sent, received, accepted, declined, passed_on, filed, not_filed, closed, withdrawn."""
    routing: dict[str, Any]
    fields: dict[str, str]
    masked: bool
    seller_id: int | None
    campaign_id: int | None
    drafted_by: int
    drafter: str
    drafted_at: datetime
    approved_by: int | None
    approver: str
    """Empty while nobody approved."""
    sent_at: datetime | None
    due_at: datetime | None
    due_kind: str
    step_id: int
    """The newest step: `seen` of whoever acts next."""
    updated_at: datetime
    lead_ids: tuple[int, ...]
    """In the order of the list."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A referral that already holds a lead."""

    id: int
    number: str
    department: str
    receiver: str
    status: str
    at: datetime
    """When it was sent; when it was drafted, where it was not sent yet."""


@dataclass(frozen=True, slots=True)
class ReferredHit:
    """A place in a lead's text that made it one."""

    entry: str
    term: str
    kind: str
    category: str
    channel: str
    matched: str
    """As written on the page."""
    clause: str
    weight: float
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReferredLead:
    """A lead as it is referred: the text and verdict that were confirmed."""

    lead_id: int
    position: int
    """1 is the first of the list."""
    site: str
    platform: str
    """Of the site: discuz, generic …; manual for what people typed in."""
    key: str
    url: str
    title: str
    seller: str | None
    seller_id: int | None
    contacts: tuple[tuple[str, str], ...]
    """(kind, value): never masked here."""
    price_text: str | None
    price_amount: Decimal | None
    region: str | None
    posted_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    verdict: str
    score: float
    status: str
    """Of the lead, now."""
    source: str
    """crawl, or where a person heard of it."""
    category: str
    """As a reviewer corrected it, else of the hit that weighs most."""
    subject: str
    """What is offered, as a reviewer named it, else the term that weighs most."""
    intent: str
    """sell, buy, serve, service, none."""
    flags: tuple[str, ...]
    """Of the detection, such as food use or class I."""
    terms: tuple[str, ...]
    """Canonical, each once, in text order."""
    hits: tuple[ReferredHit, ...]
    departments: tuple[str, ...]
    """As detection suggests, the lead department first."""
    excerpt: str
    """The beginning of the text, at most `EXCERPT` characters."""
    evidence: int
    """How many captures there are whose files are still kept."""
    manifest: str | None
    """SHA-256 (hex) of the newest capture's manifest."""
    captured_at: datetime | None
    page_state: str
    """What the watch tells of the page: online, changed, sold, gone, relisted; empty before its first visit."""
    detection_id: int
    snapshot_id: int
    listing_id: int
    files: tuple[tuple[str, int], ...] = ()
    """Role of a file (warc, picture, screenshot, mhtml …) -> how many different ones the kept captures hold."""


EXCERPT = 600  # characters: what fits into a cell of the list and a paragraph of the letter


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a referral."""

    id: int
    at: datetime
    account_id: int | None
    actor: str
    kind: str
    """draft, change, approve, refuse, withdraw, send, receive … note, remind, undo."""
    happened_at: datetime | None
    reference: str
    person: str
    note: str
    detail: dict[str, Any]
    undoes: int | None
    undone: bool


@dataclass(frozen=True, slots=True)
class File:
    """A paper of a referral, as approved or sent."""

    id: int
    step_id: int
    kind: str
    name: str
    media_type: str
    size: int
    sha256: str
    made_at: datetime
    current: bool
    """It belongs to a step that stands, and the draft was not changed since."""


@dataclass(frozen=True, slots=True)
class ReferralCase:
    """All about one referral."""

    referral: Referral
    leads: tuple[ReferredLead, ...]
    steps: tuple[Step, ...] = ()
    """Oldest first, undone ones marked."""
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which referrals: all that satisfy every given condition."""

    status: tuple[str, ...] = ()
    department: str = ""
    template: str = ""
    campaign_id: int | None = None
    seller_id: int | None = None
    text: str = ""
    """Part of the number, the title or the receiver."""
    overdue_at: datetime | None = None
    """Something is awaited since before that moment."""
    lead_id: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many referrals there are."""

    by_status: dict[str, int]
    by_department: dict[str, int]
    overdue: int
