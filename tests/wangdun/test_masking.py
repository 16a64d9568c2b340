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
    assert mask_in("找 1 3 8 零零", [ContactRecord("phone", "13800000000", "1 3 8 零零")]) == "找 1 *****零"
