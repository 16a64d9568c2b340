"""The `storage:` section of config.yaml. Light to import: no database library is loaded here."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

URL_VARIABLE = "WANGDUN_DATABASE_URL"
DATABASE_FILE = "wangdun.sqlite"


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
