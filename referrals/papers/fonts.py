"""Which Chinese typefaces this machine has: official ones first, a free one where they are missing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from referrals.exceptions import Unprintable

if TYPE_CHECKING:
    from collections.abc import Collection

    from typst import Fonts

# names under which the same typeface is installed; the official ones are licensed and never shipped
TEXT = ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "华文仿宋")
TITLE = ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "SimSun", "宋体", "STSong", "华文中宋", "STZhongsong")
HEADING = ("SimHei", "黑体", "STHeiti", "华文黑体", "Noto Sans CJK SC", "Source Han Sans SC", "思源黑体")
OFFICIAL_TITLES = ("FZXiaoBiaoSong-B05S", "方正小标宋简体")  # bold as they are
FREE = ("Noto Serif CJK SC", "Source Han Serif SC", "思源宋体", "Noto Sans CJK SC", "WenQuanYi Zen Hei")
CODES = ("DejaVu Sans Mono",)  # comes with the typesetter


@dataclass(frozen=True, slots=True)
class Typefaces:
    """What a paper is set in, best first."""

    text: tuple[str, ...]
    title: tuple[str, ...]
    remark: str
    """What stands in the paper where an official typeface is missing; empty where none is."""


def choose(installed: Collection[str]) -> Typefaces:
    """The typefaces to use among those installed.

    Raises:
        Unprintable: none of them is Chinese.
    """
    names = {name.casefold(): name for name in installed}

    def present(wanted: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names[name.casefold()] for name in wanted if name.casefold() in names)

    official, title, free = present(TEXT), present(TITLE), present(FREE)
    text = (*official[:1], *free[:1])
    if not text:
        raise Unprintable("本机没有中文字体，无法生成 PDF；请安装 fonts-noto-cjk（Debian）或仿宋字体")
    remark = "" if official else f"本机没有仿宋字体，本文件以 {text[0]} 排版。"
    return Typefaces(text, (*title[:1], *text), remark)


@cache
def loaded() -> Fonts:
    """The typefaces of this machine, read once for all papers: to find them again takes as long as to set a letter."""
    import typst

    return typst.Fonts()


@cache
def of_this_machine() -> Typefaces:
    """Look once. Raises Unprintable."""
    return choose(loaded().families())


@cache
def headings() -> tuple[str, ...]:
    """The typefaces of headings within a text (黑体) on this machine, best first; may be empty."""
    names = {name.casefold(): name for name in loaded().families()}
    return tuple(names[name.casefold()] for name in HEADING if name.casefold() in names)[:1]
