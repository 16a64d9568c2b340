"""Referrals: the list, one with everything, and what happens to it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Form, Query, Request
from starlette.responses import Response

from console import masking, moments
from console.guards import actor
from console.masking import mask_in
from console.pages import go, page, whole_number
from console.person import Db, Here, Id, Me, Now, Person
from console.referral_asked import TABS, ReferralsAsked, tab_counts
from console.referral_service import REFERRALS, service_of
from console.routing import Nav, Screen
from console.services import ServiceRefusal
from console.state import Console
from referrals.exceptions import ReferralError
from storage.referral import campaigns, deliveries, feedback, flow, lead_answers, queries
from storage.referral.exceptions import ReferringError, Stale
from storage.referral.folding import ALLOWED, KEPT
from storage.referral.records import Answer, ReferralCase
from storage.referral.words import DEPARTMENTS, STEPS

router = Screen(Nav("移送", "/referrals", 14, "g r"))

PAGE = 50  # rows
PINNED = 10  # overdue ones above the list: the next ones are on their own tab
WORKING = frozenset({"handler", "approver"})
ANSWERS = ("receive", "accept", "decline", "pass_on", "file", "not_file", "close", "remind", "note")
RESULTS = ("行政处罚", "刑事立案", "已清理下架", "查无实据", "不属管辖", "其他")
Text = Annotated[str, Query(max_length=200)]
Line = Annotated[str, Form(max_length=400)]
Note = Annotated[str, Form(max_length=10_400)]  # what storage takes, line ends counted twice
Seen = Annotated[str, Form(max_length=19)]


@router.get("/referrals")
def show_all(request: Request, me: Me, here: Here, db: Db, now: Now, before: Text = "") -> Response:  # noqa: PLR0913, PLR0917
    """One page, what is overdue in front."""
    asked = ReferralsAsked.read(request.query_params)
    found = queries.find(db, asked.filter(now), before=whole_number(before), limit=PAGE + 1)
    late = [] if before or asked.tab not in {"all", "open"} else queries.overdue(db, now)
    pinned = [one for one in late if not asked.department or one.department == asked.department][:PINNED]
    names = {one.id for one in pinned}
    rows = [one for one in found[:PAGE] if one.id not in names]
    facts: dict[str, Any] = {
        "tabs": TABS,
        "tab_counts": tab_counts(queries.counts(db, now)),
        "departments": {
            code: said
            for code, said in DEPARTMENTS.items()
            if code not in {"political_legal", "township"} or code == asked.department
        },
        "next": found[PAGE - 1].id if len(found) > PAGE else None,
        "failed": deliveries.failed(db, 20) if me.roles & WORKING else [],
        "hides": masking.hides(here, me),
    }
    return page(request, "referrals.html", asked=asked, rows=rows, pinned=pinned, before=before, problem="", **facts)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person had typed when the answer was no."""

    problem: str = ""
    status: int = 200
    do: str = ""
    note: str = ""
    values: dict[str, str] = field(default_factory=dict)


@router.get("/referrals/{referral_id}")
def show(request: Request, me: Me, here: Here, now: Now, referral_id: Id) -> Response:
    """All about one."""
    return one_page(request, me, here, now, referral_id)


def one_page(  # noqa: PLR0913, PLR0917 -- what a page is made of
    request: Request, me: Person, here: Console, now: datetime, referral_id: int, typed: Typed | None = None
) -> Response:
    """The page, after a refusal with what was typed."""
    case, typed = queries.get(here.db, referral_id), typed or Typed()
    referral = case.referral
    works, judges = bool(me.roles & WORKING), "approver" in me.roles
    may = ALLOWED[referral.status] if works else frozenset()
    hidden = masking.hides(here, me)
    facts: dict[str, Any] = {
        "one": referral,
        "case": case,
        "titles": {lead.lead_id: mask_in(lead.title, ()) if hidden else lead.title for lead in case.leads},
        "sellers": {lead.lead_id: _seller(lead.seller, hidden=hidden) for lead in case.leads},
        "said_of": lead_answers.newest(case.steps),
        "may": may,
        "answers": [kind for kind in ANSWERS if kind in may],
        "judges": judges,
        "objection": _objection(here, me, case),
        "undoable": _undoable(case) if works else "",
        "works": works,
        "has_service": REFERRALS in here.facts,
        "results": RESULTS,
        "feedback": feedback.of_referral(here.db, referral_id),
        "messages": deliveries.of_referral(here.db, referral_id, 20),
        "campaign": _campaign(here, referral.campaign_id),
        "typed": typed,
        "now_typed": moments.typed_now(now, here.zone),
        "late": referral.due_at is not None and referral.due_at < now,
    }
    return page(request, "referral.html", status=typed.status, **facts)


def _seller(name: str | None, *, hidden: bool) -> str:
    return mask_in(name or "", ()) if hidden else name or ""


def _campaign(here: Console, campaign_id: int | None) -> str:
    return "" if campaign_id is None else campaigns.get(here.db, campaign_id).name


def _objection(here: Console, me: Person, case: ReferralCase) -> str:
    """Why this person may not approve; empty when they may."""
    if "approver" not in me.roles:
        return "审核须由复核员作出。"
    writers = {step.account_id for step in case.steps if step.kind in {"draft", "change"}}
    if here.config.second.referral and me.id in writers:
        return "这是您拟的稿，须由另一位复核员审核。"
    return ""


def _undoable(case: ReferralCase) -> str:
    """The step that an undo would take back; empty for none."""
    standing = [one for one in case.steps if not one.undone and one.kind not in {"undo", "note", "remind"}]
    return "" if not standing or standing[-1].kind in KEPT else standing[-1].kind


@router.post("/referrals/{referral_id}/judge")
def judge(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request, me: Me, here: Here, now: Now, referral_id: Id, do: Annotated[Literal["approve", "refuse"], Form()], note: Note = "", seen: Seen = "",
) -> Response:  # fmt: skip
    """Approve or send back."""
    note = note.replace("\r\n", "\n")
    try:
        act = service_of(here).refuse if do == "refuse" else service_of(here).approve
        act(referral_id, actor(request), now, seen=whole_number(seen), note=note)
    except (ReferringError, ServiceRefusal, ReferralError) as error:
        return one_page(request, me, here, now, referral_id, Typed(str(error), _status(error), do, note))
    return go(f"/referrals/{referral_id}")


def _status(error: Exception) -> int:
    return 409 if isinstance(error, Stale) else 422


@router.post("/referrals/{referral_id}/step")
def step(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    me: Me,
    here: Here,
    now: Now,
    referral_id: Id,
    do: Line = "",
    seen: Seen = "",
    happened_at: Line = "",
    reference: Line = "",
    person: Line = "",
    result: Line = "",
    to: Line = "",
    note: Note = "",
) -> Response:
    """Send, answer, withdraw, take back."""
    values = {"happened_at": happened_at, "reference": reference, "person": person, "result": result, "to": to}
    note = note.replace("\r\n", "\n")
    try:
        _act(request, here, now, referral_id, whole_number(seen), do, note, values)
    except (ReferringError, ServiceRefusal, ReferralError) as error:
        typed = Typed(str(error), _status(error), do, note, values)
        return one_page(request, me, here, now, referral_id, typed)
    return go(f"/referrals/{referral_id}")


def _act(  # noqa: PLR0913, PLR0917 -- what a form says
    request: Request,
    here: Console,
    now: datetime,
    referral_id: int,
    seen: int | None,
    do: str,
    note: str,
    values: dict[str, str],
) -> None:
    who = actor(request)
    if do == "withdraw":
        flow.withdraw(here.db, referral_id, who, now, seen=seen, note=note)
    elif do == "undo":
        flow.undo(here.db, referral_id, who, now, seen=seen)
    elif do == "send":
        at, reference = moments.moment(values["happened_at"], here.zone), values["reference"].strip()
        service_of(here).send(referral_id, who, now, seen=seen, happened_at=at, reference=reference, note=note)
    elif do in ANSWERS:
        service_of(here).answer(referral_id, answer_of(here, do, note, values), who, now, seen=seen)
    else:
        raise ReferringError("请选择要登记什么")


def answer_of(here: Console, do: str, note: str, values: dict[str, str]) -> Answer:
    """What a form or a program says came back. Raises ReferringError."""
    detail = {name: values[name].strip() for name in ("result", "to") if values.get(name, "").strip()}
    return Answer(
        kind=do,  # type: ignore[arg-type]  # one of ANSWERS
        happened_at=moments.moment(values.get("happened_at", ""), here.zone) if do != "note" else None,
        reference=values.get("reference", "").strip(),
        person=values.get("person", "").strip(),
        note=note.strip(),
        detail=detail,
    )


@router.post("/referrals/{referral_id}/again/{message_id}")
def again(request: Request, db: Db, now: Now, referral_id: Id, message_id: Id) -> Response:
    """Send a message anew that did not arrive."""
    deliveries.again(db, message_id, actor(request), now)
    return go(f"/referrals/{referral_id}")


__all__ = ["ANSWERS", "STEPS", "answer_of", "one_page", "router"]
