"""专题分析: what the leads of a period show, with the files for superiors."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from starlette.responses import Response

from console import charts, moments
from console.asked import midnight
from console.charts import Series
from console.guards import tell
from console.pages import page
from console.person import Db, Here, Now
from console.referral_service import Product
from console.routers.campaigns import unit_of
from console.routers.referral_files import handed_out
from console.routing import Screen
from console.state import Console
from referrals import analysis_report
from referrals.papers import pdf, word
from referrals.results_form import MEDIA
from storage.referral import analysis
from storage.referral.analysis import Analysis, Asked
from storage.referral.exceptions import ReferringError

router = Screen()

USUAL = 90  # days: a quarter
SHOWN = 12  # rows of a table on the page; the report has all
Text = Annotated[str, Query(max_length=200)]


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
        return page(request, "analysis.html", status=422, problem=str(error), found=None, pictures={}, **facts)
    return page(request, "analysis.html", problem="", found=found, pictures=_pictures(found), **facts)


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


def _pictures(found: Analysis) -> dict[str, Any]:
    """Charts of the tables whose rows are a name and a number."""
    made: dict[str, Any] = {}
    for one in found.queries:
        rows = [row for row in one.rows[:SHOWN] if len(row) >= 2 and isinstance(row[-1], int)]
        if rows and len(rows) == len(one.rows[:SHOWN]):
            names = [" ".join(str(cell) for cell in row[:-1]) for row in rows]
            made[one.name] = charts.bars(one.title, names, [Series("条", tuple(float(row[-1]) for row in rows))])
    return made


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
