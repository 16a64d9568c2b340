"""Rules: where the facts of a list and of an offer stand in a site's JSON. The ``json:`` key of a site."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crawler.exceptions import RecipeError
from crawler.platforms.recipe import Order
from crawler.platforms.selectors import Pattern
from crawler.reading.json_document import is_name
from crawler.reading.json_paths import PathText, Template, places_of

Unit = Literal["元", "角", "分"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JsonPick(_Shape):
    """One place where a value may stand."""

    path: PathText = Field(description="JSON 路径，如 data.title、images[*].url")
    match: Pattern = Field(default=None, description="正则表达式：只取匹配部分（有分组时取第一个分组）")


def _as_picks(value: Any) -> Any:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple({"path": one} if isinstance(one, str) else one for one in values)


JsonPicks = Annotated[tuple[JsonPick, ...], BeforeValidator(_as_picks)]
"""One path or several: the first that leads to something wins."""


def _checked_source(name: str) -> str:
    if not is_name(name):
        raise RecipeError(f"应写成 #标签的id 或变量名（如 window.__INITIAL_STATE__）：{name!r}")
    return name


Source = Annotated[str, AfterValidator(_checked_source)]


def _only_key(template: str) -> str:
    if set(places_of(template)) - {"key"}:
        raise RecipeError(f"json.item.url 里只能用 {{key}}（信息编号）：{template!r}")
    return template


def _checked_parameter(name: str) -> str:
    if not re.fullmatch(r"[\w.\-\[\]]{1,60}", name, re.ASCII):
        raise RecipeError(f"查询参数的名称无法识别：{name!r}")
    return name


Parameter = Annotated[str, AfterValidator(_checked_parameter)]


class JsonNext(_Shape):
    """How a list goes on."""

    address: PathText | None = Field(default=None, description="下一页网址所在的路径")
    cursor: PathText | None = Field(default=None, description="下一页游标所在的路径，与 parameter 合用")
    parameter: Parameter | None = Field(default=None, description="写入游标的查询参数")
    page: Parameter | None = Field(default=None, description="表示页号的查询参数，每页加 1")
    first: int = Field(default=1, ge=0, le=1, description="第一页的页号（网址里没写页号时）：0 或 1")
    offset: Parameter | None = Field(default=None, description="表示起点的查询参数，每页加上本页条数")
    more: PathText | None = Field(default=None, description="是否还有下一页（true/false）所在的路径")
    pages: PathText | None = Field(default=None, description="总页数所在的路径，与 page 合用")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in ("address", "cursor", "page", "offset") if getattr(self, name)]
        if len(ways) != 1:
            raise ValueError("address、cursor、page、offset 须写一个，且只能写一个")
        if (self.cursor is None) != (self.parameter is None):
            raise ValueError("cursor 与 parameter 须一起写")
        return self


class JsonList(_Shape):
    """Where a list in JSON keeps its rows."""

    source: Source | None = Field(
        default=None, description="网页里的 JSON：#标签的id（如 #__NEXT_DATA__）或变量名；不写则整个答复就是 JSON"
    )
    rows: PathText = Field(description="各条信息所在的路径，如 data.list[*]")
    key: JsonPicks = Field(default=(), description="信息编号（相对 rows）；不写则由 url 得出")
    url: Template = Field(description="信息页网址，{} 里是路径（相对 rows），如 /item/{id}")
    title: JsonPicks = Field(default=(), description="标题（相对 rows，下同）")
    price: JsonPicks = Field(default=(), description="价格，用来发现改价")
    unit: Unit | None = Field(default=None, description="价格数字的单位：元、角、分")
    activity: JsonPicks = Field(default=(), description="最后回复、回复数等：判断有无动静")
    pinned: PathText | None = Field(default=None, description="是否置顶（true/false）")
    order: Order | None = Field(default=None, description="排序：replied 按最后回复，newest 按发布时间，none 不固定")
    next: JsonNext | None = Field(default=None, description="怎样翻页；不写则只有一页")
    total: PathText | None = Field(default=None, description="总条数所在的路径（从整个 JSON 起）：读够即止")


class JsonGone(_Shape):
    """How an answer says that an offer is no longer there."""

    path: PathText = Field(description="说明文字或代码所在的路径，如 msg、code")
    match: str = Field(min_length=1, max_length=500, description="正则表达式：整个符合时表示信息已不存在")

    @model_validator(mode="after")
    def _readable(self) -> Self:
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"正则表达式无法识别：{self.match!r}（{error}）") from error
        return self


class JsonItem(_Shape):
    """Where an offer in JSON keeps its facts."""

    url: Annotated[Template, AfterValidator(_only_key)] | None = Field(
        default=None, description="一条信息的 JSON 地址，如 /api/item/{key}；不写则读信息页本身"
    )
    key: Pattern = Field(
        default=None, description="正则：从信息页网址取 url 里的 {key}（有分组时取第一个分组）；列表不是 JSON 时用"
    )
    source: Source | None = Field(default=None, description="网页里的 JSON，同 list.source；不写则整个答复就是 JSON")
    root: PathText = Field(default=".", description="信息所在的路径，其余各项由此起，如 data.goods")
    title: JsonPicks = Field(default=(), description="标题")
    body: JsonPicks = Field(default=(), description="正文（第一个非空的；可以是 HTML）")
    more: JsonPicks = Field(default=(), description="附加正文，接在正文之后")
    price: JsonPicks = Field(default=(), description="价格")
    unit: Unit | None = Field(default=None, description="价格数字的单位：元、角、分")
    seller: JsonPicks = Field(default=(), description="卖家/作者")
    contact: JsonPicks = Field(default=(), description="联系方式（正文中的会自动识别）")
    region: JsonPicks = Field(default=(), description="所在地")
    date: JsonPicks = Field(default=(), description="发布时间：文字，或 1970 年以来的秒数、毫秒数")
    images: JsonPicks = Field(default=(), description="图片网址；不写则取正文里的图片")
    attributes: JsonPicks = Field(default=(), description="属性：名称与值的列表或对象")
    replies: JsonPicks = Field(default=(), description="回复（仅当 replies: true 时读取）")
    gone: JsonGone | None = Field(default=None, description="怎样知道信息已不存在（状态码 404、410 以外）")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.title and not self.body:
            raise ValueError("title、body 至少写一个")
        return self


class JsonRules(_Shape):
    """What of a site is read from JSON."""

    list: JsonList | None = Field(default=None, description="列表")
    item: JsonItem | None = Field(default=None, description="信息")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Templates of addresses, as written."""
        made = (self.list.url if self.list else None, self.item.url if self.item else None)
        return tuple(one for one in made if one)
