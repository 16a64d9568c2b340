"""Writes the letter of a case: who, what, where found, on what duty, what is asked; free of any file format."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from referrals.exceptions import LetterError
from referrals.hiding import HIDDEN, shown
from referrals.letters import annexes, told
from referrals.letters.kinds import KINDS, NO_EVIDENCE, PACKAGE
from referrals.letters.model import Grid, Letter, Para, Point
from referrals.letters.slips import slip
from referrals.routing.words import DEPARTMENTS, OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from referrals.letters.kinds import LetterKind
    from referrals.letters.model import Block
    from referrals.letters.parties import Contact, Office
    from storage.referral.records import Referral, ReferralCase, ReferredLead

CAUTION = (
    "所附材料由采集程序自动取得，属于网络监测线索，供核查，不是电子数据提取笔录；"
    "需要作为证据使用的，请依法重新提取、固定，或者商我单位协助固定。"
)
DIGITS = "〇一二三四五六七八九"


def written(
    case: ReferralCase, office: Office, department: Contact, made_at: datetime, names: Mapping[str, str]
) -> Letter:
    """The letter.

    Raises:
        LetterError: no leads, no receiver, an unknown kind, a lead without evidence.
    """
    referral = case.referral
    kind = _kind(referral.template)
    _check(case, kind, department)
    leads = shown(case, accounts=kind.accounts)
    receiver = referral.receiver or department.name
    names = {**DEPARTMENTS, **OTHERS, **names}
    attachments = _attachments(kind, leads)
    letter = Letter(
        kind=kind.code,
        red_head=office.red_head,
        number=referral.number,
        title=referral.title or told.title_of(kind.code, leads, office.name),
        receiver=receiver,
        blocks=tuple(_blocks(referral, kind, leads, made_at)),
        attachments=attachments,
        signer=office.name,
        date=told.day(made_at),
        remark=_remark(office),
        copies="，".join(names.get(code, code) for code in referral.copies if code != referral.department),
        printed=office.name,
        notice=told.NOTICE,
        annexes=tuple(annexes.of(referral, leads, made_at, attachments)),
        slip=slip(kind, referral, office, receiver, len(leads)),
        made_at=made_at,
        fields=(),
        rows=tuple(tuple(told.lead_facts(lead, made_at.tzinfo).items()) for lead in leads),
    )
    return replace(letter, fields=tuple(_fields(letter, case, office, department).items()))


def _kind(code: str) -> LetterKind:
    if code not in KINDS:
        raise LetterError(f"没有这种文书：{code}（可用：{'、'.join(KINDS)}）")
    return KINDS[code]


def _check(case: ReferralCase, kind: LetterKind, department: Contact) -> None:
    if not case.leads:
        raise LetterError(f"移送 {case.referral.number} 没有线索，不能出具{kind.name}")
    if not (case.referral.receiver or department.name).strip():
        raise LetterError(f"移送 {case.referral.number} 没有主送单位")
    if kind.evidence and not case.referral.fields.get(NO_EVIDENCE, "").strip():
        bare = [str(lead.lead_id) for lead in case.leads if not lead.evidence and lead.source == "crawl"]
        if bare:
            listed = "、".join(bare[:10]) + (f" 等 {len(bare)} 条" if len(bare) > 10 else "")
            raise LetterError(f"线索 {listed} 没有固定的证据，请先固定，或者填写“{NO_EVIDENCE}”")


def _attachments(kind: LetterKind, leads: Sequence[ReferredLead]) -> tuple[str, ...]:
    """The evidence package is named only where there is one."""
    secured = any(lead.evidence for lead in leads)
    return tuple(name for name in kind.attachments if secured or name != PACKAGE)


def _blocks(referral: Referral, kind: LetterKind, leads: Sequence[ReferredLead], made_at: datetime) -> Iterator[Block]:
    yield Para(kind.opening.format(things=told.things(leads), count=len(leads)))
    yield Point("一、线索基本情况")
    yield Grid((), (22, 78), tuple(_facts(leads, made_at)))
    if more := referral.fields.get("补充说明", "").strip():
        yield from annexes.paras(more)
    if reason := referral.fields.get(NO_EVIDENCE, "").strip():
        yield Para(f"部分线索没有固定证据，原因：{reason}")
    yield Para(CAUTION + (HIDDEN if referral.masked else ""))
    yield Point("二、依据")
    yield from annexes.paras(basis(referral, kind))
    yield Point("三、办理要求" if kind.code in {"lead", "crime", "postal"} else "三、商请事项")
    yield from (Para(text) for text in _requests(referral, kind))
    yield Para(kind.closing)


def _facts(leads: Sequence[ReferredLead], made_at: datetime) -> Iterator[tuple[str, str]]:
    zone = made_at.tzinfo
    yield "线索数量", f"{len(leads)} 条（线索编号 {told.numbers(lead.lead_id for lead in leads)}）"
    yield "涉及标的", told.subjects(leads) or "未点名"
    yield "行为", told.some((told.INTENTS.get(lead.intent, lead.intent) for lead in leads), "类")
    yield "发现于", told.some((lead.site for lead in leads), "个网站")
    yield "涉及账号", told.some((lead.seller or "" for lead in leads), "个") or "未显示"
    yield "标价", told.some((lead.price_text or "" for lead in leads), "种") or "未标价"
    yield "发现时间", told.span((lead.first_seen_at for lead in leads), zone)
    if flags := told.flagged(leads):
        yield "重点情形", flags
    yield "证据固定", told.secured(leads)


def basis(referral: Referral, kind: LetterKind) -> str:
    """Why this department: the clause of routing, what the drafter typed, or the kind's own.

    Why the drafter departs from the rules is the office's own affair and no legal basis.
    """
    if given := referral.fields.get("法律依据", "").strip():
        return given
    routing = referral.routing
    transfers = kind.code in {"lead", "crime", "postal"}
    general = f"依据{kind.basis}，{'将上述线索移送你单位' if transfers else '商请你单位协助'}。"
    if kind.code == "platform":
        return general
    if transfers and routing.get("lead") == referral.department and routing.get("clause"):
        return f"依据{routing['clause']}，上述线索由你单位主办。{_helping(routing)}"
    own = next((one for one in routing.get("reasons", ()) if one.get("department") == referral.department), None)
    if own and own.get("clause"):
        return f"依据{own['clause']}，因{own.get('because', '')}，请你单位协助办理。"
    return general


def _helping(routing: Mapping[str, Any]) -> str:
    codes = [str(code) for code in routing.get("support", ())]
    if not codes:
        return ""
    return f"{'、'.join(DEPARTMENTS.get(code, code) for code in codes)}依各自职责协办。"


def _requests(referral: Referral, kind: LetterKind) -> Iterator[str]:
    if given := referral.fields.get("办理要求", "").strip():
        yield from (line for line in given.splitlines() if line.strip())
        return
    last = len(kind.requests)
    for number, text in enumerate(kind.requests, 1):
        yield f"（{DIGITS[number]}）{text if number < last else text.rstrip('；。') + '。'}"


def _remark(office: Office) -> str:
    """附注: 联系人. Blank where the office has given none."""
    parts = [f"{name}：{value}" for name, value in (("联系人", office.person), ("联系电话", office.phone)) if value]
    return f"（{'；'.join(parts)}）" if parts else ""


def _fields(letter: Letter, case: ReferralCase, office: Office, department: Contact) -> dict[str, str]:
    """For templates, under the names of `field_names`."""
    referral, kind = case.referral, KINDS[letter.kind]
    leads = shown(case, accounts=kind.accounts)
    texts = [block.text for block in letter.blocks if isinstance(block, Para | Point)]
    return {
        "文号": letter.number,
        "标题": letter.title,
        "文种": kind.name,
        "主送": letter.receiver,
        "抄送": letter.copies,
        "正文": "\n".join(texts),
        "依据": basis(referral, kind),
        "要求": "\n".join(_requests(referral, kind)),
        "分工说明": str(referral.routing.get("explanation", "")),
        "附件": "\n".join(f"{number}. {name}" for number, name in enumerate(letter.attachments, 1)),
        "提示": letter.notice,
        "说明": CAUTION,
        "成文日期": letter.date,
        "发文单位": office.name,
        "单位地址": office.address,
        "联系人": office.person,
        "联系电话": office.phone,
        "收件人": department.person,
        "收件电话": department.phone,
        "收件地址": department.address,
        "拟稿人": referral.drafter,
        "批准人": referral.approver,
        "线索数量": str(len(leads)),
        "标的": told.things(leads),
        **{f"情况.{name}": "" for name in FACTS},
        **{f"情况.{name}": value for name, value in _facts(leads, letter.made_at)},
        **{field.name: referral.fields.get(field.name, "") for field in kind.fields},
    }


def field_names(kind: str) -> tuple[str, ...]:
    """All fields a template of this kind may name, without those of leads."""
    return (*GENERAL, *(f"情况.{name}" for name in FACTS), *(field.name for field in KINDS[kind].fields))


GENERAL = (
    "文号", "标题", "文种", "主送", "抄送", "正文", "依据", "要求", "分工说明", "附件", "提示", "说明", "成文日期", "发文单位", "单位地址",
    "联系人", "联系电话", "收件人", "收件电话", "收件地址", "拟稿人", "批准人", "线索数量", "标的",
)  # fmt: skip
FACTS = ("线索数量", "涉及标的", "行为", "发现于", "涉及账号", "标价", "发现时间", "重点情形", "证据固定")
