"""Reads lexicon files: YAML in, typed packs out, every mistake named with its file, line and nearest valid key."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from keywords.exceptions import LexiconError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
REASONS = {
    "missing": "缺少必填项",
    "literal_error": "取值不在允许范围",
    "string_type": "应为文字",
    "tuple_type": "应为列表",
    "bool_type": "应为 true 或 false",
}


def read_pack(path: Path, model: type[Model]) -> Model:
    """Return the file as `model`.

    Raises:
        LexiconError: the file is not readable, not YAML, or says something the model does not know.
    """
    try:
        source = path.read_text(encoding="utf-8")
        data = yaml.load(source, Loader=Loader)  # noqa: S506 - a safe loader, chosen above
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"词库文件 {path} 无法读取：{error}") from error
    except yaml.YAMLError as error:
        raise LexiconError(f"词库文件 {path}{_yaml_place(error)} 不是合法的 YAML：{error}") from error
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise LexiconError(_explain(path, source, error, model)) from error


def _yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" 第 {mark.line + 1} 行" if mark else ""


def _explain(path: Path, source: str, error: ValidationError, model: type[BaseModel]) -> str:
    root = yaml.compose(source, Loader=Loader)
    lines = []
    for detail in error.errors()[:5]:  # five mistakes are enough to act on
        where = ".".join(str(part) for part in detail["loc"])
        lines.append(f"词库文件 {path} 第 {_line(root, detail['loc'])} 行：{where} {_reason(detail, model)}")
    return "\n".join(lines)


def _reason(detail: ErrorDetails, model: type[BaseModel]) -> str:
    if detail["type"] != "extra_forbidden":
        return REASONS.get(detail["type"], "") or f"不合要求（{detail['msg']}）"
    near = difflib.get_close_matches(str(detail["loc"][-1]), _known_keys(model), n=1, cutoff=0.5)
    return "不是已知的键" + (f"，是否应为“{near[0]}”" if near else "")


def _known_keys(model: type[BaseModel]) -> list[str]:
    """Return the keys of a model and of all models below it."""
    keys: list[str] = []
    for schema in [model.model_json_schema(), *model.model_json_schema().get("$defs", {}).values()]:
        keys.extend(schema.get("properties", {}))
    return keys


def _line(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """Return the 1-based line of the deepest node that `place` leads to."""
    line = 1
    for step in place:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node | None, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    return None
