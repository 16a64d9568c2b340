"""Four eyes: which decisions need a second person, and who that may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.review.folding import State


@dataclass(frozen=True, slots=True)
class Policy:
    """When a second person is asked. The default asks for referrals alone."""

    verdicts: frozenset[str] = frozenset()
    """Confirming a lead with one of these verdicts; empty: never because of the verdict."""
    categories: frozenset[str] = frozenset()
    """… of one of these categories; empty: of any."""
    flags: frozenset[str] = frozenset()
    """Confirming what bears one of these flags of detection, whatever its verdict."""
    referrals: bool = True
    """Every referral."""

    def asks(self, kind: str, verdict: str, category: str, flags: Collection[str]) -> bool:
        """Whether this decision takes effect only with a second one."""
        if kind == "refer":
            return self.referrals
        if kind != "confirm":
            return False
        serious = verdict in self.verdicts and (not self.categories or category in self.categories)
        return serious or not self.flags.isdisjoint(flags)


ALONE = Policy(referrals=False)
"""Nobody is asked: an office of one."""


def objection(state: State, account_id: int, roles: Collection[str]) -> str | None:
    """Why this person may not approve or refuse; None when they may."""
    if state.status != "pending":
        return "该线索没有等待复核"
    if state.asked_by == account_id:
        return "不能复核自己的决定,须由另一人复核"
    if "approver" not in roles:
        return "没有复核权限"
    return None
