"""The tables of evidence, the custody chain and the watch over leads' pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import BigId
from storage.models import Base, Facts, Identified, Key, SiteId


class Capture(Identified):
    """One act of securing what a page showed. Named by site and key: its listing may not be stored yet."""

    __tablename__ = "captures"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "site_id", "key", "id"))

    site_id: Mapped[SiteId]
    key: Mapped[Key]
    url: Mapped[str]
    kind: Mapped[str]
    """page, pictures, screen, official."""
    cause: Mapped[str]
    """crawl, watch, request, official."""
    taken_at: Mapped[datetime]
    sealed_at: Mapped[datetime]
    digest: Mapped[Key]
    """SHA-256 (hex) of the manifest."""
    facts: Mapped[Facts]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    missing: Mapped[str]
    """Why files that were meant to be there are not; empty when all are."""
    removed_at: Mapped[datetime | None]


class CaptureFile(Base):
    """One file of a capture; its content lies in the evidence folder under its SHA-256."""

    __tablename__ = "capture_files"
    __table_args__ = (Index(None, "sha256"),)

    capture_id: Mapped[int] = mapped_column(ForeignKey("captures.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    role: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[Key]
    sm3: Mapped[str]


class Custody(Base):
    """One link of the chain of custody. Rows are only ever added; each holds the hash of the one before."""

    __tablename__ = "custody"
    __table_args__ = (Index(None, "capture_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """1, 2, 3 … without gaps."""
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("captures.id"))
    detail: Mapped[Facts]
    previous: Mapped[str]
    hash: Mapped[str]


class CaptureJob(Identified):
    """A capture that a browser shall take."""

    __tablename__ = "capture_jobs"
    __table_args__ = (UniqueConstraint("site_id", "key", "kind", "occasion"), Index(None, "status", "not_before"))

    site_id: Mapped[SiteId]
    key: Mapped[Key]
    url: Mapped[str]
    kind: Mapped[Key]
    """screen."""
    occasion: Mapped[Key]
    """What it belongs to, so that it is asked for once: the listing's digest, or a request's own number."""
    cause: Mapped[str]
    score: Mapped[float]
    """The riskiest first."""
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    not_before: Mapped[datetime]
    status: Mapped[Key]
    """waiting, running, done, failed."""
    attempts: Mapped[int]
    reason: Mapped[str]
    """Why the last attempt failed."""
    worker: Mapped[str]
    """Who runs it, and since when; empty while it waits."""
    started_at: Mapped[datetime | None]
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("captures.id"))


class Timestamp(Identified):
    """An authority's word that a file existed at a moment (RFC 3161)."""

    __tablename__ = "timestamps"
    __table_args__ = (Index(None, "sha256"),)

    sha256: Mapped[Key]
    """Of the stamped file."""
    token_sha256: Mapped[str]
    """The token itself is a file of the evidence folder."""
    authority: Mapped[str]
    at: Mapped[datetime]
    """As the authority says."""
    stored_at: Mapped[datetime]


class Watch(Base):
    """A lead whose page is looked at again and again, ever more rarely."""

    __tablename__ = "watches"
    __table_args__ = (Index(None, "next_at"),)

    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    step: Mapped[int]
    """Place in the schedule; -1 when a person ended the watch."""
    next_at: Mapped[datetime | None]
    """None when it has come to its end."""
    last_at: Mapped[datetime | None]
    state: Mapped[str]
    """What is to be told of the page: online, changed, sold, gone, relisted; empty before the first visit."""
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    """What the page said when it was last looked at: the next look is compared with it."""
    gone: Mapped[bool]
    """The page was not there when it was last looked at."""
    failures: Mapped[int]
    """Looks in a row that saw nothing: no answer, a wall, an error."""


class Visit(Identified):
    """What one look at a lead's page showed."""

    __tablename__ = "visits"
    __table_args__ = (Index(None, "lead_id", "id"),)

    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"))
    at: Mapped[datetime]
    outcome: Mapped[str]
    """unchanged, changed, sold, gone, relisted, unreachable."""
    reason: Mapped[str]
    snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id"))
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("captures.id"))
    other_lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"))
    """The lead under which the same offer was posted again."""


__all__ = ["Base", "Capture", "CaptureFile", "CaptureJob", "Custody", "Timestamp", "Visit", "Watch"]
