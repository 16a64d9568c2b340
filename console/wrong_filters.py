"""Filters of an address that make no sense: which one, what it may be, and the ways on.

Never passed over: without a misspelt filter a queue is longer than it was meant, and somebody may decide on all of it.
"""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from console.exceptions import Refusal
from console.hidden import visible
from console.pages import address_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHOWN: Final = 30  # characters of what somebody else may have written
MOST_TOLD: Final = 3  # wrong filters of one answer
CLOSE: Final = 0.6  # `difflib` ratio: a letter left out, two letters changed over
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
BEYOND: Final = f"日期应在 {FIRST} 至 {LAST} 之间"
LARGEST: Final = 2**63 - 1
_DAY: Final = re.compile(r"([0-9]{4})[^0-9]{0,2}([0-9]{1,2})[^0-9]{0,2}([0-9]{1,2})[^0-9]?")  # 2026年11月1日


class Wrong(NamedTuple):
    """One mistake."""

    names: tuple[str, ...]
    """Of the filters, as in the address."""
    told: str
    meant: Mapping[str, str] = {}
    """Filters that were probably meant."""


def quoted(text: str) -> str:
    """`text` fit to be shown within a sentence."""
    return f"“{visible(text, SHOWN)}”"


def unknown(name: str, value: str, labels: Mapping[str, str]) -> Wrong:
    """A name that no filter has; `labels`: name -> what people read."""
    near = nearest(name, labels)
    guess = f"，是不是 {near}（{labels[near]}）？" if near else f"，可用：{_listed(labels)}"
    return Wrong((name,), f"没有名为{quoted(name)}的筛选条件{guess}", {near: value} if near else {})


def choice(name: str, label: str, value: str, choices: Mapping[str, str]) -> Wrong | None:
    """A value that is none of `choices`: value -> what people read."""
    if value in {"", *choices}:
        return None
    near = nearest(value, choices)
    guess = f"，是不是 {near}（{choices[near]}）？" if near else "。"
    told = f"筛选条件“{label}”不能是{quoted(value)}{guess}可用：{_listed(choices)}"
    return Wrong((name,), told, {name: near} if near else {})


def number(name: str, label: str, value: str) -> Wrong | None:
    """A value that is no number of ours."""
    if not value or (value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST)) and int(value) <= LARGEST):
        return None
    return Wrong((name,), f"筛选条件“{label}”不能是{quoted(value)}，应为编号（数字）")


def day(name: str, label: str, value: str) -> Wrong | None:
    """A value that is no day as the address has it: another writing would not show in the form's field."""
    if not value:
        return None
    parts = _DAY.fullmatch(value)
    try:
        found = date(*map(int, parts.groups())) if parts else None
    except ValueError:
        return Wrong((name,), f"筛选条件“{label}”不能是{quoted(value)}：没有这一天")
    if found is None:
        return Wrong((name,), f"筛选条件“{label}”不能是{quoted(value)}，日期应写成 2026-11-01")
    if not FIRST <= found <= LAST:
        return Wrong((name,), f"筛选条件“{label}”不能是{quoted(value)}，{BEYOND}")
    told = f"筛选条件“{label}”不能是{quoted(value)}，日期应写成 {found}"
    return None if str(found) == value else Wrong((name,), told, {name: str(found)})


def site(value: str, names: Iterable[str]) -> Wrong | None:
    """A site that none is called: no mistake for sure, since people rename sites and keep addresses."""
    known = {name: name for name in names}
    if value in {"", *known}:
        return None
    near = nearest(value, known)
    guess = f"，是不是{quoted(near)}？" if near else ""
    told = f"没有采集或录入过名为{quoted(value)}的站点（可能写错，或已改名）{guess}"
    return Wrong(("site",), told, {"site": near} if near else {})


def nearest(word: str, known: Mapping[str, str]) -> str | None:
    """The code that was probably meant, by itself or by what people read."""
    codes = {said.lower(): code for code, said in known.items()} | {code.lower(): code for code in known}
    found = get_close_matches(word[: SHOWN * 2].lower(), codes, n=1, cutoff=CLOSE)
    return codes[found[0]] if found else None


def _listed(choices: Mapping[str, str]) -> str:
    return "、".join(f"{code}（{said}）" if code != said else code for code, said in choices.items())


def refusal(wrongs: Sequence[Wrong], given: Mapping[str, str], labels: Mapping[str, str], path: str) -> Refusal:
    """The answer, with ways to the list at `path`; `given`: the filters that have a name of ours."""
    told = [one.told for one in wrongs[:MOST_TOLD]]
    told += [f"另有 {len(wrongs) - MOST_TOLD} 处"] if len(wrongs) > MOST_TOLD else []
    names = dict.fromkeys(name for one in wrongs for name in one.names)
    kept = {name: value for name, value in given.items() if name not in names}
    meant = {name: value for one in wrongs for name, value in one.meant.items() if not kept.get(name)}
    ways = [(f"去掉{_named(names, labels)}，回到列表", _address(path, kept))]
    if meant:
        said = "、".join(f"{labels[name]} {visible(value, SHOWN)}" for name, value in meant.items())
        ways.insert(0, (f"改为：{said}", _address(path, kept | meant)))
    return Refusal(422, "".join(one if one.endswith("？") else f"{one}。" for one in told), ways=tuple(ways))


def _named(names: Iterable[str], labels: Mapping[str, str]) -> str:
    shown = [labels.get(name) or visible(name, SHOWN) for name in names]
    return "“" + "、".join(shown[:MOST_TOLD]) + "”" + (f"等 {len(shown)} 个条件" if len(shown) > MOST_TOLD else "")


def _address(path: str, asked: Mapping[str, str]) -> str:
    query = address_with(asked)
    return f"{path}?{query}" if query else path
