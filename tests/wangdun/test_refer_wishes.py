"""What a person wants referred, checked against the rules and the office."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from referrals.config import ReferralsConfig
from referrals.routing import route, rules
from tests.referrals.cases import lead
from wangdun.config import Config, ConfigFile
from wangdun.exceptions import UsageError
from wangdun.refer_wishes import Wish, complete

RULES = rules.load()


def config(name: str = "某县监测中心", **referrals) -> Config:
    given = ReferralsConfig.model_validate({"office": {"name": name} | referrals.pop("office", {}), **referrals})
    file = ConfigFile(referrals=given)
    sections = {name: getattr(file, name) for name in ConfigFile.model_fields}
    return Config(path=Path("/config.yaml"), **sections)


def completed(*leads, office: Config | None = None, **wish):
    found = route.of_leads([route.facts_of(one) for one in leads], RULES)
    return complete(Wish(tuple(one.lead_id for one in leads), **wish), leads, found, office or config())


NET = lead(
    2, category="fishing_gear", subject="地笼", departments=("agriculture",), seller="渔具店", seller_id=8, contacts=()
)


def test_leads_of_other_departments_are_no_part_of_a_crime():
    with pytest.raises(UsageError) as caught:
        completed(lead(1), NET)
    said = str(caught.value)
    assert "农业农村局：线索 102" in said
    assert "公安局：线索 101" in said
    assert "分别拟稿" in said
    assert "--field 合并移送理由=" in said
    made = completed(lead(1), NET, fields={"合并移送理由": "同一团伙，已会商"})
    assert (made.template, made.fields["合并移送理由"]) == ("crime", "同一团伙，已会商")


def test_strangers_are_not_one_crime_and_one_seller_is():
    stranger = lead(2, seller="别人", seller_id=9, contacts=())
    with pytest.raises(UsageError, match="公安局：线索 101 至 102（2 个当事人"):
        completed(lead(1), stranger)
    with pytest.raises(UsageError, match="不能合为一件"):
        completed(*(lead(number, seller=None, seller_id=None, contacts=()) for number in (1, 2)))
    assert completed(lead(1), lead(2)).template == "crime"
    assert completed(lead(1), replace(stranger, contacts=lead(1).contacts)).template == "crime"
    assert completed(lead(1), stranger, department="forestry").template == "lead"


def test_a_platform_is_written_to_by_its_name():
    with pytest.raises(UsageError, match="平台运营单位的名称（--receiver"):
        completed(lead(1), department="platform")
    with pytest.raises(UsageError, match="平台运营单位的名称"):
        completed(lead(1), department="platform", receiver="平台运营单位")
    named = config(departments={"platform": {"name": "示例网络科技有限公司"}})
    assert completed(lead(1), department="platform", office=named).receiver == "示例网络科技有限公司"
    assert completed(lead(1), department="platform", receiver="某平台公司").receiver == "某平台公司"


@pytest.mark.parametrize(
    "referrals",
    [
        {"name": "青山县林业和草原局", "office": {"department": "forestry"}},
        {"name": "某县林业局", "departments": {"forestry": {"name": "某县林业局"}}},
    ],
)
def test_the_office_does_not_write_to_itself(referrals):
    own, owl = config(**referrals), lead(1, category="terrestrial_animal", subject="猫头鹰", flags=())
    with pytest.raises(UsageError, match="由本单位办理，无需移送"):
        completed(owl, office=own)
    helped = completed(owl, office=own, department="market_supervision")
    assert (helped.department, "forestry" in helped.copies) == ("market_supervision", False)
    assert completed(owl, office=own, receiver="邻县林业局").receiver == "邻县林业局"
