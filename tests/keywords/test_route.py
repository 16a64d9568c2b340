from __future__ import annotations

import pytest

from tests.detectors import whole


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("各平台铺货代运营，夹子网子机子都能上，图片打码，掉线秒补，一个月1200，私聊", "market_supervision"),
        ("自制钢丝猎套 10副起卖 山上套野猪用 私聊", "forestry"),
        ("背负式电鱼机 整套 河里用过两次 1200 自提", "agriculture"),
        ("本店野味火锅 果子狸一位198 山里刚打的 提前一天订桌 包间 大厨现做", "market_supervision"),
    ],
)
def test_the_office_that_leads_is_first(text: str, first: str) -> None:
    assert whole().detect(text).departments[0] == first
