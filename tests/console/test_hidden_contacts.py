from __future__ import annotations

import pytest
from sqlalchemy import update

from console.masking import NO_SEARCH
from storage.models import Detection, Hit
from tests.console import filling


@pytest.fixture
def zhao(served):
    return served.signed_in("demo_zhao", "monitor")


def quote_contacts(db, lead: int) -> None:
    """Have the explanation and the hits quote the contact without the label before it."""
    text = f"出鸟 第1号\n{filling.ad('1').body}"
    start = text.index("demo_owl")
    factor = {"label": "学习判断：措辞", "weight": 1.5, "matched": "demo_owl 电话", "start": start, "end": start + 11}
    near = {"term": "鸮", "matched": "owl", "start": start + 5, "end": start + 8, "rule": "英文"}
    with db.write() as connection:
        connection.execute(
            update(Detection).values(
                explanation={"factors": [factor | {"matched": text[start : start + 11]}], "suppressed": [near]}
            )
        )
        detail = {"folded": "demo0wl", "segmentation": ["微信", "owl", "电话"]}
        connection.execute(update(Hit).values(start=start, end=start + 8, matched="demo_owl", detail=detail))


def test_quotes_of_a_contact_are_masked_as_the_text_is(served, zhao):
    lead = filling.one(served.db, contacts=())
    quote_contacts(served.db, lead)
    page = zhao.get(f"/leads/{lead}").text
    assert "de*****l" in page
    assert "学习判断：措辞" in page
    for told in ("demo_owl", "owl", "demo0wl", "13800001234"):
        assert told not in page, told


@pytest.mark.parametrize(
    "asked", ["demo_owl", "13800001234", "１３８００００", "138-0000-1234", "出售 demo", "一三八〇〇"]
)
def test_who_never_sees_contacts_cannot_find_leads_by_them(served, zhao, asked):
    filling.one(served.db)
    answer = zhao.get("/queue", params={"q": asked})
    assert answer.status_code == 422
    assert NO_SEARCH in answer.text
    assert f'value="{asked}"' not in answer.text


def test_words_are_still_found_and_who_may_reveal_searches_for_all(served, zhao):
    filling.fill(served.db, 2)
    found = zhao.get("/queue", params={"q": "猫头鹰 vx"})
    assert found.status_code == 200
    assert NO_SEARCH not in found.text
    li = served.signed_in("demo_li", "reviewer")
    assert "第1号" in li.get("/queue", params={"q": "demo_owl"}).text


def test_hidden_signs_are_left_out_of_titles_before_they_are_masked(served, zhao):
    filling.one(served.db, title="出鸟\u200b电话138\u200b00001234")
    page = zhao.get("/queue").text
    assert "出鸟电话138****1234" in page


def test_a_part_of_a_number_finds_leads_for_those_alone_who_may_see_it(served, zhao):
    filling.fill(served.db, 2)
    li = served.signed_in("demo_li", "reviewer")
    for asked in ("1234", "０１２３４", "000-1234"):
        assert "第1号" in li.get("/queue", params={"q": asked}).text, asked
        refused = zhao.get("/queue", params={"q": asked})
        assert refused.status_code == 422, asked
        assert NO_SEARCH in refused.text
