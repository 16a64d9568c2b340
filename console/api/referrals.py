"""Referrals for programs: the list, one, a draft, a step, what came of it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query, Request

from console import masking
from console.exceptions import Refusal
from console.guards import actor
from console.masking import mask, mask_in
from console.person import LARGEST_ID, Db, Here, Id, Me, Now
from console.referral_asked import ReferralsAsked
from console.referral_models import (
    FeedbackFacts,
    FileFacts,
    LeadFacts,
    ReferralFacts,
    ReferralLine,
    ReferralPage,
    StepFacts,
    Wanted,
    WantedFeedback,
    WantedStep,
)
from console.referral_service import Wish, service_of
from console.routing import ApiScreen
from console.state import Console
from console.suggesting import for_leads
from storage.referral import feedback, flow, queries, running
from storage.referral.exceptions import ReferringError
from storage.referral.feedback_records import NewFeedback, Seized
from storage.referral.records import Answer, Referral, ReferralCase, ReferredLead
from storage.review.audit import Actor

router = ApiScreen()

MOST = 100  # referrals of one answer
Text = Annotated[str, Query(max_length=200)]


@router.get("/api/v1/referrals", summary="移送列表")
def some(  # noqa: PLR0913, PLR0917 -- one parameter per filter
    me: Me,
    here: Here,
    db: Db,
    now: Now,
    status: Text = "",
    department: Text = "",
    q: Text = "",
    campaign: Text = "",
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> ReferralPage:
    """The newest first; `status` is a tab of the console's list, such as draft, open, overdue; `next` is the next `before`."""
    asked = ReferralsAsked.read({"status": status, "department": department, "q": q, "campaign": campaign})
    found = queries.find(db, asked.filter(now), before=before, limit=limit + 1)
    hidden = masking.hides(here, me)
    following = found[limit - 1].id if len(found) > limit else None
    return ReferralPage(referrals=[_line(one, hidden=hidden) for one in found[:limit]], next=following)


@router.get("/api/v1/referrals/{referral_id}", summary="一份移送")
def one(me: Me, here: Here, db: Db, referral_id: Id) -> ReferralFacts:
    """Facts, leads, steps, papers, what came of it."""
    case = queries.get(db, referral_id)
    return _facts(case, [row.id for row in feedback.of_referral(db, referral_id)], hidden=masking.hides(here, me))


@router.post("/api/v1/referrals", summary="拟移送")
def draft(request: Request, me: Me, here: Here, now: Now, wanted: Wanted) -> ReferralLine:
    """A draft, to be approved by somebody else; 409 when a lead is referred already."""
    made = service_of(here).draft(_wish(here, wanted, now), actor(request), now)
    return _line(made, hidden=masking.hides(here, me))


def _campaign(here: Console, wanted: Wanted, now: datetime) -> int | None:
    """The one that runs, where nothing was said; null is said."""
    if "campaign" in wanted.model_fields_set:
        return wanted.campaign
    found = running.on(here.db, now.astimezone(here.zone).date())
    return found.id if found else None


def _wish(here: Console, wanted: Wanted, now: datetime) -> Wish:
    """Completed by the table of duties. Raises ReferringError, Refusal."""
    service = service_of(here)
    leads = queries.material(here.db, wanted.leads)
    suggestion, gap = for_leads(here, leads)
    department = wanted.department or (suggestion.lead if suggestion else "")
    if not department:
        raise ReferringError(gap)
    suits = suggestion is not None and suggestion.lead == department
    template = wanted.template or (suggestion.template if suggestion and suits else "lead")
    kind = service.kinds().get(template)
    if kind is None:
        raise Refusal(422, "没有这种文书。")
    copies = wanted.copies if wanted.copies is not None else (suggestion.support if suggestion else ())
    return Wish(
        lead_ids=tuple(dict.fromkeys(wanted.leads)),
        department=department,
        template=template,
        receiver=wanted.receiver or service.departments().get(department, ""),
        title=wanted.title or kind.title_for(leads),
        copies=tuple(code for code in copies if code != department),
        fields=wanted.fields,
        masked=kind.masks_for(department) if wanted.masked is None else wanted.masked,
        seller_id=wanted.seller,
        campaign_id=_campaign(here, wanted, now),
        again=wanted.again,
        override=wanted.override,
    )


@router.post("/api/v1/referrals/{referral_id}/steps", summary="登记一步")
def step(request: Request, me: Me, here: Here, now: Now, referral_id: Id, wanted: WantedStep) -> ReferralLine:  # noqa: PLR0913, PLR0917
    """409 when somebody acted since `seen`; a draft is never approved by whoever wrote it."""
    if wanted.happened_at is not None and wanted.happened_at.tzinfo is None:
        raise Refusal(422, "时间须带时区，如 2026-11-02T09:30:00+08:00。")
    if wanted.kind in {"approve", "refuse"} and "approver" not in me.roles:
        raise Refusal(403, "您的角色不能审核移送。")
    made = _act(here, referral_id, actor(request), now, wanted)
    return _line(made, hidden=masking.hides(here, me))


def _act(here: Console, referral_id: int, who: Actor, now: datetime, wanted: WantedStep) -> Referral:
    seen, note = wanted.seen, wanted.note
    if wanted.kind == "withdraw":
        return flow.withdraw(here.db, referral_id, who, now, seen=seen, note=note)
    if wanted.kind == "undo":
        return flow.undo(here.db, referral_id, who, now, seen=seen)
    service = service_of(here)
    if wanted.kind == "approve":
        return service.approve(referral_id, who, now, seen=seen, note=note)
    if wanted.kind == "refuse":
        return service.refuse(referral_id, who, now, seen=seen, note=note)
    if wanted.kind == "send":
        at, reference = wanted.happened_at, wanted.reference
        return service.send(referral_id, who, now, seen=seen, happened_at=at, reference=reference, note=note)
    detail = {name: text for name in ("to", "result") if (text := getattr(wanted, name))}
    told = Answer(wanted.kind, wanted.happened_at, wanted.reference, wanted.person, note, detail)
    return service.answer(referral_id, told, who, now, seen=seen)


@router.post("/api/v1/referrals/{referral_id}/feedback", summary="登记办理结果")
def add_feedback(request: Request, db: Db, now: Now, referral_id: Id, wanted: WantedFeedback) -> FeedbackFacts:
    """What came of it, as it counts in the results form."""
    same: dict[str, Any] = {name: getattr(wanted, name) for name in _SAME}
    seizures = tuple(
        Seized(one.kind, one.name, Decimal(repr(one.amount)), one.unit, one.batch) for one in wanted.seizures
    )
    money: dict[str, Any] = {name: Decimal(repr(getattr(wanted, name))) for name in ("confiscated", "fined")}
    given = NewFeedback(
        **same, **money, referral_id=referral_id, seizures=seizures, lead_ids=tuple(dict.fromkeys(wanted.leads)), source="接口",
    )  # fmt: skip
    made = feedback.add(db, running.counted(db, given), actor(request), now)
    facts = {name: getattr(made, name) for name in FeedbackFacts.model_fields if hasattr(made, name)}
    return FeedbackFacts(**facts, referral=made.referral_id, campaign=made.campaign_id)


_SAME = (
    "unit", "title", "happened_on", "case_number", "filed", "criminal", "people", "gangs", "note", "publish",
)  # fmt: skip


def _line(one: Referral, *, hidden: bool) -> ReferralLine:
    plain = {name: getattr(one, name) for name in ReferralLine.model_fields if hasattr(one, name)}
    title = mask_in(one.title, ()) if hidden else one.title
    more = {"copies": list(one.copies), "leads": list(one.lead_ids), "seller": one.seller_id, "title": _sound(title)}
    people = {"drafted_by": one.drafter, "approved_by": one.approver, "campaign": one.campaign_id, "step": one.step_id}
    return ReferralLine(**plain | more | people)


def _facts(case: ReferralCase, results: list[int], *, hidden: bool) -> ReferralFacts:
    return ReferralFacts(
        referral=_line(case.referral, hidden=hidden),
        routing=case.referral.routing,
        fields=case.referral.fields,
        leads=[_lead(one, hidden=hidden) for one in case.leads],
        steps=[
            StepFacts(who=one.actor, **{name: getattr(one, name) for name in StepFacts.model_fields if name != "who"})
            for one in case.steps
        ],
        files=[FileFacts(**{name: getattr(one, name) for name in FileFacts.model_fields}) for one in case.files],
        feedback=results,
    )


def _lead(one: ReferredLead, *, hidden: bool) -> LeadFacts:
    def shown(text: str) -> str:
        return _sound(mask_in(text, ()) if hidden else text)

    return LeadFacts(
        id=one.lead_id,
        position=one.position,
        title=shown(one.title),
        site=one.site,
        url=_sound(one.url),
        seller=shown(one.seller) if one.seller else None,
        category=one.category,
        subject=shown(one.subject),
        terms=[_sound(term) for term in one.terms],
        score=one.score,
        verdict=one.verdict,
        captures=one.evidence,
        manifest=one.manifest,
        contacts=[(kind, mask(value) if hidden else value) for kind, value in one.contacts],
    )


def _sound(text: str) -> str:
    """JSON cannot hold half a character."""
    return text.encode("utf-8", "replace").decode()
