"""What came of a case, as a form says it, made into what storage takes; and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from console import moments
from console.exceptions import Refusal
from console.pages import whole_number
from storage.referral.exceptions import ReferringError
from storage.referral.feedback_records import KINDS, UNITS, NewFeedback, Seized
from storage.referral.form_records import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData

    from storage.referral.feedback_records import Feedback

PLAIN: Final = ("unit", "title", "happened_on", "case_number", "publish", "referral", "campaign")
NUMBERS: Final = ("people", "gangs", "confiscated", "fined")
LONG: Final = ("typical", "note")
LINES: Final = ("kind", "name", "amount", "measure", "batch")
"""Columns of one thing that was seized."""
ROWS: Final = 6  # lines for seized things that a form offers beside the filled ones
MOST_ROWS: Final = 200  # a longer list comes as a file
LONGEST: Final = 20_000  # characters of a text, as storage takes it
DIGITS: Final = 20  # of a number that somebody types: more is a slip of the hand


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was filled in."""

    values: dict[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    """filed, criminal."""
    rows: tuple[dict[str, str], ...] = ()
    leads: tuple[int, ...] = ()

    def get(self, name: str) -> str:
        """A field's text."""
        return self.values.get(name, "")

    @property
    def lines(self) -> list[dict[str, str]]:
        """Seized things, with empty lines to go on."""
        return [*self.rows, *({} for _ in range(ROWS if not self.rows else 3))][:MOST_ROWS]


def read(form: FormData) -> Typed:
    """What a browser sent. Raises Refusal: 422, what no form of ours holds."""
    values = {name: _text(form, name, 400) for name in (*PLAIN, *NUMBERS)}
    values |= {name: _text(form, name, LONGEST * 2) for name in LONG}
    columns = [[value if isinstance(value, str) else "" for value in form.getlist(name)] for name in LINES]
    if len({len(column) for column in columns}) > 1 or len(columns[0]) > MOST_ROWS:
        raise Refusal(422)
    rows = [dict(zip(LINES, (text.strip()[:400] for text in line), strict=True)) for line in zip(*columns, strict=True)]
    filled = tuple(row for row in rows if row["name"] or row["amount"])
    flags = frozenset(name for name in ("filed", "criminal") if form.get(name))
    leads = tuple(
        number for one in form.getlist("leads") if isinstance(one, str) and (number := whole_number(one)) is not None
    )
    return Typed(values, flags, filled, leads[:MOST_ROWS])


def _text(form: FormData, name: str, longest: int) -> str:
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise Refusal(422)
    return value.replace("\r\n", "\n").strip()


def new_feedback(typed: Typed) -> NewFeedback:
    """What storage takes. Raises ReferringError: a day or a number that is none."""
    criminal = "criminal" in typed.flags
    return NewFeedback(
        unit=typed.get("unit"),
        title=typed.get("title"),
        happened_on=moments.day(typed.get("happened_on"), "日期"),
        case_number=typed.get("case_number"),
        referral_id=whole_number(typed.get("referral")),
        campaign_id=whole_number(typed.get("campaign")),
        filed=criminal or "filed" in typed.flags,
        criminal=criminal,
        people=_count(typed.get("people"), "处理人员"),
        gangs=_count(typed.get("gangs"), "犯罪团伙"),
        confiscated=_amount(typed.get("confiscated"), "没收违法所得"),
        fined=_amount(typed.get("fined"), "罚款和罚金"),
        seizures=tuple(_seized(number, row) for number, row in enumerate(typed.rows, 1)),
        lead_ids=typed.leads,
        typical=typed.get("typical"),
        publish=typed.get("publish") or "yes",
        note=typed.get("note"),
    )


def _count(text: str, what: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > DIGITS:
        raise ReferringError(f"{what}应为整数，现在是“{text[:DIGITS]}”")
    return int(text)


def _amount(text: str, what: str) -> Decimal:
    try:
        return decimal(text) if text else Decimal(0)
    except ReferringError as error:
        raise ReferringError(f"{what}{error}") from error


def decimal(text: str) -> Decimal:
    """A number as people type it. Raises ReferringError."""
    plain = text.replace(",", "").replace("，", "")
    try:
        found = Decimal(plain) if len(plain) <= DIGITS and plain.isascii() and "e" not in plain.lower() else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise ReferringError(f"应为数字，现在是“{text[:DIGITS]}”")
    return found


def _seized(number: int, row: dict[str, str]) -> Seized:
    try:
        amount = decimal(row["amount"])
    except ReferringError as error:
        raise ReferringError(f"收缴物品第 {number} 行：数量{error}") from error
    return Seized(row["kind"], row["name"], amount, row["measure"], row["batch"])


def typed_from(one: Feedback) -> Typed:
    """The form filled with what is stored."""
    values = {
        "unit": one.unit,
        "title": one.title,
        "happened_on": one.happened_on.isoformat(),
        "case_number": one.case_number,
        "publish": one.publish,
        "referral": str(one.referral_id or ""),
        "campaign": str(one.campaign_id or ""),
        "people": str(one.people or ""),
        "gangs": str(one.gangs or ""),
        "confiscated": shown(one.confiscated) if one.confiscated else "",
        "fined": shown(one.fined) if one.fined else "",
        "typical": one.typical,
        "note": one.note,
    }
    flags = frozenset(name for name in ("filed", "criminal") if getattr(one, name))
    return Typed(values, flags, _lines(one.seizures), one.lead_ids)


def _lines(seizures: Sequence[Seized]) -> tuple[dict[str, str], ...]:
    return tuple(
        {"kind": one.kind, "name": one.name, "amount": shown(one.amount), "measure": one.unit, "batch": one.batch}
        for one in seizures
    )


MEASURES: Final = [(kind, KINDS[kind], units) for kind, units in UNITS.items()]
"""(kind, its name, its units) for the choices of a form."""
