"""Forms of the lexicon: which fields an entry and a change have, and what was filled in, as a pack writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import ValidationError

from console.codes import CATEGORIES, DEPARTMENTS, KINDS_OF_HITS
from keywords.lexicon.reader import REASONS
from keywords.lexicon.schema import Change, Entry
from storage.review.words import readable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from console.services import Operation

FieldKind = Literal["line", "words", "texts", "choice", "many"]
MOST_WORDS: Final = 200  # of one field: a list of names is a file of its own
LONGEST: Final = 4_000  # characters of one field
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
STRENGTHS: Final = {"strong": "强：单独出现即可疑", "medium": "中", "weak": "弱：须有交易语境"}
CHOICES: Final[dict[str, Mapping[str, str]]] = {
    "kind": KINDS_OF_HITS,
    "category": {code: name for code, name in CATEGORIES.items() if code != "context"},
    "agency": {
        code: DEPARTMENTS[code] for code in ("forestry", "agriculture", "market_supervision", "public_security")
    },
    "strength": STRENGTHS,
    "severity": {"1": "1 一般", "2": "2 较重", "3": "3 优先打击"},
    "common": {"true": "是", "false": "否"},
}
ENTRY: Final = (
    "term", "kind", "category", "strength", "severity", "agency", "aliases", "codes", "homophones", "exclude",
    "exclude_near", "requires", "level", "source", "note", "must", "must_not",
)  # fmt: skip
CHANGE: Final = (
    "aliases_add", "aliases_remove", "codes_add", "codes_remove", "exclude_add", "exclude_remove", "exclude_near_add",
    "exclude_near_remove", "strength", "severity", "category", "agency", "common", "requires", "source", "note", "must",
    "must_not",
)  # fmt: skip
TEXTS: Final = {"must": "正例：必须列入“待核”的文本", "must_not": "反例：不得列入“待核”的文本"}
LABELS: Final = {
    "term": "名称", "kind": "类别", "category": "标的", "strength": "强度", "severity": "严重程度", "agency": "主办部门",
    "codes": "暗语（只在须同时出现的语境里才算）", "exclude": "普通词（盖住本词，如象牙白）", "exclude_near": "排除词（附近出现即不算）",
    "requires": "须同时出现的语境（任一即可）", "level": "保护级别", "common": "与日常用语相撞",
}  # fmt: skip
NAMES: Final = ("term", "aliases", "aliases_add")
"""Fields whose words detection looks for as names; codes may be emoji."""
UNREADABLE: Final = "应含汉字、字母或数字，且不含看不见的字符"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    name: str
    label: str
    kind: FieldKind
    choices: Mapping[str, str]

    def chosen(self, text: str) -> list[str]:
        """The choices of a text that `shown_in` made."""
        return text.split("、") if text else []

    def said(self, text: str) -> str:
        """The same in the words of its choices."""
        return "、".join(self.choices.get(code, code) for code in self.chosen(text)) if self.choices else text


def fields(operation: Operation, groups: Mapping[str, str] | None = None) -> tuple[Field, ...]:
    """The fields of adding an entry or of changing one; none for the other operations.

    `groups`: name of a group of context -> its Chinese label.
    """
    names = {"add": ENTRY, "change": CHANGE}.get(operation, ())
    made = (_field(name, Entry if operation == "add" else Change) for name in names)
    return tuple(replace(one, choices=groups or {}) if one.kind == "many" else one for one in made)


def in_words(operation: Operation, facts: Mapping[str, Any], groups: Mapping[str, str]) -> list[tuple[str, str]]:
    """The facts as people read them: label and text of each field that says something."""
    texts = shown_in(operation, facts)
    return [(one.label, one.said(texts[one.name])) for one in fields(operation, groups) if texts[one.name]]


def _field(name: str, model: type[BaseModel]) -> Field:
    if name in TEXTS:
        return Field(name, TEXTS[name], "texts", {})
    info = model.model_fields[name]
    label = LABELS.get(name) or (info.description or name).partition("，")[0]
    if name == "requires":
        return Field(name, label, "many", {})
    if name in CHOICES:
        return Field(name, label, "choice", CHOICES[name])
    return Field(name, label, "words" if "tuple" in str(info.annotation) else "line", {})


def facts_from(operation: Operation, form: Mapping[str, str]) -> dict[str, Any]:
    """What was filled in, as a pack writes it; empty fields are left out."""
    facts: dict[str, Any] = {}
    for one in fields(operation):
        text = form.get(one.name, "").strip()[:LONGEST]
        if text:
            facts[one.name] = _value(one, text)
    tests = {name: facts.pop(name) for name in TEXTS if name in facts}
    return facts | ({"tests": tests} if tests else {})


def _value(one: Field, text: str) -> Any:
    text = CONTROL.sub("", text)
    if one.kind == "texts":
        return [line.strip() for line in text.splitlines() if line.strip()][:MOST_WORDS]
    if one.kind in {"words", "many"}:
        return list(dict.fromkeys(filter(None, re.split(r"[\s,，、;；]+", text))))[:MOST_WORDS]
    if one.name == "severity" and text.isascii() and text.isdigit():
        return int(text)
    if one.name == "common":
        return text == "true"
    return text


def shown_in(operation: Operation, facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts as the form's fields show them."""
    flat = {**facts, **facts.get("tests", {})}
    made = {}
    for one in fields(operation):
        value = flat.get(one.name)
        if isinstance(value, list | tuple):
            made[one.name] = ("\n" if one.kind == "texts" else "、").join(map(str, value))
        else:
            made[one.name] = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return made


def prefilled(operation: Operation, values: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    """The fields with what an address proposes: words are added to those there are, other fields are set."""
    made = dict(values)
    for one in fields(operation):
        text = CONTROL.sub("", asked.get(one.name, "")).strip()[:LONGEST]
        if not text or (one.kind == "choice" and text not in one.choices):
            continue
        there = made[one.name]
        known = re.split(r"[\s,，、;；]+", there)
        if one.kind in {"words", "many"} and there:
            made[one.name] = there if text in known else f"{there}、{text}"
        else:
            made[one.name] = text
    return made


def _words(value: Any) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value or ()


def mistakes_in(operation: Operation, facts: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, str]:
    """Field -> what is wrong, before any file is touched."""
    made: dict[str, str] = {}
    try:
        if operation == "add":
            Entry.model_validate(facts)
        elif operation == "change":
            Change.model_validate({"id": "-", **facts})
    except ValidationError as error:
        for detail in error.errors():
            name = next((str(step) for step in reversed(detail["loc"]) if isinstance(step, str)), "")
            context = {key: str(value).replace(" or ", "、") for key, value in detail.get("ctx", {}).items()}
            made.setdefault(name, REASONS.get(detail["type"], "").format_map(context) or "不合要求")
    made |= {name: UNREADABLE for name in NAMES if any(not readable(word) for word in _words(facts.get(name)))}
    unknown = [group for group in facts.get("requires", ()) if group not in groups]
    if unknown:
        made.setdefault("requires", f"没有语境组 {'、'.join(unknown)}")
    if operation == "change" and not facts:
        made[""] = "没有填写任何改动。"
    return made
