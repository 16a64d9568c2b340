"""Personal data is hidden without moving anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import ContactRecord
from wangdun.masking import mask, mask_in


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800001234", "138****1234"),
        ("138-0000-1234", "138******1234"),
        ("demo_shop", "de******p"),
        ("abcd", "a***"),
        ("", ""),
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked


@given(st.text(max_size=60), st.lists(st.text("138 abc_微信", min_size=2, max_size=14), max_size=3))
def test_lengths_stay(text, forms):
    contacts = [ContactRecord("phone", form, form) for form in forms]
    assert len(mask_in(text, contacts)) == len(text)


def test_numbers_nobody_recognised_are_masked_too():
    assert mask_in("打13800005678，编号1380000567890", ()) == "打138****5678，编号1380000567890"
    assert mask_in("电话一三八零零零零一二三四，138 0000 5678", ()) == "电话一三********四，138******5678"
    assert mask_in("微 信 d e m o 8 8", ()) == "微 信 d ********8"
    assert mask_in("找 1 3 8 零零", [ContactRecord("phone", "13800000000", "1 3 8 零零")]) == "找 1 *****零"


def test_more_contacts_than_are_kept_of_a_listing_are_masked():
    numbers = [f"1 3 8 0000 {number}" for number in range(1000, 1030)]
    masked = mask_in("，".join(numbers), ())
    assert not [number for number in numbers if number in masked]


def test_a_contact_within_another_is_masked_with_it():
    contacts = [ContactRecord("wechat", "demo_bird88", "demo_bird88"), ContactRecord("wechat", "bird88", "bird88")]
    assert mask_in("找demo_bird88", contacts) == "找de********8"
