"""The `storage:` section of config.yaml. Light to import: no database library is loaded here."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

URL_VARIABLE = "WANGDUN_DATABASE_URL"
DATABASE_FILE = "wangdun.sqlite"
LONGEST_DAYS = 36500  # a hundred years: beyond what anybody keeps, and every date so far back still has a name


# names of buckets as Amazon allows them; prefixes that need no quoting anywhere
BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9](/[A-Za-z0-9._\-]{1,100}){0,8}/?")
Screens = Literal["always", "alert", "manual"]


class EvidenceConfig(BaseModel):
    """What is secured of flagged listings, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    screens: Screens = Field(default="alert", description="何时截屏:always 每条线索,alert 仅告警,manual 只在人要求时")
    pictures: int = Field(default=8, ge=0, le=50, description="每条线索固定多少张信息图片;0 为不固定")
    max_mb: int = Field(default=64, ge=1, le=2048, description="一次固定的大小上限(MB),超出的部分不存并注明")
    keep_free_mb: int = Field(default=512, ge=16, description="磁盘至少留出多少空间(MB),不足时停止采集并说明")
    keep_days: int | None = Field(
        default=None,
        ge=180,
        le=LONGEST_DAYS,
        description="结案或排除后证据保留多少天,不填则一直保留;网络安全法要求日志不少于六个月",
    )
    browser: Path | None = Field(default=None, description="Chromium 程序的路径,不填则自动查找")
    screen_seconds: int = Field(default=45, ge=5, le=600, description="一次截屏最多多少秒")
    timestamp_url: str | None = Field(
        default=None, description="可信时间戳服务(RFC 3161)的地址,不填则不加时间戳,材料中注明“无”"
    )
    timestamp_ca: Path | None = Field(default=None, description="时间戳服务的根证书(PEM),核验时间戳时用")

    store: str | None = Field(
        default=None,
        description="证据存放处,不填则放在 data_dir 的 evidence 里;S3 存储桶写作 s3://桶/前缀,"
        "访问密钥只从环境变量 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY 读取",
    )
    endpoint: str | None = Field(
        default=None, description="S3 服务器的地址,如 https://minio.example.org:9000;不填为 Amazon S3"
    )

    @field_validator("store")
    @classmethod
    def be_bucket(cls, store: str | None) -> str | None:
        """A bucket and a prefix of plain characters."""
        if store is not None and not BUCKET.fullmatch(store):
            raise ValueError(f"证据存放处应写作 s3://桶/前缀(小写字母、数字、- . /):{store!r}")
        return store

    @field_validator("endpoint")
    @classmethod
    def be_server(cls, url: str | None) -> str | None:
        """An address of HTTP without secrets."""
        parts = urlsplit(url or "http://none")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError("S3 服务器的地址应写作 https://主机:端口,其中不能有密钥")
        return url

    @field_validator("timestamp_url")
    @classmethod
    def be_web_address(cls, url: str | None) -> str | None:
        """Time stamps are asked for over HTTP."""
        if url is not None and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
            raise ValueError(f"时间戳服务的地址应以 http:// 或 https:// 开头:{url!r}")
        return url


class StorageConfig(BaseModel):
    """Where listings, leads and runs are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Field(
        default=Path("data"),
        description="数据文件夹:默认的 SQLite 数据库 wangdun.sqlite 放在这里。必须在本机磁盘上,不能放在网络共享(NFS、SMB)上。",
    )
    url: str | None = Field(
        default=None,
        description="数据库地址,不填则用 data_dir 里的 SQLite。PostgreSQL 写作 postgresql://用户@主机/库名;"
        "密码不写在这里,写在环境变量 WANGDUN_DATABASE_URL(完整地址)里,该变量优先于本项。",
    )

    evidence: EvidenceConfig = Field(default=EvidenceConfig(), description="固定证据:截屏、图片、保留期、时间戳")

    @field_validator("url")
    @classmethod
    def refuse_password(cls, url: str | None) -> str | None:
        """Secrets come from the environment only: a config file is mailed around and backed up."""
        if url is not None and urlsplit(url).password:
            raise ValueError(f"数据库密码不能写在配置文件里,请把完整地址放进环境变量 {URL_VARIABLE}")
        return url

    @property
    def given_url(self) -> str | None:
        """The address somebody chose: environment first, then the file; None means the default SQLite file."""
        return os.environ.get(URL_VARIABLE) or self.url

    @property
    def database_file(self) -> Path:
        """Absolute path of the default SQLite file."""
        return self.data_dir.absolute() / DATABASE_FILE

    @property
    def database_url(self) -> str:
        """The address in use. May hold a password: never print it."""
        return self.given_url or f"sqlite:///{self.database_file}"

    @property
    def evidence_dir(self) -> Path:
        """Absolute path of the folder in which evidence is kept."""
        return self.data_dir.absolute() / "evidence"
