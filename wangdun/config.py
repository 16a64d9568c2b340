"""config.yaml, read and checked: each package's own section, composed. Light: no engine is loaded here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from console.config import ConsoleConfig
from crawler.config import CrawlerConfig, Duration, Zone
from crawler.platforms import recipe as recipes
from keywords.config import KeywordsConfig
from referrals.config import ReferralsConfig
from storage.config import LONGEST_DAYS, StorageConfig
from wangdun import yaml_lines
from wangdun.exceptions import ConfigError
from wangdun.mistakes import Mistake, nearest, reason
from wangdun.operating import LEAST_LOG_DAYS, ArchiveConfig, BackupConfig, MetricsConfig, NotifyTarget
from wangdun.output import plain
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wangdun.yaml_lines import Document, Place

DEFAULT_PATH = Path("config.yaml")
MAX_BYTES = 8 * 1024 * 1024  # a thousand sites take 300 KB
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class RunConfig(BaseModel):
    """The `wangdun:` section: how runs are started and shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    runtime: Literal["embedded", "distributed"] = Field(
        default="embedded",
        description="怎样运行：embedded 一台机器，用 wangdun schedule；distributed 一台或多台机器，用 wangdun worker，"
        "需要 PostgreSQL",
    )
    stalled_after: Duration = Field(
        default="10s",  # five signs of life: a network that stumbles is no death
        validate_default=True,
        description="distributed 时，多久没有动静的工作进程视为已死，它的任务由别的接着做；不少于 5 秒",
    )
    concurrent_sites: int = Field(
        default=2,  # each run takes one core and 100 MB while it reads pages
        ge=1,
        le=64,
        description="同时采集的站点数",
    )
    timezone: Zone = Field(default="Asia/Shanghai", description="定时与显示所用时区")
    grace: Duration = Field(default="60s", validate_default=True, description="停止时等待正在进行的采集收尾的时间")
    log_level: LogLevel = Field(default="INFO", description="日志详细程度：DEBUG、INFO、WARNING、ERROR")
    log_dir: Path | None = Field(default=None, description="日志文件夹，默认 data_dir 下的 logs")
    log_format: Literal["text", "json"] = Field(
        default="text", description="日志格式：text 供人阅读，json 一行一个对象"
    )
    keep_logs_days: int = Field(
        default=210,  # the law's six months and four weeks to spare
        ge=LEAST_LOG_DAYS,
        le=LONGEST_DAYS,
        description="日志保留多少天；网络安全法要求不少于六个月",
    )
    backup: BackupConfig = Field(default=BackupConfig(), description="备份")
    archive: ArchiveConfig = Field(default=ArchiveConfig(), description="归档")
    notify: tuple[NotifyTarget, ...] = Field(default=(), description="通知谁：邮件、网址或文件，一项一个接收方")
    notify_every: Duration = Field(
        default="15m", validate_default=True, description="告警线索的通知：这段时间内的合成一条"
    )
    metrics: MetricsConfig = Field(default=MetricsConfig(), description="监控指标（Prometheus）")

    @field_validator("stalled_after")
    @classmethod
    def outlast_a_stumble(cls, stalled_after: timedelta) -> timedelta:
        """A job taken from a worker that lives is done twice."""
        if stalled_after < timedelta(seconds=5):  # one second between two signs of life is as often as is sensible
            raise ValueError("不能少于 5 秒")
        return stalled_after

    @field_validator("notify")
    @classmethod
    def have_own_names(cls, notify: tuple[NotifyTarget, ...]) -> tuple[NotifyTarget, ...]:
        """What was sent is remembered by the name."""
        names = [target.name for target in notify]
        if len(set(names)) < len(names):
            raise ValueError("两个接收方不能同名")
        return notify


class ConfigFile(BaseModel):
    """The whole file: one key for each package."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    crawler: CrawlerConfig = Field(default=CrawlerConfig(), description="看什么：监测的站点与访问礼貌")
    keywords: KeywordsConfig = Field(default=KeywordsConfig(), description="找什么：词库")
    storage: StorageConfig = Field(default=StorageConfig(), description="存哪里：数据文件夹与数据库")
    console: ConsoleConfig = Field(default=ConsoleConfig(), description="怎么研判：浏览器中的研判台")
    referrals: ReferralsConfig = Field(default=ReferralsConfig(), description="怎么移送：本单位、各部门、函件、期限")
    wangdun: RunConfig = Field(default=RunConfig(), description="怎么运行：定时、并发、日志")


@dataclass(frozen=True)
class Config:
    """The effective settings. Relative folders are taken from the folder of the file."""

    path: Path
    """Absolute."""
    crawler: CrawlerConfig
    keywords: KeywordsConfig
    storage: StorageConfig
    console: ConsoleConfig
    referrals: ReferralsConfig
    wangdun: RunConfig

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) over all settings that the file states or leaves at their defaults."""
        sections = (self.crawler, self.keywords, self.storage, self.console, self.referrals, self.wangdun)
        facts = [section.model_dump(mode="json", by_alias=True) for section in sections]
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def log_dir(self) -> Path:
        """Where log files go."""
        return self.wangdun.log_dir or self.storage.data_dir / "logs"


def load(path: Path = DEFAULT_PATH) -> Config:
    """Read and check the file.

    Raises:
        ConfigError: it cannot be read, or says something that is not valid; every mistake is named.
    """
    document = yaml_lines.read(_read_text(path))
    _check_top(path, document)
    settings, mistakes = _validate(document)
    mistakes = sorted({*document.mistakes, *mistakes}, key=lambda mistake: (mistake.line, mistake.key))
    if mistakes or settings is None:
        raise ConfigError(path, mistakes)
    return _placed(settings, path.absolute())


def _placed(settings: ConfigFile, path: Path) -> Config:
    """Anchor relative folders: a service must not depend on the folder it is started in."""
    evidence = settings.storage.evidence
    files = {name: path.parent / file for name in ("browser", "timestamp_ca") if (file := getattr(evidence, name))}
    storage = settings.storage.model_copy(
        update={"data_dir": path.parent / settings.storage.data_dir, "evidence": evidence.model_copy(update=files)}
    )
    run = _placed_run(settings.wangdun, path)
    own = tuple(path.parent / file for file in settings.keywords.overlay)
    written = written_in_console(storage.data_dir)
    last = (written,) if written.exists() and written not in own else ()  # it may change what all others say
    overlay = (*(pack for pack in imported_packs(storage.data_dir) if pack not in own), *own, *last)
    keywords = settings.keywords.model_copy(update={"overlay": overlay})
    console, referrals = _placed_console(settings.console, path), _placed_referrals(settings.referrals, path)
    return Config(path, _placed_crawler(settings.crawler, path), keywords, storage, console, referrals, run)


def _placed_crawler(crawler: CrawlerConfig, path: Path) -> CrawlerConfig:
    program = crawler.browser.program
    if program is None:
        return crawler
    return crawler.model_copy(update={"browser": crawler.browser.model_copy(update={"program": path.parent / program})})


def _placed_run(run: RunConfig, path: Path) -> RunConfig:
    folder = run.backup.folder
    backup = run.backup.model_copy(update={"folder": path.parent / folder if folder else None})
    notify = tuple(one.model_copy(update={"file": path.parent / one.file if one.file else None}) for one in run.notify)
    logs = path.parent / run.log_dir if run.log_dir else None
    return run.model_copy(update={"log_dir": logs, "backup": backup, "notify": notify})


def _placed_console(console: ConsoleConfig, path: Path) -> ConsoleConfig:
    files = {name: path.parent / file for name in ("tls_cert", "tls_key") if (file := getattr(console, name))}
    return console.model_copy(update=files)


def _placed_referrals(referrals: ReferralsConfig, path: Path) -> ReferralsConfig:
    own = {
        name: path.parent / file for name in ("rules", "templates", "holidays") if (file := getattr(referrals, name))
    }
    folders = {name: path.parent / file for name in ("out", "into") if (file := getattr(referrals.folder, name))}
    return referrals.model_copy(update=own | {"folder": referrals.folder.model_copy(update=folders)})


def imported_packs(data_dir: Path) -> list[Path]:
    """Packs that `wangdun lexicon import` put there; they come before the local files, which may change them."""
    return sorted(path for path in (data_dir / "lexicon").glob("*.yaml") if not path.name.startswith("."))


def written_in_console(data_dir: Path) -> Path:
    """The file of the lexicon's changes that people make in the console; it may not exist yet."""
    return data_dir / "lexicon" / "local" / "console.yaml"


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise _refusal(path, "找不到配置文件；用 --config 指定，或把示例 config.yaml 复制到这里") from error
    except OSError as error:
        raise _refusal(path, f"无法读取配置文件：{why(error)}") from error
    if len(raw) > MAX_BYTES:
        raise _refusal(path, "文件太大，不是正常的配置文件")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(path, [Mistake(line, "", "文件不是 UTF-8 编码，请另存为 UTF-8")]) from error


def _refusal(path: Path, message: str) -> ConfigError:
    return ConfigError(path, [Mistake(0, "", message)])


def _check_top(path: Path, document: Document) -> None:
    if document.data is None and not document.mistakes:
        raise _refusal(path, "文件是空的")
    if document.data is not None and not isinstance(document.data, dict):
        line = document.line(())
        raise ConfigError(path, [*document.mistakes, Mistake(line, "", "最外层应为 crawler:、keywords: 等设置")])
    if document.data is None:
        raise ConfigError(path, document.mistakes)


def _validate(document: Document) -> tuple[ConfigFile | None, list[Mistake]]:
    data = {
        key: {} if value is None else value for key, value in document.data.items()
    }  # "keywords:" and nothing below
    mistakes = list(_wrong_platforms(document)) + list(_wrong_crons(document))
    try:
        settings = ConfigFile.model_validate(data)
    except ValidationError as error:
        named = {mistake.key for mistake in mistakes}
        details = error.errors()
        deeper = {detail["loc"][:-1] for detail in details}
        for detail in details:
            if detail["type"] == "too_short" and detail["loc"] in deeper:
                continue  # its items were there, and each is reported by itself
            mistake = Mistake.at(document.line(detail["loc"]), _written(detail["loc"]), reason(detail, ConfigFile))
            if f"{mistake.key}.platform" not in named:  # the same fault, already named at its own line
                mistakes.append(mistake)
        return None, mistakes
    return settings, [*mistakes, *_wrong_runtime(document, settings)]


def _wrong_runtime(document: Document, settings: ConfigFile) -> Iterator[Mistake]:
    """SQLite is a file of one machine."""
    url = settings.storage.given_url or ""
    if settings.wangdun.runtime == "distributed" and not url.startswith("postgres"):
        place = ("wangdun", "runtime")
        advice = "在 storage.url 或环境变量 WANGDUN_DATABASE_URL 中填写地址；已有的数据用 wangdun migrate-store 转移"
        yield Mistake.at(document.line(place), place, f"distributed 需要 PostgreSQL 数据库：{advice}")


def _written(place: Place) -> Place:
    """Without the steps that pydantic adds for unions and validators: people never wrote them."""
    return tuple(step for step in place if isinstance(step, int) or not any(sign in step for sign in "[(-"))


def _raw_sites(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    crawler = document.data.get("crawler")
    sites = crawler.get("sites") if isinstance(crawler, dict) else None
    for index, site in enumerate(sites if isinstance(sites, list) else ()):
        if isinstance(site, dict):
            yield index, site


def _wrong_platforms(document: Document) -> Iterator[Mistake]:
    known = list(recipes.names())
    for index, site in _raw_sites(document):
        name = site.get("platform")
        if not isinstance(name, str) or name in known:
            continue
        place = ("crawler", "sites", index, "platform")
        near = nearest(name.lower(), known)
        hint = f"是不是 {near}？" if near else f"可用：{'、'.join(known)}"
        yield Mistake.at(document.line(place), place, f"没有名为 {plain(name[:40])!r} 的平台，{hint}")


def _wrong_crons(document: Document) -> Iterator[Mistake]:
    for index, site in _raw_sites(document):
        cron = site.get("cron")
        if not isinstance(cron, str):
            continue
        from wangdun.due import cron_problem  # the scheduler's library is only loaded where a cron is written

        problem = cron_problem(cron)
        if problem:
            place = ("crawler", "sites", index, "cron")
            yield Mistake.at(document.line(place), place, problem)
