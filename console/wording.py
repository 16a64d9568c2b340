"""Stored facts in the words of people: what the audit log's details mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from console.access import ACTIONS, ROLE_NAMES
from console.codes import DECISIONS, DEPARTMENTS, SOURCES, WORDS
from storage.words import PERMITS, STATUSES, VERDICTS

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
    "decision": "决定编号",
    "undoes": "撤销的决定编号",
    "decisions": "决定数",
    "status": "现状",
    "reason": "理由",
    "decided": "已处理条数",
    "skipped": "未处理条数",
    "kind": "类型",
    "source": "来源",
    "sample": "样本编号",
    "drawn": "抽取条数",
    "verdict": "判断",
    "due_at": "期限",
    "paper": "证件",
    "outcome": "核实结果",
    "label": "名称",
    "position": "次序",
    "retired": "停用",
    "active": "启用",
    "capture": "固证编号",
    "file": "文件",
    "files": "文件",
    "ok": "核验通过",
    "sha256": "SHA-256",
    "form": "格式",
    "report": "报告",
    "from": "自",
    "to": "至",
    "until": "截止",
    "term": "词",
    "operation": "操作",
    "facts": "填写内容",
    "referral": "移送编号",
    "number": "文号",
    "series": "序号",
    "step": "步骤编号",
    "lead": "线索",
    "leads": "线索",
    "department": "承办部门",
    "alone": "一人办理",
    "reference": "来文编号",
    "expected": "预计日期",
    "result": "结果",
    "note": "备注",
    "title": "标题",
    "case_number": "案号",
    "rows": "行数",
    "ids": "编号",
    "supersedes": "所更正的编号",
    "stages": "阶段数",
    "units": "单位数",
    "dues": "报送事项数",
    "due": "报送事项",
    "column": "栏目",
    "value": "数值",
    "event": "事件",
    "target": "接收系统",
    "bulk": "批量编号",
    "source_number": "来源编号",
    "undone": "撤销的步骤",
    "again": "再次移送的说明",
    "masked": "已隐去联系方式",
    "approved": "已批准",
    "electronic": "电子版",
    "zero": "零报告",
    "withdrawn": "撤销登记",
    "received_on": "收到日期",
}
"""Names of facts in the audit log -> what people read; others are shown as they are."""
_WHETHER: Final[dict[str, str]] = {"paper": "纸质版"}
"""Names that mean something else where the fact is a yes or no."""
_VALUES: Final[dict[str, str]] = {str(role): name for role, name in ROLE_NAMES.items()} | ACTIONS
_MEANT: Final[dict[str, Mapping[str, str]]] = {
    "status": {**WORDS["referral"], **STATUSES},
    "before": STATUSES,
    "kind": {**WORDS["step"], **DECISIONS},
    "undone": WORDS["step"],
    "verdict": {
        **VERDICTS,
        "violation": "违法",
        "harmless": "不违法",
        "unsure": "不确定",
        "plain": "非暗语",
        "open": "候选词",
    },
    "source": SOURCES,
    "outcome": PERMITS,
    "department": {**WORDS["receiver"], **DEPARTMENTS},
    "operation": {"add": "新增", "change": "修改", "disable": "停用", "remove": "删除"},
}
"""Name of a fact -> what its codes mean: the same code means other things elsewhere."""


def detail_text(detail: Mapping[str, Any], reasons: Mapping[str, str] | None = None) -> str:
    """``角色：审核员、系统管理员；…``; `reasons`: code -> label. Hostile values stay hostile: the template escapes them."""
    meant = {**_MEANT, "reason": reasons or {}}
    return "；".join(f"{_label(name, value)}：{_value(value, meant.get(name, {}))}" for name, value in detail.items())


def _label(name: str, value: Any) -> str:
    usual = DETAILS.get(name, name)
    return _WHETHER.get(name, usual) if isinstance(value, bool) else usual


def _value(value: Any, meant: Mapping[str, str]) -> str:
    if isinstance(value, list | tuple):
        return "、".join(_value(one, meant) for one in value) or "无"
    if isinstance(value, dict):
        return "，".join(f"{_label(name, one)} {_value(one, {})}" for name, one in value.items())
    if isinstance(value, bool) or value is None:
        return "无" if value is None else "是" if value else "否"
    return meant.get(value) or _VALUES.get(value, value) if isinstance(value, str) else str(value)
