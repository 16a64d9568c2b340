from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.referral import feedback, reporting, results
from storage.referral.campaign_records import Figure, NewFigure, Unit
from storage.referral.feedback_records import UNITS, Feedback, Seized
from storage.referral.form_records import COLUMNS, shown
from tests.storage.making import HOUR, NOW
from tests.storage.referral.answering import CLERK, campaign, case, ivory, owl

AT = datetime(2026, 3, 1, tzinfo=UTC)
TOWNS = (Unit(1, "东镇", "township", "", 0, None), Unit(2, "西乡", "township", "", 1, None))


def row(number: int, **facts) -> Feedback:
    given = {
        "id": number, "unit": "东镇", "title": f"案{number}", "happened_on": date(2026, 2, 1), "case_number": "",
        "referral_id": None, "campaign_id": 1, "filed": False, "criminal": False, "people": 0, "gangs": 0,
        "confiscated": Decimal(0), "fined": Decimal(0), "seizures": (), "lead_ids": (), "typical": "", "pictures": (),
        "publish": "yes", "note": "", "source": "", "supersedes": None, "void": False, "at": AT, "account_id": None,
    }  # fmt: skip
    return Feedback(**given | facts)


def values(some_row):
    return {cell.column: cell.value for cell in some_row.cells if cell.value}


def fold(*rows, figures=()):
    return results.fold(TOWNS, rows, figures)


def test_the_columns_are_those_of_the_form():
    assert [one.number for one in COLUMNS] == list(range(1, 16))
    assert [one.group for one in COLUMNS].count("收缴情况") == 7
    assert (COLUMNS[10].measure, COLUMNS[11].measure) == ("件", "千克")


def test_each_figure_stands_in_its_column():
    seizures = (
        owl("3"), Seized("plant", "兰花", Decimal(5), "株"), ivory("2", "件", "甲"), ivory("0.75", "千克", "乙"),
        Seized("gear", "电鱼机", Decimal(1), "台"),
    )  # fmt: skip
    one = row(
        1, filed=True, criminal=True, people=4, gangs=1, confiscated=Decimal("1.2"), fined=Decimal("0.3"),
        seizures=seizures,
    )  # fmt: skip
    figures = [Figure(1, 1, 1, Decimal(9), "台账", AT, None)]
    rows, total, warnings = fold(one, figures=figures)
    expected = {1: 9, 5: 1, 6: 1, 7: 1, 8: 4, 9: 3, 10: 5, 11: 2, 12: Decimal("0.75"), 13: 1}
    expected |= {14: Decimal("1.2"), 15: Decimal("0.3")}
    assert values(rows[0]) == expected
    assert values(rows[1]) == {}
    assert values(total) == expected
    assert warnings == ()


def test_every_cell_says_where_it_comes_from():
    figures = [Figure(7, 1, 9, Decimal(1), "巡护日志", AT, None)]
    rows, total, _ = fold(row(3, seizures=(ivory("1", "件"), owl("2"))), figures=figures)
    found = [(one.kind, one.row_id, one.position, one.value) for one in rows[0].cells[8].sources]
    assert found == [("figure", 7, None, Decimal(1)), ("seizure", 3, 1, Decimal(2))]
    assert rows[0].cells[8].sources[0].text == "巡护日志"
    assert "猫头鹰 2 只" in rows[0].cells[8].sources[1].text
    assert total.cells[8].sources == rows[0].cells[8].sources


def test_replaced_and_void_rows_count_nothing():
    rows, _, _ = fold(
        row(1, people=5), row(2, people=3, supersedes=1), row(3, people=7), row(4, people=7, void=True, supersedes=3)
    )
    assert values(rows[0]) == {8: 3}


def test_a_case_counts_once_and_its_money_adds_up():
    rows, _, _ = fold(
        row(1, case_number="甲", filed=True, confiscated=Decimal(1)),
        row(2, case_number="甲", filed=True, criminal=True, confiscated=Decimal(2)),
        row(3, case_number="乙", filed=True),
        row(4, filed=False, people=1),
    )
    assert values(rows[0]) == {5: 2, 6: 1, 8: 1, 14: 3}


def test_a_batch_counts_once_in_one_measure():
    rows, _, warnings = fold(
        row(1, case_number="甲", seizures=(ivory("2", "件"),)),
        row(2, case_number="甲", seizures=(ivory("2", "件"),)),
        row(3, case_number="甲", seizures=(ivory("0.3", "千克"),)),
        row(4, case_number="乙", seizures=(ivory("9", "件"),)),
        row(5, seizures=(owl("1"),)),
        row(6, seizures=(owl("1"),)),
    )
    assert values(rows[0]) == {9: 2, 11: 11}
    assert len(warnings) == 2
    assert "已按件计" in " ".join(warnings)


def test_doubtful_things_are_told():
    _, _, warnings = fold(
        row(1, unit="北镇", people=1),
        row(2, case_number="甲", filed=True),
        row(3, case_number="甲", filed=True, unit="西乡"),
        row(4, filed=True, referral_id=5),
        row(5, filed=True, referral_id=5),
    )
    assert len(warnings) == 3
    assert "“北镇”有反馈" in warnings[0]
    assert "各计一起" in warnings[1]
    assert "未写文号" in warnings[2]


def test_a_unit_that_is_none_of_the_campaign_has_its_own_row():
    rows, total, _ = fold(row(1, unit="北镇", people=1))
    assert [(one.unit, one.unit_id) for one in rows] == [("东镇", 1), ("西乡", 2), ("北镇", None)]
    assert total.value(8) == 1


seized = st.sampled_from(sorted(UNITS)).flatmap(
    lambda kind: st.builds(
        Seized,
        st.just(kind),
        st.sampled_from(["物一", "物二"]),
        st.integers(1, 50).map(Decimal),
        st.sampled_from(UNITS[kind]),
        st.sampled_from(["", "甲批", "乙批"]),
    )
)
rows_of_feedback = st.lists(
    st.fixed_dictionaries(
        {
            "unit": st.sampled_from(["东镇", "西乡", "北镇"]),
            "case_number": st.sampled_from(["", "1号", "2号"]),
            "filed": st.booleans(),
            "criminal": st.booleans(),
            "people": st.integers(0, 9),
            "gangs": st.integers(0, 2),
            "confiscated": st.decimals(0, 100, places=4),
            "seizures": st.lists(seized, max_size=4).map(tuple),
            "replaces": st.none() | st.integers(0, 7),
            "void": st.booleans(),
        }
    ),
    max_size=8,
)
typed = st.lists(
    st.builds(
        Figure, st.integers(1, 20), st.integers(1, 2), st.integers(1, 15), st.none() | st.integers(0, 9).map(Decimal),
        st.just("台账"), st.just(AT), st.none(),
    ),
    max_size=6, unique_by=lambda one: one.id,
)  # fmt: skip


def made_rows(drawn):
    """As the database holds them: a row is replaced once at most, by a later one."""
    rows, taken = [], set()
    for number, one in enumerate(drawn, 1):
        facts = dict(one)
        older = facts.pop("replaces")
        older = older if older is not None and 0 < older < number and older not in taken else None
        taken.add(older)
        rows.append(row(number, **facts | {"supersedes": older, "void": facts["void"] and older is not None}))
    return rows


@settings(max_examples=50, deadline=None)
@given(rows_of_feedback, typed, st.randoms(use_true_random=False))
def test_laws_of_the_form(drawn, figures, chance):
    rows = made_rows(drawn)
    folded = results.fold(TOWNS, rows, figures)
    lines, total, _ = folded
    for column in range(1, 16):
        assert total.value(column) == sum(line.value(column) for line in lines)
        for line in lines:
            assert line.value(column) == sum(one.value for one in line.cells[column - 1].sources)
    live = {one.id: one for one in results.standing_rows(rows)}
    for line in lines:
        for cell in line.cells:
            for source in cell.sources:
                assert source.kind == "figure" or source.row_id in live
            places = [(one.kind, one.row_id, one.position) for one in cell.sources]
            assert len(places) == len(set(places))
    shuffled, more = list(rows), list(figures)
    chance.shuffle(shuffled)
    chance.shuffle(more)
    assert results.fold(TOWNS, shuffled, more) == folded
    without = [one for one in rows if one.id in live]
    assert results.fold(TOWNS, without, figures)[:2] == folded[:2]


@settings(max_examples=30, deadline=None)
@given(rows_of_feedback)
def test_no_batch_is_in_both_measures(drawn):
    rows = made_rows(drawn)
    lines, _, _ = results.fold(TOWNS, rows, [])
    known = {one.id: one for one in rows}
    for line in lines:
        batches = [
            {
                (known[one.row_id].case_number or one.row_id, thing.batch or (one.row_id, thing.name))
                for one in line.cells[column - 1].sources
                for thing in [known[one.row_id].seizures[one.position]]
            }
            for column in (11, 12)
        ]
        assert not batches[0] & batches[1]


def test_the_form_of_a_campaign(db):
    made = campaign(db, NOW)
    first = feedback.add(db, case(campaign_id=made.id, seizures=(owl(),)), CLERK, NOW)
    feedback.correct(db, first.id, case(campaign_id=made.id, seizures=(owl("4"),)), CLERK, NOW)
    late = case("西乡", campaign_id=made.id, case_number="乙", happened_on=date(2026, 3, 4), people=1)
    feedback.add(db, late, CLERK, NOW)
    feedback.add(db, case(people=50), CLERK, NOW)
    reporting.enter_figure(db, NewFigure(made.id, made.units[1].id, 1, Decimal(6), "出车记录"), CLERK, NOW)
    form = results.compute(db, made.id)
    assert [one.unit for one in form.rows] == ["东镇", "西乡", "县公安局"]
    assert (form.total.value(1), form.total.value(5), form.total.value(8), form.total.value(9)) == (6, 2, 3, 4)
    earlier = results.compute(db, made.id, until=date(2026, 3, 3))
    assert (earlier.total.value(5), earlier.total.value(8), earlier.total.value(1)) == (1, 2, 0)
    reporting.enter_figure(db, NewFigure(made.id, made.units[1].id, 1, None, "重复"), CLERK, NOW + HOUR)
    assert results.compute(db, made.id).total.value(1) == 0


def test_numbers_as_people_write_them():
    assert [shown(Decimal(one)) for one in ("1.2500", "10", "100.0", "0", "1E+2")] == ["1.25", "10", "100", "0", "100"]
