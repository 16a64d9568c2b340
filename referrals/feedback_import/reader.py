"""Reads the filled form: all rows, or all mistakes with sheet, row and column. Hostile files stay small."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from referrals.exceptions import ImportRefused, Mistake
from referrals.feedback_import import values, workbook
from referrals.feedback_import.columns import CASES, KINDS, PUBLISH, SEIZURES, SHEETS
from storage.referral import feedback_checks
from storage.referral.feedback_records import NewFeedback, Seized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from referrals.feedback_import.workbook import Line

FLAGS: Final = {"是": True, "否": False}
READERS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "单位": ("unit", values.text),
    "案件名称": ("title", values.text),
    "日期": ("happened_on", values.day),
    "文号": ("case_number", values.text),
    "立案": ("filed", lambda value: values.choice(value, FLAGS)),
    "刑事": ("criminal", lambda value: values.choice(value, FLAGS)),
    "处理人员（人）": ("people", values.count),
    "犯罪团伙（个）": ("gangs", values.count),
    "没收违法所得（万元）": ("confiscated", values.amount),
    "罚款和罚金（万元）": ("fined", values.amount),
    "典型案例": ("typical", values.text),
    "公开": ("publish", lambda value: values.choice(value, PUBLISH)),
    "线索编号": ("lead_ids", values.numbers),
    "备注": ("note", values.text),
}
"""Column of a case -> field of `NewFeedback` and how its cells are read."""
SEIZED: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "批次": ("batch", values.text),
    "种类": ("kind", lambda value: values.choice(value, KINDS)),
    "名称": ("name", values.text),
    "数量": ("amount", values.amount),
    "单位": ("unit", values.text),
}


def read_xlsx(  # noqa: PLR0913 -- one fact each
    content: bytes,
    name: str,
    today: date,
    *,
    campaign_id: int | None = None,
    referral_id: int | None = None,
    referral_of: Callable[[str], int | None] | None = None,
) -> tuple[NewFeedback, ...]:
    """All cases of the file. `referral_of`: id of the referral with a number; None where there is none.

    Raises:
        ImportRefused: `.mistakes` tells sheet, row, column and reason of each; nothing of the file is to be used.
    """
    wanted = {sheet: [column.name for column in columns] for sheet, columns in SHEETS.items()}
    lines = workbook.read(content, name, wanted)
    reader = _Reader(name, today, {"campaign_id": campaign_id, "referral_id": referral_id}, referral_of)
    return reader.read(lines[CASES], lines[SEIZURES])


class _Reader:
    """Collects what is wrong while it reads on."""

    def __init__(
        self,
        name: str,
        today: date,
        given: Mapping[str, Any],
        referral_of: Callable[[str], int | None] | None,
    ) -> None:
        self.name, self.today, self.given = name, today, given
        self.referral_of = referral_of
        self.mistakes: list[Mistake] = []

    def read(self, cases: list[Line], seizures: list[Line]) -> tuple[NewFeedback, ...]:
        """All cases with what was seized in them. Raises ImportRefused."""
        numbers = self._numbered(cases)
        taken = self._seized(seizures, numbers)
        found = [self._case(line, tuple(taken[number])) for number, line in numbers.items()]
        if not cases:
            self._wrong(CASES, 0, "", "没有填写任何案件")
        if self.mistakes:
            raise ImportRefused(self.name, sorted(self.mistakes, key=lambda one: (one.sheet != CASES, one.row)))
        return tuple(one for one in found if one is not None)

    def _wrong(self, sheet: str, row: int, column: str, reason: str) -> None:
        self.mistakes.append(Mistake(sheet, row, column, reason))

    def _numbered(self, cases: list[Line]) -> dict[str, Line]:
        found: dict[str, Line] = {}
        for line in cases:
            number = values.text(line.values.get("案件序号", ""))
            if not number:
                self._wrong(CASES, line.number, line.place("案件序号"), "没有填写")
                number = f"\0{line.number}"
            elif number in found:
                reason = f"“{number[:20]}”与第 {found[number].number} 行重复"
                self._wrong(CASES, line.number, line.place("案件序号"), reason)
                number = f"\0{line.number}"
            found[number] = line
        return found

    def _seized(self, lines: list[Line], numbers: Mapping[str, Line]) -> defaultdict[str, list[tuple[Line, Seized]]]:
        found: defaultdict[str, list[tuple[Line, Seized]]] = defaultdict(list)
        for line in lines:
            number = values.text(line.values.get("案件序号", ""))
            if number not in numbers:
                said = f"“{number[:20]}”在“{CASES}”表中没有" if number else "没有填写"
                self._wrong(SEIZURES, line.number, line.place("案件序号"), said)
            facts = self._cells(SEIZURES, line, SEIZED)
            if facts is None:
                continue
            one = Seized(**facts)
            for said in feedback_checks.seized_mistakes(one):
                self._wrong(SEIZURES, line.number, _column(line, said, SEIZED), said)
            found[number].append((line, one))
        return found

    def _cells(self, sheet: str, line: Line, readers: Mapping[str, tuple[str, Any]]) -> dict[str, Any] | None:
        """The fields of a row; None where one is wrong or missing."""
        facts = {}
        needed = {column.name for column in SHEETS[sheet] if column.needed}
        before = len(self.mistakes)
        for column, (field, read) in readers.items():
            if column not in line.values:
                if column in needed:
                    self._wrong(sheet, line.number, line.place(column), "没有填写")
                continue
            try:
                facts[field] = read(line.values[column])
            except ValueError as error:
                self._wrong(sheet, line.number, line.place(column), str(error))
        return facts if len(self.mistakes) == before else None

    def _case(self, line: Line, taken: tuple[tuple[Line, Seized], ...]) -> NewFeedback | None:
        facts = self._cells(CASES, line, READERS)
        referral = self._referral(line)
        if facts is None:
            return None
        given: dict[str, Any] = dict(self.given) | ({"referral_id": referral} if referral is not None else {})
        source = f"{self.name} {CASES} 第 {line.number} 行"
        made = NewFeedback(**facts, **given, source=source[-feedback_checks.LINE :])
        for said in feedback_checks.mistakes(made, self.today):
            self._wrong(CASES, line.number, _column(line, said, READERS), said)
        self._together(taken)
        return NewFeedback(**facts, **given, source=made.source, seizures=tuple(one for _, one in taken))

    def _together(self, taken: tuple[tuple[Line, Seized], ...]) -> None:
        """What is wrong with the rows of one case only when they are seen together."""
        mixed = set(feedback_checks.mixed_batches([one for _, one in taken]))
        seen: dict[tuple[str, ...], int] = {}
        measures: dict[str, str] = {}
        for line, one in taken:
            key, batch = (one.batch, one.kind, one.name, one.unit), one.batch or one.name
            if one.batch and key in seen:
                self._wrong(SEIZURES, line.number, "", f"与第 {seen[key]} 行是同一批次的同一物品，请合为一行")
            seen.setdefault(key, line.number)
            if one.kind == "product" and batch in mixed and measures.setdefault(batch, one.unit) != one.unit:
                said = f"批次“{batch}”同时按件和千克计；同一批次制品只能按其中一种计一次"
                self._wrong(SEIZURES, line.number, line.place("单位"), said)

    def _referral(self, line: Line) -> int | None:
        number = values.text(line.values.get("移送文号", ""))
        if not number:
            return None
        found = self.referral_of(number) if self.referral_of else None
        if found is None:
            self._wrong(CASES, line.number, line.place("移送文号"), f"没有文号为“{number[:40]}”的移送")
        return found


def _column(line: Line, said: str, readers: Mapping[str, tuple[str, Any]]) -> str:
    """The column that a sentence is about: the one that it names first."""
    named = {column: said.find(column.split("（", maxsplit=1)[0]) for column in readers}
    found = min((column for column in named if named[column] >= 0), key=lambda one: named[one], default="")
    return line.place(found) if found else ""
