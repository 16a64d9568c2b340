from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.masking import mask, mask_in
from storage.records import ContactRecord


def test_known_contacts_and_what_plainly_reads_as_one_are_masked():
    known = [ContactRecord("wechat", "demo_shop", "demo_shop")]
    text = "加demo_shop，电话13800001234，微信：demo_other，QQ 123456789"
    assert mask_in(text, known) == "加de******p，电话138****1234，微信：de*******r，QQ 12******9"


def test_spans_that_the_caller_found_are_masked():
    assert mask_in("一三八零零零零一二三四", [], [(0, 11)]) == "一三********四"


def test_texts_without_contacts_stay():
    text = "出售象牙制品，12345 元，2026-11-02"
    assert mask_in(text, []) == text


@given(st.text(), st.text(min_size=2, max_size=20))
def test_lengths_stay(text, contact):
    assert len(mask(text)) == len(text)
    assert len(mask_in(text + contact, [ContactRecord("wechat", contact, contact)])) == len(text + contact)
