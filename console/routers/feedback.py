"""What came of cases: typed in, read from a returned file, corrected, taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Form, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from console import case_pictures, feedback_form
from console.feedback_form import Typed
from console.guards import actor
from console.pages import go, page, whole_number
from console.person import Db, Filled, Here, Id, Now
from console.referral_service import Product
from console.routers.referral_files import LARGEST, handed_out
from console.routing import Screen
from referrals.exceptions import ReferralError
from referrals.feedback_import import reader, template
from referrals.results_form import MEDIA
from storage.database import Database
from storage.referral import campaigns, feedback, queries, running
from storage.referral.campaign_records import Campaign
from storage.referral.exceptions import Absent, ReferringError, Stale
from storage.referral.feedback_records import ImportedFile, Wanted
from storage.referral.records import Referral
from storage.review.audit import Actor

router = Screen()

PAGE = 50  # rows
MOST_MISTAKES = 100  # of a file on one page: the next ones show when these are mended
Text = Annotated[str, Query(max_length=200)]


@router.get("/feedback")
def show_all(  # noqa: PLR0913, PLR0917 -- one parameter per filter
    request: Request, db: Db, campaign: Text = "", unit: Text = "", q: Text = "", typical: Text = "",
    versions: Text = "", before: Text = "", done: Text = "",
) -> Response:  # fmt: skip
    """Rows that count, the newest first; with those that no longer do, where asked."""
    wanted = Wanted(
        whole_number(campaign), unit or None, text=q or None, typical=bool(typical), all_versions=bool(versions)
    )
    found = feedback.find(db, wanted, before=whole_number(before), limit=PAGE + 1)
    asked = {"campaign": campaign, "unit": unit, "q": q, "typical": typical, "versions": versions}
    return _list(request, db, asked, found, before=before, done=done)


def _list(request: Request, db: Database, asked: dict[str, str], found: list[Any], **facts: Any) -> Response:
    status = facts.pop("status", 200)
    shown = {
        "asked": asked, "rows": found[:PAGE], "next": found[PAGE - 1].id if len(found) > PAGE else None,
        "campaigns": campaigns.everyone(db), "before": "", "done": "", "mistakes": (), "problem": "", "more": 0,
    }  # fmt: skip
    return page(request, "feedback_list.html", status=status, **shown | facts)


@router.get("/feedback/new")
def new(request: Request, db: Db, now: Now, here: Here, referral: Text = "", campaign: Text = "") -> Response:  # noqa: PLR0913, PLR0917
    """The form."""
    number = whole_number(referral)
    one = queries.one(db, number) if number else None
    campaign_id = one.campaign_id if one else whole_number(campaign)
    if campaign_id is None and not campaign:
        found = running.on(db, now.astimezone(here.zone).date())
        campaign_id = found.id if found else None
    values = {
        "referral": str(number or ""), "campaign": str(campaign_id or ""), "unit": one.receiver if one else "",
        "title": "", "happened_on": now.astimezone(here.zone).date().isoformat(),
    }  # fmt: skip
    return _form(request, db, Typed(values, leads=one.lead_ids if one else ()), one)


def _form(  # noqa: PLR0913 -- what a page is made of
    request: Request, db: Database, typed: Typed, referral: Referral | None, *, problem: str = "", status: int = 200, **more: Any
) -> Response:  # fmt: skip
    open_ones = campaigns.everyone(db)
    facts: dict[str, Any] = {
        "typed": typed,
        "referral": referral,
        "campaigns": open_ones,
        "units": _units(open_ones),
        "measures": feedback_form.MEASURES,
        "one": None,
        "history": (),
        "holds": referral.lead_ids[:200] if referral else (),
    }
    return page(request, "feedback_form.html", status=status, problem=problem, **facts | more)


def _units(found: list[Campaign]) -> list[str]:
    return list(dict.fromkeys(unit.name for one in found for unit in one.units if unit.left_at is None))


@router.post("/feedback/new")
def add(request: Request, here: Here, db: Db, now: Now, form: Filled) -> Response:
    """Write it down."""
    typed = feedback_form.read(form)
    number = whole_number(typed.get("referral"))
    try:
        given = feedback_form.new_feedback(typed)
        with case_pictures.kept(here, case_pictures.uploaded(form)) as pictures:
            made = feedback.add(db, replace(given, pictures=pictures), actor(request), now)
    except ReferringError as error:
        return _form(request, db, typed, queries.one(db, number) if number else None, problem=str(error), status=422)
    return go(f"/referrals/{made.referral_id}" if made.referral_id else f"/feedback/{made.id}")


@router.get("/feedback/form.xlsx")
def blank(db: Db, campaign: Text = "") -> Response:
    """The workbook that departments and townships fill in."""
    number = whole_number(campaign)
    one = campaigns.get(db, number) if number else None
    units = [unit.name for unit in one.units if unit.left_at is None] if one else []
    content = template.blank_xlsx(units, one.name if one else "")
    return handed_out(Product(f"办理结果反馈表{f'（{one.name}）' if one else ''}.xlsx", MEDIA["xlsx"], content))


@router.post("/feedback/import")
def take_in(request: Request, db: Db, now: Now, here: Here, form: Filled) -> Response:
    """Read a returned file: all of its rows, or none and every mistake."""
    file, campaign = form.get("file"), str(form.get("campaign", ""))[:19]
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            return _not_taken(request, db, campaign, "请选择填好的反馈表（xlsx）。")
        content = file.file.read(LARGEST + 1)
        if len(content) > LARGEST:
            return _not_taken(request, db, campaign, f"文件太大，超过 {LARGEST // 1024 // 1024} MB。")
        today = now.astimezone(here.zone).date()
        number, again = whole_number(campaign), bool(form.get("again"))
        made = import_file(db, file.filename[:200], content, today, number, actor(request), now, again=again)
    except (ReferringError, ReferralError) as error:
        return _not_taken(request, db, campaign, str(error), getattr(error, "mistakes", ()))
    return go(f"/feedback?campaign={campaign}&done={len(made)}")


def _not_taken(request: Request, db: Database, campaign: str, problem: str, mistakes: tuple[Any, ...] = ()) -> Response:
    asked = {"campaign": campaign, "unit": "", "q": "", "typical": "", "versions": ""}
    found = feedback.find(db, Wanted(whole_number(campaign)), limit=PAGE + 1)
    cut = {"mistakes": mistakes[:MOST_MISTAKES], "more": max(0, len(mistakes) - MOST_MISTAKES)}
    said = "文件没有导入，什么都没有改动。" if mistakes else problem
    return _list(request, db, asked, found, status=422, problem=said, **cut)


def import_file(  # noqa: PLR0913, PLR0917 -- a file and who brings it
    db: Database, name: str, content: bytes, today: date, campaign_id: int | None, by: Actor, now: datetime, *, again: bool = False,
) -> tuple[int, ...]:  # fmt: skip
    """Read a file and write all of its rows, or nothing. Raises ReferralError (`.mistakes`), ReferringError."""
    rows = reader.read_xlsx(content, name, today, campaign_id=campaign_id, referral_of=_numbered(db))
    rows = tuple(running.counted(db, row) for row in rows)
    return feedback.add_all(db, rows, by, now, file=ImportedFile(name, sha256(content).hexdigest()), again=again)


def _numbered(db: Database) -> Callable[[str], int | None]:
    def find(number: str) -> int | None:
        try:
            return queries.by_number(db, number).id
        except Absent:
            return None

    return find


@router.get("/feedback/{feedback_id}")
def show(request: Request, db: Db, feedback_id: Id) -> Response:
    """One row with its versions; the form to correct it."""
    one = feedback.get(db, feedback_id)
    return _one(request, db, feedback_id, feedback_form.typed_from(one))


def _one(  # noqa: PLR0913, PLR0917 -- what a page is made of
    request: Request, db: Database, feedback_id: int, typed: Typed, problem: str = "", status: int = 200
) -> Response:
    one = feedback.get(db, feedback_id)
    referral = queries.one(db, one.referral_id) if one.referral_id else None
    history = feedback.history(db, feedback_id)
    return _form(request, db, typed, referral, problem=problem, status=status, one=one, history=history)


@router.post("/feedback/{feedback_id}/correct")
def correct(request: Request, here: Here, db: Db, now: Now, feedback_id: Id, form: Filled) -> Response:  # noqa: PLR0913, PLR0917
    """A new row in place of this one."""
    typed = feedback_form.read(form)
    try:
        given = feedback_form.new_feedback(typed)
        before = () if form.get("no_pictures") else feedback.get(db, feedback_id).pictures
        with case_pictures.kept(here, case_pictures.uploaded(form)) as pictures:
            given = replace(given, pictures=tuple(dict.fromkeys((*before, *pictures)))[: case_pictures.MOST])
            made = feedback.correct(db, feedback_id, given, actor(request), now)
    except ReferringError as error:
        return _one(request, here.db, feedback_id, typed, str(error), _status(error))
    return go(f"/feedback/{made.id}")


def _status(error: Exception) -> int:
    return 409 if isinstance(error, Stale) else 422


@router.post("/feedback/{feedback_id}/void")
def void(
    request: Request, here: Here, now: Now, feedback_id: Id, reason: Annotated[str, Form(max_length=4_000)] = ""
) -> Response:
    """Take it back, with a reason."""
    try:
        made = feedback.void(here.db, feedback_id, reason, actor(request), now)
    except ReferringError as error:
        typed = feedback_form.typed_from(feedback.get(here.db, feedback_id))
        return _one(request, here.db, feedback_id, typed, str(error), _status(error))
    return go(f"/feedback/{made.id}")
