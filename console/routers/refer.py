"""A referral in the making: leads, suggested department, letter; and changing one before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from console import masking
from console.exceptions import Refusal
from console.guards import actor
from console.masking import mask_in
from console.pages import go, page, whole_number
from console.person import Filled, Here, Id, Me, Now, Person
from console.referral_service import Kind, Suggestion, Wish, service_of
from console.routing import Screen
from console.services import ServiceRefusal
from console.state import Console
from console.suggesting import for_leads
from referrals.exceptions import ReferralError
from storage.referral import campaigns, drafts, queries
from storage.referral.exceptions import Absent, AlreadyReferred, ReferringError, Stale
from storage.referral.records import Referral, ReferredLead

router = Screen()

MOST = 500  # leads that fit into an address and that a person looks through
LONGEST_FIELD = 8_000  # characters of one blank of a letter
Text = Annotated[str, Query(max_length=200)]


@router.get("/referrals/new")
def new(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request,
    me: Me,
    here: Here,
    lead: Annotated[list[str] | None, Query(max_length=MOST)] = None,
    leads: Annotated[str, Query(max_length=7_000)] = "",
    seller: Text = "",
    department: Text = "",
    template: Text = "",
) -> Response:
    """The form, with what is suggested; department and kind of letter can be chosen in the address."""
    number = whole_number(seller)
    chosen = _numbers([*(lead or ()), *leads.split(".")])
    if number is not None and not chosen:
        chosen = queries.of_seller(here.db, number)[2][:MOST]
    wish = Wish(chosen, department, template, "", "", seller_id=number)
    return _form(request, me, here, wish, fresh=True)


def _numbers(texts: Sequence[str]) -> tuple[int, ...]:
    found = (whole_number(text.strip()) for text in texts)
    return tuple(dict.fromkeys(one for one in found if one))[:MOST]


def _form(  # noqa: PLR0913 -- what a page is made of
    request: Request,
    me: Person,
    here: Console,
    wish: Wish,
    *,
    fresh: bool = False,
    problem: str = "",
    status: int = 200,
    changing: Referral | None = None,
) -> Response:
    service = service_of(here)
    leads = queries.material(here.db, wish.lead_ids)
    suggestion, gap = for_leads(here, leads) if leads else (None, "")
    kinds = service.kinds()
    wish = _completed(service.departments(), kinds, wish, suggestion, leads, fresh=fresh)
    kind = kinds.get(wish.template) or next(iter(kinds.values()))
    hidden = masking.hides(here, me)
    facts: dict[str, Any] = {
        "wish": wish,
        "leads": leads,
        "titles": {one.lead_id: mask_in(one.title, ()) if hidden else one.title for one in leads},
        "suggestion": suggestion,
        "gap": gap,
        "kinds": kinds,
        "kind": kind,
        "departments": service.departments(),
        "campaigns": campaigns.everyone(here.db, open_only=True),
        "earlier": _held(here, leads, changing),
        "unconfirmed": [one for one in leads if one.status not in {"confirmed", "referred"}],
        "bare": [one for one in leads if not one.evidence],
        "changing": changing,
        "overrides": suggestion is not None and wish.department != suggestion.lead,
        "must_explain": suggestion is not None and wish.department not in {suggestion.lead, *suggestion.support},
    }
    return page(request, "referral_form.html", status=status, problem=problem, **facts)


def _held(here: Console, leads: Sequence[ReferredLead], changing: Referral | None) -> dict[int, tuple[Any, ...]]:
    found = drafts.earlier(here.db, [one.lead_id for one in leads])
    own = changing.id if changing else 0
    kept = {lead: tuple(one for one in held if one.id != own) for lead, held in found.items()}
    return {lead: held for lead, held in kept.items() if held}


def _completed(  # noqa: PLR0913 -- what a draft begins with
    departments: Mapping[str, str],
    kinds: Mapping[str, Kind],
    wish: Wish,
    suggestion: Suggestion | None,
    leads: Sequence[ReferredLead],
    *,
    fresh: bool,
) -> Wish:
    """With the suggested values where nothing was chosen yet."""
    if not fresh:
        return wish
    department = wish.department if wish.department in departments else suggestion.lead if suggestion else ""
    template = wish.template if wish.template in kinds else _usual(kinds, suggestion, department)
    kind = kinds[template]
    others = suggestion.support if suggestion else ()
    copies = tuple(one for one in (*others, *((suggestion.lead,) if suggestion else ())) if one != department)
    return replace(
        wish,
        department=department,
        template=template,
        copies=tuple(one for one in copies if one in departments),
        receiver=departments.get(department, ""),
        title=kind.title_for(leads),
        fields={blank.name: blank.default for blank in kind.blanks},
        masked=kind.masks_for(department),
    )


def _usual(kinds: Mapping[str, Kind], suggestion: Suggestion | None, department: str) -> str:
    if suggestion and suggestion.lead == department and suggestion.template in kinds:
        return suggestion.template
    fitting = [code for code, kind in kinds.items() if kind.departments and department in kind.departments]
    own = [code for code in fitting if kinds[code].departments[0] == department]
    return (own or fitting or list(kinds))[0]


@router.post("/referrals/new")
def draft(request: Request, me: Me, here: Here, now: Now, form: Filled) -> Response:
    """Begin it."""
    wish, _ = _read(form)
    try:
        made = service_of(here).draft(wish, actor(request), now)
    except Absent:
        raise
    except (ReferringError, ServiceRefusal, ReferralError) as error:
        return _form(request, me, here, wish, problem=str(error), status=_status(error))
    return go(f"/referrals/{made.id}")


def _status(error: Exception) -> int:
    return 409 if isinstance(error, Stale | AlreadyReferred) else 422


def _read(form: FormData) -> tuple[Wish, int | None]:
    """What was filled in, and the step that was seen."""

    def text(name: str, longest: int = 400) -> str:
        value = form.get(name, "")
        if not isinstance(value, str) or len(value) > longest:
            raise Refusal(422)
        return value.replace("\r\n", "\n").strip()

    fields = {name.removeprefix("field."): text(name, LONGEST_FIELD) for name in form if name.startswith("field.")}
    wish = Wish(
        lead_ids=_numbers(text("leads", 7_000).split(".")),
        department=text("department"),
        template=text("template"),
        receiver=text("receiver"),
        title=text("title"),
        copies=tuple(dict.fromkeys(one for one in form.getlist("copies") if isinstance(one, str)))[:20],
        fields={name: value for name, value in fields.items() if value},
        masked=text("masked") != "no",
        seller_id=whole_number(text("seller")),
        campaign_id=whole_number(text("campaign")),
        again=text("again", 2_000),
        override=text("override", 2_000),
    )
    return wish, whole_number(text("seen"))


@router.get("/referrals/{referral_id}/change")
def show_change(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request, me: Me, here: Here, referral_id: Id, department: Text = "", template: Text = ""
) -> Response:
    """The form with what the referral says now."""
    one = queries.one(here.db, referral_id)
    wish = _as_wish(one)
    if department or template:
        wish = replace(
            wish, department=department or one.department, template=template or one.template, fields=one.fields
        )
        departments = service_of(here).departments()
        wish = replace(wish, receiver=departments.get(wish.department, one.receiver))
    return _form(request, me, here, wish, changing=one)


def _as_wish(one: Referral) -> Wish:
    return Wish(
        one.lead_ids, one.department, one.template, one.receiver, one.title, one.copies, one.fields, one.masked,
        one.seller_id, one.campaign_id, override=str(one.routing.get("override", "")),
    )  # fmt: skip


@router.post("/referrals/{referral_id}/change")
def change(  # noqa: PLR0913, PLR0917 -- who, what, when
    request: Request, me: Me, here: Here, now: Now, referral_id: Id, form: Filled
) -> Response:
    """Write it anew; it has to be approved again."""
    wish, seen = _read(form)
    try:
        service_of(here).change(referral_id, wish, actor(request), now, seen=seen)
    except Absent:
        raise
    except (ReferringError, ServiceRefusal, ReferralError) as error:
        one = queries.one(here.db, referral_id)
        return _form(request, me, here, wish, problem=str(error), status=_status(error), changing=one)
    return go(f"/referrals/{referral_id}")
