"""Campaigns (专项行动): the workspace with stages, what is due, the results form and its figures."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Form, Query, Request
from starlette.responses import Response

from console import campaign_form, case_pictures, moments
from console.campaign_form import TypedPlan
from console.exceptions import Refusal
from console.feedback_form import decimal
from console.guards import actor, tell
from console.pages import go, page, whole_number
from console.person import Db, Filled, Here, Id, Now
from console.referral_service import Product
from console.routers.referral_files import handed_out
from console.routing import Nav, Screen
from console.state import Console
from referrals import campaign_report, results_form
from referrals.papers import pdf, word
from referrals.results_form import MEDIA
from storage.referral import campaigns, feedback, reporting, results
from storage.referral.campaign_records import OPEN, STATES, Campaign, HandedIn, NewFigure
from storage.referral.exceptions import ReferringError
from storage.referral.feedback_records import Wanted
from storage.referral.form_records import COLUMNS

router = Screen(Nav("专项行动", "/campaigns", 16, "g x"))

TYPICAL = 12  # cases shown on the workspace; the list of feedback has all
Text = Annotated[str, Query(max_length=200)]
Line = Annotated[str, Form(max_length=400)]


@router.get("/campaigns")
def show_all(request: Request, db: Db, now: Now, here: Here) -> Response:
    """All of them, and what is due in those that run."""
    today = _today(here, now)
    found = campaigns.everyone(db)
    return page(
        request, "campaigns.html", campaigns=found, reminders=reporting.reminders(db, today), today=today
    )  # fmt: skip


def _today(here: Console, now: datetime) -> date:
    return now.astimezone(here.zone).date()


@router.get("/campaigns/new")
def new(request: Request, now: Now, here: Here) -> Response:
    """The form."""
    return _plan_page(request, TypedPlan(starts_on=_today(here, now).isoformat()))


def _plan_page(
    request: Request, typed: TypedPlan, one: Campaign | None = None, *, problem: str = "", status: int = 200
) -> Response:
    kinds = "、".join(campaign_form.NAMES)
    return page(request, "campaign_form.html", status=status, typed=typed, one=one, problem=problem, kinds=kinds)


@router.post("/campaigns/new")
def create(request: Request, db: Db, now: Now, form: Filled) -> Response:
    """Make it."""
    typed = _typed(form)
    try:
        made = campaigns.create(db, campaign_form.plan(typed), actor(request), now)
    except ReferringError as error:
        return _plan_page(request, typed, problem=str(error), status=422)
    return go(f"/campaigns/{made.id}")


def _typed(form: Filled) -> TypedPlan:
    values = {name: value for name in form if isinstance(value := form[name], str)}
    return campaign_form.from_form(values)


@router.get("/campaigns/{campaign_id}/change")
def show_change(request: Request, db: Db, campaign_id: Id) -> Response:
    """The form with the plan as it is."""
    one = campaigns.get(db, campaign_id)
    return _plan_page(request, campaign_form.typed_from(one), one)


@router.post("/campaigns/{campaign_id}/change")
def change(request: Request, db: Db, now: Now, campaign_id: Id, form: Filled) -> Response:
    """Make it as the form says."""
    typed = _typed(form)
    try:
        campaigns.change(db, campaign_id, campaign_form.plan(typed), actor(request), now)
    except ReferringError as error:
        return _plan_page(request, typed, campaigns.get(db, campaign_id), problem=str(error), status=422)
    return go(f"/campaigns/{campaign_id}")


@router.post("/campaigns/{campaign_id}/close")
def close(request: Request, db: Db, now: Now, campaign_id: Id) -> Response:
    """Nothing more is expected."""
    campaigns.close(db, campaign_id, actor(request), now)
    return go(f"/campaigns/{campaign_id}")


@router.post("/campaigns/{campaign_id}/reopen")
def reopen(request: Request, db: Db, now: Now, campaign_id: Id) -> Response:
    """Take the closing back."""
    campaigns.reopen(db, campaign_id, actor(request), now)
    return go(f"/campaigns/{campaign_id}")


@router.get("/campaigns/{campaign_id}")
def show(request: Request, here: Here, now: Now, campaign_id: Id, until: Text = "") -> Response:
    """The workspace."""
    return _page(request, here, now, campaign_id, until=until)


def _page(  # noqa: PLR0913, PLR0917 -- what a page is made of
    request: Request, here: Console, now: datetime, campaign_id: int, problem: str = "", typed: dict[str, str] | None = None, until: str = "",
) -> Response:  # fmt: skip
    db, today = here.db, _today(here, now)
    one = campaigns.get(db, campaign_id)
    standings = reporting.standings(db, campaign_id, today)
    facts: dict[str, Any] = {
        "one": one,
        "today": today,
        "stage": one.stage_on(today),
        "units": [unit for unit in one.units if unit.left_at is None],
        "standings": {(found.due.id, found.unit.id): found for found in standings},
        "missing": [found for found in standings if found.state in OPEN],
        "states": STATES,
        "form": results.compute(db, campaign_id, until=_until(until)),
        "until": until,
        "columns": COLUMNS,
        "figures": reporting.figures(db, campaign_id),
        "typical": feedback.find(db, Wanted(campaign_id, typical=True), limit=TYPICAL),
        "typed": typed or {},
    }
    return page(request, "campaign.html", status=422 if problem else 200, problem=problem, **facts)


def _until(text: str) -> date | None:
    try:
        return moments.day(text) if text else None
    except ReferringError as error:
        raise Refusal(422, str(error)) from error


@router.get("/campaigns/{campaign_id}/cell")
def cell(request: Request, db: Db, campaign_id: Id, column: Text = "", unit: Text = "", until: Text = "") -> Response:  # noqa: PLR0913, PLR0917
    """Where one figure of the form comes from."""
    form = results.compute(db, campaign_id, until=_until(until))
    number = whole_number(column, largest=len(COLUMNS))
    row = form.total if not unit else next((row for row in form.rows if row.unit == unit), None)
    if not number or row is None:
        raise Refusal(404, "成果表没有这一格。")
    facts: dict[str, Any] = {
        "one": form.campaign,
        "row": row,
        "cell": row.cells[number - 1],
        "column": COLUMNS[number - 1],
    }
    return page(request, "campaign_cell.html", until=until, **facts)


@router.post("/campaigns/{campaign_id}/reports")
def hand_in(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    here: Here,
    now: Now,
    campaign_id: Id,
    due: Line = "",
    unit: Line = "",
    received_on: Line = "",
    how: Annotated[list[str] | None, Form(max_length=10)] = None,
    note: Line = "",
    do: Line = "",
) -> Response:
    """A unit handed something in; or what was entered was a mistake."""
    typed = {"due": due, "unit": unit, "received_on": received_on, "note": note}
    due_id, unit_id, ways = whole_number(due) or 0, whole_number(unit) or 0, set(how or ())
    try:
        if do == "withdraw":
            reporting.withdraw(here.db, due_id, unit_id, note, actor(request), now)
        else:
            day = moments.day(received_on, "收到日期")
            given = HandedIn(due_id, unit_id, day, "electronic" in ways, "paper" in ways, "zero" in ways, note.strip())
            reporting.hand_in(here.db, given, actor(request), now)
    except ReferringError as error:
        return _page(request, here, now, campaign_id, str(error), typed)
    return go(f"/campaigns/{campaign_id}")


@router.post("/campaigns/{campaign_id}/figures")
def figure(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request, here: Here, now: Now, campaign_id: Id, unit: Line = "", column: Line = "", value: Line = "", source: Line = "",
) -> Response:  # fmt: skip
    """Type a figure that only people know; empty takes it back."""
    typed = {"figure_unit": unit, "column": column, "value": value, "source": source}
    try:
        amount = decimal(value.strip()) if value.strip() else None
        number = whole_number(column) or 0
        given = NewFigure(campaign_id, whole_number(unit) or 0, number, amount, source.strip())
        reporting.enter_figure(here.db, given, actor(request), now)
    except ReferringError as error:
        return _page(request, here, now, campaign_id, str(error), typed)
    return go(f"/campaigns/{campaign_id}#form")


@router.get("/campaigns/{campaign_id}/form.{extension}")
def form_file(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request, here: Here, db: Db, now: Now, campaign_id: Id, extension: Literal["xlsx", "docx", "pdf"], until: Text = "",
) -> Response:  # fmt: skip
    """The results form as a file."""
    form = results.compute(db, campaign_id, until=_until(until))
    made_at = now.astimezone(here.zone)
    content = results_form.render(form, extension, unit=unit_of(here), made_at=made_at)
    tell(request, "campaign", campaign_id, form=extension, until=until)
    return handed_out(Product(f"网盾行动成果表（{form.campaign.name}）.{extension}", MEDIA[extension], content))


def unit_of(here: Console) -> str:
    """填表单位."""
    return str(here.facts.get("office") or here.facts.get("unit") or "")


@router.get("/campaigns/{campaign_id}/report")
def report(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request,
    here: Here,
    db: Db,
    now: Now,
    campaign_id: Id,
    kind: Literal["stage", "final"] = "stage",
    until: Text = "",
    form: Literal["docx", "pdf"] = "docx",
) -> Response:
    """The draft of a stage's or the final report."""
    one = campaigns.get(db, campaign_id)
    day = _until(until) or min(_today(here, now), one.ends_on)
    paper = campaign_report.draft(
        db,
        campaign_id,
        kind,
        until=day,
        unit=unit_of(here),
        now=now.astimezone(here.zone),
        template=_template(here, kind),
        picture=case_pictures.reader(here),
    )
    name = f"{one.name}{'阶段' if kind == 'stage' else '总结'}报告（稿）.{form}"
    tell(request, "campaign", campaign_id, report=kind, until=day.isoformat())
    content = word.as_docx(paper, now) if form == "docx" else pdf.as_pdf(paper, now)
    return handed_out(Product(name, MEDIA[form], content))


def _template(here: Console, kind: str) -> Any:
    """The office's own text, where there is one."""
    folder = here.facts.get("referral_templates")
    path = folder / f"{kind}.txt" if folder else None
    return path if path and path.exists() else None


__all__ = ["router", "unit_of"]
