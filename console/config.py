"""The `console:` section of config.yaml. Light to import: no web framework is loaded here."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

SecondConfirm = Literal["never", "serious", "always"]


class SecondConfig(BaseModel):
    """Where a second person has to agree (四眼)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confirm: SecondConfirm = Field(
        default="serious",
        description="确认线索时：never 不需复核，serious 风险分达到 serious_score 的需复核，always 都要",
    )
    serious_score: float = Field(
        default=85,  # above the alert limit of 55: what is plain and grave, a few of a hundred leads
        ge=0,
        le=100,
        description="风险分达到多少算严重线索",
    )
    referral: bool = Field(default=True, description="每次移送都须第二人审核；审核人与提交人不能是同一人")


class ConsoleConfig(BaseModel):
    """Where the console listens, how long people stay signed in, how leads are decided."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=255,  # the longest host name
        description="监听地址；127.0.0.1 只供本机使用，0.0.0.0 供全网段使用（须配置证书）",
    )
    port: int = Field(default=8710, ge=0, le=65535, description="监听端口")  # 8710: taken by no known service
    hosts: tuple[str, ...] = Field(
        default=(), description="允许用来访问的主机名，如 wangdun.example.org；本机名、localhost 和 IP 地址总是允许"
    )
    proxies: tuple[str, ...] = Field(
        default=(), description="可信的反向代理的 IP 地址或网段，只有它们转来的客户端地址才被采信；不填则没有代理"
    )
    tls_cert: Path | None = Field(default=None, description="HTTPS 证书（PEM，含中间证书），与 tls_key 一同填写")
    tls_key: Path | None = Field(default=None, description="HTTPS 私钥（PEM），不带口令")
    allow_http: bool = Field(
        default=False, description="允许不加密地监听非本机地址；仅限网络由 VPN 等另行加密，或前面有加密的反向代理"
    )
    idle_minutes: int = Field(
        default=30,  # the usual demand of graded protection (等保) for an unattended screen
        ge=1,
        le=1440,
        description="多少分钟无操作后须重新登录",
    )
    session_hours: int = Field(
        default=10,  # a working day with its breaks
        ge=1,
        le=168,
        description="登录后最多多少小时须重新登录",
    )
    lease_minutes: int = Field(
        default=10,  # a lead takes a minute; a telephone call may come in between
        ge=1,
        le=240,
        description="打开一条线索后为该审核员保留多少分钟，其间他人不能研判",
    )
    bulk_cap: int = Field(
        default=500,  # as many as a person can answer for after looking over a preview
        ge=1,
        le=10_000,
        description="批量研判一次最多多少条",
    )
    second: SecondConfig = Field(default=SecondConfig(), description="双人复核（四眼）")
    mask: bool = Field(default=True, description="联系方式等个人信息默认遮挡，按角色点开查看并留痕；false 为不遮挡")

    @field_validator("proxies")
    @classmethod
    def be_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        """A proxy is trusted with everybody's address: it is named exactly."""
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"应为 IP 地址或网段：{proxy!r}") from error
        return proxies

    @model_validator(mode="after")
    def have_both_or_none(self) -> Self:
        """A certificate without its key cannot be used."""
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert 与 tls_key 要么都填，要么都不填")
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the address."""
        if self.address.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:  # a name: whom it reaches is not known here
            return False

    @property
    def is_encrypted(self) -> bool:
        """Whether the console itself speaks HTTPS."""
        return self.tls_cert is not None
