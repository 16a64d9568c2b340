"""One mistake in the configuration, as people read it: file, line, key, what is wrong, what was probably meant."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from wangdun.output import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from wangdun.yaml_lines import Place

SHOWN_VALUE = 40  # characters of a wrong value that are repeated back
CLOSE = 0.6  # difflib's own default: below it suggestions are noise
CLOSE_SHORT = 0.5  # one wrong character of two, as in Chinese names


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in config.yaml."""

    line: int
    """From 1; 0 when the whole file is meant."""
    key: str
    """Key path, e.g. ``crawler.sites[2].every``; empty when the whole file is meant."""
    message: str

    @classmethod
    def at(cls, line: int, place: Place, message: str) -> Mistake:
        """Name the place as a key path."""
        return cls(line, key_path(place), message)

    def shown(self, path: Path) -> str:
        """``config.yaml:17  crawler.sites[2].evry：没有这个设置``."""
        place = f"{path}:{self.line}  " if self.line else f"{path}  "
        return plain(place + (f"{self.key}：" if self.key else "") + self.message)


def key_path(place: Place) -> str:
    """``("crawler", "sites", 2)`` → ``crawler.sites[2]``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")


REASONS = {
    "missing": "缺少必填项",
    "string_type": "应为文字（数字、是否、日期请加引号）",
    "string_pattern_mismatch": "格式不对",
    "string_too_short": "不能为空",
    "string_too_long": "太长，最多 {max_length} 个字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字太大",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected} 之一",
    "enum": "只能是 {expected} 之一",
    "tuple_type": "应为列表",
    "list_type": "应为列表",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "model_type": "应为一组设置（键: 值）",
    "model_attributes_type": "应为一组设置（键: 值）",
    "dict_type": "应为一组设置（键: 值）",
    "date_type": "应为日期，如 2026-11-01",
    "date_parsing": "应为日期，如 2026-11-01",
    "date_from_datetime_parsing": "应为日期，如 2026-11-01",
    "date_from_datetime_inexact": "应为日期，如 2026-11-01（不带时刻）",
    "time_parsing": "应为时刻，如 23:00",
    "time_type": "应为时刻，如 23:00",
    "path_type": "应为文件路径",
    "value_error": "{error}",
}


def reason(detail: ErrorDetails, root: type[BaseModel]) -> str:
    """What a pydantic error means, in Chinese."""
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail["loc"], root)
    template = REASONS.get(detail["type"], f"不合要求（{detail['msg']}）")
    context = {name: str(value).replace(" or ", "、") for name, value in detail.get("ctx", {}).items()}
    text = template.format_map({"error": detail["msg"], **context}) if context else template
    hint = _description(detail["loc"], root) if detail["type"] in {"string_pattern_mismatch", "missing"} else ""
    value = detail["input"]
    shown = (
        f"，现在是 {value if isinstance(value, (int, float)) else value[:SHOWN_VALUE]!r}"
        if isinstance(value, (str, int, float))
        else ""
    )
    return text + (f"（{hint}）" if hint else "") + ("" if detail["type"] == "value_error" else shown)


def _unknown_key(place: Place, root: type[BaseModel]) -> str:
    key = str(place[-1])
    near = nearest(key, sorted({name for model in _models_at(root, place[:-1]) for name in keys_of(model)}))
    if near:
        return f"没有这个设置，是不是 {near}？"
    elsewhere = [path for path in all_keys(root) if path.rsplit(".", 1)[-1] == key]
    if elsewhere:
        return f"没有这个设置；{key} 应写在 {elsewhere[0].rpartition('.')[0] or '最外层'} 下"
    return "没有这个设置"


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that was probably meant."""
    cutoff = CLOSE if len(word) > 3 else CLOSE_SHORT
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=cutoff)), None)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that people write for `model`."""
    return [info.alias or name for name, info in model.model_fields.items()]


def all_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key path below `model`, list items as ``[]``, names that people choose as ``名称``."""
    for name, info in model.model_fields.items():
        path = f"{prefix}{info.alias or name}"
        yield path
        written = str(info.annotation)
        many = ".名称" if written.startswith("dict[") else "[]" if "tuple[" in written else ""
        for below in _models_in(info.annotation):
            yield from all_keys(below, f"{path}{many}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _models_at(root: type[BaseModel], place: Place) -> list[type[BaseModel]]:
    models = [root]
    for step in place:
        below = [
            found
            for model in models
            for name, info in model.model_fields.items()
            if step in (name, info.alias)
            for found in _models_in(info.annotation)
        ]
        models = below or models  # list positions and pydantic's own steps lead nowhere
    return models


def _description(place: Place, root: type[BaseModel]) -> str:
    for model in _models_at(root, place[:-1]):
        for name, info in model.model_fields.items():
            if place[-1] in (name, info.alias):
                return info.description or ""
    return ""
