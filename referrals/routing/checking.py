"""Is the table of duties sound? Looks at every combination of facts that can tell two rules apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, combinations
from typing import TYPE_CHECKING, TypeVar

from referrals.routing import words
from storage.words import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from referrals.routing.rules import Condition, Duty, Rules

Value = TypeVar("Value")
MOST_SHOWN = 20  # conflicts of one table that are told: who has more mends the first ones and asks again


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with the table."""

    kind: str
    """conflict, gap, department, unreachable."""
    message: str
    """Chinese, for people."""
    place: str
    """``rules.yaml:17``; empty where the whole table is meant."""
    serious: bool
    """False: the table answers all the same."""


@dataclass(frozen=True, slots=True)
class _Case:
    """Facts that satisfy the rules of `fits` and no other; an example is said for people."""

    fits: int
    """Bit n stands for the n-th duty."""
    said: tuple[str, ...]


def problems(rules: Rules, departments: Collection[str]) -> list[Problem]:
    """All that is wrong; `departments`: codes that the configuration knows."""
    duties = (*rules.leads, *rules.supports)
    cases = _cases(duties)
    return [
        *_strangers(rules, departments),
        *_conflicts(rules, cases),
        *_gaps(rules, cases),
        *_unreachable(rules, cases),
    ]


def _strangers(rules: Rules, departments: Collection[str]) -> Iterator[Problem]:
    for duty in (*rules.leads, *rules.supports, rules.fallback):
        if duty.department not in departments:
            where = f"规则 {duty.id}" if duty.id else "兜底规则（fallback）"
            hint = words.meant(duty.department, departments)
            yield Problem("department", f"{where}：设置里没有部门 {duty.department}{hint}", duty.place, serious=True)


def _conflicts(rules: Rules, cases: Iterable[_Case]) -> Iterator[Problem]:
    rivals = [_rivals(rules.leads, best) for best in range(len(rules.leads))]
    told: set[tuple[int, int]] = set()
    for case in cases:
        best = _best(case, len(rules.leads))
        found = 0 if best is None else case.fits & rivals[best]
        for number in _bits(found):
            assert best is not None
            if (best, number) not in told and len(told) < MOST_SHOWN:
                told.add((best, number))
                first, other = rules.leads[best], rules.leads[number]
                yield Problem("conflict", _conflict_said(first, other, case), other.place, serious=True)


def _rivals(leads: tuple[Duty, ...], best: int) -> int:
    """Rules that are as strong and say otherwise, a bit for each."""
    mine = leads[best]
    return sum(
        1 << number
        for number, other in enumerate(leads)
        if other.rank == mine.rank and (other.department, other.template) != (mine.department, mine.template)
    )


def _best(case: _Case, leads: int) -> int | None:
    """The winning rule: they are sorted, so it is the lowest bit."""
    fits = case.fits & ((1 << leads) - 1)
    return (fits & -fits).bit_length() - 1 if fits else None


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _conflict_said(best: Duty, other: Duty, case: _Case) -> str:
    return (
        f"规则 {best.id}（{best.place}）与 {other.id} 同样具体而结论不同：{_outcome(best)}、{_outcome(other)}，"
        f"例如{'，'.join(case.said)}；请给其中一条写 priority 或加条件（现按先写的一条）"
    )


def _outcome(duty: Duty) -> str:
    return f"{words.DEPARTMENTS[duty.department]}用{words.TEMPLATES[duty.template]}"


def _gaps(rules: Rules, cases: Iterable[_Case]) -> Iterator[Problem]:
    leading = (1 << len(rules.leads)) - 1
    open_cases = [case for case in cases if not case.fits & leading]
    if open_cases:
        # the case with the fewest details tells most
        example = min(open_cases, key=lambda case: len("".join(case.said)))
        name = words.DEPARTMENTS[rules.fallback.department]
        said = f"有 {len(open_cases)} 类情形没有主办规则，将按兜底由{name}主办，例如{'，'.join(example.said)}"
        yield Problem("gap", said, rules.fallback.place, serious=False)


def _unreachable(rules: Rules, cases: Iterable[_Case]) -> Iterator[Problem]:
    count = len(rules.leads)
    others = {
        code: sum(1 << number for number, duty in enumerate(rules.supports, count) if duty.department != code)
        for code in words.DEPARTMENTS
    }
    winning, helping = 0, 0
    for case in cases:
        best = _best(case, count)
        winning |= 0 if best is None else 1 << best
        helping |= case.fits & others[rules.fallback.department if best is None else rules.leads[best].department]
    for number, duty in enumerate(rules.leads):
        if not winning >> number & 1:
            yield Problem("unreachable", f"规则 {duty.id} 永远用不到：总有别的规则优先", duty.place, serious=False)
    for number, duty in enumerate(rules.supports, count):
        if not helping >> number & 1:
            said = f"规则 {duty.id} 永远用不到：条件不可能成立，或该部门总是主办"
            yield Problem("unreachable", said, duty.place, serious=False)


def _cases(duties: tuple[Duty, ...]) -> list[_Case]:
    """Every set of rules that some facts satisfy together, with an example.

    Conditions on different facts do not depend on each other: the sets are built fact by fact, equal ones are kept once,
    so that the whole space is looked at without walking through its millions of combinations.
    """
    cases: dict[int, tuple[str, ...]] = {(1 << len(duties)) - 1: ()}
    for dimension in _dimensions(duties):
        widened: dict[int, tuple[str, ...]] = {}
        for fits, said in cases.items():
            for mask, word in dimension.items():
                widened.setdefault(fits & mask, (*said, word) if word else said)
        cases = widened
    return [_Case(fits, said) for fits, said in cases.items()]


def _dimensions(duties: tuple[Duty, ...]) -> Iterator[dict[int, str]]:
    """For each fact: which rules its values satisfy -> the first such value, in words."""
    conditions = [duty.when for duty in duties]

    def told(values: Mapping[str, str], holds: Callable[[Condition, str], bool]) -> dict[int, str]:
        return _classes(conditions, ((value, word) for value, word in values.items()), holds)

    yield told({code: f"标的为{word}" for code, word in words.CATEGORIES.items()}, lambda c, v: c.holds_category(v))
    yield told(words.AGENCIES, lambda c, v: c.holds_agency(v))
    yield _classes(conditions, _subsets(words.ACTS, "行为"), lambda c, v: c.holds_acts(v))
    yield told({code: f"场所为{word}" for code, word in words.VENUES.items()}, lambda c, v: c.holds_venue(v))
    yield told({code: f"研判为{word}" for code, word in VERDICTS.items()}, lambda c, v: c.holds_verdict(v))
    yield _classes(conditions, _subsets(words.FLAGS, "标记"), lambda c, v: c.holds_flags(v))
    yield _classes(conditions, _values(conditions), lambda c, v: c.holds_value(v))
    yield told(_provinces(conditions), lambda c, v: c.holds_province(v))


def _classes(
    conditions: list[Condition], values: Iterable[tuple[Value, str]], holds: Callable[[Condition, Value], bool]
) -> dict[int, str]:
    classes: dict[int, str] = {}
    for value, word in values:
        mask = sum(1 << number for number, condition in enumerate(conditions) if holds(condition, value))
        classes.setdefault(mask, word)
    return classes


def _subsets(codes: Mapping[str, str], what: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Seven acts: 128 sets, the smallest first."""
    for chosen in chain.from_iterable(combinations(codes, size) for size in range(len(codes) + 1)):
        yield chosen, f"{what}为{words.listed(chosen, codes)}" if chosen else f"{what}不明"


def _values(conditions: list[Condition]) -> Iterator[tuple[Decimal | None, str]]:
    yield None, "价值不明"
    yield Decimal(0), "价值 0 元"
    for bound in sorted({one.value_at_least for one in conditions if one.value_at_least is not None}):
        yield bound, f"价值 {bound} 元"


def _provinces(conditions: list[Condition]) -> dict[str, str]:
    named = sorted({name for one in conditions for name in one.province or ()})
    return {"": "", **{name: f"在{name}" for name in named}}
