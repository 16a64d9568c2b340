"""The tables. Everything fetched is kept; decisions, evidence and referrals will refer to leads and snapshots."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.columns import BigId, CleanText, ExactDecimal, KeyText, UtcTime

Id = Annotated[int, mapped_column(BigId, primary_key=True)]
SiteId = Annotated[int, mapped_column(ForeignKey("sites.id"))]
RunId = Annotated[int, mapped_column(ForeignKey("runs.id"))]
ListingId = Annotated[int, mapped_column(ForeignKey("listings.id"))]
SnapshotId = Annotated[int, mapped_column(ForeignKey("snapshots.id"))]
DetectionId = Annotated[int, mapped_column(ForeignKey("detections.id"))]
Key = Annotated[str, mapped_column(KeyText)]
Strings = Annotated[list[str], mapped_column(JSON)]
Facts = Annotated[dict[str, Any], mapped_column(JSON)]


class Base(DeclarativeBase):
    """All tables of the product."""

    # named constraints: SQLite can only change a constraint later that has a name
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: CleanText,
        int: BigInteger,
        float: Double,
        datetime: UtcTime,
        Decimal: ExactDecimal,
    }


class Identified(Base):
    """A table whose rows are numbered."""

    __abstract__ = True

    id: Mapped[Id]


class Site(Identified):
    """A forum or shop that is watched."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[Key]
    platform: Mapped[str]
    start_urls: Mapped[Strings]
    registered_at: Mapped[datetime]


class Run(Identified):
    """One crawl of one site."""

    __tablename__ = "runs"
    __table_args__ = (Index(None, "site_id", "id"), Index(None, "started_at"))

    site_id: Mapped[SiteId]
    status: Mapped[str]
    """running, complete, partial, failed, interrupted, killed."""
    reason: Mapped[str]
    trigger: Mapped[str]
    pid: Mapped[int]
    lexicon_version: Mapped[str]
    config_hash: Mapped[str]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    complete_walk: Mapped[bool]
    pages: Mapped[int]
    requests: Mapped[int]
    bytes: Mapped[int]
    listings_new: Mapped[int]
    listings_changed: Mapped[int]
    listings_unchanged: Mapped[int]
    listings_gone: Mapped[int]
    listings_back: Mapped[int]
    listings_seen: Mapped[int]
    hits: Mapped[int]
    leads: Mapped[int]
    errors: Mapped[int]
    empty_fields: Mapped[Facts]
    extra: Mapped[Facts]


class RunRequest(Identified):
    """Somebody wants a site crawled now; by name, because a new site has no row before its first run."""

    __tablename__ = "run_requests"
    __table_args__ = (UniqueConstraint("site"),)

    site: Mapped[Key]
    requested_at: Mapped[datetime]


class Listing(Identified):
    """One offer, as long as it has the same key on its site."""

    __tablename__ = "listings"
    __table_args__ = (UniqueConstraint("site_id", "key"), Index(None, "site_id", "checked_at"))

    site_id: Mapped[SiteId]
    key: Mapped[Key]
    url: Mapped[str]
    digest: Mapped[str]
    """Of the newest snapshot."""
    snapshot_number: Mapped[int]
    """Of the newest snapshot."""
    row_signature: Mapped[str | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    last_run_id: Mapped[RunId]


class Seller(Identified):
    """A name that offers things on one site."""

    __tablename__ = "sellers"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    site_id: Mapped[SiteId]
    name: Mapped[Key]
    first_seen_at: Mapped[datetime]


class Snapshot(Identified):
    """One version of a listing, full text always kept: tomorrow's lexicon reads yesterday's text."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("listing_id", "number"),)

    listing_id: Mapped[ListingId]
    number: Mapped[int]
    run_id: Mapped[RunId]
    fetched_at: Mapped[datetime]
    status: Mapped[int]
    url: Mapped[str]
    digest: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    replies: Mapped[Strings]
    seller: Mapped[str | None]
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("sellers.id"))
    price_text: Mapped[str | None]
    price_amount: Mapped[Decimal | None]
    price_currency: Mapped[str | None]
    price_unit: Mapped[str | None]
    negotiable: Mapped[bool]
    region: Mapped[str | None]
    posted_at: Mapped[datetime | None]
    images: Mapped[Strings]
    attributes: Mapped[Annotated[list[list[str]], mapped_column(JSON)]]


class Detection(Identified):
    """The verdict of one lexicon version on one snapshot."""

    __tablename__ = "detections"
    __table_args__ = (UniqueConstraint("snapshot_id", "lexicon_version"),)

    snapshot_id: Mapped[SnapshotId]
    lexicon_version: Mapped[Key]
    verdict: Mapped[str]
    score: Mapped[float]
    intent: Mapped[str]
    departments: Mapped[Strings]
    explanation: Mapped[Facts]


class Hit(Base):
    """One place in a snapshot's text, with all that explains it."""

    __tablename__ = "hits"

    detection_id: Mapped[int] = mapped_column(ForeignKey("detections.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 is the first hit in the text."""
    entry: Mapped[str]
    term: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str]
    channel: Mapped[str]
    matched: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    weight: Mapped[float]
    clause: Mapped[str]
    detail: Mapped[Facts]


class Lead(Identified):
    """A listing that deserves a person's eyes; one per listing, for good."""

    __tablename__ = "leads"
    # an index read backwards gives "riskiest first": no descending columns are needed
    __table_args__ = (
        UniqueConstraint("listing_id"),
        Index(None, "status", "score", "id"),
        Index(None, "site_id", "status", "score", "id"),
        Index(None, "score", "id"),
        Index(None, "site_id", "score", "id"),
        # of all filters of the queue: without its own index a rare value would mean reading the whole queue
        Index(None, "seller_id", "status", "score", "id"),
        Index(None, "seller_id", "id"),
        Index(None, "category", "status", "score", "id"),
        Index(None, "department", "status", "score", "id"),
        Index(None, "channel", "status", "score", "id"),
        Index(None, "verdict", "status", "score", "id"),
        Index(None, "source", "status", "score", "id"),
        Index(None, "status", "priority", "id"),
        Index(None, "first_seen_at"),
        Index(None, "decided_at"),
        Index(None, "changed_at", "id"),
        Index(None, "due_at", "id"),
        Index(None, "merged_into"),
    )

    site_id: Mapped[SiteId]
    listing_id: Mapped[ListingId]
    snapshot_id: Mapped[SnapshotId]
    """The newest snapshot, which may be harmless by now."""
    detection_id: Mapped[DetectionId]
    """The newest detection that said alert or review: its snapshot is the one to show."""
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("sellers.id"))
    lexicon_version: Mapped[str]
    verdict: Mapped[str]
    score: Mapped[float]
    status: Mapped[Key]
    """new, until decisions say otherwise; lapsed where nobody decided and a newer lexicon no longer says review.

    pending, confirmed, dismissed, needs_info, duplicate, referred: derived from `decisions`. A lapsed lead keeps its `detection_id`; `verdict`, `score` and `lexicon_version` are those of the newer lexicon.
    """
    posted_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    source: Mapped[Key] = mapped_column(server_default="crawl")
    """crawl, or where a person heard of it: 12315, 举报, 转办 …"""
    category: Mapped[Key] = mapped_column(server_default="")
    """Of the hit that weighs most, or as a reviewer corrected it."""
    department: Mapped[Key] = mapped_column(server_default="")
    """The lead department, as detection suggests."""
    channel: Mapped[Key] = mapped_column(server_default="")
    """How the hit that weighs most was found."""
    term: Mapped[str] = mapped_column(server_default="")
    """Of the hit that weighs most."""
    judged_category: Mapped[str | None]
    """As a reviewer corrected it."""
    subject: Mapped[str | None]
    """What is offered, as a reviewer named it."""
    priority: Mapped[float] = mapped_column(server_default="0")
    """The score, unless a ranking model thinks otherwise; orders the queue, hides nothing."""
    decided_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    """When the page changed after the last decision; None once somebody has looked and said what it means."""
    due_at: Mapped[datetime | None]
    decision_id: Mapped[int | None]
    """The last decision of any kind, notes included."""
    asked_by: Mapped[int | None]
    """Account whose decision waits for a second person."""
    merged_into: Mapped[int | None]
    """The lead that this one is a duplicate of."""
    search_row: Mapped[int | None]
    """Where the search index has it."""


class Rescan(Identified):
    """One application of a lexicon to what is stored; `source` is the archive that was read, None for the database."""

    __tablename__ = "rescans"

    status: Mapped[str]
    """running (or killed), interrupted, complete, abandoned."""
    lexicon_version: Mapped[str]
    lexicon: Mapped[Strings]
    """Names of the local lexicon files it was made with."""
    source: Mapped[str | None]
    site: Mapped[str | None]
    since_text: Mapped[str | None]
    """As asked for: ``7d``."""
    since: Mapped[datetime | None]
    pid: Mapped[int]
    cursor: Mapped[int]
    """All chosen listings up to this id are done; of an archive, so many of its rows."""
    total: Mapped[int]
    """Listings to look at, counted at the beginning."""
    scanned: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RescanChange(Identified):
    """A listing about which two lexicons say different things."""

    __tablename__ = "rescan_changes"
    __table_args__ = (Index(None, "rescan_id", "id"),)

    rescan_id: Mapped[int] = mapped_column(ForeignKey("rescans.id"))
    kind: Mapped[str]
    """new, raised, lowered, lapsed, restored, reworded, decided, below."""
    listing_id: Mapped[ListingId]
    snapshot_id: Mapped[SnapshotId]
    """Whose text was judged."""
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"))
    old_verdict: Mapped[str | None]
    old_score: Mapped[float | None]
    new_verdict: Mapped[str]
    new_score: Mapped[float]
    differences: Mapped[Facts]
    """Terms gained and lost, factors that weigh otherwise."""


class Contact(Identified):
    """One phone number or account, whoever uses it and wherever."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    kind: Mapped[Key]
    value: Mapped[Key]
    first_seen_at: Mapped[datetime]


class ListingContact(Base):
    """This listing shows that contact."""

    __tablename__ = "listing_contacts"
    __table_args__ = (Index(None, "contact_id", "listing_id"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    text: Mapped[str]
    """As first written on this listing."""
    first_seen_at: Mapped[datetime]


class Event(Identified):
    """A listing went away or came back."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "listing_id", "id"),)

    listing_id: Mapped[ListingId]
    run_id: Mapped[RunId]
    kind: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]


class Issue(Identified):
    """A page that could not be read."""

    __tablename__ = "issues"
    __table_args__ = (Index(None, "site_id", "id"), Index(None, "run_id", "id"))

    site_id: Mapped[SiteId]
    run_id: Mapped[RunId]
    url: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    page: Mapped[str]
    key: Mapped[str | None]
    seen_at: Mapped[datetime]
    detail: Mapped[Facts]


class Retry(Identified):
    """A failed item page that the next run fetches again."""

    __tablename__ = "retries"
    __table_args__ = (UniqueConstraint("site_id", "identity"),)

    site_id: Mapped[SiteId]
    identity: Mapped[Key]
    """The listing's key, or its URL where no key is known."""
    key: Mapped[str | None]
    url: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    page: Mapped[str]
    attempts: Mapped[int]
    failed_at: Mapped[datetime]
