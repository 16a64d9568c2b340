"""A decision as it comes from a form or from a program, made into what storage takes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from console.codes import CATEGORIES
from console.pages import whole_number
from console.policy import policy_for
from storage.review import decisions, queue, second
from storage.review.exceptions import ReviewError, Unknown
from storage.review.records import Decision

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from console.lead_page import LeadView
    from console.person import Person
    from console.state import Console
    from storage.review.audit import Actor
    from storage.review.folding import Kind
    from storage.review.records import Decided

FORMS: Final[dict[str, frozenset[str]]] = {
    "reviewer": frozenset({"confirm", "dismiss", "needs_info", "duplicate", "unmerge", "note", "reopen", "keep"}),
    "approver": frozenset({"approve", "refuse", "note"}),
}
"""Role -> what it may decide here; referrals have a screen of their own."""
STAYING: Final = frozenset({"note", "reopen", "unmerge"})
"""After these one wants to see the same lead."""
CORRECTING: Final = frozenset({"confirm", "needs_info"})
"""These keep the category and the subject that were corrected."""
LONGEST_SUBJECT: Final = 100  # characters: a name
LONGEST_LOOK: Final = 3_600  # seconds; longer than that nobody looked, the page stood open


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form says."""

    do: str
    """A kind, or ``dismiss:CODE``."""
    seen: str = ""
    """Number of the last decision that the page showed."""
    category: str = ""
    subject: str = ""
    note: str = ""
    duplicate_of: str = ""
    opened: str = ""
    """When the page was made, in seconds."""

    @property
    def kind(self) -> str:
        """What is wanted."""
        return self.do.partition(":")[0]

    @property
    def reason(self) -> str | None:
        """Code of the reason."""
        return self.do.partition(":")[2] or None

    @property
    def clean_note(self) -> str:
        """With line ends as people count them."""
        return self.note.replace("\r\n", "\n")


def may(roles: Collection[str]) -> frozenset[str]:
    """What somebody with these roles may decide."""
    return frozenset().union(*(kinds for role, kinds in FORMS.items() if role in roles))


def decide(  # noqa: PLR0913, PLR0917 -- who decides what on what
    console: Console, me: Person, actor: Actor, lead_id: int, wish: Wish, now: datetime
) -> Decided:
    """Write it.

    Raises:
        Conflict: somebody else was faster, or holds the lead.
        ReviewError: it cannot be decided so.
    """
    made = decision(me, actor, lead_id, wish, now)
    row = queue.brief(console.db, lead_id)
    if row is None:
        raise Unknown(f"没有编号为 {lead_id} 的线索")
    if made.category == row.category:
        made = replace(made, category=None)
    return decisions.decide(console.db, made, now, policy=policy_for(console.config.second, row.score))


def decision(me: Person, actor: Actor, lead_id: int, wish: Wish, now: datetime) -> Decision:
    """What the form wants, as storage takes it. Raises ReviewError: it makes no sense, or is not this person's."""
    if wish.kind not in may(me.roles):
        raise ReviewError("您的角色不能作出这个决定")
    corrects = wish.kind in CORRECTING
    return Decision(
        lead_id=lead_id,
        actor=actor,
        kind=cast("Kind", wish.kind),  # `may` knows no others
        seen=whole_number(wish.seen),
        reason=wish.reason if wish.kind == "dismiss" else None,
        category=checked_category(wish.category) if corrects else None,
        subject=wish.subject.strip()[:LONGEST_SUBJECT] or None if corrects else None,
        note=wish.clean_note.strip(),
        duplicate_of=_lead_number(wish.duplicate_of) if wish.kind == "duplicate" else None,
        seconds=_seconds(wish.opened, now),
    )


def checked_category(code: str) -> str | None:
    """A category to correct to; None for none. Raises ReviewError."""
    if code and code not in CATEGORIES:
        raise ReviewError("没有这个类别")
    return code or None


def _lead_number(text: str) -> int:
    digits = unicodedata.normalize("NFKC", text).strip().lstrip("#").strip()  # typed with a Chinese keyboard
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise ReviewError("请填写与哪条线索重复(线索编号)")
    return int(digits)


def _seconds(opened: str, now: datetime) -> float | None:
    if not opened.isascii() or not opened.isdigit():
        return None
    spent = now.timestamp() - int(opened)
    return spent if 0 <= spent <= LONGEST_LOOK else None


def objection(view: LeadView, me: Person) -> str | None:
    """Why this person may not approve or refuse a lead that waits for it; None when they may, or nothing waits."""
    if view.row.status != "pending":
        return None
    return second.objection(view.state, me.id, me.roles)
