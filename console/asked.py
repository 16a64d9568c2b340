"""What a queue's address asks for: every filter lives in the address, so that it can be kept, sent and gone back to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qsl

from console import wrong_filters
from console.codes import CATEGORIES, DEPARTMENTS, ORDERS, SOURCES
from console.exceptions import Refusal
from console.pages import address_with, site_name, whole_number
from storage.review.filters import Cursor, Filters
from storage.words import CHANNELS, STATUSES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from console.wrong_filters import Wrong

LONGEST: Final = 200  # characters of one filter
TABS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "new": ("待研判", ("new",)),
    "needs_info": ("待补充", ("needs_info",)),
    "pending": ("待复核", ("pending",)),
    "confirmed": ("已确认", ("confirmed",)),
    "dismissed": ("已排除", ("dismissed",)),
    "duplicate": ("重复", ("duplicate",)),
    "referred": ("已移送", ("referred",)),
    "lapsed": ("已失效", ("lapsed",)),
    "all": ("全部", ()),
}
"""What `status` in the address may be -> name and the statuses that it stands for."""
USUAL: Final = "new"
LABELS: Final[dict[str, str]] = {
    "status": "状态",
    "category": "类别",
    "department": "主办",
    "site": "站点",
    "seller": "卖家",
    "since": "发现于",
    "until": "至",
    "verdict": "判定",
    "channel": "方式",
    "term": "命中词",
    "q": "查找",
    "source": "来源",
    "held": "占用",
    "due": "期限",
    "changed": "内容有变",
    "order": "排序",
}
"""Filter -> what it is called on screen."""
CHOICES: Final[dict[str, Mapping[str, str]]] = {
    "status": {code: name for code, (name, _) in TABS.items()},
    "category": CATEGORIES,
    "department": DEPARTMENTS,
    "verdict": VERDICTS,
    "channel": CHANNELS,
    "source": SOURCES,
    "held": {"me": "我占用的"},
    "due": {"1": "有期限"},
    "changed": {"1": "内容有变"},
    "order": ORDERS,
}
"""Filter -> all that it may be, and what that is called."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they stand in the address; empty where nothing is asked."""

    status: str = ""
    category: str = ""
    department: str = ""
    site: str = ""
    seller: str = ""
    """Number of the seller."""
    since: str = ""
    until: str = ""
    """The last day that is meant."""
    verdict: str = ""
    channel: str = ""
    term: str = ""
    q: str = ""
    source: str = ""
    held: str = ""
    """``me``."""
    due: str = ""
    """``1``."""
    changed: str = ""
    """``1``: only decided ones whose page changed since."""
    order: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], *, beside: Collection[str] | None = ()) -> Self:
        """From an address; `beside`: what else the page has in it, None for anything.

        Raises:
            Refusal: 422, there is no such filter, or it has no such value.
        """
        given = {name: query.get(name, "").strip()[:LONGEST] for name in cls.__slots__}
        strange = [] if beside is None else [name for name in query if name not in given and name not in beside]
        wrongs = [wrong_filters.unknown(name, query[name].strip()[:LONGEST], LABELS) for name in strange]
        wrongs += _wrong_values(given)
        if wrongs:
            raise wrong_filters.refusal(wrongs, given, LABELS, "/queue")
        return cls(**given)

    @classmethod
    def parse(cls, query: str) -> Self:
        """From the text of a query, as `str` makes it or as somebody stored it."""
        return cls.read(dict(parse_qsl(query[: LONGEST * 20], keep_blank_values=False)))

    def __str__(self) -> str:
        """As a query without its question mark."""
        return self.with_()

    def with_(self, **changes: object) -> str:
        """The query with changes; an empty value takes a filter away."""
        return address_with(self.as_dict(), **changes)

    def as_dict(self) -> dict[str, str]:
        """Name -> value."""
        return {name: getattr(self, name) for name in self.__slots__}

    def said(self) -> list[tuple[str, str]]:
        """Name and value of each filter in force, as people read them."""
        asked = self.as_dict() | {"status": self.tab, "site": site_name(self.site), "order": ""}
        return [(LABELS[name], CHOICES.get(name, {}).get(value, value)) for name, value in asked.items() if value]

    def siteless(self, names: Iterable[str]) -> Refusal | None:
        """What to say where none of the sites, `names`, is called as this asks for."""
        wrong = wrong_filters.site(self.site, names)
        return wrong and wrong_filters.refusal([wrong], self.as_dict(), LABELS, "/queue")

    @property
    def tab(self) -> str:
        """Which tab is open."""
        return self.status or USUAL

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the status and the order is asked for."""
        return any(value for name, value in self.as_dict().items() if name not in {"status", "order"})

    @property
    def is_rare(self) -> bool:
        """Whether one of the filters is asked for that are folded away."""
        return bool(self.term or self.source or self.since or self.until or self.held or self.due)

    def filters(self, zone: ZoneInfo, account_id: int) -> Filters:
        """What storage understands.

        Raises:
            Refusal: 422, a day or number that is none.
        """
        return Filters(
            status=TABS[self.tab][1],
            category=self.category or None,
            department=self.department or None,
            site=self.site or None,
            seller_id=whole_number(self.seller),
            since=midnight(self.since, zone),
            until=midnight(self.until, zone, days=1),
            verdict=self.verdict or None,
            channel=self.channel or None,
            term=self.term or None,
            text=self.q or None,
            source=self.source or None,
            held_by=account_id if self.held == "me" else None,
            due=self.due == "1",
            changed=self.changed == "1",
            order=self.order or "risk",
        )


def _wrong_values(given: Mapping[str, str]) -> Iterator[Wrong]:
    checks = [wrong_filters.choice(name, LABELS[name], given[name], choices) for name, choices in CHOICES.items()]
    days = [wrong_filters.day(name, LABELS[name], given[name]) for name in ("since", "until")]
    checks += [wrong_filters.number("seller", LABELS["seller"], given["seller"]), *days]
    yield from (wrong for wrong in checks if wrong)
    since, until = given["since"], given["until"]
    if since and until and not any(days) and since > until:  # as text: both are written alike
        told = f"“{LABELS['since']}”{since} 晚于“{LABELS['until']}”{until}，这样不会有线索"
        yield wrong_filters.Wrong(("since", "until"), told, {"since": until, "until": since})


def midnight(text: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    """The beginning of a day (and `days` on) in `zone`; None for none.

    Raises:
        Refusal: 422, it is no date, or one of another age.
    """
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(422, "日期应写成 2026-11-01。") from error
    if not wrong_filters.FIRST <= found <= wrong_filters.LAST:
        raise Refusal(422, f"{wrong_filters.BEYOND}。")
    return datetime.combine(found + timedelta(days=days), time(), zone)


def place(text: str) -> Cursor | None:
    """A place in a queue from an address; None for none.

    Raises:
        Refusal: 422, it is none of ours.
    """
    if not text:
        return None
    found = Cursor.parse(text)
    if found is None:
        raise Refusal(422, "网址中的页码不正确。")
    return found


__all__ = ["STATUSES", "TABS", "USUAL", "Asked", "midnight", "place"]
