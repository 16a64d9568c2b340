"""专题分析: what the leads of a period show, with the files for superiors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from markupsafe import Markup
from starlette.responses import Response

from console import charts, moments
from console.asked import midnight
from console.charts import Series
from console.codes import named
from console.guards import tell
from console.masking import mask, mask_in
from console.pages import page
from console.person import Db, Here, Now
from console.referral_service import Product
from console.routers.campaigns import unit_of
from console.routers.referral_files import handed_out
from console.routing import Screen
from console.state import Console
from referrals import analysis_report
from referrals.analysis_annex import HIDDEN
from referrals.papers import pdf, word
from referrals.results_form import MEDIA
from storage.referral import analysis
from storage.referral.analysis import Analysis, Asked, Ran
from storage.referral.exceptions import ReferringError
from storage.review.wording import ZONE

router = Screen()

USUAL = 90  # days: a quarter
SHOWN = 12  # rows of a table on the page; the report has all
CODES: dict[str, dict[int, str]] = {
    "statuses": {0: "status"},
    "categories": {0: "category"},
    "channels": {0: "channel"},
    "codewords": {2: "channel"},
    "intents": {0: "intent"},
    "networks": {3: "contact"},
}
"""Query -> columns that hold codes, and what these are of."""
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Table:
    """One query's answer."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    """The first ones."""
    count: int
    """Of all rows; 0 where all are shown."""
    chart: Markup | str


@router.get("/reports/analysis")
def show(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request, here: Here, db: Db, now: Now, since: Text = "", until: Text = "", confirmed: Text = ""
) -> Response:
    """The period, and what the report would tell."""
    first, last = _days(here, now, since, until)
    facts: dict[str, Any] = {"since": first, "until": last, "confirmed": confirmed, "most": SHOWN}
    try:
        found = analysis.analyse(db, _asked(here, first, last, confirmed), now)
    except ReferringError as error:
        return page(request, "analysis.html", status=422, problem=str(error), found=None, tables=(), **facts)
    return page(request, "analysis.html", problem="", found=found, tables=_tables(found), **facts)


def _days(here: Console, now: datetime, since: str, until: str) -> tuple[str, str]:
    today = now.astimezone(here.zone).date()
    last = until or today.isoformat()
    return since or (_or(last, today) - timedelta(days=USUAL - 1)).isoformat(), last


def _or(text: str, other: date) -> date:
    try:
        return moments.day(text)
    except ReferringError:
        return other


def _asked(here: Console, since: str, until: str, confirmed: str) -> Asked:
    begin, end = midnight(since, here.zone), midnight(until, here.zone, days=1)
    assert begin is not None  # `_days` leaves none empty
    assert end is not None
    return Asked(begin, end, confirmed=bool(confirmed))


def _tables(found: Analysis) -> list[Table]:
    """Each query for people: codes in words, sellers hidden; a chart where rows are names and numbers."""
    return [_trend(one, found) if one.name == "trend" else _table(one) for one in found.queries]


def _trend(one: Ran, found: Analysis) -> Table:
    """Steps by their first days."""
    days = [edge.astimezone(ZONE).strftime("%m-%d") for edge in found.edges[:-1]]
    counted = {int(row[0]): (row[1], row[2]) for row in one.rows}
    rows = [(day, *counted.get(step, (0, 0))) for step, day in enumerate(days)]
    series = [
        Series("线索", tuple(float(row[1]) for row in rows)),
        Series("已确认", tuple(float(row[2]) for row in rows)),
    ]
    chart = charts.lines(one.title, days, series) + charts.legend(series)
    return Table(one.name, one.title, ("开始日", *one.columns[1:]), rows, 0, chart)


def _table(one: Ran) -> Table:
    hidden, kinds = HIDDEN.get(one.name, frozenset()), CODES.get(one.name, {})
    rows = [
        tuple(_cell(value, place in hidden, kinds.get(place)) for place, value in enumerate(row)) for row in one.rows
    ]
    return Table(one.name, one.title, one.columns, rows[:SHOWN], len(rows), _chart(one, rows[:SHOWN]))


def _cell(value: Any, hide: bool, kind: str | None) -> Any:  # noqa: FBT001 - one call
    if isinstance(value, datetime):
        return value.astimezone(ZONE).strftime("%Y-%m-%d")
    if not isinstance(value, str):
        return value
    return mask(value) if hide else named(kind, value) if kind else mask_in(value, ())


def _chart(one: Ran, rows: Sequence[tuple[Any, ...]]) -> Markup | str:
    columns = one.columns
    if columns[-1] != "已确认" or not rows:
        return ""
    names = [" ".join(str(cell) for cell in row[:-2]) for row in rows]
    right = tuple(float(row[-1]) for row in rows)
    rest = tuple(float(row[-2]) - float(row[-1]) for row in rows)
    series = [Series("已确认", right), Series("其他", rest)]
    return charts.bars(one.title, names, series) + charts.legend(series)


@router.get("/reports/analysis/file")
def file(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request,
    here: Here,
    db: Db,
    now: Now,
    since: Text = "",
    until: Text = "",
    confirmed: Text = "",
    form: Literal["docx", "pdf"] = "docx",
) -> Response:
    """The report as a file; personal data is hidden in it."""
    first, last = _days(here, now, since, until)
    found = analysis.analyse(db, _asked(here, first, last, confirmed), now)
    paper = analysis_report.paper(found, unit=unit_of(here))
    tell(request, "analysis", f"{first}/{last}", form=form)
    content = word.as_docx(paper, now) if form == "docx" else pdf.as_pdf(paper, now)
    return handed_out(Product(f"专题分析报告（{first}至{last}）.{form}", MEDIA[form], content))
