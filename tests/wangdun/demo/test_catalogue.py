"""The bundled listings are what the demo promises."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from pydantic import ValidationError

from wangdun.demo.catalogue import Catalogue, DemoListing, load

LISTINGS = load().listings


def test_innocents_are_the_majority():
    counts = Counter(listing.expected for listing in LISTINGS)
    assert counts["innocent"] >= 80
    assert counts["lead"] >= 35
    sites = Counter(listing.site for listing in LISTINGS)
    assert min(sites.values()) >= 60


def test_every_kind_of_disguise_is_there():
    kinds = {listing.disguise for listing in LISTINGS} - {None}
    assert kinds == {
        "symbols", "spaces", "zero_width", "full_width", "traditional", "split", "emoji", "homophone", "pinyin", "lookalike",
    }  # fmt: skip
    assert all(listing.expected == "lead" for listing in LISTINGS if listing.disguise)


@pytest.mark.parametrize(
    ("disguise", "form"),
    [
        ("zero_width", "地\u200b枪"),
        ("symbols", "象*牙"),
        ("full_width", "Ｙｅｗｅｉ"),
        ("emoji", "🐘🦷"),
        ("split", "犭苗"),
    ],
)
def test_disguises_survive_the_file(disguise, form):
    assert any(form in listing.title + listing.body for listing in LISTINGS if listing.disguise == disguise)


def test_numbers_and_keys_are_unique():
    assert len({listing.key for listing in LISTINGS}) == len(LISTINGS)


def test_every_listing_has_its_board():
    boards = {board.id for board in load().forum_boards} | {category.slug for category in load().shop_categories}
    assert {listing.board for listing in LISTINGS} == boards


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.key)
def test_a_listing_is_long_enough_and_its_contacts_are_fictional(listing: DemoListing):
    assert 60 <= len(listing.body) <= 400
    text = f"{listing.contact} {listing.body}"
    for phone in re.findall(r"1[3-9]\d{9}", text):
        assert phone.startswith("1380000")
    for account in re.findall(r"(?:微信|加薇|QQ)\s+(\w+)", text):
        assert account.startswith(("demo_", "10000"))


def test_a_misspelt_key_is_an_error():
    with pytest.raises(ValidationError, match="titel"):
        Catalogue.model_validate({"forum_boards": [], "shop_categories": [], "listings": [{"titel": "x"}]})
