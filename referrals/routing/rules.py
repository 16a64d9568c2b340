"""The table of duties: read from YAML, checked, ready to be asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from referrals.exceptions import RulesError
from referrals.routing import placed, schema, words
from referrals.routing.facts import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

    from pydantic_core import ErrorDetails

    from referrals.routing.facts import Facts

SHIPPED = Path(__file__).with_name("rules.yaml")
UNCONFIRMED = "（以正式文本为准）"
SHOWN = 40  # characters of a wrong value that are repeated back


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of the facts; None does not matter."""

    category: frozenset[str] | None = None
    agency: frozenset[str] | None = None
    acts: frozenset[str] | None = None
    without: frozenset[str] | None = None
    venue: frozenset[str] | None = None
    verdict: frozenset[str] | None = None
    flags: frozenset[str] | None = None
    value_at_least: Decimal | None = None
    province: frozenset[str] | None = None

    @property
    def given(self) -> int:
        """How many things it asks for: more is more specific."""
        asked = (
            self.category, self.agency, self.acts, self.without, self.venue,
            self.verdict, self.flags, self.value_at_least, self.province,
        )  # fmt: skip
        return sum(one is not None for one in asked)

    def holds(self, facts: Facts) -> bool:
        """Whether all that is asked for is so."""
        return (
            self.holds_category(facts.category)
            and self.holds_agency(facts.agency)
            and self.holds_acts(facts.acts)
            and self.holds_venue(facts.venue)
            and self.holds_verdict(facts.verdict)
            and self.holds_flags(facts.flags)
            and self.holds_value(facts.value)
            and self.holds_province(facts.province)
        )

    def holds_category(self, category: str) -> bool:
        """Of the object."""
        return self.category is None or category in self.category

    def holds_agency(self, agency: str | None) -> bool:
        """Of the lexicon's entry; none is `words.UNKNOWN`."""
        return self.agency is None or (agency or words.UNKNOWN) in self.agency

    def holds_acts(self, acts: Iterable[str]) -> bool:
        """At least one of those wanted, none of those excluded."""
        done = frozenset(acts)
        return (self.acts is None or bool(self.acts & done)) and not (self.without and self.without & done)

    def holds_venue(self, venue: str) -> bool:
        """Where it was found."""
        return self.venue is None or venue in self.venue

    def holds_verdict(self, verdict: str) -> bool:
        """Of the detection."""
        return self.verdict is None or verdict in self.verdict

    def holds_flags(self, flags: Iterable[str]) -> bool:
        """At least one of them."""
        return self.flags is None or not self.flags.isdisjoint(flags)

    def holds_value(self, value: Decimal | None) -> bool:
        """An unknown value reaches nothing."""
        return self.value_at_least is None or (value is not None and value.is_finite() and value >= self.value_at_least)

    def holds_province(self, province: str) -> bool:
        """福建 holds for 福建省."""
        return self.province is None or any(province.startswith(name) for name in self.province)


@dataclass(frozen=True, slots=True)
class Duty:
    """A rule: whose duty it is when the condition holds."""

    id: str
    when: Condition
    department: str
    because: str
    clause: str
    template: str
    deadlines: Mapping[str, Deadline]
    priority: int
    place: str
    """``rules.yaml:17``."""

    @property
    def rank(self) -> tuple[int, int]:
        """The greatest wins: priority first, then the number of conditions."""
        return (self.priority, self.when.given)


@dataclass(frozen=True, slots=True)
class Rules:
    """A whole table."""

    name: str
    leads: tuple[Duty, ...]
    """Best first; of equals the one that stands first."""
    supports: tuple[Duty, ...]
    fallback: Duty
    deadlines: Mapping[str, Mapping[str, Deadline]]
    """Department -> its timers."""
    version: str
    """SHA-256 (hex) of the files it was read from."""


def load(path: Path | None = None) -> Rules:
    """The shipped table, as changed by the county's own file where there is one.

    Raises:
        RulesError: a file is missing or not valid; every mistake is named, ``file:line  place：what``.
    """
    if path is None:
        return _shipped()
    table, lines = _read(path)
    digest = hashlib.sha256(_bytes(path))
    if table.base == "none":
        return _whole(path, table, lines, digest.hexdigest())
    shipped, shipped_lines = _read(SHIPPED)
    digest.update(_bytes(SHIPPED))
    return _changed(path, (table, lines), (shipped, shipped_lines), digest.hexdigest())


@cache
def _shipped() -> Rules:
    table, lines = _read(SHIPPED)
    return _whole(SHIPPED, table, lines, hashlib.sha256(_bytes(SHIPPED)).hexdigest())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RulesError(f"{path}  分工规则文件读不出来：{error.strerror or error}") from error


def _read(path: Path) -> tuple[schema.Table, placed.Placed]:
    found = placed.read(_bytes(path))
    mistakes = list(found.mistakes)
    if not mistakes and not isinstance(found.data, dict):
        mistakes.append((1, "应为一组设置（version、rules …）"))
    if not mistakes:
        try:
            table = schema.Table.model_validate(found.data)
        except ValidationError as error:
            mistakes = [(found.line(_place(one)), _said(one)) for one in error.errors()]
        else:
            mistakes = list(_doubled(table, found))
            if not mistakes:
                return table, found
    raise RulesError("\n".join(f"{path}:{line}  {said}" for line, said in sorted(set(mistakes))))


def _doubled(table: schema.Table, found: placed.Placed) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for number, rule in enumerate(table.rules):
        line = found.line(("rules", number, "id"))
        if rule.id in seen:
            yield line, f"规则编号重复：{rule.id}（第 {seen[rule.id]} 行已有）"
        seen[rule.id] = line


def _place(detail: ErrorDetails) -> placed.Place:
    return tuple(step for step in detail["loc"] if step != "[key]")


def _key(place: placed.Place) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


REASONS = {
    "missing": "缺少必填项",
    "string_type": "应为文字（请加引号）",
    "string_pattern_mismatch": "格式不对（小写字母开头，只用小写字母、数字、- 和 _）",
    "string_too_short": "不能为空",
    "string_too_long": "太长，最多 {max_length} 个字",
    "too_short": "不能为空列表（不限就不写这一项）",
    "too_long": "最多 {max_length} 项",
    "tuple_type": "应为列表，如 [sell, buy]",
    "model_type": "应为一组设置（键: 值）",
    "dict_type": "应为一组设置（键: 值）",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "decimal_parsing": "应为数字（元）",
    "decimal_type": "应为数字（元）",
    "finite_number": "应为有限的数字",
    "less_than_equal": "不能大于 {le}",
    "greater_than_equal": "不能小于 {ge}",
}


def _said(detail: ErrorDetails) -> str:
    place, context = _place(detail), detail.get("ctx", {})
    value = detail["input"]
    if detail["type"] == "extra_forbidden":
        text = f"没有这个设置{words.meant(str(place[-1]), _keys(place))}"
    elif detail["type"] == "literal_error":
        known = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ",").split(",")]
        text = f"只能是 {'、'.join(known)} 之一，现在是 {str(value)[:SHOWN]!r}{words.meant(str(value), known)}"
    elif detail["type"] == "value_error":
        text = str(context["error"])
    else:
        text = REASONS.get(detail["type"], f"不合要求（{detail['msg']}）").format_map(context)
        text += f"，现在是 {str(value)[:SHOWN]!r}" if isinstance(value, (str, int, float)) else ""
    return f"{_key(place)}：{text}"


def _keys(place: placed.Place) -> list[str]:
    model: Any = schema.Table
    if "when" in place:
        model = schema.When
    elif "deadlines" in place:
        model = schema.Timing
    elif "fallback" in place:
        model = schema.Fallback
    elif "rules" in place:
        model = schema.Rule
    return list(model.model_fields)


def _whole(path: Path, table: schema.Table, lines: placed.Placed, version: str) -> Rules:
    if table.remove:
        raise RulesError(f"{path}:{lines.line(('remove',))}  base 为 none 时没有可以删去（remove）的规则")
    if table.fallback is None:
        raise RulesError(f"{path}:1  缺少 fallback：没有规则适用时由谁主办")
    timers = {department: _timers(given) for department, given in table.deadlines.items()}
    duties = [(rule, f"{path.name}:{lines.line(('rules', n))}") for n, rule in enumerate(table.rules)]
    return _rules(table.name, duties, (table.fallback, f"{path.name}:{lines.line(('fallback',))}"), timers, version)


def _changed(
    path: Path, own: tuple[schema.Table, placed.Placed], shipped: tuple[schema.Table, placed.Placed], version: str
) -> Rules:
    """The shipped table with the county's rules before it; the same id replaces."""
    (table, lines), (base, base_lines) = own, shipped
    known = [rule.id for rule in base.rules]
    wrong = [
        f"{path}:{lines.line(('remove', n))}  remove：没有这条规则：{name}{words.meant(name, known)}"
        for n, name in enumerate(table.remove)
        if name not in known
    ]
    if wrong:
        raise RulesError("\n".join(wrong))
    gone = {*table.remove, *(rule.id for rule in table.rules)}
    duties = [(rule, f"{path.name}:{lines.line(('rules', n))}") for n, rule in enumerate(table.rules)]
    duties += [
        (rule, f"{SHIPPED.name}:{base_lines.line(('rules', n))}")
        for n, rule in enumerate(base.rules)
        if rule.id not in gone
    ]
    timers = {department: _timers(given) for department, given in base.deadlines.items()}
    for department, given in table.deadlines.items():
        timers[department] = timers.get(department, {}) | _timers(given)
    fallback = table.fallback or base.fallback
    assert fallback is not None  # the shipped table has one
    place = f"{path.name}:{lines.line(('fallback',))}" if table.fallback else SHIPPED.name
    return _rules(table.name or base.name, duties, (fallback, place), timers, version)


def _rules(
    name: str,
    duties: list[tuple[schema.Rule, str]],
    fallback: tuple[schema.Fallback, str],
    timers: Mapping[str, Mapping[str, Deadline]],
    version: str,
) -> Rules:
    leads = [_duty(rule, rule.lead, place) for rule, place in duties if rule.lead]
    leads.sort(key=lambda duty: duty.rank, reverse=True)  # stable: of equals the first in the file stays first
    supports = tuple(_duty(rule, rule.support, place) for rule, place in duties if rule.support)
    given, place = fallback
    last = Duty(
        "", Condition(), given.lead, given.because, _clause(given.clause, given.confirmed), "lead", {}, 0, place
    )
    return Rules(name, tuple(leads), supports, last, timers, version)


def _duty(rule: schema.Rule, department: str, place: str) -> Duty:
    clause = _clause(rule.clause, rule.confirmed)
    template = rule.template or "lead"
    timers = _timers(rule.deadlines)
    return Duty(
        rule.id, _condition(rule.when), department, rule.because, clause, template, timers, rule.priority, place
    )


def _clause(text: str, confirmed: bool) -> str:  # noqa: FBT001 -- as the file says
    return text if confirmed else text + UNCONFIRMED


def _timers(given: Mapping[schema.Timer, schema.Timing]) -> dict[str, Deadline]:
    return {timer: Deadline(**timing.model_dump()) for timer, timing in given.items()}


def _condition(when: schema.When) -> Condition:
    given: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, tuple) else value
        for name in schema.When.model_fields
        if (value := getattr(when, name)) is not None
    }
    return Condition(**given)
