"""Reads YAML so that every key's line is known; what YAML allows but nobody means is a mistake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

Place: TypeAlias = tuple[str | int, ...]
LARGEST = 262_144  # bytes: a table of a thousand rules; more is some other file
DEEPEST = 12  # the deepest setting lies at five; deep nesting would overflow the composer's stack


@dataclass(slots=True)
class Placed:
    """What a text says, where, and what is wrong with its form."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    """Place of a key or list item -> its line, from 1."""
    mistakes: list[tuple[int, str]] = field(default_factory=list)
    """(line, Chinese sentence)."""

    def line(self, place: Place) -> int:
        """Line of the deepest known part of `place`."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(content: bytes) -> Placed:
    """Read one document."""
    placed = Placed()
    if len(content) > LARGEST:
        placed.mistakes.append((1, f"文件超过 {LARGEST // 1024} KB，不像分工规则"))
        return placed
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        placed.mistakes.append((content.count(b"\n", 0, error.start) + 1, "不是 UTF-8 编码的文本，请另存为 UTF-8"))
        return placed
    try:
        _check_form(text)
        node = yaml.compose(text, yaml.SafeLoader)
        if node is not None:
            placed.data = _value(node, (), placed)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        placed.mistakes.append((mark.line + 1 if mark else 1, _said(error)))
    return placed


class _Refused(yaml.YAMLError):
    """Valid YAML, but no table."""

    def __init__(self, said: str, mark: Any) -> None:
        self.said, self.problem_mark = said, mark
        super().__init__(said)


def _check_form(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _Refused("嵌套太深，不是正常的规则文件", event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise _Refused("不支持引用（*名字），请逐项写出", event.start_mark)


def _said(error: yaml.YAMLError) -> str:
    if isinstance(error, _Refused):
        return error.said
    return "不是合法的 YAML（请检查缩进、冒号后的空格、引号和括号；只用空格，不用制表符）"


def _value(node: yaml.Node, place: Place, placed: Placed) -> Any:
    line = node.start_mark.line + 1
    placed.lines.setdefault(place, line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, placed)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*place, number), placed) for number, child in enumerate(node.value)]
    return _scalar(node, line, placed)


def _mapping(node: yaml.MappingNode, place: Place, placed: Placed) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            placed.mistakes.append((line, "键必须是文字"))
        elif key.value in result:
            placed.mistakes.append((line, f"键重复：{key.value}"))
        else:
            placed.lines[*place, key.value] = line
            result[key.value] = _value(value, (*place, key.value), placed)
    return result


def _scalar(node: yaml.Node, line: int, placed: Placed) -> Any:
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, OverflowError, yaml.YAMLError):  # 2026-13-45 looks like a date and is none
        placed.mistakes.append((line, f"值无法识别：{str(node.value)[:40]!r}"))
        return None
