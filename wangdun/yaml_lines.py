"""Reads YAML so that the line of every key is known; refuses what YAML allows but people never mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from wangdun.mistakes import Mistake

Place: TypeAlias = tuple[str | int, ...]
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
MAX_NODES = 200_000  # ten thousand sites of twenty lines; an alias bomb passes it at once
MAX_DEPTH = 40  # the deepest setting lies at seven; libyaml's binding ends the process at some ten thousand
TOO_DEEP = "嵌套太深，不是正常的配置文件"
TOO_MUCH = "内容太多或嵌套太深（引用展开过多？）"
REFUSALS = (TOO_DEEP, TOO_MUCH)  # valid YAML, yet no settings
MERGE_TAG = "tag:yaml.org,2002:merge"


@dataclass(slots=True)
class Document:
    """What a YAML text says, and where."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    """Place of a key or list item -> its line, from 1."""
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Line of the deepest known part of `place`."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(text: str) -> Document:
    """Read one YAML document; what is wrong with it is in `mistakes`."""
    document = Document()
    loader = LOADER(text)
    try:
        _check_depth(text)
        node = loader.get_single_node()
        if node is not None:
            document.data = _Walk(loader, document).value(node, ())
    except yaml.YAMLError as error:
        document.mistakes.append(_syntax_mistake(error, text))
    finally:
        loader.dispose()
    return document


def _check_depth(text: str) -> None:
    """Refuse deep nesting event by event: composing it would overflow the C stack, which no handler can catch."""
    depth = 0
    for event in yaml.parse(text, LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            mark: Any = event.start_mark  # libyaml's marks are of another class than their stubs say
            raise yaml.composer.ComposerError(None, None, TOO_DEEP, mark)


def _syntax_mistake(error: yaml.YAMLError, text: str) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    for number in {line, max(1, line - 1)}:  # libyaml may point to the line after the tab
        if number <= len(lines) and lines[number - 1].lstrip(" ").startswith("\t"):
            return Mistake(number, "", "缩进用了制表符（Tab），YAML 只允许空格")
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    if problem in REFUSALS:
        return Mistake(line, "", problem)
    begun = getattr(error, "context_mark", None)
    since = f"（这一段从第 {begun.line + 1} 行开始）" if begun and begun.line + 1 != line else ""
    return Mistake(line, "", f"不是合法的 YAML：{_in_chinese(problem)}{since}")


_PROBLEMS = {
    "mapping values are not allowed": "此处多了一个冒号，或上一行缩进不对；含冒号的文字请加引号",
    "could not find expected ':'": "缺少冒号（键: 值，冒号后要有空格）",
    "did not find expected key": "缩进不一致，或引号、括号没有配对",
    "did not find expected '-' indicator": "列表缩进不一致",
    "did not find expected ',' or": "方括号或花括号没有配对，或缺少逗号",
    "found unexpected end of stream": "引号没有配对",
    "found character that cannot start any token": "行首字符不能这样用（@ ` % 等），请给文字加引号",
    "undefined alias": "引用（*名字）没有对应的 &名字",
    "found another document": "文件里有多个 YAML 文档（---），只能有一个",
    "control characters are not allowed": "含有控制字符",
    "special characters are not allowed": "含有控制字符",
    "found undefined tag": "不支持 YAML 标签（!xx）",
    "invalid Unicode character escape code": "引号里的 \\u 写法不是有效的字符",
}


def _in_chinese(problem: str) -> str:
    return next((text for start, text in _PROBLEMS.items() if start in problem), problem)


class _Walk:
    """Turns nodes into plain values, noting lines and refusing traps."""

    def __init__(self, loader: Any, document: Document) -> None:
        self.loader = loader
        self.document = document
        self.nodes = 0

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.nodes += 1
        self.document.lines.setdefault(place, node.start_mark.line + 1)
        if self.nodes > MAX_NODES or len(place) > MAX_DEPTH:
            raise yaml.constructor.ConstructorError(None, None, TOO_MUCH, node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            problem = _key_problem(key_node, result)
            if problem:
                self._note(line, place, problem)
                continue
            self.document.lines[*place, key_node.value] = line
            result[key_node.value] = self.value(value_node, (*place, key_node.value))
        return result

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        try:
            return self.loader.construct_object(node)
        except (ValueError, OverflowError, yaml.YAMLError):  # 2026-13-45 looks like a date and is none
            self._note(node.start_mark.line + 1, place, f"值无法识别：{str(node.value)[:40]!r}")
            return None

    def _note(self, line: int, place: Place, problem: str) -> None:
        self.document.mistakes.append(Mistake.at(line, place, problem))


def _key_problem(node: yaml.Node, known: dict[str, Any]) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        return "键必须是文字"
    if node.tag == MERGE_TAG:
        return "不支持 << 合并，请逐项写出"
    if node.value in known:
        return f"键重复：{node.value}（后一个会盖住前一个，请合并）"
    return None
