"""One lead in full, and the decisions on it: claimed when it is opened, checked again when it is decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import Form, Query, Request
from starlette.responses import Response

from console import deciding, masking, opening
from console.asked import Asked
from console.codes import CATEGORIES, KINDS_OF_HITS
from console.deciding import Wish
from console.exceptions import Refusal
from console.guards import actor, tell
from console.lead_page import load, masked_contacts
from console.neighbours import neighbours
from console.pages import ADDRESS, PART, go, own_path, page, whole_number
from console.person import Db, Here, Id, Me, Now, Person
from console.reading import at_once
from console.routing import Screen
from console.state import Console
from console.suggesting import for_lead
from storage.database import Database
from storage.referral import queries as referrals
from storage.review import decisions, leasing, permits, queue, reasons
from storage.review.exceptions import Conflict, PartOfBatch, ReviewError
from storage.review.filters import OPEN
from storage.review.folding import ALLOWED
from storage.review.leasing import Lease
from storage.review.permits import LONGEST_NOTE as LONGEST_ANSWER
from storage.review.permits import Place
from storage.review.reasons import Reason

router = Screen()

LONGEST_NOTE = 5_000  # characters: storage takes no more
DECIDING = frozenset({"reviewer", "approver"})
SEEING_FILES = frozenset({"reviewer", "approver", "handler"})

Line = Annotated[str, Form(max_length=200)]
Note = Annotated[str, Form(max_length=LONGEST_NOTE * 2)]  # line ends count twice in a form
Back = Annotated[str, Form(max_length=3000)]


@router.get("/leads/{lead_id}")
@at_once
def show(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request,
    me: Me,
    here: Here,
    now: Now,
    lead_id: Id,
    skip: Annotated[str, Query(max_length=3000)] = "",
    done: Annotated[str, Query(max_length=19)] = "",
    as_category: Annotated[str, Query(max_length=100)] = "",
    as_subject: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The page; who may decide claims the lead by looking at it. ``as_…``: corrections that are not kept yet."""
    asked = Asked.read(request.query_params, beside=None)  # a lead is the same, whatever else its address says
    typed = Typed(category=as_category, subject=as_subject)
    before = whole_number(done)
    known = None if before is None else queue.brief(here.db, before)
    finished = None if known is None else Finished(known.id, known.status)
    return _page(request, me, here, now, lead_id, asked=asked, skip=skip, finished=finished, typed=typed)


@router.post("/leads/{lead_id}/reveal")
@at_once
def reveal(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request, me: Me, here: Here, now: Now, lead_id: Id, back: Back = "", skip: Back = ""
) -> Response:
    """The same page with contacts in full; it is written down who asked for them."""
    if not masking.may_reveal(here, me):
        raise Refusal(403, "您的角色不能查看联系方式。")
    tell(request, "lead", lead_id)
    return _page(request, me, here, now, lead_id, asked=Asked.parse(back), skip=skip, revealed=True)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person had typed when the answer was no."""

    problem: str = ""
    category: str = ""
    subject: str = ""
    note: str = ""
    duplicate_of: str = ""
    answer: str = ""
    """How a permit was verified."""


class Finished(NamedTuple):
    """The lead before this one."""

    id: int
    status: str


def _page(  # noqa: PLR0913 -- one parameter per part of the page
    request: Request,
    me: Person,
    here: Console,
    now: datetime,
    lead_id: int,
    *,
    asked: Asked,
    skip: str = "",
    finished: Finished | None = None,
    revealed: bool = False,
    typed: Typed | None = None,
    had: Lease | None = None,
) -> Response:
    """`had`: what was claimed in this request."""
    view = load(here, me, lead_id, now, revealed=revealed)
    if view is None:
        raise Refusal(404, f"没有编号为 {lead_id} 的线索。")
    decides = bool(me.roles & DECIDING)
    lease, holder = (None, None)
    objection = deciding.objection(view, me)
    if decides and objection is None and view.row.status in OPEN:
        lease, holder = opening.claim(here, lead_id, me.id, now, had)
    facts: dict[str, Any] = {
        "allowed": ALLOWED[view.row.status] if decides and holder is None else frozenset(),
        "decides": decides,
        "lease": lease,
        "holder": holder,
        "objection": objection,
        "reasons": grouped(reasons.everything(here.db)),
        "categories": CATEGORIES,
        "hit_kinds": KINDS_OF_HITS,
        "contacts": masked_contacts(view),
        "may_reveal": masking.may_reveal(here, me) and view.hidden,
        "checks_permits": me.may("POST /leads/{lead_id}/permits"),
        "longest_answer": LONGEST_ANSWER,
        "sees_files": bool(me.roles & SEEING_FILES),
        "near": neighbours(here, view, now),
        "opened": int(now.timestamp()),
        "finished": finished,
        "referrals": referrals.of_lead(here.db, lead_id),
        "typed": typed or Typed(),
    }
    facts["suggestion"], facts["gap"] = for_lead(here, lead_id)
    status = 422 if typed and typed.problem else 200
    return page(request, "lead.html", status=status, view=view, asked=asked, back=str(asked), skip=skip, **facts)


def grouped(found: list[Reason]) -> list[tuple[Reason, list[Reason]]]:
    """Reasons of the first level, each with its second level."""
    tops = [one for one in found if one.parent is None]
    return [(top, [one for one in found if one.parent == top.code]) for top in tops]


@router.post("/leads/{lead_id}/decide")
@at_once
def decide(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    me: Me,
    here: Here,
    now: Now,
    lead_id: Id,
    do: Annotated[str, Form(max_length=100)],
    seen: Annotated[str, Form(max_length=19)] = "",
    category: Line = "",
    subject: Line = "",
    note: Note = "",
    duplicate_of: Line = "",
    opened: Annotated[str, Form(max_length=19)] = "",
    back: Back = "",
    skip: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Write the decision, then on to the next lead."""
    asked = Asked.parse(back)
    wish = Wish(do, seen, category, subject, note, duplicate_of, opened)
    try:
        made = deciding.decide(here, me, actor(request), lead_id, wish, now)
    except Conflict as conflict:
        return _conflict(request, here.db, lead_id, conflict, wish, asked, skip)
    except ReviewError as error:
        typed = Typed(str(error), category, subject, wish.clean_note, duplicate_of)
        return _page(request, me, here, now, lead_id, asked=asked, skip=skip, typed=typed)
    if made.kind in deciding.STAYING:
        kept = {"as_category": category, "as_subject": subject} if made.kind == "note" else {}
        return go(opening.address(lead_id, asked, skip=opening.skipped(skip), kept=kept))
    aside = (*opening.skipped(skip), lead_id)
    return _onward(request, me, here, now, asked, aside, Finished(lead_id, made.status))


@router.post("/leads/{lead_id}/permits")
@at_once
def check_permit(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    me: Me,
    here: Here,
    db: Db,
    now: Now,
    lead_id: Id,
    detection: Annotated[str, Form(max_length=19)] = "",
    position: Annotated[str, Form(max_length=3)] = "",
    outcome: Annotated[str, Form(max_length=20)] = "",
    answer: Annotated[str, Form(max_length=LONGEST_ANSWER * 2)] = "",
    back: Back = "",
    skip: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Write down what became of a permit that the text claims."""
    asked = Asked.parse(back)
    place = Place(lead_id, whole_number(detection) or 0, whole_number(position) or 0)
    try:
        permits.say(db, place, outcome, answer.replace("\r\n", "\n"), actor(request), now)
    except ReviewError as error:
        typed = Typed(str(error), answer=answer)
        return _page(request, me, here, now, lead_id, asked=asked, skip=skip, typed=typed)
    return go(opening.address(lead_id, asked, skip=opening.skipped(skip)))


def _onward(  # noqa: PLR0913, PLR0917 -- a place in a queue
    request: Request,
    me: Person,
    here: Console,
    now: datetime,
    asked: Asked,
    aside: tuple[int, ...],
    finished: Finished | None = None,
) -> Response:
    """To the next lead; the script gets its page at once, and its address: one way to the server instead of two."""
    done = None if finished is None else finished.id
    lease, way = opening.following(here, me.id, asked, now, skip=aside, done=done)
    if lease is None or PART not in request.headers:
        return go(way)
    skip = opening.written(aside)
    response = _page(request, me, here, now, lease.lead_id, asked=asked, skip=skip, finished=finished, had=lease)
    response.headers[ADDRESS] = own_path(way)
    return response


def _conflict(  # noqa: PLR0913, PLR0917 -- one parameter per part of the page
    request: Request, db: Database, lead_id: int, conflict: Conflict, wish: Wish, asked: Asked, skip: str
) -> Response:
    history = decisions.history(db, lead_id)
    facts = {"lead_id": lead_id, "conflict": conflict, "wish": wish, "history": history[-5:]}
    return page(request, "conflict.html", status=409, asked=asked, back=str(asked), skip=skip, **facts)


@router.post("/leads/{lead_id}/skip")
@at_once
def skip_lead(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    me: Me,
    here: Here,
    now: Now,
    lead_id: Id,
    back: Back = "",
    skip: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Put a lead aside and go on."""
    leasing.release(here.db, lead_id, me.id)
    tell(request, "lead", lead_id)
    return _onward(request, me, here, now, Asked.parse(back), (*opening.skipped(skip), lead_id))


@router.post("/leads/{lead_id}/release")
def release(request: Request, me: Me, db: Db, lead_id: Id, back: Back = "") -> Response:
    """Let go of a lead and back to the queue."""
    leasing.release(db, lead_id, me.id)
    tell(request, "lead", lead_id)
    query = str(Asked.parse(back))
    return go("/queue" + (f"?{query}" if query else ""))


@router.post("/undo")
def undo(request: Request, db: Db, now: Now, back: Back = "") -> Response:
    """Take back my last decision and show its lead; where it was one over a whole queue, offer to take back all of it."""
    asked = Asked.parse(back)
    try:
        undone = decisions.undo(db, actor(request), now)
    except PartOfBatch as error:
        return page(request, "bulk_undo.html", status=422, asked=asked, batch=error.batch)
    return go(opening.address(undone.lead_id, asked))
