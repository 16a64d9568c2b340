"""Reads lexicon files: YAML in, typed packs out, every mistake named with its file, line and nearest valid key.

Packs come from other offices: size, depth, aliases and control characters are looked at before anything is built.
"""

from __future__ import annotations

import difflib
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from keywords.exceptions import LexiconError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
MAX_BYTES = 4 << 20  # ten times the longest list shipped
MAX_DEPTH = 20  # the deepest value lies at six; libyaml's binding ends the process at some ten thousand
SHOWN_MISTAKES = 5  # are enough to act on
SHOWN_HOMES = 2  # of a key: the outermost ones, which people mean
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
REASONS = {
    "missing": "缺少必填项",
    "literal_error": "取值不在允许范围，只能是 {expected}",
    "string_type": "应为文字（数字、是否、日期请加引号）",
    "string_too_short": "不能为空",
    "string_unicode": "含有不成对的代理字符",
    "tuple_type": "应为列表",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_short": "不能为空",
    "model_type": "应为一组设置（键: 值）",
    "model_attributes_type": "应为一组设置（键: 值）",
    "dict_type": "应为一组设置（键: 值）",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file, read but not yet understood."""

    path: Path
    data: Any
    root: yaml.Node | None

    def line(self, *place: int | str) -> int:
        """Return the 1-based line of the deepest node that `place` leads to."""
        line, node = 1, self.root
        for step in place:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def error(self, message: str, *place: int | str) -> LexiconError:
        """Return the error that says what is wrong at `place`."""
        return LexiconError(f"词库文件 {self.path} 第 {self.line(*place)} 行：{message}")


def read_pack(path: Path, model: type[Model]) -> Model:
    """Return the file as `model`.

    Raises:
        LexiconError: the file is not readable, not YAML, or says something the model does not know.
    """
    return understand(read_document(path), model)


def understand(document: Document, model: type[Model]) -> Model:
    """Return the document as `model`.

    Raises:
        LexiconError: it says something the model does not know.
    """
    try:
        return model.model_validate(document.data if document.data is not None else {})
    except ValidationError as error:
        raise LexiconError(_explain(document, error, model)) from error


def read_document(path: Path) -> Document:
    """Return the file as plain values with their lines.

    Raises:
        LexiconError: the file is not readable, too large, not YAML, or YAML of a kind that nobody writes by hand.
    """
    text = _read_text(path)
    loader = Loader(text)
    try:
        _check_shape(text, path)
        root = loader.get_single_node()
        _check_keys(root, path)
        data = loader.construct_document(root) if root is not None else None
    except yaml.YAMLError as error:
        raise LexiconError(f"词库文件 {path}{_yaml_place(error)} 不是合法的 YAML：{_problem(error)}") from error
    except (ValueError, OverflowError) as error:  # 2026-13-45 looks like a date and is none
        raise LexiconError(f"词库文件 {path} 中有无法识别的数字或日期，请加引号：{error}") from error
    finally:
        loader.dispose()
    return Document(path, data, root)


def _read_text(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise LexiconError(f"词库文件 {path} 无法读取：不是普通文件")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise LexiconError(f"词库文件 {path} 无法读取：文件不存在") from error
    except OSError as error:
        raise LexiconError(f"词库文件 {path} 无法读取：{error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise LexiconError(f"词库文件名无法使用：{str(path)[:100]!r}") from error
    if len(raw) > MAX_BYTES:
        raise LexiconError(f"词库文件 {path} 太大，超过 {MAX_BYTES >> 20} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LexiconError(f"词库文件 {path} 第 {line} 行：不是 UTF-8 编码，请另存为 UTF-8") from error


def _check_shape(text: str, path: Path) -> None:
    """Refuse what would take the parser's stack or memory, event by event."""
    depth = 0
    for event in yaml.parse(text, Loader):
        problem = ""
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            problem = "嵌套太深，不是正常的词库" if depth > MAX_DEPTH else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            problem = "不支持引用（*名字），请逐项写出"
        elif isinstance(event, yaml.ScalarEvent) and CONTROL.search(event.value):
            problem = "含有控制字符"
        if problem:
            mark: Any = event.start_mark
            raise LexiconError(f"词库文件 {path} 第 {mark.line + 1} 行：{problem}")


def _check_keys(root: yaml.Node | None, path: Path) -> None:
    """Refuse keys that are no text or written twice: YAML would let the last one win."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if not isinstance(node, yaml.MappingNode):
            continue
        seen = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise LexiconError(f"词库文件 {path} 第 {line} 行：键必须是文字")
            if key.value in seen:
                raise LexiconError(f"词库文件 {path} 第 {line} 行：键“{key.value[:40]}”重复，请合并")
            seen.add(key.value)
            waiting.append(value)


def _yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" 第 {mark.line + 1} 行" if mark else ""


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or str(error).split("\n", 1)[0])


def _explain(document: Document, error: ValidationError, model: type[BaseModel]) -> str:
    lines = []
    for detail in error.errors()[:SHOWN_MISTAKES]:
        where = ".".join(str(part) for part in detail["loc"])
        place = f"词库文件 {document.path} 第 {document.line(*detail['loc'])} 行"
        lines.append(f"{place}：{where} {_reason(detail, model)}")
    return "\n".join(lines)


def _reason(detail: ErrorDetails, model: type[BaseModel]) -> str:
    if detail["type"] != "extra_forbidden":
        context = {name: str(value).replace(" or ", "、") for name, value in detail.get("ctx", {}).items()}
        return REASONS.get(detail["type"], "").format_map(context) or f"不合要求（{detail['msg']}）"
    return _unknown_key(detail["loc"], model)


def _unknown_key(place: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Say which key of the same place was probably meant, and where a key that is right elsewhere belongs."""
    key = str(place[-1])[:40]
    here = [name for one in _models_at(model, place[:-1]) for name in one.model_fields]
    near = difflib.get_close_matches(key, here, n=1, cutoff=0.5)
    homes = sorted(_homes(model, key), key=lambda home: home.count("."))[:SHOWN_HOMES]
    said = [f"是否应为“{near[0]}”"] if near else []
    said += [f"“{key}”写在" + "或".join(f" {home} 下" if home else "最外层" for home in homes)] if homes else []
    return "，".join(["不是这里的键" if homes else "不是已知的键", *said])


def _models_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[type[BaseModel]]:
    """Return the models that hold the keys at `place`; positions in lists and names that people choose lead nowhere."""
    found = [model]
    for step in place:
        fields = [one.model_fields[str(step)] for one in found if str(step) in one.model_fields]
        found = [below for field in fields for below in _models_in(field.annotation)] or found
    return found


def _homes(model: type[BaseModel], key: str, path: str = "") -> Iterator[str]:
    """Yield where `key` may be written: ``pack``, ``entries.scope``; empty for the outermost level."""
    if key in model.model_fields:
        yield path
    for name, field in model.model_fields.items():
        for below in _models_in(field.annotation):
            yield from _homes(below, key, f"{path}.{name}" if path else name)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _child(node: yaml.Node | None, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    return None
