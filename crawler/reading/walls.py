"""Walls: what stands in place of the content: a log-in wall, a captcha, a "no such thread" notice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.fields.text import block_text, line_text
from crawler.platforms.selectors import compile_selector

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.platforms.recipe import Recipe, WallKind
    from crawler.reading.page import Page

SHORT = 1500  # characters of visible text: a notice page, with its navigation and footer, holds less than a real page
BARE = 300  # characters: a log-in form and little else; forums have one in the head of every page
_CAPTCHA_MARKS = re.compile(
    r"(?:geetest|cf-challenge|challenge-platform|g-recaptcha|h-captcha|TencentCaptcha|nc_1_wrapper|_waf_|aliyun_waf)",
    re.IGNORECASE,
)
_CAPTCHA = re.compile(
    r"(?:安全验证|滑动验证|拖动滑块|请(?:先)?完成验证|人机验证|请输入验证码|访问过于频繁|验证后继续|Just a moment|Checking your browser)"
)
_LOGIN = re.compile(
    r"(?:(?:您|你)?(?:需要|必须|请)(?:先)?登[录陆]|登[录陆](?:之)?后(?:才能|方可|可以)?(?:继续|查看|浏览|访问)|尚未登[录陆]|没有权限(?:访问|查看)?|无权(?:访问|查看)|"
    r"抱歉，您所在的用户组|仅限会员|log ?in to (?:view|continue)|must be logged in|sign in to continue)",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"(?:(?:主题|帖子|信息|商品|内容|页面|宝贝|文章|该?产品|记录|topic|post|thread|page)[^。\n]{0,20}"
    r"(?:不存在|已被?删除|已下架|已失效|被删除|已过期|没有找到|找不到|not (?:be )?found|does not exist|no longer available)|"
    r"(?:抱歉|对不起)，(?:您访问的|你访问的|此)[^。\n]{0,20}(?:不存在|删除|关闭))",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(r"登[录陆]|log-?in|logging|sign-?in|passport", re.IGNORECASE)
_CHINESE: dict[WallKind, str] = {
    "login_wall": "需要登录才能查看",
    "captcha": "出现验证码或安全验证",
    "gone": "信息已不存在或被删除",
    "soft_404": "页面不存在（状态码仍为 200）",
}


@dataclass(frozen=True, slots=True)
class Wall:
    """A notice found where content was expected."""

    kind: WallKind
    reason: str
    """Chinese, with the notice's own words."""


def diagnose(page: Page, recipe: Recipe, *, missing_is: WallKind = "gone") -> Wall | None:
    """Why a page shows no content; None when it is no known notice.

    Ask only of pages on which the expected content was not found: an ordinary page may well talk of logging in.
    """
    for wall in recipe.walls:
        for element in _found(wall.select, page.root):
            text = line_text(element)
            if re.search(wall.text, text):
                return _wall(wall.kind, text)
    return _general(page, missing_is)


def is_short(page: Page) -> bool:
    """The page holds no more visible text than a notice does."""
    return len(_visible(page)) <= SHORT


def _general(page: Page, missing_is: WallKind) -> Wall | None:
    text = _visible(page)[: SHORT * 2]
    if _CAPTCHA_MARKS.search(page.text[:200_000]) or _CAPTCHA.search(text):  # scripts of a challenge stand early
        return _wall("captcha", text)
    said = _notice(text, _GONE)
    if said:
        return _wall(missing_is, said)
    said = _notice(text, _LOGIN)
    if said or (_asks_password(page.root) and (len(text) <= BARE or _SIGN_IN.search(f"{page.title} {page.url}"))):
        return _wall("login_wall", said or page.title)
    return None


def _notice(text: str, words: re.Pattern[str]) -> str:
    return next((line for line in text.splitlines() if words.search(line)), "")


def _asks_password(root: HtmlElement) -> bool:
    return any((element.get("type") or "").lower() == "password" for element in root.iter("input"))


def _visible(page: Page) -> str:
    body = page.root.find("body")
    return block_text(body if body is not None else page.root)


def _found(selector: str, root: HtmlElement) -> list[HtmlElement]:
    result = compile_selector(selector)(root)
    return [node for node in result if not isinstance(node, str)] if isinstance(result, list) else []


def _wall(kind: WallKind, said: str) -> Wall:
    return Wall(kind, f"{_CHINESE[kind]}：{line_text(said)[:120]}")
