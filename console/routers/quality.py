"""The lexicon's quality by what reviewers decided: each entry and channel, its trend, and what it should leave out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Query, Request
from markupsafe import Markup
from starlette.responses import Response

from console import charts, learning, wrong_filters
from console.charts import Series
from console.exceptions import Refusal
from console.learning import SPANS
from console.pages import address_with, page
from console.person import Db, Here, Now
from console.routing import Nav, Screen
from storage.database import Database
from storage.review import quality, reasons
from storage.review.quality import Quality
from storage.words import CHANNELS

router = Screen(Nav("学习", "/quality", 85, "g q"))

MOST: Final = 200  # rows: nobody reads more, and each costs a count
CONSOLE: Final = "console:"  # entries of the console's own file are edited as a whole
SORTS: Final[dict[str, tuple[str, Callable[[Quality], Any]]]] = {
    "wrong": ("排除", lambda one: (-one.wrong, one.precision.value)),
    "right": ("确认", lambda one: (-one.right,)),
    "precision": ("准确率", lambda one: (one.precision.value, -one.precision.of)),
    "volume": ("已判", lambda one: (-one.precision.of,)),
    "waiting": ("未判", lambda one: (-one.waiting,)),
    "term": ("词条", lambda one: (one.term, one.entry)),
}
"""What `sort` may be -> name of the column, and what rows are ordered by."""
LABELS: Final = {"channel": "方式", "sort": "排序"}
Word = Annotated[str, Query(max_length=100)]
Name = Annotated[str, Query(max_length=250)]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry and channel as the table shows it."""

    one: Quality
    trend: Markup
    reasons: tuple[tuple[str, int], ...]
    """Names of reasons and how often."""


@router.get("/quality")
def show(  # noqa: PLR0913, PLR0917 -- one parameter per filter
    request: Request, db: Db, now: Now, days: Word = "", q: Word = "", channel: Word = "", sort: Word = ""
) -> Response:
    """All entries that were decided on, those most often wrong first."""
    chosen, since, until = learning.period(days, now)
    _check({"days": days, "q": q, "channel": channel, "sort": sort})
    found = quality.entries(db, since, until, channel=channel or None, text=q.strip(), limit=MOST)
    order = sort or "wrong"
    rows = _rows(db, sorted(found, key=SORTS[order][1]), since, until)
    asked = {"days": chosen, "q": q, "channel": channel, "sort": order}
    facts: dict[str, Any] = {"spans": SPANS, "channels": CHANNELS, "sorts": SORTS, "more": len(found) == MOST}
    return page(request, "quality.html", asked=asked, rows=rows, said=learning.said, **facts)


def _check(given: dict[str, str]) -> None:
    """Raises Refusal: 422, a filter has no such value."""
    may: dict[str, Mapping[str, str]] = {"channel": CHANNELS, "sort": {code: name for code, (name, _) in SORTS.items()}}
    wrongs = [wrong_filters.choice(name, LABELS[name], given[name], choices) for name, choices in may.items()]
    if found := [wrong for wrong in wrongs if wrong]:
        raise wrong_filters.refusal(found, given, LABELS, "/quality")


def _rows(db: Database, found: Sequence[Quality], since: datetime, until: datetime) -> list[Row]:
    trends = quality.trends(db, learning.edges(since, until))
    names = _reasons(db)
    rows = []
    for one in found:
        pairs = trends.get((one.entry, one.channel), [])
        title = f"{one.term}：" + "，".join(f"{good} 对 {bad} 错" for good, bad in pairs)
        why = tuple((names.get(code, code) or "未注明", count) for code, count in one.reasons)
        rows.append(Row(one, charts.spark(title, pairs), why))
    return rows


def _reasons(db: Database) -> dict[str, str]:
    return {one.code: one.label for one in reasons.everything(db, retired=True)}


@router.get("/quality/entry")
def show_entry(  # noqa: PLR0913, PLR0917 -- one parameter per filter
    request: Request, here: Here, db: Db, now: Now, entry: Name = "", channel: Word = "", days: Word = ""
) -> Response:
    """One entry: trend, reasons, and longer words that were always dismissed."""
    chosen, since, until = learning.period(days, now)
    found = quality.entries(db, since, until, entry=entry, channel=channel or None)
    if not found:
        raise Refusal(404, "这段时间里没有研判过这个词条的线索。")
    marks = learning.edges(since, until)
    pairs = quality.trend(db, entry, channel or None, marks)
    days_of = [moment.astimezone(here.zone).date() for moment in marks[:-1]]
    series = [Series("判对", tuple(good for good, _ in pairs)), Series("判错", tuple(bad for _, bad in pairs))]
    title = f"{found[0].term}：判对和判错的线索"
    facts: dict[str, Any] = {
        "rows": _rows(db, found, since, until),
        "chart": charts.lines(title, [f"{day:%m-%d}" for day in days_of], series),
        "legend": charts.legend(series),
        "steps": list(zip(days_of, pairs, strict=True)),
        "exclusions": [(one, _edit(entry, one.text)) for one in quality.exclusions(db, entry)],
        "edit": _edit(entry, ""),
    }
    asked = {"entry": entry, "channel": channel, "days": chosen}
    return page(
        request, "quality_entry.html", asked=asked, spans=SPANS, term=found[0].term, said=learning.said, **facts
    )


def _edit(entry: str, word: str) -> str:
    """The lexicon's form with a word to leave out filled in."""
    own = entry.startswith(CONSOLE)
    asked = {"op": "add" if own else "change", "id": entry}
    return "/lexicon/edit?" + address_with(asked, **{"exclude" if own else "exclude_add": word})
