from __future__ import annotations

import pytest

from tests.console import filling


@pytest.mark.parametrize("written", ["#{}", "＃{}", "{}"])
def test_the_number_of_a_lead_leads_to_it(served, written):
    ids = filling.fill(served.db, 2)
    li = served.signed_in("demo_li", "reviewer")
    answer = li.get("/queue", params={"q": written.format(ids[1]), "site": "none-such"})
    assert answer.headers["location"] == f"/leads/{ids[1]}"
    assert li.get("/queue", params={"q": "#999"}).status_code == 200


def test_a_telephone_number_is_found_as_people_write_it(served):
    filling.one(served.db)
    li = served.signed_in("demo_li", "reviewer")
    assert "第1号" in li.get("/queue", params={"q": "138-0000-1234"}).text


def test_full_width_digits_name_a_lead(served):
    first, second = filling.fill(served.db, 2)
    li = served.signed_in("demo_li", "reviewer")
    wide = str(second).translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    answer = li.post(f"/leads/{first}/decide", do="duplicate", duplicate_of=wide)
    assert answer.status_code == 303, answer.text


def test_a_note_beyond_all_bounds_is_said_to_be_too_long(served):
    lead = filling.one(served.db)
    li = served.signed_in("demo_li", "reviewer")
    answer = li.post(f"/leads/{lead}/decide", do="note", note="长" * 100_000)
    assert answer.status_code == 413
    assert "太长" in answer.text
