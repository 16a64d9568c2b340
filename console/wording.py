"""Stored facts in the words of people: what the audit log's details mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from console.access import ACTIONS, ROLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

DETAILS: Final[dict[str, str]] = {
    "name": "名称",
    "roles": "角色",
    "scopes": "权限",
    "before": "原为",
    "after": "改为",
    "display_name": "姓名",
    "unit": "单位",
    "certificate": "执法证号",
    "ended": "退出登录数",
    "tried": "所用功能",
}
"""Names of facts in the audit log -> what people read; others are shown as they are."""
_VALUES: Final[dict[str, str]] = {str(role): name for role, name in ROLE_NAMES.items()} | ACTIONS


def detail_text(detail: Mapping[str, Any]) -> str:
    """``角色：审核员、系统管理员；…``. Hostile values stay hostile: the template escapes them."""
    return "；".join(f"{DETAILS.get(name, name)}：{_value(value)}" for name, value in detail.items())


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "、".join(_value(one) for one in value) or "无"
    if isinstance(value, bool) or value is None:
        return "无" if value is None else "是" if value else "否"
    return _VALUES.get(value, value) if isinstance(value, str) else str(value)
