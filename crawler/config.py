"""The `crawler:` section of config.yaml, typed."""

from __future__ import annotations

import difflib
import os
import re
from datetime import date, time, timedelta
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from crawler.exceptions import RecipeError
from crawler.fields.charset import _LABELS, _encoding_of
from crawler.frontier.address import REDIS_VARIABLE, checked_address
from crawler.platforms import recipe as recipes
from crawler.platforms.recipe import DateOrder, ItemRules, ListRules, Recipe
from crawler.platforms.selectors import Pattern
from crawler.reading.json_rules import JsonRules
from crawler.rendering.rules import Browsing, Render, read_render

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Three digits (110, 12345, a telephone), an address of mail, or a host: what is left of a contact in a User-Agent.
_REACHABLE = re.compile(r"[0-9](?:[ -]?[0-9]){2}|[A-Za-z0-9][@.][A-Za-z0-9]")
LONGEST_WAIT = timedelta(weeks=520)  # fifty such steps still end at a date that a calendar knows
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]", "::1")


def read_duration(value: Any) -> Any:
    """``90s``, ``30m``, ``6h``, ``1d``, ``2w`` → timedelta; anything else is left for pydantic to judge."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*([smhdw])\s*", value) if isinstance(value, str) else None
    if found:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    if isinstance(value, timedelta):
        return value
    raise ValueError("时间间隔应写成 90s、30m、6h、1d 或 2w")


def _bounded(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("时间间隔必须大于零")
    if value > LONGEST_WAIT:
        raise ValueError("时间间隔最长 520w（十年）")
    return value


Duration = Annotated[timedelta, BeforeValidator(read_duration), AfterValidator(_bounded)]


def _read_every(value: Any) -> Any:
    return AUTO if value == AUTO else _bounded(read_duration(value))


AUTO: Final = "auto"
Every = Annotated[timedelta | Literal["auto"], BeforeValidator(_read_every)]


# pages of sellers who notice vanish within hours, others are sold within weeks; a quarter later nobody needs them
WATCH = tuple(map(read_duration, ("1h", "6h", "1d", "3d", "7d", "14d", "30d", "90d")))


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise ValueError(f"网址无法识别：{url!r}") from error
    if parts.scheme not in {"http", "https"} or not host or re.search(r"\s", url):
        raise ValueError(f"网址应以 http:// 或 https:// 开头：{url!r}")
    return url


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"没有这个时区：{name!r}") from error
    return name


def _as_addresses(value: Any) -> Any:
    if value is False:  # YAML reads a bare off as no
        return "off"
    return value if value in (AUTO, "off") else _as_tuple(value)


WebAddress = Annotated[str, AfterValidator(_web_address)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Sources = Annotated[Literal["auto", "off"] | tuple[WebAddress, ...], BeforeValidator(_as_addresses)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Robots(_Section):
    """Whether robots.txt is obeyed; not obeying needs a written reason."""

    obey: bool = Field(default=True, description="遵守 robots.txt；设为 false 时必须写明 reason")
    reason: str | None = Field(
        default=None, description="不遵守的书面理由（如：已获站点书面同意，文号…），随导出材料显示"
    )

    @model_validator(mode="after")
    def _needs_reason(self) -> Self:
        if not self.obey and len((self.reason or "").strip()) < 4:  # shorter is not a reason
            raise ValueError("robots.obey 设为 false 时必须在 reason 写明理由")
        return self


class Active(_Section):
    """Dates of a campaign: outside them the site is not scheduled."""

    start: date | None = Field(default=None, alias="from", description="开始日期（含）")
    end: date | None = Field(default=None, alias="to", description="结束日期（含）")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.end < self.start:
            raise ValueError("active.to 不能早于 active.from")
        return self


class Quiet(_Section):
    """Hours of the day, local time, in which no run is started; may pass midnight."""

    start: time
    end: time


def _read_quiet(value: Any) -> Any:
    found = re.fullmatch(r"\s*(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)\s*", value) if isinstance(value, str) else None
    if not found:
        raise ValueError('quiet 应写成 "23:00-06:30"')
    return {"start": found[1].zfill(5), "end": found[2].zfill(5)}


Range = tuple[Annotated[int, Field(ge=0)] | None, Annotated[int, Field(ge=0)] | None]


class Expect(_Section):
    """What a good run brings: outside it the run is reported."""

    listings: Range = Field(default=(None, None), description="一次完整运行见到的信息条数 [最少, 最多]，null 为不限")
    empty: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.5,  # half of the titles or bodies empty means that the page shape has changed
        description="标题或正文为空的比例上限（0–1）",
    )


class Politeness(_Section):
    """How gently pages are requested. Each may be overridden for one site."""

    delay: float = Field(default=2.0, ge=0, le=3600, description="同一站点两次请求的间隔（秒）")
    concurrency: int = Field(default=1, ge=1, le=32, description="同一站点同时进行的请求数")
    autothrottle: bool = Field(default=True, description="对方变慢时自动放慢")
    timeout: float = Field(default=30, gt=0, le=600, description="单个网页的时限（秒）")
    max_bytes: int = Field(default=4 * 1024 * 1024, ge=1024, le=1 << 30, description="单个网页的大小上限（字节）")
    retries: int = Field(default=2, ge=0, le=10, description="网页失败后重试次数")


class Limits(_Section):
    """How far one run goes."""

    pages: int = Field(default=50, ge=1, le=100_000, description="一次运行最多读取的列表页数")
    items: int = Field(default=2000, ge=1, le=1_000_000, description="一次运行最多读取的信息页数")
    depth: int = Field(default=200, ge=1, le=100_000, description="从起始页最多向后翻多少页")
    minutes: int = Field(default=240, ge=1, le=10_080, description="一次运行最多多少分钟，到时停止，其余的下次接着读")
    checks: int = Field(
        default=200, ge=0, le=100_000, description="一次运行最多复查多少条已知信息（是否消失、是否改动）"
    )


class Site(_Section):
    """One monitored forum board or shop."""

    name: str = Field(pattern=r"^\w[\w.\-]{0,63}$", description="站点名：字母、数字、汉字、- . _")
    platform: str = Field(default="generic", description="平台：wangdun site platforms 列出全部")
    start: Annotated[tuple[WebAddress, ...], BeforeValidator(_as_tuple)] = Field(
        min_length=1, description="起始列表页，一个或多个"
    )
    enabled: bool = Field(default=True, description="false：保留设置但不采集")
    every: Every | None = Field(
        default=None, description="采集间隔，如 6h；auto 按各版块出新的快慢自动决定；与 cron 二选一"
    )
    every_min: Duration = Field(default=timedelta(minutes=30), description="every: auto 时最短的采集间隔")
    every_max: Duration = Field(default=timedelta(days=1), description="every: auto 时最长的采集间隔")
    cron: str | None = Field(default=None, description='定时，如 "0 7 * * 1-5"（分 时 日 月 周）')
    active: Active | None = Field(default=None, description="专项行动起止日期 {from: 2026-11-01, to: 2026-12-31}")
    quiet: Annotated[Quiet | None, BeforeValidator(_read_quiet)] = Field(
        default=None, description='不启动采集的时段，如 "23:00-06:00"'
    )
    replies: bool = Field(default=False, description="是否把回复也作为信息内容")
    revisit: Duration = Field(
        default=timedelta(days=1),
        description="已知信息多久复查一次（改动、消失）；随其变化的快慢在四分之一到七倍之间调整",
    )
    timezone: Zone | None = Field(default=None, description="页面所用时区，默认随平台")
    date_order: DateOrder | None = Field(default=None, description="数字日期的顺序：YMD、MDY、DMY")
    shared: bool = Field(default=False, description="几个采集进程合采本站（太大的站点），需要 crawler.redis")
    encoding: str | None = Field(default=None, description="网页编码，如 gb18030、utf8、big5；一般自动识别")
    robots: Robots = Field(default=Robots(), description="robots.txt")
    expect: Expect = Field(default=Expect(), description="正常产量")
    limits: Limits | None = Field(default=None, description="本站的数量上限，写了的项覆盖 crawler.limits，其余不变")
    delay: float | None = Field(default=None, ge=0, le=3600, description="覆盖 crawler.politeness.delay")
    concurrency: int | None = Field(default=None, ge=1, le=32, description="覆盖 crawler.politeness.concurrency")
    sitemap: Sources = Field(
        default="off", description="站点地图：off 不读，auto 读 robots.txt 写明的，或写网址；须与起始页同一主机"
    )
    feed: Sources = Field(
        default="off", description="RSS、Atom：off 不读，auto 读列表页写明的，或写网址；须与起始页同一主机"
    )
    item_url: Pattern = Field(
        default=None, description="正则：站点地图、feed 里只有匹配的网址才是信息页；平台自带规则的不用写"
    )
    drop: tuple[str, ...] = Field(default=(), description="从链接中去掉的查询参数（如会话号），避免同一信息重复")
    list: ListRules | None = Field(default=None, description="列表页选择器，覆盖平台的")
    item: ItemRules | None = Field(default=None, description="信息页选择器，覆盖平台的")
    item_pages: bool = Field(
        default=True,
        description="false：列表页已写明全部内容，不打开信息页，各条信息由列表的行读出，item 的选择器相对于行",
    )
    json_: JsonRules | None = Field(default=None, alias="json", description="从 JSON 接口或网页里的 JSON 读取")
    render: Annotated[Render | None, BeforeValidator(read_render)] = Field(
        default=None, description="由脚本绘制的网页：browser 用浏览器打开；可只用于列表 {lists: browser, items: http}"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.every and self.cron:
            raise ValueError("every 与 cron 只能写一个")
        starts = tuple(dict.fromkeys(urlsplit(url).hostname or "" for url in self.start))
        if len(starts) > 1:  # listings are told apart by the software's own numbers
            raise ValueError(f"start 各页须在同一网站（现为 {'、'.join(starts)}）；不同网站请分设站点")
        _check_drawing(self.render, self.json_)
        _check_freshness(self)
        _check_encoding(self.encoding)
        _check_rows(self)
        self.recipe  # noqa: B018 -- an unknown platform is an error of the configuration, not of the run
        return self

    @property
    def recipe(self) -> Recipe:
        """The platform's recipe with this site's own selectors laid over it.

        Raises:
            ValueError: no such platform.
        """
        listed = self.json_.list if self.json_ else None
        rules = ListRules(order=listed.order) if listed and listed.order else self.list
        try:
            return recipes.load(self.platform).overridden(rules, self.item, self.drop)
        except RecipeError as error:
            raise ValueError(str(error)) from error

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names of the start pages, and of JSON addresses that name their own: the run does not leave them."""
        written = (*self.start, *(self.json_.addresses if self.json_ else ()))
        return tuple(dict.fromkeys(host for url in written if (host := urlsplit(url).hostname)))

    @property
    def local(self) -> bool:
        """All start pages are on this machine."""
        return all(host in _LOCAL_HOSTS for host in self.hosts)


def _check_drawing(render: Render | None, rules: JsonRules | None) -> None:
    for name, what in (("lists", "list"), ("items", "item")):
        if render and rules and getattr(render, name).by == "browser" and getattr(rules, what):
            raise ValueError(f"json.{what} 已直接读取 JSON，render.{name} 应为 http")


def _check_freshness(site: Site) -> None:
    if site.every_min > site.every_max:
        raise ValueError("every_min 不能大于 every_max")
    for name in ("sitemap", "feed"):
        said = getattr(site, name)
        for url in said if not isinstance(said, str) else ():
            if (host := urlsplit(url).hostname) not in site.hosts:
                raise ValueError(f"{name} 须与起始页同一主机（现为 {host}）")


def _check_rows(site: Site) -> None:
    if site.item_pages:
        return
    mistaken = ("json", site.json_), ("shared", site.shared), ("replies", site.replies)
    off = ("sitemap", site.sitemap != "off"), ("feed", site.feed != "off")
    for name, value in (*mistaken, *off):
        if value:
            raise ValueError(f"item_pages: false 时不打开信息页，不能与 {name} 同用")
    if site.item is None or not site.recipe.list.rows:
        raise ValueError("item_pages: false 时须写 item（选择器相对于列表的行），并有 list.rows")
    for name in type(site.item).model_fields:
        for pick in getattr(site.item, name):
            if pick.select.startswith(("/", "(/")):
                raise ValueError(f"item_pages: false 时 item.{name} 须相对于列表的行，不能以 / 开头：{pick.select!r}")


def _check_encoding(name: str | None) -> None:
    if name is None:
        return
    if _encoding_of(name) is None:  # Python knows more than a page may be read in; another name would be passed over
        near = difflib.get_close_matches(name.lower(), _LABELS, n=1)
        raise ValueError(f"没有这种编码：{name!r}，" + (f"是不是 {near[0]}？" if near else "如 utf8、gb18030、big5"))


class CrawlerConfig(_Section):
    """What we watch, and how politely."""

    contact: str = Field(
        default="", max_length=200, description="写入 User-Agent 的联系方式（电话、邮箱或网址，须是英文和数字）"
    )
    unit: str = Field(default="", max_length=100, description="监测单位的名称，写入导出的线索")
    politeness: Politeness = Field(default=Politeness(), description="访问礼貌")
    limits: Limits = Field(default=Limits(), description="一次运行的数量上限")
    watch: tuple[Duration, ...] = Field(
        default=WATCH,
        max_length=50,
        description="线索网页的复查：发现后隔多久第一次，再隔多久第二次，依此类推，用完为止；[] 为不复查",
    )
    browser: Browsing = Field(default=Browsing(), description="绘制网页的浏览器（站点写了 render 才用）")
    redis: str | None = Field(
        default=None,
        description="Redis 的地址，如 redis://主机:6379/0，只有合采的站点（shared）需要；"
        "密码不写在这里，写在环境变量 WANGDUN_REDIS_URL（完整地址）里，该变量优先于本项",
    )
    sites: tuple[Site, ...] = Field(default=(), description="监测的站点")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        seen: set[str] = set()
        for site in self.sites:
            if site.name in seen:
                raise ValueError(f"站点名重复：{site.name}")
            seen.add(site.name)
        if not self.contact.strip() and any(site.enabled and not site.local for site in self.sites):
            raise ValueError("采集外部站点前必须填写 crawler.contact（写入 User-Agent，供站点联系）")
        if not _REACHABLE.search(self.contact) and any(site.enabled and not site.local for site in self.sites):
            raise ValueError("crawler.contact 须含电话、邮箱或网址（User-Agent 只能写英文和数字）")
        return self

    @field_validator("redis")
    @classmethod
    def refuse_password(cls, url: str | None) -> str | None:
        """Secrets come from the environment only."""
        return url if url is None else checked_address(url)

    @model_validator(mode="after")
    def _can_share(self) -> Self:
        for site in self.sites:
            if site.shared and self.redis_url is None:
                raise ValueError(
                    f"站点 {site.name} 设了 shared: true（几个进程合采），"
                    f"须填写 crawler.redis 或设环境变量 {REDIS_VARIABLE}"
                )
            if site.shared and site.render:
                raise ValueError(f"站点 {site.name}：shared（几个进程合采）不能与 render（浏览器绘制）同用")
        return self

    @property
    def redis_url(self) -> str | None:
        """Where the shared frontier is: environment first, then the file. May hold a password: never print it."""
        return os.environ.get(REDIS_VARIABLE) or self.redis

    def site(self, name: str) -> Site:
        """The site called `name`.

        Raises:
            KeyError: there is none.
        """
        return next((site for site in self.sites if site.name == name), None) or _missing(name)

    def limits_of(self, site: Site) -> Limits:
        """The limits that hold for `site`."""
        own = site.limits.model_dump(exclude_unset=True) if site.limits else {}
        return self.limits.model_copy(update=own)

    def politeness_of(self, site: Site) -> Politeness:
        """The politeness that holds for `site`."""
        own = {"delay": site.delay, "concurrency": site.concurrency}
        return self.politeness.model_copy(update={name: value for name, value in own.items() if value is not None})


def _missing(name: str) -> Site:
    raise KeyError(name)
