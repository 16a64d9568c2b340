from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from storage.config import EvidenceConfig
from storage.evidence.objects import Objects
from storage.evidence.records import FileDraft
from storage.evidence.sealing import seal
from storage.records import ContactRecord
from storage.review import similar
from storage.review.prints import bands, distance, text_print
from storage.review.words import tokens
from tests.storage.evidence.making import draft
from tests.storage.making import NOW
from tests.storage.review.making import lead_ids, offer

LONG = (
    "出售一只成年猫头鹰,羽毛完整,性格温顺,可以上门自提,也可以快递发货,价格面议,有意请联系本人,非诚勿扰,谢谢大家的关注与支持。"
    * 3
)


def picture(seed: int = 1, size: int = 300, form: str = "PNG") -> bytes:
    chance = random.Random(seed)
    made = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(made)
    for _ in range(20):
        x, y, r = (chance.random() * size for _ in range(3))
        pen.ellipse((x, y, x + r / 2, y + r / 2), fill=tuple(chance.randrange(256) for _ in range(3)))
    out = io.BytesIO()
    made.save(out, form)
    return out.getvalue()


def test_near_duplicate_texts(db, site_id, run_id):
    one, two, other, short = lead_ids(
        db, site_id, run_id,
        offer("1", body=LONG + "猫头鹰一"),
        offer("2", body=LONG + "猫头鹰二"),
        offer("3", body="收购各种旧家具,红木沙发,老式钟表,书画,瓷器,猫头鹰摆件,当面交易,现金结算,长期有效,电话联系。" * 3),
        offer("4", title="", body="猫头鹰", seller=None),
    )  # fmt: skip
    found = similar.by_text(db, one, NOW)
    assert [alike.row.id for alike in found] == [two]
    assert found[0].distance <= 3
    assert similar.by_text(db, other, NOW) == ()
    assert similar.by_text(db, short, NOW) == ()
    assert similar.by_text(db, 99, NOW) == ()


def test_same_seller_and_same_contact(db, site_id, run_id):
    contact = (ContactRecord("wechat", "demo_owl", "demo_owl"),)
    one, two, three = lead_ids(
        db, site_id, run_id, offer("1", contacts=contact), offer("2"), offer("3", seller="别人", contacts=contact)
    )
    assert [row.id for row in similar.of_seller(db, one, NOW)] == [two]
    assert [row.id for row in similar.of_contact(db, one, NOW)] == [three]
    assert similar.of_contact(db, two, NOW) == ()


def test_near_duplicate_pictures(db, site_id, run_id, tmp_path):
    one, two, three = lead_ids(db, site_id, run_id, offer("1"), offer("2"), offer("3"))
    objects = Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=16))
    for key, content in (("1", picture(1)), ("2", picture(1, 150, "JPEG")), ("3", picture(2))):
        files = (
            FileDraft("picture-1", "picture", "image/png", content),
            FileDraft("x", "picture", "image/png", b"no picture"),
        )
        seal(db, objects, draft(site_id, key, *files), actor="采集程序", now=NOW)
    assert [similar.note_pictures(db, objects, lead) for lead in (one, two, three)] == [1, 1, 1]
    assert similar.note_pictures(db, objects, one) == 1
    assert [alike.row.id for alike in similar.by_picture(db, one, NOW)] == [two]
    assert similar.by_picture(db, three, NOW) == ()


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, picture()[:200]])
def test_what_is_no_picture(content):
    assert similar.picture_print(content) is None


def test_a_plain_picture_is_like_none():
    out = io.BytesIO()
    Image.new("L", (50, 50), 200).save(out, "PNG")
    assert similar.picture_print(out.getvalue()) is None


@given(st.integers(-(2**63), 2**63 - 1), st.sets(st.integers(0, 63), max_size=3))
def test_prints_that_differ_in_three_bits_share_a_band(value, places):
    other = value
    for place in places:
        other ^= 1 << place if place < 63 else -(1 << 63)
    assert distance(value, other) == len(places)
    assert set(bands(value)) & set(bands(other))


def test_a_print_depends_on_words_not_on_their_order():
    words = tokens([LONG])
    assert text_print(words) == text_print(reversed(words))
    assert -(2**63) <= text_print(words) < 2**63
    assert text_print(words[:5]) is None


def test_all_that_stands_beside_a_lead_at_once(db, site_id, run_id, tmp_path):
    contacts = tuple(ContactRecord("wechat", f"demo_{name}", name) for name in ("owl", "hawk", "owls"))
    mine = lead_ids(
        db, site_id, run_id,
        offer("1", body=LONG + "一", contacts=contacts[:2]), offer("2", body=LONG + "二"), offer("3", contacts=contacts),
        offer("4", seller="别人", body=LONG, contacts=contacts[1:]), offer("5", seller="别人", contacts=contacts[2:]),
        offer("6", seller=None, title="", body="猫头鹰"),
        offer("7", body=LONG + "七"),
    )  # fmt: skip
    objects = Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=16))
    for lead, key, content in zip(mine, "12345", map(picture, (1, 1, 2, 2, 1)), strict=False):
        sealed = (FileDraft("picture-1", "picture", "image/png", content),)
        seal(db, objects, draft(site_id, key, *sealed), actor="采集程序", now=NOW)
        similar.note_pictures(db, objects, lead)
    one, two, three, four, five, six, seven = mine
    found = similar.beside(db, one, NOW)
    assert [row.id for row in found.seller] == [seven, three, two]
    assert [row.id for row in found.contact] == [four, three]
    assert [row.id for row in similar.beside(db, two, NOW).text] == [seven]
    assert [row.id for row in found.picture] == [five, two]
    assert [row.id for row in similar.beside(db, five, NOW).contact] == [four, three]
    assert similar.beside(db, six, NOW) == similar.beside(db, 99, NOW) == similar.Beside((), (), (), ())
    for lead in mine:
        at_once = similar.beside(db, lead, NOW, limit=1)
        each = (similar.of_seller(db, lead, NOW, limit=1), similar.of_contact(db, lead, NOW, limit=1))
        alike = (similar.by_text(db, lead, NOW, limit=1), similar.by_picture(db, lead, NOW, limit=1))
        assert (at_once.seller, at_once.contact) == each
        assert [at_once.text, at_once.picture] == [tuple(same.row for same in sort) for sort in alike]
