"""Settings of operation, a part of the `wangdun:` section: backups, notices, metrics, what is kept how long."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from crawler.config import Duration

Event = Literal["site_silent", "site_changed", "run_failed", "disk_low", "alert_lead", "deadline", "backup_failed"]
EVENTS: Final[tuple[Event, ...]] = get_args(Event)
LEAST_LOG_DAYS: Final = 183  # six months: 网络安全法 art. 21
NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,255}")


class BackupConfig(BaseModel):
    """Backups and how old the newest may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = Field(
        default=None, description="备份文件夹，最好在另一块磁盘上；wangdun backup 不写 -o 时用它"
    )
    keep: int = Field(default=30, ge=1, le=3650, description="备份文件夹里保留最新的多少份")
    warn_after: Duration = Field(
        default="2d", validate_default=True, description="最近一次成功的备份比这更久，体检和通知就提醒"
    )


class NotifyTarget(BaseModel):
    """Who is told: an e-mail address, a program, or a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="名称：字母、数字、- . _")
    events: tuple[Event, ...] = Field(default=(), description="只通知这些事件，不填则全部")
    email: tuple[str, ...] = Field(default=(), description="收件人的电子邮箱")
    sender: str = Field(default="", description="发件人的电子邮箱，与 email 一同填写")
    smtp: str = Field(default="", description="邮件服务器，如 smtp.example.org:587")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="邮件服务器的加密：starttls、tls，或 none（仅限本机或内网）"
    )
    user: str = Field(default="", description="邮件服务器的用户名，不填则不登录")
    password_env: str = Field(default="", description="存放邮件密码的环境变量的名称；密码不写在配置里")
    url: str = Field(default="", description="接收通知的网址（POST JSON，带签名）")
    secret_env: str = Field(default="", description="存放签名密钥的环境变量的名称，与 url 一同填写")
    file: Path | None = Field(default=None, description="通知追加到这个文件，一行一个 JSON")

    @field_validator("name")
    @classmethod
    def be_plain(cls, name: str) -> str:
        """It is a key in the database and stands in log lines."""
        if not NAME.fullmatch(name):
            raise ValueError("名称只能用字母、数字、- . _，最多 60 个")
        return name

    @field_validator("url")
    @classmethod
    def be_web_address(cls, url: str) -> str:
        """Messages go by HTTP."""
        if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
            raise ValueError(f"网址应以 http:// 或 https:// 开头：{url!r}")
        return url

    @field_validator("email")
    @classmethod
    def be_mail_addresses(cls, email: tuple[str, ...]) -> tuple[str, ...]:
        """A line break in one would be another header."""
        for one in email:
            if not ADDRESS.fullmatch(one):
                raise ValueError(f"不是电子邮箱：{one!r}")
        return email

    @model_validator(mode="after")
    def be_one_thing(self) -> NotifyTarget:
        """One way for one target: another is another target."""
        if sum(map(bool, (self.email, self.url, self.file))) != 1:
            raise ValueError("email、url、file 须写且只写一项")
        if self.email and not (self.smtp and ADDRESS.fullmatch(self.sender)):
            raise ValueError("用 email 通知须填写 smtp 和 sender（发件人邮箱）")
        if self.user and not self.password_env:
            raise ValueError("填写了 user，还须填写 password_env（存放密码的环境变量的名称）")
        if self.url and not self.secret_env:
            raise ValueError("用 url 通知须填写 secret_env（存放签名密钥的环境变量的名称）")
        return self


class ArchiveConfig(BaseModel):
    """What may be written into archives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    full: bool = Field(
        default=True, description="可以归档信息全文（含联系方式），供复查；false 时只能用 wangdun archive --masked"
    )


class MetricsConfig(BaseModel):
    """Who may read the figures for monitoring."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=False, description="研判台提供 /metrics（Prometheus 格式）")
    allow: tuple[str, ...] = Field(default=("127.0.0.1", "::1"), description="可以读取的 IP 地址或网段，如 10.1.2.0/24")
    token_env: str = Field(
        default="", description="存放令牌的环境变量的名称；填写后须带 Authorization: Bearer 令牌 才能读取"
    )

    @field_validator("allow")
    @classmethod
    def be_networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        """Each is an address or a network."""
        for one in allow:
            try:
                ipaddress.ip_network(one, strict=False)
            except ValueError:
                raise ValueError(f"不是 IP 地址或网段：{one!r}") from None
        return allow
