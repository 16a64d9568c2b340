"""The `referrals:` section of config.yaml. Light to import: no database, no document library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from storage.referral.patterns import fault

Code = Literal[
    "forestry", "agriculture", "market_supervision", "public_security", "cyberspace", "postal", "customs", "platform"
]
NAMES: dict[Code, str] = {
    "forestry": "林业局",
    "agriculture": "农业农村局",
    "market_supervision": "市场监督管理局",
    "public_security": "公安局",
    "cyberspace": "互联网信息办公室",
    "postal": "邮政管理局",
    "customs": "海关",
    "platform": "平台运营单位",
}
"""As letters address them where the office says nothing else."""
Line = Annotated[str, Field(max_length=200)]  # a line of a letter


def _check_number(pattern: str) -> str:
    if pattern and (wrong := fault(pattern)):
        raise ValueError(wrong)
    return pattern


Number = Annotated[str, AfterValidator(_check_number)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfficeConfig(_Section):
    """Who refers."""

    department: Code | Literal[""] = Field(
        default="",
        description="本单位是哪个部门（如 forestry）：由本单位主办的不再移送给自己，也不抄送；不填则按名称判断",
    )
    name: Line = Field(default="", description="本单位全称，函件的落款；不填则用 crawler.unit")
    short: Annotated[str, Field(min_length=1, max_length=20)] = Field(
        default="网移", description="发文机关代字；部门没有另写文号格式的，文号为 代字〔年份〕序号号"
    )
    address: Line = Field(default="", description="地址")
    phone: Line = Field(default="", description="联系电话")
    person: Line = Field(default="", description="联系人")
    red_head: Line = Field(
        default="", description="红头上的发文机关标志，如 某县林业局；不填则不印红头（用印好的公文纸）"
    )


class DepartmentConfig(_Section):
    """To whom."""

    name: Line = Field(default="", description="部门全称，函件的主送；不填则用通用名称")
    person: Line = Field(default="", description="联系人")
    phone: Line = Field(default="", description="联系电话")
    address: Line = Field(default="", description="地址")
    number: Number = Field(
        default="", description="发给该部门的文号格式，{year} 为年份，{n} 为序号，{n:03} 为三位；不填则用 office.short"
    )


class WebhookConfig(_Section):
    """A program that is told of referrals."""

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]{1,60}$")] = Field(description="名称：字母、数字、- . _")
    url: Annotated[str, Field(pattern=r"^https?://", max_length=2000)] = Field(description="接收通知的网址")
    events: tuple[str, ...] = Field(default=(), description="只通知这些事件，如 referral.send；不填则全部")
    secret_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")] = Field(
        description="存放签名密钥的环境变量的名称；密钥不写在配置里"
    )


class FolderConfig(_Section):
    """Folders that stand for a network where there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    out: Path | None = Field(default=None, description="送出的移送自动放一份（zip）到这个文件夹")
    into: Path | None = Field(default=None, alias="in", description="从这个文件夹自动读取退回的回执")


class ReferralsConfig(_Section):
    """Letters, numbers, terms, where things go."""

    office: OfficeConfig = Field(default=OfficeConfig(), description="本单位")
    departments: dict[Code, DepartmentConfig] = Field(
        default={}, description="各部门的名称、联系人和文号格式；没有写的用通用名称"
    )
    rules: Path | None = Field(default=None, description="本县的分工规则文件，改动或代替自带的规则")
    templates: Path | None = Field(
        default=None, description="本单位的函件模板文件夹：lead.docx、crime.docx 等；没有的用自带的"
    )
    holidays: Path | None = Field(default=None, description="节假日文件；不填用自带的（2025、2026年）")
    days: Literal["working", "calendar"] = Field(
        default="working", description="期限按天计的，working 按工作日，calendar 按自然日；规则另有规定的从其规定"
    )
    remind_days: int = Field(
        default=2,  # days: time to telephone before a term of three working days is over
        ge=0,
        le=60,
        description="到期前几天开始提醒",
    )
    webhooks: tuple[WebhookConfig, ...] = Field(default=(), description="向其他系统通知移送的进展")
    folder: FolderConfig = Field(default=FolderConfig(), description="封闭网络用的收发文件夹")

    @model_validator(mode="after")
    def _unlike(self) -> ReferralsConfig:
        names = [one.name for one in self.webhooks]
        if len(set(names)) != len(names):
            raise ValueError("webhooks 的名称重复")
        if self.folder.out is not None and self.folder.out == self.folder.into:
            raise ValueError("folder.out 和 folder.in 不能是同一个文件夹")
        if wrong := fault(self.pattern("forestry")):
            raise ValueError(f"office.short：{wrong}")
        return self

    def department(self, code: str) -> DepartmentConfig:
        """What is configured of a department, with its name."""
        known = {str(name): found for name, found in self.departments.items()}.get(code, DepartmentConfig())
        names = {str(name): said for name, said in NAMES.items()}
        return known if known.name else known.model_copy(update={"name": names.get(code, code)})

    def pattern(self, code: str) -> str:
        """Pattern of the numbers of letters to a department."""
        return self.department(code).number or f"{self.office.short}〔{{year}}〕{{n}}号"
