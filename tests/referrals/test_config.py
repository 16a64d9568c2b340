from __future__ import annotations

import pytest
from pydantic import ValidationError

from referrals.config import ReferralsConfig


def test_everything_has_a_default():
    config = ReferralsConfig()
    assert config.pattern("forestry") == "网移〔{year}〕{n}号"
    assert config.department("public_security").name == "公安局"


def test_departments_may_be_named_and_count_for_themselves():
    config = ReferralsConfig.model_validate(
        {
            "office": {"short": "某林移"},
            "departments": {
                "public_security": {"name": "某县公安局", "number": "某公移〔{year}〕{n:03}号"},
                "postal": {},
            },
        }
    )
    assert config.department("public_security").name == "某县公安局"
    assert config.pattern("public_security") == "某公移〔{year}〕{n:03}号"
    assert (config.department("postal").name, config.pattern("postal")) == ("邮政管理局", "某林移〔{year}〕{n}号")


@pytest.mark.parametrize(
    "wrong",
    [
        {"departments": {"forest": {}}},
        {"departments": {"forestry": {"number": "移{year}"}}},
        {"departments": {"forestry": {"nummer": "x"}}},
        {"office": {"short": "移{n}"}},
        {"days": "weekdays"},
        {"remind_days": -1},
        {"webhooks": [{"name": "a", "url": "ftp://x", "secret_env": "S"}]},
        {"webhooks": [{"name": "a", "url": "http://x", "secret_env": "a b"}]},
        {"webhooks": [{"name": "a", "url": "http://x", "secret_env": "S"}] * 2},
        {"folder": {"out": "x", "in": "x"}},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        ReferralsConfig.model_validate(wrong)
