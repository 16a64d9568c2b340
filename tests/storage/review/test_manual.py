from __future__ import annotations

from dataclasses import replace

import pytest

from storage import leads
from storage.records import ContactRecord
from storage.review import audit, manual, queue, sources
from storage.review.audit import Wanted
from storage.review.exceptions import ReviewError
from storage.review.filters import Filters
from tests.storage.making import HOUR, NOW, detection, hit, rows

ENTRY = manual.Entry("12315", "有人卖猫头鹰", "某县菜市场旁,微信 demo_owl", reference="2026-017", seller="老王", due_at=NOW + HOUR,
                     contacts=(ContactRecord("wechat", "demo_owl", "demo_owl"),))  # fmt: skip


def test_a_lead_from_elsewhere(db, anna):
    text = manual.record(ENTRY, NOW).text
    lead = manual.enter(db, ENTRY, detection(hits=[hit(text, "猫头鹰")]), anna.actor(), NOW)
    (row,) = queue.page(db, Filters(source="12315", text="菜市"), NOW).rows
    assert (row.id, row.term, row.site, row.due_at, row.pinned, row.seller) == (
        lead,
        "猫头鹰",
        "manual:12315",
        NOW + HOUR,
        True,
        "老王",
    )
    file = leads.get(db, lead)
    assert file.lead.text[file.lead.hits[0].start : file.lead.hits[0].end] == "猫头鹰"
    assert file.history.snapshots[0].attributes == (("线索来源", "12315"), ("来源编号", "2026-017"))
    assert [entry.action for entry in audit.recent(db, Wanted(kind="lead", object_id=lead))] == ["lead.enter"]
    assert rows(db, "runs", "status", "trigger") == [("complete", "entry")]
    assert sources.is_manual(row.site)


def test_a_person_says_so_even_where_the_lexicon_does_not(db, anna):
    lead = manual.enter(db, ENTRY, detection("none", 0.0), anna.actor(), NOW)
    again = manual.enter(db, ENTRY, detection("none", 0.0), anna.actor(), NOW)
    assert lead != again
    file = leads.get(db, lead)
    assert (file.lead.verdict, file.explanation["lexicon_verdict"]) == ("review", "none")
    assert file.lead.score == manual.REVIEW  # else tips would stand behind all that was crawled
    assert file.explanation["factors"][-1]["weight"] == manual.REVIEW


def test_what_the_lexicon_finds_grave_keeps_its_score(db, anna):
    text = manual.record(ENTRY, NOW).text
    file = leads.get(
        db, manual.enter(db, ENTRY, detection("alert", 80.0, hits=[hit(text, "猫头鹰")]), anna.actor(), NOW)
    )
    assert (file.lead.verdict, file.lead.score) == ("alert", 80.0)
    assert "lexicon_verdict" not in file.explanation


def factor(name, weight):
    return {"name": name, "label": name, "weight": weight, "matched": ""}


@pytest.mark.parametrize(("factors", "said", "expected"), [
    ([factor("object", 60.0), factor("report", -25.0), factor("learned", -6.0)], ("mention", 29.0), ("alert", 60.0)),
    ([factor("object", 45.0), factor("report", -25.0), factor("learned", 9.0)], ("mention", 29.0), ("review", 54.0)),
    ([factor("object", 20.0), factor("report", -33.8)], ("mention", 0.0), ("review", 35.0)),
    ([factor("object", 90.0), factor("permit_limit", -36.0), factor("report", -25.0)], ("mention", 29.0), ("review", 54.0)),
    ([factor("object", 90.0), factor("report", -25.0)], ("alert", 65.0), ("alert", 90.0)),
    ([factor("object", 40.0), factor("learned", -20.0)], ("mention", 20.0), ("review", 35.0)),
])  # fmt: skip
def test_words_of_reporting_take_nothing_off_a_tip(db, anna, factors, said, expected):
    given = replace(detection(*said), explanation={"factors": factors})
    file = leads.get(db, manual.enter(db, ENTRY, given, anna.actor(), NOW))
    assert (file.lead.verdict, file.lead.score) == expected
    assert (file.explanation["lexicon_verdict"], file.explanation["lexicon_score"]) == said
    added = [one["weight"] for one in file.explanation["factors"][len(factors) :]]
    assert round(sum(added), 1) == expected[1] - said[1]


def test_the_same_entry_is_known_again(db, anna):
    assert manual.twin(db, ENTRY) is None
    lead = manual.enter(db, ENTRY, detection(), anna.actor(), NOW)
    assert manual.twin(db, replace(ENTRY, title=" 有人卖猫头鹰 ", reference="other")) == lead
    assert manual.twin(db, replace(ENTRY, body="别的")) is None


@pytest.mark.parametrize(
    "number", ["2026-017", "GD-2026-0171234", "转办〔2026〕123号", "2026112200123456", "ｇd2026－017", "TS20260001-b7"]
)
def test_the_number_of_a_report_and_its_beginnings_are_found(db, anna, number):
    lead = manual.enter(db, replace(ENTRY, reference=number), detection(), anna.actor(), NOW)
    for query in (
        number,
        number.upper(),
        *(number[:end] for end in range(4, len(number)) if number[end - 1].isalnum()),
    ):
        assert [row.id for row in queue.page(db, Filters(text=query), NOW).rows] == [lead], query
    assert queue.page(db, Filters(text="2025"), NOW).rows == ()
    (entry,) = audit.recent(db, Wanted(kind="lead", object_id=lead))
    assert entry.detail == {"source": "12315", "source_number": number}


def test_a_long_text_keeps_its_number_and_its_contacts_found(db, anna):
    body = "长" * manual.LONGEST_BODY
    lead = manual.enter(db, replace(ENTRY, body=body, reference="GD-20260017"), detection(), anna.actor(), NOW)
    for query in ("GD-2026", "demo_owl", "长长"):
        assert [row.id for row in queue.page(db, Filters(text=query), NOW).rows] == [lead], query


@pytest.mark.parametrize("facts", [
    {"source": "梦见"}, {"title": " "}, {"title": "长" * 201}, {"body": "长" * (manual.LONGEST_BODY + 1)},
    {"reference": "1" * 101}, {"seller": "长" * 101}, {"url": "http://" + "x" * 2_000},
])  # fmt: skip
def test_what_is_refused(db, anna, facts):
    given = {"source": "12315", "title": "x", "body": "x"} | facts
    with pytest.raises(ReviewError):
        manual.enter(db, manual.Entry(**given), detection(), anna.actor(), NOW)
    assert rows(db, "listings") == []
