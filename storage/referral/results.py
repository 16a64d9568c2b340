"""The results form, folded from what departments answered and what people typed. Nothing is counted twice."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from storage.referral import campaigns, feedback_rows, reporting
from storage.referral.exceptions import Absent
from storage.referral.feedback_ties import numbered
from storage.referral.form_records import COLUMNS, ZERO, Cell, Form, Row, Source, shown
from storage.referral.models import Campaign as CampaignRow
from storage.referral.models import Feedback as FeedbackRow
from storage.review.wording import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from storage.database import Database
    from storage.referral.campaign_records import Figure, Unit
    from storage.referral.feedback_records import Feedback, Seized

ANIMALS, PLANTS, PIECES, KILOGRAMS, GEAR = 9, 10, 11, 12, 13
KINDS = {"animal": ANIMALS, "plant": PLANTS, "gear": GEAR}


class _Thing(NamedTuple):
    """What one amount of something seized is told by: the same in two rows of a case is one thing."""

    case: tuple[str, ...]
    batch: str
    kind: str
    name: str
    unit: str


class _Taken(NamedTuple):
    """A row of a seizure, and whose it is."""

    row: Feedback
    position: int
    seized: Seized


def fold(
    units: Sequence[Unit], feedback: Iterable[Feedback], figures: Iterable[Figure]
) -> tuple[tuple[Row, ...], Row, tuple[str, ...]]:
    """Rows of the form, its total and what to look at; pure, whatever the order of the rows.

    Rows that were superseded or taken back count nothing. A case (unit and number) counts once however many rows tell
    of it; so does what was seized, told by batch, kind, name and unit. A batch's products count in 件 or in 千克.
    """
    known = {unit.id: unit.name for unit in units}
    standing = standing_rows(feedback)
    sources: defaultdict[tuple[str, int], list[Source]] = defaultdict(list)
    warnings = list(_strangers(standing, known.values()))
    for unit, column, source in (*_cases(standing), *_sums(standing), *_typed(figures, known)):
        sources[unit, column].append(source)
    taken, remarks = _batches(standing)
    for one in taken:
        sources[one.row.unit, _column(one.seized)].append(_seizure_source(one))
    warnings += [*remarks, *_doubtful(standing)]
    names = [*known.values(), *sorted({unit for unit, _ in sources} - set(known.values()))]
    ids = {name: number for number, name in known.items()}
    rows = tuple(_row(ids.get(name), name, sources) for name in names)
    return rows, _total(rows), tuple(warnings)


def standing_rows(feedback: Iterable[Feedback]) -> list[Feedback]:
    """Those that count, by id: not replaced, not taken back, no taking back."""
    rows = {row.id: row for row in feedback}
    replaced = {row.supersedes for row in rows.values()}
    return [row for number, row in sorted(rows.items()) if not row.void and number not in replaced]


def _case(row: Feedback) -> tuple[str, ...]:
    """What a case is told by: unit and number, else the row alone."""
    return (row.unit, row.case_number) if row.case_number else (row.unit, "", str(row.id))


def _cases(standing: Sequence[Feedback]) -> Iterator[tuple[str, int, Source]]:
    """Columns 5 and 6: the first row that says so stands for its case."""
    for column, name in ((5, "filed"), (6, "criminal")):
        seen = set()
        for row in standing:
            if (row.filed and getattr(row, name)) and _case(row) not in seen:
                seen.add(_case(row))
                yield row.unit, column, Source("feedback", row.id, None, Decimal(1), _about(row))


def _sums(standing: Sequence[Feedback]) -> Iterator[tuple[str, int, Source]]:
    """Columns 7, 8, 14 and 15 add up."""
    for row in standing:
        amounts = {7: Decimal(row.gangs), 8: Decimal(row.people), 14: row.confiscated, 15: row.fined}
        for column, amount in amounts.items():
            if amount:
                yield row.unit, column, Source("feedback", row.id, None, amount, _about(row))


def _about(row: Feedback) -> str:
    return f"{row.title}（{row.case_number}）" if row.case_number else row.title


def _typed(figures: Iterable[Figure], known: dict[int, str]) -> Iterator[tuple[str, int, Source]]:
    """The newest typed figure of each cell."""
    newest: dict[tuple[int, int], Figure] = {}
    for figure in sorted(figures, key=lambda one: one.id):
        newest[figure.unit_id, figure.column] = figure
    for (unit_id, column), figure in sorted(newest.items()):
        if figure.value is not None and unit_id in known and 1 <= column <= len(COLUMNS):
            yield known[unit_id], column, Source("figure", figure.id, None, figure.value, figure.source)


def _batches(standing: Sequence[Feedback]) -> tuple[list[_Taken], list[str]]:
    """What was seized, each thing once, each batch's products in one measure; and what a person should look at."""
    things: dict[_Thing, _Taken] = {}
    measures: dict[tuple[tuple[str, ...], str], str] = {}
    remarks = []
    for row in standing:
        for position, one in enumerate(row.seizures):
            thing = _thing(row, position, one)
            if one.kind == "product":
                first = measures.setdefault((thing.case, thing.batch), one.unit)
                if first != one.unit:
                    remarks.append(f"{_about(row)}：批次“{one.batch or one.name}”已按{first}计，{one.unit}数不再计入")
                    continue
            if thing in things:
                before = things[thing].row
                remarks.append(f"{_about(row)}：批次“{one.batch}”的{one.name}在反馈 {before.id} 中已有，只计最新一条")
            things[thing] = _Taken(row, position, one)
    return list(things.values()), remarks


def _thing(row: Feedback, position: int, one: Seized) -> _Thing:
    """Without a batch's name, what is called the same in one row is a batch, and in another row another one."""
    if one.batch:
        return _Thing(_case(row), one.batch, one.kind, one.name, one.unit)
    return _Thing((row.unit, "", str(row.id)), f"\0{one.name}", one.kind, f"{one.name}\0{position}", one.unit)


def _column(seized: Seized) -> int:
    return KINDS.get(seized.kind) or (PIECES if seized.unit == "件" else KILOGRAMS)


def _seizure_source(one: _Taken) -> Source:
    batch = f"，批次“{one.seized.batch}”" if one.seized.batch else ""
    text = f"{one.seized.name} {shown(one.seized.amount)} {one.seized.unit}{batch}；{_about(one.row)}"
    return Source("seizure", one.row.id, one.position, one.seized.amount, text)


def _strangers(standing: Sequence[Feedback], known: Iterable[str]) -> Iterator[str]:
    names = set(known)
    for unit in sorted({row.unit for row in standing} - names):
        yield f"“{unit}”有反馈，但不是本次行动的填报单位，另列一行"


def _doubtful(standing: Sequence[Feedback]) -> Iterator[str]:
    """Cases that may be one case."""
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    nameless: defaultdict[tuple[str, int], int] = defaultdict(int)
    for row in standing:
        if row.filed and row.case_number:
            numbers[row.case_number].add(row.unit)
        elif row.filed and row.referral_id is not None:
            nameless[row.unit, row.referral_id] += 1
    for number, units in sorted(numbers.items()):
        if len(units) > 1:
            yield f"文号“{number}”由 {'、'.join(sorted(units))} 分别上报，各计一起；如是同一案件请更正其中一条"
    for (unit, referral), count in sorted(nameless.items()):
        if count > 1:
            yield f"{unit}对移送 {referral} 有 {count} 条未写文号的立案反馈，计为 {count} 起；如是同一案件请补文号"


def _row(unit_id: int | None, name: str, sources: dict[tuple[str, int], list[Source]]) -> Row:
    cells = []
    for column in COLUMNS:
        some = sorted(sources.get((name, column.number), ()), key=_order)
        cells.append(Cell(column.number, sum((one.value for one in some), ZERO), tuple(some)))
    return Row(unit_id, name, tuple(cells))


def _order(source: Source) -> tuple[str, int, int]:
    return (source.kind, source.row_id, source.position or 0)


def _total(rows: Sequence[Row]) -> Row:
    cells = [
        Cell(
            column.number,
            sum((row.value(column.number) for row in rows), ZERO),
            tuple(source for row in rows for source in row.cells[column.number - 1].sources),
        )
        for column in COLUMNS
    ]
    return Row(None, "合计", tuple(cells))


def compute(db: Database, campaign_id: int, *, until: date | None = None) -> Form:
    """The form of a campaign, of all that happened and was typed up to that day. Raises Absent."""
    with db.read() as connection:
        found = campaigns.read(connection, CampaignRow.id == numbered(campaign_id))
        if not found:
            raise Absent(f"没有编号为 {campaign_id} 的专项行动")
        rows = feedback_rows.load(connection, feedback_rows.chosen(FeedbackRow.campaign_id == campaign_id))
        figures = reporting.read_figures(connection, campaign_id)
    if until is not None:
        # a correction counts from the day on which the thing happened, whenever it was written down
        rows = [row for row in standing_rows(rows) if row.happened_on <= until]
        end = datetime.combine(until + timedelta(days=1), time(), ZONE)
        figures = [one for one in figures if one.at < end]
    return Form(found[0], until, *fold(found[0].units, rows, figures))
