"""The `keywords:` section of config.yaml."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from keywords.places import nearest_province, province_named


class Channels(BaseModel):
    """Which disguises are looked for; all by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inserted: bool = Field(default=True, description="字间插入符号、空格、不可见字符")
    variant: bool = Field(default=True, description="繁体、异体、部首字")
    split: bool = Field(default=True, description="拆字，如“犭苗头鹰”")
    lookalike: bool = Field(default=True, description="形近字、漏写偏旁")
    reordered: bool = Field(default=True, description="倒写、相邻两字对调")
    pinyin: bool = Field(default=True, description="全拼、拼音夹写、首字母")
    homophone: bool = Field(default=True, description="谐音")
    emoji: bool = Field(default=True, description="表情符号代字")
    codeword: bool = Field(default=True, description="暗语")
    kit: bool = Field(default=True, description="拆成配件出售")


class KeywordsConfig(BaseModel):
    """What is looked for; an empty section is valid."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    province: str | None = Field(
        default=None, description="本地省份，如“福建省”：其他省份才禁用的工具降一级；不填则各地禁用的都按禁用计"
    )
    water_bodies: tuple[str, ...] = Field(
        default=(), description="本地水域，如“长江流域重点水域”：与 province 一同判断渔具是否禁用"
    )
    overlay: tuple[Path, ...] = Field(default=(), description="本地词库文件（YAML）的路径，在随附词库之后读入")
    learned: bool = Field(default=True, description="用随附的学习模型复核词库规则的判断；false 即只按规则")
    channels: Channels = Field(default=Channels(), description="各伪装渠道的开关")
    alert: float | None = Field(default=None, ge=0, le=100, description="告警分数线，不填用词库 scoring.yaml 的值")
    review: float | None = Field(default=None, ge=0, le=100, description="待核分数线，不填用词库 scoring.yaml 的值")

    @field_validator("province")
    @classmethod
    def name_in_full(cls, province: str | None) -> str | None:
        """Take 福建 for 福建省; refuse what is no province."""
        if province is None:
            return None
        name = province_named(province)
        if name is None:
            near = nearest_province(province)
            raise ValueError(f"没有名为“{province[:20]}”的省份" + (f"，是否应为“{near}”" if near else "，应如“福建省”"))
        return name
