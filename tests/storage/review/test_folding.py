from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.review.folding import ALLOWED, FINAL, Made, State, apply, fold, standing
from tests.storage.making import NOW


def made(number: int, kind: str, **facts) -> Made:
    return Made(number, kind, NOW + timedelta(minutes=number), facts.pop("account_id", 1), **facts)


def statuses(*kinds):
    return [fold([made(n, *kind) if isinstance(kind, tuple) else made(n, kind) for n, kind in enumerate(kinds[:end], 1)]).status
            for end in range(len(kinds) + 1)]  # fmt: skip


def test_the_usual_ways():
    assert statuses("confirm", "refer") == ["new", "confirmed", "referred"]
    assert statuses("needs_info", "dismiss", "reopen", "note") == ["new", "needs_info", "dismissed", "new", "new"]
    assert statuses("duplicate", "unmerge") == ["new", "duplicate", "new"]


def test_four_eyes():
    asked = made(1, "confirm", asks=True, category="plant")
    state = fold([asked])
    assert (state.status, state.asked, state.asked_by, state.decided_at) == ("pending", "confirm", 1, None)
    approved = fold([asked, made(2, "approve", account_id=2)])
    assert (approved.status, approved.asked, approved.asked_by, approved.category) == ("confirmed", "", None, "plant")
    assert approved.decided_at == NOW + timedelta(minutes=2)
    assert fold([asked, made(2, "refuse")]).status == "new"
    refer = [made(1, "confirm"), made(2, "refer", asks=True)]
    assert fold(refer).status == "pending"
    assert fold([*refer, made(3, "approve")]).status == "referred"
    assert fold([*refer, made(3, "refuse")]).status == "confirmed"


@st.composite
def histories(draw):
    """Decisions as `decide` and `undo` let them come about."""
    rows: list[Made] = []
    for number in range(1, draw(st.integers(1, 12))):
        effective = [row for row in standing(rows) if row.kind != "note"]
        kinds = sorted({*ALLOWED[fold(rows).status], "note"} | ({"undo"} if effective else set()))
        kind = draw(st.sampled_from(kinds))
        facts = {"asks": draw(st.booleans()) and kind in {"confirm", "refer"}, "account_id": draw(st.integers(1, 3))}
        if kind == "undo":
            facts["undoes"] = effective[-1].id
        if kind == "duplicate":
            facts["duplicate_of"] = 99
        if kind == "dismiss":
            facts["reason"] = "outside"
        if kind == "confirm":
            facts["category"] = draw(st.sampled_from([None, "plant"]))
        rows.append(made(number, kind, **facts))
    return rows


@settings(max_examples=200)
@given(histories())
def test_laws(rows):
    state = fold(rows)
    assert (state.status in FINAL) == (state.decided_at is not None)
    assert (state.merged_into is not None) == (state.status == "duplicate")
    assert (state.asked_by is not None) == (state.status == "pending") == bool(state.asked)
    assert state.reason is None or state.status in {"dismissed", "needs_info"}
    step = State()
    for row in standing(rows):  # one by one or all at once: the same
        step = apply(step, row)
    assert step == state


@settings(max_examples=200)
@given(histories(), st.sampled_from(["confirm", "dismiss", "note", "reopen", "approve"]))
def test_undo_is_the_inverse(rows, kind):
    before = fold(rows)
    done = made(len(rows) + 1, kind, asks=False)
    assert fold([*rows, done, made(len(rows) + 2, "undo", undoes=done.id)]) == before
