"""The closed loop over time."""

from __future__ import annotations

from datetime import timedelta

from storage.referral import flow, loop
from storage.referral.loop import Turn
from tests.storage.making import NOW
from tests.storage.referral.making import complete, drafted, sent

DAY = timedelta(days=1)
EDGES = (NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY)


def test_each_thing_counts_once_and_when_it_happened(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0])
    drafted(db, hanna, leads[1])
    for kind, later in (("receive", 0), ("accept", 1), ("file", 1), ("close", 1)):
        made = flow.answer(db, made.id, complete(kind), hanna.actor(), NOW + later * DAY, seen=made.step_id)
    assert loop.over_time(db, EDGES) == [
        Turn(EDGES[0], 0, 0, 0), Turn(EDGES[1], 1, 0, 0), Turn(EDGES[2], 0, 1, 1),
    ]  # fmt: skip
    assert loop.standing(db, *EDGES[:2]) == {}
    assert loop.standing(db, *EDGES[1:3]) == {"closed": 1}


def test_what_was_taken_back_or_lies_outside_does_not_count(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0])
    made = flow.answer(db, made.id, complete("accept"), hanna.actor(), NOW, seen=made.step_id)
    flow.undo(db, made.id, hanna.actor(), NOW, seen=made.step_id)
    assert [(one.sent, one.answered) for one in loop.over_time(db, EDGES)] == [(0, 0), (1, 0), (0, 0)]
    assert loop.over_time(db, EDGES[2:]) == [Turn(EDGES[2], 0, 0, 0)]
    assert loop.standing(db, *EDGES[1:3]) == {"sent": 1}
