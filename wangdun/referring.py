"""Referrals of one installation: rules, letters, legal terms and evidence brought together with what is stored."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from wangdun.exceptions import UsageError
from wangdun.refer_papers import MadeFile, papers
from wangdun.refer_wishes import Wish, complete

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from referrals.receipts import ReturnedReceipt
    from referrals.routing.facts import Deadline, Route
    from referrals.routing.rules import Rules
    from referrals.timing.calendar import Calendar
    from storage.database import Database
    from storage.evidence.objects import Batch
    from storage.referral.records import Answer, Due, NewFile, Referral, ReferredLead
    from storage.review.audit import Actor
    from storage.review.second import Policy
    from wangdun.config import Config

LARGEST_RETURNED = 20 * 1024 * 1024  # bytes: a workbook of two thousand rows takes 300 KB


class Referring:
    """What can be done with referrals. Safe to share between threads; holds no connection."""

    def __init__(self, config: Config, db: Database) -> None:
        self.config = config
        self.db = db

    @cached_property
    def rules(self) -> Rules:
        """The table of duties. Raises RulesError."""
        from referrals.routing import rules

        return rules.load(self.config.referrals.rules)

    @cached_property
    def calendar(self) -> Calendar:
        """Which days are worked on. Raises HolidaysError."""
        from referrals.timing import holidays

        return holidays.load(self.config.referrals.holidays)

    @property
    def policy(self) -> Policy:
        """Whether a second person must approve."""
        from storage.review.second import Policy

        return Policy(referrals=self.config.console.second.referral)

    def suggest(self, leads: Sequence[ReferredLead]) -> Route:
        """Who leads, who supports, and why. Raises UsageError: no leads; RulesError."""
        from referrals.routing import route

        if not leads:
            raise UsageError("没有选中任何线索")
        province = self.config.keywords.province or ""
        return route.of_leads([route.facts_of(lead, province) for lead in leads], self.rules)

    def draft(self, wish: Wish, actor: Actor, now: datetime) -> Referral:
        """Begin a referral.

        Raises:
            UsageError: what the person said cannot be, see `refer_wishes.complete`.
            ReferringError, StorageError: see `storage.referral.drafts.draft`.
        """
        from storage.referral import drafts, queries

        leads = queries.material(self.db, wish.lead_ids)
        route = self.suggest(leads)
        draft = complete(wish, leads, route, self.config)
        own = self.terms(draft.department, draft.routing)
        return drafts.draft(self.db, draft, actor, now, due=self._next("draft", draft.template, own, now))

    def change(self, referral_id: int, wish: Wish, actor: Actor, now: datetime, *, seen: int | None) -> Referral:
        """Write a referral anew. Raises as `draft`, and Stale."""
        from storage.referral import drafts, queries

        leads = queries.material(self.db, wish.lead_ids)
        draft = complete(wish, leads, self.suggest(leads), self.config)
        due = self._next("change", draft.template, self.terms(draft.department, draft.routing), now)
        return drafts.change(self.db, referral_id, draft, actor, now, seen=seen, due=due)

    def approve(
        self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None = None, note: str = ""
    ) -> Referral:
        """Make the papers, keep them as evidence, approve.

        Raises:
            UsageError, ReferralError: a paper cannot be made.
            ReferringError: see `storage.referral.flow.approve`.
            EvidenceError: the evidence folder has no room, or fails.
        """
        from storage.evidence.objects import Objects
        from storage.referral import flow, queries, steps

        case = queries.get(self.db, referral_id)
        with self.db.read() as connection:  # before the work of making papers
            steps.check_person(connection, actor, steps.APPROVES if self.policy.referrals else steps.WORKS)
        due = self.due("approve", case.referral, now)
        made = papers(self.config, case, now)
        with Objects.of(self.config.storage).writing() as batch:
            files = [keep(batch, one) for one in made]
            last = case.referral.step_id if seen is None else seen  # the papers are those of this very state
            return flow.approve(
                self.db, referral_id, actor, now, seen=last, files=files, note=note, due=due, policy=self.policy
            )

    def refuse(self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, note: str) -> Referral:
        """Send it back to its drafter. Raises ReferringError."""
        from storage.referral import flow, queries

        due = self.due("refuse", queries.one(self.db, referral_id), now)
        return flow.refuse(self.db, referral_id, actor, now, seen=seen, note=note, due=due)

    def send(  # noqa: PLR0913 -- what is on the receipt of the post
        self,
        referral_id: int,
        actor: Actor,
        now: datetime,
        *,
        seen: int | None = None,
        happened_at: datetime | None = None,
        reference: str = "",
        note: str = "",
    ) -> Referral:
        """Note that it left the house; the first term of the department begins. Raises ReferringError."""
        from storage.referral import flow, queries

        due = self.due("send", queries.one(self.db, referral_id), happened_at or now)
        facts = {"seen": seen, "happened_at": happened_at, "reference": reference, "note": note}
        return flow.send(self.db, referral_id, actor, now, due=due, **facts)  # type: ignore[arg-type]

    def answer(  # noqa: PLR0913 -- who, what, when
        self,
        referral_id: int,
        answer: Answer,
        actor: Actor,
        now: datetime,
        *,
        seen: int | None = None,
        returned: MadeFile | None = None,
    ) -> Referral:
        """Note what came back; the next term begins. `returned` is kept as it came. Raises ReferringError."""
        from storage.evidence.objects import Objects
        from storage.referral import flow, queries

        step = "reconsider" if answer.detail.get("reconsider") else answer.kind
        due = self.due(step, queries.one(self.db, referral_id), answer.happened_at or now)
        if returned is None:
            return flow.answer(self.db, referral_id, answer, actor, now, seen=seen, due=due)
        with Objects.of(self.config.storage).writing() as batch:
            files = [keep(batch, returned)]
            return flow.answer(self.db, referral_id, answer, actor, now, seen=seen, due=due, files=files)

    def read_receipt(self, name: str, content: bytes, actor: Actor, now: datetime) -> Referral:
        """Take in a workbook that came back: the referral that it answers, as it is now.

        Raises:
            UsageError: too large, nothing was filled in, or this very file was read before.
            ReceiptError: it cannot be read; names sheet and cell.
            ReferringError: what it says cannot follow on the present status.
        """
        from referrals import receipts
        from referrals.timing.calendar import ZONE
        from storage.referral import queries
        from wangdun.refer_papers import XLSX

        if len(content) > LARGEST_RETURNED:
            raise UsageError(f"{name} 超过 {LARGEST_RETURNED // 1024 // 1024} MB，不像回执")
        today = now.astimezone(ZONE).date()
        referral = queries.by_number(self.db, receipts.read_xlsx(content, today=today).number)
        case = queries.get(self.db, referral.id)
        found = receipts.read_xlsx(content, case, today)
        digest = sha256(content).hexdigest()
        if any(step.detail.get("file") == digest and not step.undone for step in case.steps):
            raise UsageError(f"{name} 已经读过，没有重复登记：{referral.number}")
        returned = MadeFile("receipt", name[-100:], XLSX, content)
        answer = on_leads_alone(said_in(found, name, digest), referral.status)
        return self.answer(referral.id, answer, actor, now, seen=referral.step_id, returned=returned)

    def due(self, step: str, referral: Referral, at: datetime) -> Due | None:
        """What is expected after this step of a referral, and until when; None: nothing."""
        return self._next(step, referral.template, self.terms(referral.department, referral.routing), at)

    def terms(self, department: str, routing: Mapping[str, object]) -> Mapping[str, Deadline]:
        """The terms of a department, its rule's own first."""
        from referrals.routing import route

        rule = next((duty for duty in self.rules.leads if duty.id == routing.get("rule")), None)
        own = rule.deadlines if rule is not None and rule.department == department else None
        return route.timers(self.rules, department, own)

    def _next(self, step: str, template: str, terms: Mapping[str, Deadline], at: datetime) -> Due | None:
        from referrals.timing.timers import next_due

        working = self.config.referrals.days == "working"
        return next_due(step, template, terms, at, self.calendar, working=working)


def keep(batch: Batch, made: MadeFile) -> NewFile:
    """Keep a paper in the evidence folder."""
    from storage.referral.records import NewFile

    kept = batch.put(made.content)
    return NewFile(made.kind, made.name, made.media_type, kept.size, kept.sha256)


def said_in(found: ReturnedReceipt, name: str, digest: str) -> Answer:
    """What a returned workbook comes to. Raises UsageError: nothing was filled in."""
    from datetime import datetime, time

    from referrals.timing.calendar import ZONE
    from storage.referral.records import Answer

    kind = found.kind or ("receive" if found.received_on or found.person.strip() or found.reference.strip() else "")
    if not kind:
        raise UsageError(f"{name} 没有填写：应写明签收日期、签收人，或选择办理结果")
    results: list[dict[str, object]] = [
        {"lead": one.lead_id, "kind": one.kind, "reference": one.reference, "note": one.note}
        for one in found.leads
        if one.kind or one.reference or one.note
    ]
    detail = {"file": digest, "name": name, "received_on": str(found.received_on or ""), "leads": results}
    detail |= {"receipt": found.reference} if found.case_reference and found.reference else {}
    at = datetime.combine(found.received_on, time(), ZONE) if found.received_on else None
    detail |= {"to": found.note} if kind == "pass_on" else {"result": found.note} if kind == "close" else {}
    reference = found.case_reference or found.reference
    return Answer(kind, at, reference, found.person, found.note, detail)  # type: ignore[arg-type]


def on_leads_alone(answer: Answer, status: str) -> Answer:
    """A workbook returned once more, with new answers on leads: a note, where the referral itself says nothing new."""
    from storage.referral.folding import ALLOWED, LEADS_TO, OUT

    if status not in OUT or answer.kind in ALLOWED[status] or not answer.detail["leads"]:
        return answer
    if answer.kind != "receive" and LEADS_TO[answer.kind] != status:
        return answer
    return replace(answer, kind="note", note=answer.note or "回执表：各线索的处理结果")
