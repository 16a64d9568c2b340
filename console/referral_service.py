"""What the screens of referrals need of the program around them: letters, packages, legal timers, the office's settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from console.exceptions import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from console.state import Console
    from storage.referral.records import Answer, File, Referral, ReferralCase, ReferredLead
    from storage.review.audit import Actor

REFERRALS: Final = "referral_service"
"""Name of the service among `Console.facts`."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Something that the drafter fills in."""

    name: str
    label: str
    required: bool = False
    long: bool = False
    """Several lines."""
    hint: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letter."""

    code: str
    title: str
    departments: tuple[str, ...] = ()
    """Whom it is written to; empty for anybody."""
    blanks: tuple[Blank, ...] = ()
    title_for: Callable[[Sequence[ReferredLead]], str] = lambda _leads: ""
    """The title to begin with."""
    masks_for: Callable[[str], bool] = lambda _department: True
    """Whether personal data is usually hidden from a department."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Who leads, who supports, and why."""

    lead: str
    support: tuple[str, ...]
    clause: str
    template: str
    explanation: str
    reasons: tuple[tuple[str, str, str], ...] = ()
    """(department, because, clause) of those who support."""
    others: tuple[str, ...] = ()
    """What else could be said, in words."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """As `Draft.routing` keeps it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form says of a draft."""

    lead_ids: tuple[int, ...]
    department: str
    template: str
    receiver: str
    title: str
    copies: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    masked: bool = True
    seller_id: int | None = None
    campaign_id: int | None = None
    again: str = ""
    override: str = ""
    """Why another department than the suggested one."""


@dataclass(frozen=True, slots=True)
class Product:
    """A file to be handed out."""

    name: str
    media_type: str
    content: bytes | Path
    """A path is a temporary file: whoever sends it takes it away."""


class ReferralService(Protocol):
    """All methods raise `ServiceRefusal` (Chinese) for what cannot be made, and what `storage.referral` raises."""

    def kinds(self) -> Mapping[str, Kind]:
        """Code -> kind of letter, in the order of choices."""

    def departments(self) -> Mapping[str, str]:
        """Code -> name as it is addressed, of all that can be written to."""

    def suggest(self, leads: Sequence[ReferredLead]) -> Suggestion:
        """By the office's table of duties."""

    def draft(self, wish: Wish, actor: Actor, now: datetime) -> Referral:
        """Begin a referral."""

    def change(self, referral_id: int, wish: Wish, actor: Actor, now: datetime, *, seen: int | None) -> Referral:
        """Write it anew."""

    def letter(self, case: ReferralCase, form: Literal["pdf", "docx"], now: datetime) -> Product:
        """The letter as it would be made now."""

    def approve(self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, note: str) -> Referral:
        """Make the papers, keep them in the evidence folder, approve."""

    def refuse(self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, note: str) -> Referral:
        """Send it back to its drafter, with a reason."""

    def send(  # noqa: PLR0913 - what is on the receipt of the post
        self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, happened_at: datetime | None,
        reference: str, note: str,
    ) -> Referral:  # fmt: skip
        """Note that it left the house; the legal timer begins."""

    def answer(self, referral_id: int, answer: Answer, actor: Actor, now: datetime, *, seen: int | None) -> Referral:
        """Note what came back; the next timer begins."""

    def kept(self, case: ReferralCase, file: File, actor: Actor, now: datetime) -> Product:
        """A paper as it was approved, checked against its hash; the chain of custody keeps that it was copied."""

    def export(self, referral_id: int, actor: Actor, now: datetime, *, masked: bool) -> Product:
        """Papers and evidence in one zip; the chain of custody keeps it."""

    def receipt_form(self, case: ReferralCase) -> Product:
        """The workbook that the department fills in and returns."""

    def read_receipt(self, name: str, content: bytes, actor: Actor, now: datetime) -> Referral:
        """Take a returned workbook in: the referral that it answers, as it is now."""


def service_of(console: Console) -> ReferralService:
    """The service. Raises Refusal (404) where the program brought none."""
    found: ReferralService | None = console.facts.get(REFERRALS)
    if found is None:
        raise Refusal(404, "这里没有移送的设置。")
    return found
