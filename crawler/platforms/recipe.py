"""A recipe: how the pages of one forum or shop software are shaped. Data, not code.

Each ``crawler/platforms/NAME.yaml`` is one recipe; ``platform: NAME`` in config.yaml uses it; a site's own ``list:``
and ``item:`` keys override it one by one.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.exceptions import RecipeError
from crawler.platforms.selectors import Pattern, Pick, Picks, SelectorText

FOLDER = Path(__file__).parent
DateOrder = Literal["YMD", "MDY", "DMY"]
Order = Literal["replied", "newest", "none"]
WallKind = Literal["login_wall", "captcha", "gone", "soft_404"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListRules(_Shape):
    """Where a list page keeps its rows."""

    rows: Picks = Field(default=(), description="每一条信息所在的块；不写则直接用 link 找链接")
    pinned: Picks = Field(default=(), description="置顶行：照常读取，但不参与“已读到旧信息”的判断")
    link: Picks = Field(default=(), description="条目链接（相对 rows；元素取 href）")
    title: Picks = Field(default=(), description="列表上的标题（默认取链接文字或其 title 属性）")
    price: Picks = Field(default=(), description="列表上的价格，用来发现改价")
    activity: Picks = Field(default=(), description="最后回复、回复数：判断板块自上次以来有无动静")
    next: Picks = Field(default=(), description="下一页链接")
    order: Order = Field(default="none", description="排序：replied 按最后回复，newest 按发布时间，none 不固定")


class ItemRules(_Shape):
    """Where an item page keeps its facts."""

    title: Picks = Field(default=(), description="标题")
    body: Picks = Field(default=(), description="正文（第一个非空的）")
    more: Picks = Field(default=(), description="附加正文，接在正文之后（如规格、分类信息表）")
    price: Picks = Field(default=(), description="价格")
    seller: Picks = Field(default=(), description="卖家/作者")
    contact: Picks = Field(default=(), description="联系方式（正文中的联系方式会自动识别）")
    region: Picks = Field(default=(), description="所在地")
    date: Picks = Field(default=(), description="发布时间")
    images: Picks = Field(default=(), description="图片或包含图片的块")
    attributes: Picks = Field(default=(), description="属性表的行：两格为一组")
    replies: Picks = Field(default=(), description="回复（仅当 replies: true 时读取）")
    remove: Picks = Field(default=(), description="读取前删除的块（防复制噪声、相关推荐等）")


class UrlRules(_Shape):
    """What in an address is identity and what is noise."""

    drop: tuple[str, ...] = Field(default=(), description="从链接中去掉的查询参数（会话号等）")
    add: dict[str, str] = Field(default_factory=dict, description="给起始列表页加上的查询参数")
    key: tuple[Pattern, ...] = Field(default=(), description="正则：第一个非空分组是该站内的信息编号")
    item: Pattern = Field(default=None, description="正则：只有匹配的链接才是条目")
    list: Pattern = Field(default=None, description="正则：匹配的链接是列表页")


class DateRules(_Shape):
    """How the software writes dates where language alone does not tell."""

    order: DateOrder = Field(default="YMD", description="数字日期的顺序")
    timezone: str = Field(default="Asia/Shanghai", description="页面所用时区")


class Wall(_Shape):
    """A notice that stands in place of the content."""

    kind: WallKind
    select: SelectorText = "//body"
    text: str = Field(default="", description="正则：该处文字须含有")


class Mark(_Shape):
    """One sign by which `wangdun site add` recognises the software."""

    select: SelectorText | None = None
    url: Pattern = None
    html: Pattern = None
    weight: int = Field(default=1, ge=1, le=10, description="这一特征的可信程度")


class Recipe(_Shape):
    """One forum or shop software."""

    name: str = ""
    title: str = Field(description="the software's own name and versions")
    kind: Literal["forum", "shop", "page"]
    tried: Literal["run", "facts", "templates"] = Field(
        default="templates",
        description="run: crawled on running software by the tests; facts: written from pages of running installations, "
        "this recipe not yet run against one; templates: written from the software's own templates",
    )
    marks: tuple[Mark, ...] = ()
    urls: UrlRules = UrlRules()
    list: ListRules = ListRules()
    item: ItemRules = ItemRules()
    date: DateRules = DateRules()
    walls: tuple[Wall, ...] = ()
    currency: str | None = Field(default=None, description="ISO 4217, where the page shows a bare number")
    structured: bool = Field(
        default=False, description="read JSON-LD, microdata and OpenGraph where selectors find nothing"
    )
    readable: bool = Field(default=False, description="extract the readable text where selectors find no body")
    discover: bool = Field(default=False, description="find item links and the next page without selectors")

    def overridden(
        self, list_rules: ListRules | None, item_rules: ItemRules | None, drop: tuple[str, ...] = ()
    ) -> Recipe:
        """This recipe with a site's own selectors laid over it, key by key, and more query parameters to `drop`."""
        return self.model_copy(
            update={
                "list": _laid_over(self.list, list_rules),
                "item": _laid_over(self.item, item_rules),
                "urls": self.urls.model_copy(update={"drop": (*self.urls.drop, *drop)}),
            },
        )

    def key_of(self, url: str) -> str | None:
        """The listing's number within its site, read off its address; None when no pattern fits."""
        for pattern in self.urls.key:
            found = re.search(pattern or "", url)
            if found:
                return next((group for group in found.groups() if group), found.group())
        return None


_Rules = TypeVar("_Rules", bound=_Shape)


def _laid_over(base: _Rules, over: _Rules | None) -> _Rules:
    if over is None:
        return base
    return base.model_copy(update={name: getattr(over, name) for name in over.model_fields_set})


def names() -> tuple[str, ...]:
    """Names of all recipes, sorted: the file names in this folder."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def load(name: str) -> Recipe:
    """The recipe called `name`.

    Raises:
        RecipeError: there is none, or its file is wrong.
    """
    path = FOLDER / f"{name}.yaml"
    if name not in names():
        raise RecipeError(f"没有名为 {name!r} 的平台，可用：{'、'.join(names())}")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Recipe.model_validate({**data, "name": name})
    except (yaml.YAMLError, ValidationError, RecipeError, TypeError) as error:
        raise RecipeError(f"{path.name}: {error}") from error


__all__ = ["ItemRules", "ListRules", "Pick", "Recipe", "Wall", "load", "names"]
