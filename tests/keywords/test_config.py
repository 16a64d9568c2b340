from __future__ import annotations

import pytest
from pydantic import ValidationError

from keywords.config import Channels, KeywordsConfig


def test_an_empty_section_is_valid() -> None:
    config = KeywordsConfig.model_validate({})
    assert config.province is None
    assert all(config.channels.model_dump().values())


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError):
        KeywordsConfig.model_validate({"provinse": "福建省"})


def test_every_field_is_described() -> None:
    fields = [*KeywordsConfig.model_fields.values(), *Channels.model_fields.values()]
    assert all(field.description for field in fields)


def test_provinces_are_brought_to_their_official_name() -> None:
    assert KeywordsConfig(province="福建").province == "福建省"


def test_an_unknown_province_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValidationError, match=r"福健.*是否应为“福建省”"):
        KeywordsConfig(province="福健")
