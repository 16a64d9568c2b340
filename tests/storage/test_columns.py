from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from storage.columns import INDEXED_BYTES, clean, encode_json, fit

texts = st.text(st.characters(exclude_categories=[]), max_size=50) | st.sampled_from(
    ["\\u0000", "\\\\u0000\0", "\ud800"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


def expected(value):
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [expected(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): expected(item) for key, item in value.items()}
    return value


@given(texts)
def test_clean_replaces_one_for_one(text):
    made = clean(text)
    assert len(made) == len(text)
    assert "\0" not in made
    made.encode()
    assert all(new in {old, "\ufffd"} for old, new in zip(text, made, strict=True))
    assert clean(made) == made


def test_clean_leaves_good_text_alone():
    assert clean("出售😀\n\t猫") == "出售😀\n\t猫"


@given(texts, st.integers(1, 60))
def test_fit_is_short_and_fitting_twice_changes_nothing(text, times):
    made = fit(text * times)
    assert len(made.encode()) <= INDEXED_BYTES
    assert fit(made) == made


def test_fit_tells_long_texts_apart():
    assert fit("长" * 400 + "a") != fit("长" * 400 + "b")
    assert fit("短") == "短"


@given(values)
def test_json_survives(value):
    text = encode_json(value)
    assert clean(text) == text
    assert json.loads(text) == expected(value)
    assert encode_json(json.loads(text)) == text
