"""The tables of the review: accounts, decisions, leases, and what the queue is filtered by."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the columns' types are read at run time
from typing import Annotated

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import BigId, KeyText
from storage.evidence.models import Base
from storage.models import Facts, Identified, Key, Strings

AccountId = Annotated[int, mapped_column(ForeignKey("accounts.id"))]
LeadId = Annotated[int, mapped_column(ForeignKey("leads.id"))]


class Account(Identified):
    """A person who works with leads."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[Key]
    """What is typed at the log-in."""
    display_name: Mapped[str]
    unit: Mapped[str]
    certificate: Mapped[str]
    """Number of the law-enforcement certificate; empty where there is none."""
    password_hash: Mapped[str]
    roles: Mapped[Strings]
    """monitor, reviewer, approver, handler, lexicon, admin, auditor."""
    must_change: Mapped[bool]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]


class Session(Base):
    """A browser that is logged in. Only the hash of its token is kept."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "account_id"),)

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[AccountId]
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    until_at: Mapped[datetime]
    """The absolute limit."""
    address: Mapped[str]
    agent: Mapped[str]


class Token(Identified):
    """A program's key to the JSON interface."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("token_sha256"), Index(None, "account_id"))

    account_id: Mapped[AccountId]
    name: Mapped[str]
    token_sha256: Mapped[Key]
    scopes: Mapped[Strings]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginAttempt(Identified):
    """One try to log in."""

    __tablename__ = "login_attempts"
    __table_args__ = (
        Index(None, "name", "at"),
        Index(None, "address", "at"),
        Index(None, "name", "address", "at"),
    )

    at: Mapped[datetime]
    name: Mapped[Key]
    address: Mapped[Key]
    succeeded: Mapped[bool]


class Audit(Base):
    """One thing that somebody did. Rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "action", "id"),
        Index(None, "kind", "object_id", "id"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """1, 2, 3 … without gaps."""
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    actor: Mapped[str]
    """As the person was called then."""
    address: Mapped[str]
    action: Mapped[Key]
    kind: Mapped[Key]
    """Of the object: lead, account, session …"""
    object_id: Mapped[Key]
    detail: Mapped[Facts]


class Decision(Identified):
    """What somebody decided on a lead. Rows are only ever added; undoing is another row."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index(None, "lead_id", "id"),
        Index(None, "account_id", "id"),
        Index(None, "at"),
        Index(None, "bulk_id"),
    )

    lead_id: Mapped[LeadId]
    at: Mapped[datetime]
    account_id: Mapped[AccountId]
    kind: Mapped[str]
    """confirm, dismiss, needs_info, duplicate, unmerge, note, refer, approve, refuse, undo, reopen."""
    asks: Mapped[bool]
    """It takes effect only when a second person approves."""
    reason: Mapped[str | None]
    category: Mapped[str | None]
    subject: Mapped[str | None]
    note: Mapped[str]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("leads.id"))
    seconds: Mapped[float | None]
    """How long the lead was looked at."""
    bulk_id: Mapped[str | None] = mapped_column(KeyText)
    detection_id: Mapped[int] = mapped_column(ForeignKey("detections.id"))
    """What the person saw."""
    score: Mapped[float]


class Lease(Base):
    """Somebody has this lead before their eyes."""

    __tablename__ = "leases"
    __table_args__ = (Index(None, "account_id"),)

    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    account_id: Mapped[AccountId]
    until_at: Mapped[datetime]
    since_at: Mapped[datetime]


class Reason(Base):
    """Why a lead is dismissed, or what is missing: two levels, never deleted."""

    __tablename__ = "reasons"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("reasons.code"))
    label: Mapped[str]
    position: Mapped[int]
    retired_at: Mapped[datetime | None]


class SavedView(Identified):
    """A queue that somebody wants to see again."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    account_id: Mapped[AccountId]
    name: Mapped[Key]
    query: Mapped[str]
    """As in the address."""
    created_at: Mapped[datetime]


class LeadTerm(Base):
    """A lead shows this entry; `status` and `score` follow the lead by themselves (triggers)."""

    __tablename__ = "lead_terms"
    __table_args__ = (Index(None, "term", "status", "score", "lead_id"), Index(None, "entry", "channel", "lead_id"))

    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    term: Mapped[Key]
    channel: Mapped[Key]
    entry: Mapped[Key]
    status: Mapped[Key]
    score: Mapped[float]


class LeadTally(Base):
    """How many leads of one sort one day brought; see `storage.review.tallies`."""

    __tablename__ = "lead_tallies"
    __table_args__ = (Index(None, "day"),)

    dimension: Mapped[Key] = mapped_column(primary_key=True)
    day: Mapped[Key] = mapped_column(primary_key=True)
    """``2026-03-05``, China's time."""
    name: Mapped[Key] = mapped_column(primary_key=True)
    status: Mapped[Key] = mapped_column(primary_key=True)
    leads: Mapped[int]


class StaleDay(Identified):
    """A day whose tallies are to be counted anew; written by triggers, a day may stand here several times."""

    __tablename__ = "stale_days"
    __table_args__ = (Index(None, "day"),)

    day: Mapped[Key]


class Fingerprint(Base):
    """One band of a lead's text or picture fingerprint: near-duplicates share at least one band."""

    __tablename__ = "fingerprints"
    __table_args__ = (Index(None, "kind", "band", "value", "lead_id", "print"),)

    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """text, picture."""
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of the picture; 0 for text."""
    band: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]
    """The 16 bits of this band."""
    print: Mapped[int]
    """All 64 bits, as a signed number."""
    file: Mapped[str]
    """SHA-256 of the picture; empty for text."""


class Draw(Identified):
    """One drawing of a sample: what it was drawn from, so that shares can be projected."""

    __tablename__ = "draws"
    __table_args__ = (UniqueConstraint("week", "kind", "stratum"),)

    week: Mapped[Key]
    """ISO week, ``2026-W10``."""
    kind: Mapped[Key]
    """unflagged, blind."""
    stratum: Mapped[Key]
    """Verdict of the listings, or status of the leads."""
    population: Mapped[int]
    drawn: Mapped[int]
    drawn_at: Mapped[datetime]


class Sample(Identified):
    """A listing that a person looks at to learn what is missed, or what two people judge differently."""

    __tablename__ = "samples"
    __table_args__ = (UniqueConstraint("draw_id", "listing_id"), Index(None, "judged_at", "id"))

    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"))
    first_account_id: Mapped[int | None]
    """Who decided first: never asked again."""
    first_verdict: Mapped[str | None]
    """violation, harmless."""
    judged_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    verdict: Mapped[str | None]
    """violation, harmless, unsure."""
    note: Mapped[str]


class WordVerdict(Identified):
    """What somebody said of a candidate for a code word; the last row of a word counts. Rows are only ever added."""

    __tablename__ = "word_verdicts"
    __table_args__ = (Index(None, "word", "id"),)

    word: Mapped[Key]
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    verdict: Mapped[str]
    """plain (no code word: not proposed again), open (proposed again)."""


class PermitCheck(Identified):
    """What somebody found out of a permit that an offer claims; a paper's last row counts. Rows are only ever added."""

    __tablename__ = "permit_checks"
    __table_args__ = (Index(None, "lead_id", "id"), Index(None, "paper", "number", "id"))

    lead_id: Mapped[LeadId]
    paper: Mapped[Key]
    """Its standard name, 人工繁育许可证."""
    number: Mapped[Key]
    """As written in the offer; empty where none is given."""
    outcome: Mapped[str]
    """verified, invalid, open (to be verified again)."""
    note: Mapped[str]
    """How it was found out."""
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Ranking(Identified):
    """A model that orders the queue, as plain numbers."""

    __tablename__ = "rankings"

    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decisions: Mapped[int]
    model: Mapped[Facts]
    figures: Mapped[Facts]
    """Its effect on decisions that it was not made with."""
    active: Mapped[bool]


__all__ = [
    "Account",
    "Audit",
    "Base",
    "Decision",
    "Draw",
    "Fingerprint",
    "LeadTally",
    "LeadTerm",
    "Lease",
    "LoginAttempt",
    "PermitCheck",
    "Ranking",
    "Reason",
    "Sample",
    "SavedView",
    "Session",
    "StaleDay",
    "Token",
    "WordVerdict",
]
