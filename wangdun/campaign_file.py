"""A campaign's plan as people write it in YAML; every mistake is named by line and key."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from storage.referral.campaign_records import NewDue, NewUnit, Plan, StageDates
from wangdun import yaml_lines
from wangdun.exceptions import ConfigError, UsageError
from wangdun.mistakes import Mistake, reason
from wangdun.words import why

if TYPE_CHECKING:
    from pathlib import Path

    from storage.referral.campaign_records import Campaign

LARGEST = 1 << 20  # bytes: ten thousand units
EXAMPLE = """\
# 专项行动计划；用 wangdun campaign new -f 本文件 新建
name: 网盾行动
basis: 《某县林业局等八部门关于联合开展“网盾行动”的通知》（某林发〔2026〕3号）
starts: 2026-01-10
ends: 2026-05-31
facts:                       # 报告中可以引用的情况，如 {{牵头单位}}
  牵头单位: 某县林业局
stages:
  - {name: 检查摸底, starts: 2026-01-10, ends: 2026-02-28}
  - {name: 整治规范, starts: 2026-03-01, ends: 2026-04-30}
  - {name: 全面总结, starts: 2026-05-01, ends: 2026-05-31}
units:                       # 填报单位；乡镇只写名称即可
  - 东溪镇
  - 西河乡
  - {name: 县公安局, kind: department, contact: 某同志}
dues:                        # 报送事项；kind：stage_report 阶段报告、final_report 总结报告、results_form 成果表、
                             # typical_case 典型案例、pictures 图片资料、other 其他
  - {name: 阶段报告, kind: stage_report, due: 2026-03-03}
  - {name: 总结报告, kind: final_report, due: 2026-05-20, remind_days: 7}
  - {name: 成果表, kind: results_form, due: 2026-05-20, paper: true}
"""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StageFile(_Part):
    """One stage."""

    name: str = Field(description="阶段名称")
    starts: date = Field(description="开始日")
    ends: date = Field(description="结束日")


class UnitFile(_Part):
    """One unit."""

    name: str = Field(description="填报单位名称")
    kind: Literal["township", "department"] = Field(default="township", description="township 乡镇、department 部门")
    contact: str = Field(default="", description="联系人")


class DueFile(_Part):
    """One thing to hand in."""

    name: str = Field(description="报送事项名称")
    kind: Literal["stage_report", "final_report", "results_form", "typical_case", "pictures", "other"] = Field(
        default="other", description="种类"
    )
    due: date = Field(description="期限")
    remind_days: int = Field(default=3, ge=0, le=90, description="提前几天开始提醒")
    paper: bool = Field(default=False, description="还要纸质件")


class PlanFile(_Part):
    """The whole file."""

    name: str = Field(description="专项行动名称")
    basis: str = Field(default="", description="依据的文件")
    starts: date = Field(description="开始日")
    ends: date = Field(description="结束日")
    facts: dict[str, str] = Field(default={}, description="报告中引用的情况")
    stages: tuple[StageFile, ...] = Field(default=(), description="阶段")
    units: tuple[UnitFile, ...] = Field(default=(), description="填报单位")
    dues: tuple[DueFile, ...] = Field(default=(), description="报送事项")

    @field_validator("units", mode="before")
    @classmethod
    def _names_alone(cls, given: Any) -> Any:
        return [{"name": one} if isinstance(one, str) else one for one in given] if isinstance(given, list) else given

    def plan(self) -> Plan:
        """As the store takes it."""
        return Plan(
            self.name,
            self.starts,
            self.ends,
            self.basis,
            tuple(StageDates(one.name, one.starts, one.ends) for one in self.stages),
            tuple(NewUnit(one.name, one.kind, one.contact) for one in self.units),
            tuple(NewDue(one.name, one.kind, one.due, one.remind_days, one.paper) for one in self.dues),
            self.facts,
        )


def read(path: Path) -> Plan:
    """The plan of a file.

    Raises:
        UsageError: it cannot be read, or is no UTF-8 text.
        ConfigError: what it says is not valid; every mistake is named.
    """
    try:
        raw = path.read_bytes()[: LARGEST + 1]
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}：读不了（{why(error)}）") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}：不是 UTF-8 文本，请另存为 UTF-8") from error
    if len(raw) > LARGEST:
        raise UsageError(f"{path}：超过 1 MB，不像是行动计划")
    document = yaml_lines.read(text)
    if document.mistakes:
        raise ConfigError(path, document.mistakes)
    if not isinstance(document.data, dict):
        raise ConfigError(
            path, [Mistake(0, "", "应为 name:、starts: 等设置；用 wangdun campaign new --example 看示例")]
        )
    try:
        return PlanFile.model_validate(document.data).plan()
    except ValidationError as error:
        found = [Mistake.at(document.line(one["loc"]), one["loc"], reason(one, PlanFile)) for one in error.errors()]
        raise ConfigError(path, found) from error


def written(campaign: Campaign) -> dict[str, Any]:
    """The plan of a campaign, to be changed and read again; units that left are left out."""
    return {
        "name": campaign.name,
        "basis": campaign.basis,
        "starts": campaign.starts_on,
        "ends": campaign.ends_on,
        "facts": dict(campaign.facts),
        "stages": [{"name": one.name, "starts": one.starts_on, "ends": one.ends_on} for one in campaign.stages],
        "units": [
            {"name": one.name, "kind": one.kind, "contact": one.contact}
            for one in campaign.units
            if one.left_at is None
        ],
        "dues": [
            {"name": one.name, "kind": one.kind, "due": one.due_on, "remind_days": one.remind_days, "paper": one.paper}
            for one in campaign.dues
        ],
    }
