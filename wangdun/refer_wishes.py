"""What a person wants referred, completed by the rules: department, letter, number, title, copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wangdun.exceptions import UsageError
from wangdun.mistakes import nearest
from wangdun.refer_departments import known_department

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from referrals.routing.facts import Route
    from storage.referral.records import Draft, ReferredLead
    from wangdun.config import Config

USUAL = {"platform": "platform", "cyberspace": "cleanup", "postal": "postal"}
"""Department -> the kind of letter it gets where it does not lead."""
ASKING = frozenset({"appraisal", "cleanup", "platform", "postal"})
"""Letters that ask for help: whom they go to does not depend on who leads, and nobody gets a copy."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A draft as far as a person says; what is left out, the rules say."""

    lead_ids: tuple[int, ...]
    department: str = ""
    template: str = ""
    receiver: str = ""
    title: str = ""
    copies: tuple[str, ...] | None = None
    """None: the supporting departments."""
    fields: Mapping[str, str] = field(default_factory=dict)
    masked: bool | None = None
    """None: hidden unless this receiver needs it for this kind of letter."""
    seller_id: int | None = None
    campaign_id: int | None = None
    again: str = ""
    override: str = ""
    """Why another department than those that the rules name."""


def complete(wish: Wish, leads: Sequence[ReferredLead], route: Route, config: Config) -> Draft:
    """The draft.

    Raises:
        UsageError: an unknown department, letter or field, a letter that this department does not get, a department that
        the rules do not name without a reason, leads without evidence without a reason, leads of several parties or
        departments as one criminal case without a reason, a platform without a name, the office itself.
    """
    from referrals.letters import hides_by_default, title_of
    from storage.referral.records import Draft

    department = known_department(wish.department or route.lead, config.referrals)
    template = _template(wish.template, department, route)
    _check_override(wish, department, template, route)
    _check_fields(wish, template)
    _check_evidence(wish, leads, template)
    _check_one_case(wish, template, route)
    receiver = _receiver(wish, department, template, config)
    hidden = hides_by_default(template, department) if wish.masked is None else wish.masked
    override = {"override": wish.override.strip()} if wish.override.strip() else {}
    return Draft(
        template=template,
        department=department,
        receiver=receiver,
        title=wish.title.strip() or title_of(template, leads, office_name(config)),
        lead_ids=tuple(lead.lead_id for lead in leads),
        number=config.referrals.pattern(department),
        copies=_copies(wish, department, template, route, config),
        routing=route.as_dict() | override,
        fields={name: text for name, text in wish.fields.items() if text.strip()},
        masked=hidden,
        seller_id=wish.seller_id,
        campaign_id=wish.campaign_id,
        again=wish.again,
    )


def office_name(config: Config) -> str:
    """Who signs. Raises UsageError: nobody said."""
    name = config.referrals.office.name.strip() or config.crawler.unit.strip()
    if not name:
        raise UsageError(
            "没有填写本单位名称：请在 config.yaml 的 referrals.office.name（或 crawler.unit）写明，函件以它落款"
        )
    return name


def _template(given: str, department: str, route: Route) -> str:
    from referrals.letters import KINDS

    usual = route.template if department == route.lead else USUAL.get(department, "lead")
    template = given or usual
    if template not in KINDS:
        near = nearest(template, list(KINDS))
        kinds = "、".join(f"{code} {kind.name}" for code, kind in KINDS.items())
        raise UsageError(f"没有名为 {template!r} 的函件种类" + (f"，是不是 {near}？" if near else f"；可用：{kinds}"))
    if department not in KINDS[template].departments:
        may = "、".join(KINDS[template].departments)
        raise UsageError(f"{KINDS[template].name}（{template}）不发给 {department}，可发给：{may}")
    return template


def _check_override(wish: Wish, department: str, template: str, route: Route) -> None:
    if department in {route.lead, *route.support} or template in ASKING or wish.override.strip():
        return
    raise UsageError(f"按分工规则不由 {department} 承办：{route.explanation}确需移送该部门，请写明理由（--because）")


def _check_fields(wish: Wish, template: str) -> None:
    from referrals.letters import KINDS

    known = [field.name for field in KINDS[template].fields]
    for name, text in wish.fields.items():
        if text.strip() and name not in known:
            near = nearest(name, known)
            meant = f"，是不是 {near}？" if near else f"；可用：{'、'.join(known)}"
            raise UsageError(f"{KINDS[template].name}没有名为 {name!r} 的字段{meant}")


def _check_evidence(wish: Wish, leads: Sequence[ReferredLead], template: str) -> None:
    from referrals.letters import KINDS, NO_EVIDENCE

    without = [str(lead.lead_id) for lead in leads if not lead.evidence]
    if without and KINDS[template].evidence and not wish.fields.get(NO_EVIDENCE, "").strip():
        said = "、".join(without[:10]) + (f" 等 {len(without)} 条" if len(without) > 10 else "")
        raise UsageError(f"线索 {said} 没有固定的证据：请先固定，或写明原因（--without-evidence 原因，会写进函件）")


def _check_one_case(wish: Wish, template: str, route: Route) -> None:
    """What several strangers did is not one crime, and what is no crime does not belong to it."""
    from referrals.letters import TOGETHER
    from referrals.letters.told import numbers
    from referrals.routing.words import DEPARTMENTS

    if template != "crime" or wish.fields.get(TOGETHER, "").strip():
        return
    crimes = [part for part in route.parts if part.department == "public_security"] or list(route.parts)
    if len(crimes) == len(route.parts) and all(part.parties == 1 for part in crimes):
        return
    said = "；".join(
        f"{DEPARTMENTS.get(part.department, part.department)}：线索 {numbers(part.leads)}"
        + (f"（{part.parties} 个当事人，含未显示账号的）" if part.parties > 1 else "")
        for part in route.parts
    )
    raise UsageError(
        f"所选线索不能合为一件涉嫌犯罪案件，请按部门、按当事人分别拟稿。{said}。"
        f"确属同一案件的，填写“{TOGETHER}”（--field {TOGETHER}=…）"
    )


def own_department(config: Config) -> str:
    """Code of the department that the office is; empty: none that is known."""
    if config.referrals.office.department:
        return config.referrals.office.department
    name = config.referrals.office.name.strip() or config.crawler.unit.strip()
    own = (str(code) for code, known in config.referrals.departments.items() if known.name and known.name == name)
    return next(own, "")


def unnamed(department: str, config: Config) -> str:
    """What is to be said where a department has only its general name, without a county; empty where it has its own."""
    from referrals.config import NAMES

    known = {str(code): found.name for code, found in config.referrals.departments.items()}
    if known.get(department):
        return ""
    names = {str(code): name for code, name in NAMES.items()}
    said = names.get(department, department)
    return f"没有填写部门全称，函件将主送“{said}”：请在 config.yaml 的 referrals.departments.{department}.name 写明"


def _receiver(wish: Wish, department: str, template: str, config: Config) -> str:
    """Who gets the letter. Raises UsageError: a platform without a name, or the office itself."""
    given = wish.receiver.strip()
    receiver = given or config.referrals.department(department).name
    if department == "platform" and (not given or given == unnamed_platform()) and unnamed(department, config):
        raise UsageError(
            "发给平台的函件须写明平台运营单位的名称（--receiver 单位，或 referrals.departments.platform.name）"
        )
    general = receiver == config.referrals.department(department).name and bool(unnamed(department, config))
    to_itself = department == own_department(config) and general and template not in ASKING
    if receiver == office_name(config) or to_itself:
        raise UsageError(
            f"本单位（{office_name(config)}）就是主送的部门，由本单位办理，无需移送；"
            "需要其他部门承办或者协助的，用 --to 写明部门，需要发给同系统其他单位的，用 --receiver 写明"
        )
    return receiver


def unnamed_platform() -> str:
    """What a form shows for a platform as long as nobody names it."""
    from referrals.config import NAMES

    return NAMES["platform"]


def _copies(wish: Wish, department: str, template: str, route: Route, config: Config) -> tuple[str, ...]:
    if wish.copies is not None:
        return tuple(dict.fromkeys(known_department(one, config.referrals) for one in wish.copies))
    if template in ASKING:
        return ()
    return tuple(code for code in (route.lead, *route.support) if code not in {department, own_department(config)})
