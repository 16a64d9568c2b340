"""What the codes of the other packages are called on screen."""

from __future__ import annotations

import errno

from console.codes import CATEGORIES, DEPARTMENTS
from storage.words import CHANNELS, CONTACTS, INTENTS, VERDICTS

NOTICE = "网络监测线索，供核查"
"""Stands on everything that leaves the house: what the crawler finds is a lead, no official record."""

RUN_STATUS = {
    "running": "进行中",
    "complete": "完成",
    "partial": "部分完成",
    "failed": "异常",
    "interrupted": "已中断",
    "killed": "被终止",
}
PAGE_STATES = {
    "": "尚未复查",
    "online": "在线",
    "changed": "有改动",
    "sold": "已售",
    "gone": "已下架",
    "relisted": "重新上架",
}
VISITS = {
    "unchanged": "未变",
    "changed": "有改动",
    "sold": "已售",
    "gone": "已下架",
    "relisted": "重新上架",
    "unreachable": "未能访问",
}
LEVELS = {"ok": "正常", "warning": "注意", "error": "错误"}


def said(words: dict[str, str], code: str) -> str:
    """The Chinese of a code; itself where none is known, so that a newer package still shows."""
    return words.get(code, code)


REASONS = {
    errno.ENOENT: "文件或文件夹不存在",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EEXIST: "已有同名文件或文件夹",
    errno.ENOTEMPTY: "文件夹不是空的",
    errno.EBUSY: "正被别的程序使用",
    errno.ELOOP: "符号链接太多",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.EFBIG: "文件太大，磁盘或系统的限制不允许",
    errno.EROFS: "磁盘是只读的",
    errno.ENAMETOOLONG: "文件名太长",
    errno.EMFILE: "打开的文件太多",
    errno.EIO: "磁盘读写出错",
}


def why(error: OSError) -> str:
    """What the operating system refused, in Chinese."""
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


__all__ = [
    "CATEGORIES",
    "CHANNELS",
    "CONTACTS",
    "DEPARTMENTS",
    "INTENTS",
    "LEVELS",
    "NOTICE",
    "PAGE_STATES",
    "REASONS",
    "RUN_STATUS",
    "VERDICTS",
    "VISITS",
    "said",
    "why",
]
