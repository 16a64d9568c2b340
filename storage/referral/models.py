"""The tables of referrals, answers of departments, campaigns, and what is delivered to other systems."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the columns' types are read at run time
from decimal import Decimal  # noqa: TC003 - the columns' types are read at run time
from typing import Annotated

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import DetectionId, Facts, Identified, Key, SnapshotId, Strings
from storage.review.models import AccountId, Base, LeadId

ReferralId = Annotated[int, mapped_column(ForeignKey("referrals.id"))]
CampaignId = Annotated[int, mapped_column(ForeignKey("campaigns.id"))]


class Campaign(Identified):
    """A special campaign (专项行动)."""

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[Key]
    basis: Mapped[str]
    """The document that orders it."""
    starts_on: Mapped[str]
    """First day, ``2026-03-01``; all days in this module are written so."""
    ends_on: Mapped[str]
    """Last day."""
    facts: Mapped[Facts]
    """What reports say of it: leading office, aims."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Stage(Base):
    """A part of a campaign: 检查摸底, 整治规范, 全面总结."""

    __tablename__ = "campaign_stages"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    starts_on: Mapped[str]
    ends_on: Mapped[str]


class Unit(Identified):
    """A township or department that reports in a campaign."""

    __tablename__ = "campaign_units"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    campaign_id: Mapped[CampaignId]
    name: Mapped[Key]
    kind: Mapped[str]
    """township, department."""
    contact: Mapped[str]
    position: Mapped[int]
    left_at: Mapped[datetime | None]
    """Since when it need not report any more; its figures stay."""


class Due(Identified):
    """Something that units hand in until a day."""

    __tablename__ = "campaign_dues"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    campaign_id: Mapped[CampaignId]
    name: Mapped[Key]
    kind: Mapped[str]
    """stage_report, final_report, results_form, typical_case, pictures, other."""
    due_on: Mapped[str]
    remind_days: Mapped[int]
    """So many days before, the first reminder."""
    paper: Mapped[bool]
    """A paper copy is wanted beside the electronic one."""


class Report(Identified):
    """A unit handed in what was due. Rows are only ever added; the newest one of a unit counts."""

    __tablename__ = "campaign_reports"
    __table_args__ = (Index(None, "due_id", "unit_id", "id"),)

    due_id: Mapped[int] = mapped_column(ForeignKey("campaign_dues.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("campaign_units.id"))
    received_on: Mapped[str]
    electronic: Mapped[bool]
    paper: Mapped[bool]
    zero: Mapped[bool]
    """The unit says that it has nothing to report (零报告)."""
    withdrawn: Mapped[bool]
    """What was entered before was a mistake."""
    note: Mapped[str]
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Figure(Identified):
    """A figure of the results form that only people know. Rows are only ever added; the newest of a cell counts."""

    __tablename__ = "campaign_figures"
    __table_args__ = (Index(None, "campaign_id", "unit_id", "column", "id"),)

    campaign_id: Mapped[CampaignId]
    unit_id: Mapped[int] = mapped_column(ForeignKey("campaign_units.id"))
    column: Mapped[int]
    """1 to 15, as on the form."""
    value: Mapped[Decimal | None]
    """What is added to the figures from feedback; None takes the figure back."""
    source: Mapped[str]
    """Who said so, where it is written."""
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Referral(Identified):
    """Leads handed to one department. Its status is computed from its steps."""

    __tablename__ = "referrals"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "status", "due_at", "id"),
        Index(None, "department", "status", "id"),
        Index(None, "campaign_id", "id"),
        Index(None, "drafted_at"),
    )

    number: Mapped[Key]
    """文号; given at the first draft and never used again."""
    template: Mapped[Key]
    """Kind of letter: lead, crime, appraisal, cleanup, platform, postal."""
    department: Mapped[Key]
    """Code of the receiving department; platform for a platform's operator."""
    receiver: Mapped[str]
    """As addressed on the letter (主送)."""
    copies: Mapped[Strings]
    """Codes of the departments that get a copy (抄送), the supporting ones."""
    title: Mapped[str]
    status: Mapped[Key]
    """draft, approved, sent, received, accepted, declined, passed_on, filed, not_filed, closed, withdrawn."""
    routing: Mapped[Facts]
    """Why this department: rule, clause, explanation; `override` is the drafter's reason for another one."""
    fields: Mapped[Facts]
    """What the drafter typed for the letter: field of the template -> text."""
    masked: Mapped[bool]
    """Personal data of sellers is hidden in all that is sent."""
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("sellers.id"))
    """Where the referral is a seller's whole dossier."""
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    drafted_by: Mapped[AccountId]
    drafted_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """Until when the next step is expected; None where nothing is waited for."""
    due_kind: Mapped[str]
    """What is expected: the name of a legal timer; empty where nothing is."""
    step_id: Mapped[int]
    """The newest step: whoever acts says which one they saw."""
    updated_at: Mapped[datetime]


class ReferralLead(Base):
    """A lead in a referral, with the very text and verdict that were referred."""

    __tablename__ = "referral_leads"
    __table_args__ = (Index(None, "lead_id", "referral_id"),)

    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lead_id: Mapped[LeadId]
    detection_id: Mapped[DetectionId]
    snapshot_id: Mapped[SnapshotId]


class ReferralStep(Identified):
    """One thing that happened to a referral. Rows are only ever added; taking one back is another row."""

    __tablename__ = "referral_steps"
    __table_args__ = (Index(None, "referral_id", "id"), Index(None, "at"))

    referral_id: Mapped[ReferralId]
    at: Mapped[datetime]
    """When it was written down."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """None for what the program did by itself (reminders, receipts from a folder)."""
    actor: Mapped[str]
    kind: Mapped[str]
    """draft, change, approve, refuse, withdraw, send, receive, accept, decline, pass_on, file, not_file, close, remind,
    note, undo."""
    happened_at: Mapped[datetime | None]
    """As the receipt says."""
    reference: Mapped[str]
    """The other side's number (回执编号, 立案文号), courier number."""
    person: Mapped[str]
    """Who signed for it there."""
    note: Mapped[str]
    detail: Mapped[Facts]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("referral_steps.id"))


class ReferralFile(Identified):
    """A paper of a referral as it was approved or sent; its content lies in the evidence folder under its SHA-256."""

    __tablename__ = "referral_files"
    __table_args__ = (Index(None, "referral_id", "id"), Index(None, "sha256"))

    referral_id: Mapped[ReferralId]
    step_id: Mapped[int] = mapped_column(ForeignKey("referral_steps.id"))
    """The approval or dispatch it belongs to."""
    kind: Mapped[str]
    """letter, list, attachment, package."""
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[Key]
    made_at: Mapped[datetime]


class NumberSeries(Base):
    """The last number given in one series of one year."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(primary_key=True)
    """The pattern of the numbers."""
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Feedback(Identified):
    """What came of a case. Rows are only ever added; a correction supersedes the row before."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index(None, "referral_id", "id"),
        Index(None, "campaign_id", "unit", "id"),
        Index(None, "case_number"),
        Index(None, "supersedes"),
    )

    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referrals.id"))
    """None for cases that did not begin with a referral."""
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    unit: Mapped[Key]
    """Reporting unit, as in the campaign."""
    case_number: Mapped[Key]
    """Of the department; empty where it gave none."""
    title: Mapped[str]
    happened_on: Mapped[str]
    filed: Mapped[bool]
    """立案: counts as one case."""
    criminal: Mapped[bool]
    people: Mapped[int]
    gangs: Mapped[int]
    confiscated: Mapped[Decimal]
    """没收违法所得, 10,000 yuan."""
    fined: Mapped[Decimal]
    """罚款和罚金, 10,000 yuan."""
    typical: Mapped[str]
    """Text as a typical case; empty where it is none."""
    pictures: Mapped[Strings]
    """SHA-256 of pictures in the evidence folder."""
    publish: Mapped[str]
    """yes, no, after_meeting (重大案件: only after 会商)."""
    note: Mapped[str]
    source: Mapped[str]
    """By hand, or file, sheet and row."""
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("feedback.id"))
    void: Mapped[bool]
    """It takes the superseded row back without replacing it."""
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class FeedbackLead(Base):
    """A case concerns this lead."""

    __tablename__ = "feedback_leads"
    __table_args__ = (Index(None, "lead_id"),)

    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), primary_key=True)


class Seizure(Base):
    """A batch that was seized: one kind of thing, one amount in one unit."""

    __tablename__ = "seizures"

    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str]
    """Name of the batch within the case: of one batch's products either 件 or 千克 is counted, never both."""
    kind: Mapped[str]
    """animal, plant, product, gear."""
    name: Mapped[str]
    amount: Mapped[Decimal]
    unit: Mapped[str]
    """只 头 尾; 株 棵; 件 千克; 个 张 台."""


class Delivery(Identified):
    """A message to another system, until it has arrived."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "status", "next_at"), Index(None, "referral_id"))

    event: Mapped[Key]
    """referral.sent, referral.received …"""
    target: Mapped[Key]
    """Name of the webhook or folder in the configuration."""
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referrals.id"))
    payload: Mapped[Facts]
    status: Mapped[Key]
    """waiting, done, failed."""
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    last_error: Mapped[str]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class DeliveryAttempt(Identified):
    """One try to deliver."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (Index(None, "delivery_id", "id"),)

    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    at: Mapped[datetime]
    status: Mapped[int | None]
    """Of the HTTP answer; None where there was none."""
    error: Mapped[str]
    seconds: Mapped[float]


class Pickup(Identified):
    """A file that was found in the watched folder: none is read twice."""

    __tablename__ = "pickups"
    __table_args__ = (UniqueConstraint("sha256"),)

    name: Mapped[str]
    sha256: Mapped[Key]
    at: Mapped[datetime]
    outcome: Mapped[str]
    """read, refused."""
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referrals.id"))
    detail: Mapped[Facts]


__all__ = [
    "Base",
    "Campaign",
    "Delivery",
    "DeliveryAttempt",
    "Due",
    "Feedback",
    "FeedbackLead",
    "Figure",
    "NumberSeries",
    "Pickup",
    "Referral",
    "ReferralFile",
    "ReferralLead",
    "ReferralStep",
    "Report",
    "Seizure",
    "Stage",
    "Unit",
]
