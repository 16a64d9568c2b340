"""Rules: which pages of a site a browser draws, and what it does before they are read. The ``render:`` key of a site."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from cssselect import SelectorError
from parsel.csstranslator import HTMLTranslator
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crawler.exceptions import RecipeError

Way = Literal["browser", "http"]
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _checked_css(selector: str) -> str:
    if "::" in selector:
        raise RecipeError(f"这里须是元素的 CSS 选择器，不能取文字或属性：{selector!r}")
    try:
        HTMLTranslator().css_to_xpath(selector)
    except SelectorError as error:
        raise RecipeError(f"选择器无法识别：{selector!r}（{error}）；这里只能用 CSS") from error
    return selector


Css = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_checked_css)]


class Drawing(_Shape):
    """How one kind of pages is fetched, and what is done with a drawn page before it is read."""

    by: Way = Field(default="browser", description="browser 用浏览器打开，http 直接读取")
    wait: Css | None = Field(default=None, description="等到出现这个元素（CSS）再读；不写则等网页安静下来")
    scroll: int = Field(default=0, ge=0, le=500, description="向下滚动，直到不再出现新内容，最多多少次")
    more: Css | None = Field(default=None, description="“加载更多”按钮（CSS）：点到不再出现新内容为止")
    clicks: int = Field(default=20, ge=1, le=500, description="“加载更多”最多点多少次")


def _as_drawing(value: Any) -> Any:
    return {"by": value} if isinstance(value, str) else value


def _checked_host(name: str) -> str:
    host = name.strip().lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise RecipeError(f"应为主机名（如 static.example.cn，不带 http:// 和路径）：{name!r}")
    return host


class Render(_Shape):
    """What a browser draws of one site."""

    lists: Annotated[Drawing, BeforeValidator(_as_drawing)] = Field(
        default=Drawing(by="http"), description="列表页：browser、http，或 {wait, scroll, more, clicks}"
    )
    items: Annotated[Drawing, BeforeValidator(_as_drawing)] = Field(
        default=Drawing(by="http"), description="信息页：同 lists"
    )
    allow: tuple[Annotated[str, AfterValidator(_checked_host)], ...] = Field(
        default=(), max_length=20, description="除本站外还可以从哪些主机取脚本（如 static.example.cn）"
    )

    @model_validator(mode="after")
    def _draws_something(self) -> Self:
        if self.lists.by == self.items.by == "http":
            raise ValueError("lists、items 都是 http：不需要 render，请删去")
        return self


def read_render(value: Any) -> Any:
    """``browser`` stands for both kinds of pages, ``http`` for none; anything else is left for pydantic to judge."""
    if value == "browser":
        return {"lists": "browser", "items": "browser"}
    if value == "http":
        return None
    if isinstance(value, str):
        raise ValueError("render 应写成 browser，或 {lists: browser, items: http}")  # noqa: TRY004 -- pydantic's own
    return value


class Browsing(_Shape):
    """The browser that draws pages, and what it may take."""

    program: Path | None = Field(default=None, description="Chromium 程序的路径；不写则自动查找")
    pages: int = Field(default=2, ge=1, le=8, description="一次运行同时打开的网页数上限")
    seconds: float = Field(default=45, ge=5, le=600, description="一个网页的时限（秒），包括滚动和点击")
    megabytes: int = Field(
        default=1536,  # an ordinary page takes 300 and a shop full of scripts 700, as in captures
        ge=300,
        le=16384,
        description="浏览器占用内存的上限（MB）：超过即终止，重新启动",
    )
    requests: int = Field(default=300, ge=1, le=5000, description="一个网页自己最多发出多少个请求")
    traffic: int = Field(default=32, ge=1, le=1024, description="一个网页最多下载多少 MB")
