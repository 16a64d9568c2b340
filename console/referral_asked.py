"""What the address of the list of referrals asks for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Self

from console import wrong_filters
from console.pages import address_with, whole_number
from storage.referral.records import Filter
from storage.referral.words import DEPARTMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.referral.records import Counts

TABS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "draft": ("待审核", ("draft",)),
    "approved": ("待送出", ("approved",)),
    "open": ("已送出", ("sent", "received", "accepted", "passed_on")),
    "overdue": ("逾期", ()),
    "answered": ("已答复", ("filed", "not_filed", "declined")),
    "closed": ("已办结", ("closed",)),
    "withdrawn": ("已撤回", ("withdrawn",)),
    "all": ("全部", ()),
}
"""What `status` may be -> name and the statuses that it stands for."""
USUAL: Final = "all"
LABELS: Final = {"status": "状态", "department": "部门", "q": "查找", "campaign": "专项行动", "seller": "卖家"}
"""Filter -> what it is called on screen."""
CHOICES: Final = {"status": {code: name for code, (name, _) in TABS.items()}, "department": DEPARTMENTS}
LONGEST: Final = 200  # characters of one filter


@dataclass(frozen=True, slots=True)
class ReferralsAsked:
    """The filters as they stand in the address."""

    status: str = ""
    department: str = ""
    q: str = ""
    campaign: str = ""
    seller: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From an address. Raises Refusal: 422, a filter has no such value."""
        given = {one.name: query.get(one.name, "").strip()[:LONGEST] for one in fields(cls)}
        wrongs = [
            *(wrong_filters.choice(name, LABELS[name], given[name], may) for name, may in CHOICES.items()),
            *(wrong_filters.number(name, LABELS[name], given[name]) for name in ("campaign", "seller")),
        ]
        if found := [wrong for wrong in wrongs if wrong]:
            raise wrong_filters.refusal(found, given, LABELS, "/referrals")
        return cls(**given)

    @property
    def tab(self) -> str:
        """Which tab is open."""
        return self.status or USUAL

    def with_(self, **changes: object) -> str:
        """The query with changes."""
        return address_with({one.name: getattr(self, one.name) for one in fields(self)}, **changes)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab is asked for."""
        return bool(self.department or self.q or self.campaign or self.seller)

    def filter(self, now: datetime) -> Filter:
        """What storage understands. Raises Refusal."""
        return Filter(
            status=TABS[self.tab][1],
            department=self.department,
            text=self.q,
            campaign_id=whole_number(self.campaign),
            seller_id=whole_number(self.seller),
            overdue_at=now if self.tab == "overdue" else None,
        )


def tab_counts(counts: Counts) -> dict[str, int]:
    """Tab -> how many there are, of all."""
    found = {code: sum(counts.by_status.get(one, 0) for one in said) for code, (_, said) in TABS.items()}
    return found | {"overdue": counts.overdue, "all": sum(counts.by_status.values())}
