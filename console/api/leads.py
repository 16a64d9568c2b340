"""Leads for programs: the queue, one lead, a decision, taking the last one back."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from console import deciding, masking
from console.asked import Asked, place
from console.deciding import Wish
from console.exceptions import Refusal
from console.guards import actor
from console.lead_page import load, masked_contacts
from console.masking import mask_in
from console.person import Db, Here, Id, Me, Now
from console.routing import ApiScreen
from console.state import Console
from console.suggesting import for_lead
from storage import sites
from storage.leads import Lead
from storage.review import decisions, queue
from storage.review.filters import QueueRow
from storage.review.permits import Permit
from storage.review.records import Decided

router = ApiScreen()

MOST = 100  # leads of one answer
Text = Annotated[str, Query(max_length=200)]


class Frozen(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class LeadLine(Frozen):
    """One line of the queue."""

    id: int
    title: str
    score: float
    verdict: str
    status: str
    category: str
    department: str
    term: str
    channel: str
    source: str
    site: str
    price: str | None
    seller: str | None
    other_leads: int
    first_seen: datetime
    due_at: datetime | None
    held_by: str | None
    page_state: str
    last_decision: int | None
    """To be handed back as `seen` with a decision."""


class LeadPage(Frozen):
    """Some lines and where they go on."""

    leads: list[LeadLine]
    next: str | None


class HitFacts(Frozen):
    """One hit; offsets are code points of `text`."""

    term: str
    matched: str
    channel: str
    category: str
    weight: float
    clause: str
    start: int
    end: int


class PermitFacts(Frozen):
    """A paper that the text claims; `outcome`: open (to be verified), verified, invalid."""

    paper: str
    number: str
    outcome: str
    note: str = ""
    who: str = ""
    at: datetime | None = None


class Step(Frozen):
    """One decision."""

    id: int
    at: datetime
    who: str
    kind: str
    reason: str | None
    category: str | None
    subject: str | None
    note: str
    waits: bool
    undone: bool


class LeadFacts(Frozen):
    """One lead in full; contacts are masked, a program cannot reveal them."""

    lead: LeadLine
    text: str
    url: str
    reference: str
    """Number of the report at its source, of leads that people typed in; else empty."""
    departments: list[str]
    intent: str
    hits: list[HitFacts]
    explanation: dict[str, Any]
    contacts: list[tuple[str, str]]
    permits: list[PermitFacts]
    captures: list[int]
    history: list[Step]


class Wanted(BaseModel):
    """A decision."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal[
        "confirm", "dismiss", "needs_info", "duplicate", "unmerge", "reopen", "keep", "note", "approve", "refuse"
    ]
    seen: int | None = Field(default=None, ge=1, le=2**63 - 1, description="所见的最后一个决定的编号 last_decision")
    reason: str = Field(default="", max_length=100, description="排除的理由代码")
    category: str = Field(default="", max_length=100)
    subject: str = Field(default="", max_length=100)
    note: str = Field(default="", max_length=5_000)
    duplicate_of: int | None = Field(default=None, ge=1, le=2**63 - 1)


class Result(Frozen):
    """What became of it."""

    decision: int
    lead: int
    kind: str
    status: str


@router.get("/api/v1/leads", summary="线索列表")
def some(  # noqa: PLR0913, PLR0917 -- one parameter per filter
    request: Request,
    me: Me,
    here: Here,
    db: Db,
    now: Now,
    status: Text = "",
    category: Text = "",
    department: Text = "",
    site: Text = "",
    seller: Text = "",
    since: Text = "",
    until: Text = "",
    verdict: Text = "",
    channel: Text = "",
    term: Text = "",
    q: Text = "",
    source: Text = "",
    held: Text = "",
    due: Text = "",
    changed: Text = "",
    order: Text = "",
    after: Text = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> LeadPage:
    """Riskiest first, due ones in front; `next` of one answer is `after` of the next question."""
    if here.config.mask and masking.asks_for_contact(me, q):
        raise Refusal(422, masking.NO_SEARCH)
    given = {
        "status": status, "category": category, "department": department, "site": site, "seller": seller,
        "since": since, "until": until, "verdict": verdict, "channel": channel, "term": term, "q": q,
        "source": source, "held": held, "due": due, "changed": changed, "order": order,
    }  # fmt: skip
    asked = Asked.read({**request.query_params, **given}, beside={"after", "limit"})
    if site and (siteless := asked.siteless(sites.names(db))):
        raise siteless
    found = queue.page(db, asked.filters(here.zone, me.id), now, after=place(after), limit=limit)
    hidden = masking.hides(here, me)
    following = None if found.next is None else str(found.next)
    return LeadPage(leads=[_line(row, hidden=hidden) for row in found.rows], next=following)


@router.get("/api/v1/leads/{lead_id}", summary="一条线索")
def one(me: Me, here: Here, now: Now, lead_id: Id) -> LeadFacts:
    """Text, hits, explanation, evidence and history."""
    view = load(here, me, lead_id, now)
    if view is None:
        raise Refusal(404, f"没有编号为 {lead_id} 的线索。")
    lead = view.file.lead
    hits = [HitFacts(**{name: getattr(hit, name) for name in HitFacts.model_fields}) for hit in view.hits]
    history = [
        Step(waits=step.asks, **{name: getattr(step, name) for name in Step.model_fields if name != "waits"})
        for step in view.history
    ]
    return LeadFacts(
        lead=_line(view.row, hidden=view.hidden),
        text=_sound(view.hide(lead.text)),
        url=lead.url,
        reference=_sound(view.reference),
        departments=_departments(here, lead),
        intent=lead.intent,
        hits=hits,
        explanation=_hidden(view.explanation, view.hide),
        contacts=masked_contacts(view),
        permits=[_permit(one, view.hide) for one in view.permits],
        captures=[one.capture.id for one in view.evidence],
        history=history,
    )


def _permit(one: Permit, hide: Any) -> PermitFacts:
    found = (
        {} if one.check is None else {"note": _sound(hide(one.check.note)), "who": one.check.who, "at": one.check.at}
    )
    return PermitFacts(paper=one.paper, number=_sound(hide(one.number)), outcome=one.outcome, **found)


def _departments(here: Console, lead: Lead) -> list[str]:
    """Who leads first, by the table of duties as for a referral; as detected where the table says nothing."""
    suggestion, _ = for_lead(here, lead.id)
    return [suggestion.lead, *suggestion.support] if suggestion else list(lead.departments)


@router.post("/api/v1/leads/{lead_id}/decisions", summary="研判一条线索")
def decide(request: Request, me: Me, here: Here, now: Now, lead_id: Id, wanted: Wanted) -> Result:  # noqa: PLR0913, PLR0917
    """409 when somebody else decided since `seen`, or is looking at the lead now."""
    wish = Wish(
        do=f"dismiss:{wanted.reason}" if wanted.kind == "dismiss" else wanted.kind,
        seen=str(wanted.seen or ""),
        category=wanted.category,
        subject=wanted.subject,
        note=wanted.note,
        duplicate_of=str(wanted.duplicate_of or ""),
    )
    return _result(deciding.decide(here, me, actor(request), lead_id, wish, now))


@router.post("/api/v1/decisions/undo", summary="撤销自己的上一个决定")
def undo(request: Request, db: Db, now: Now) -> Result:
    """Within half an hour, and only if nobody has decided since."""
    return _result(decisions.undo(db, actor(request), now))


def _result(done: Decided) -> Result:
    return Result(decision=done.id, lead=done.lead_id, kind=done.kind, status=done.status)


def _line(row: QueueRow, *, hidden: bool) -> LeadLine:
    same = {name: getattr(row, name) for name in LeadLine.model_fields if hasattr(row, name)}
    same |= {name: _shown(getattr(row, name), hidden=hidden) for name in ("title", "seller")}
    more = {"price": _shown(row.price_text, hidden=hidden), "held_by": row.holder, "page_state": row.state}
    return LeadLine(**same | more | {"last_decision": row.decision_id})


def _shown(text: str | None, *, hidden: bool) -> str | None:
    if text is None:
        return None
    return _sound(mask_in(text, ()) if hidden else text)


def _sound(text: str) -> str:
    """JSON cannot hold half a character."""
    return text.encode("utf-8", "replace").decode()


def _hidden(value: Any, hide: Any) -> Any:
    if isinstance(value, str):
        return _sound(hide(value))
    if isinstance(value, dict):
        return {name: _hidden(inner, hide) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner, hide) for inner in value]
    return value
