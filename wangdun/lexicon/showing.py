"""One entry in full: facts, writings for each channel, legal basis, where it stands."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keywords.entries import read_entry
from keywords.fold import Folder
from keywords.lexicon.overlay import gather
from wangdun.exceptions import UsageError
from wangdun.lexicon.differing import LABELS, said, shown
from wangdun.lexicon.stats import KINDS, STRENGTHS
from wangdun.output import one_line, print_line, print_table
from wangdun.words import CATEGORIES, CHANNELS, DEPARTMENTS
from wangdun.words import said as named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keywords.config import KeywordsConfig
    from keywords.lexicon.overlay import Lexicon
    from keywords.lexicon.packs import Placed

NEAR = 5  # suggestions for a name that is not known
MOST_SHOWN = 10  # entries in full; a code word may belong to many
MOST_WRITINGS = 40  # of one channel, for people
WORDS = {"kind": KINDS, "category": CATEGORIES, "agency": DEPARTMENTS, "strength": STRENGTHS}
CHANNEL_NAMES = CHANNELS | {"reordered": "倒写对调"}


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that a name leads to."""

    placed: Placed
    how: str
    """What of it was named: 编号, 名称, or the channel of a writing."""
    writings: dict[str, list[str]]
    """Channel -> folded writings; ``(gated)`` ones need a context."""
    clause: str
    here: bool
    disabled: str = ""
    """``file:line`` of what disabled it."""

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready."""
        entry = self.placed.entry
        return {
            "id": entry.id,
            "matched_by": self.how,
            "file": str(self.placed.path),
            "line": self.placed.line,
            "changed_by": list(self.placed.changes),
            "disabled_by": self.disabled or None,
            "holds_here": self.here,
            "clause": self.clause,
            "verified": bool(entry.verified),
            "entry": said(entry),
            "writings": self.writings,
        }


def find(name: str, config: KeywordsConfig, compiled: dict[str, Any]) -> list[Found]:
    """Return the entries that an id, a name or a writing leads to, the plainest way first.

    Raises:
        LexiconError: a file is not valid.
        UsageError: nothing is called so; near names are in the message.
    """
    lexicon = gather(config.overlay)
    fold = Folder(compiled["pictures"]).fold_word
    ways = dict(compiled["patterns"]).get(fold(name), [])
    numbers = {number: named(CHANNEL_NAMES, channel) for number, channel, _ in ways}
    for number, placed in enumerate(lexicon.entries):
        entry = placed.entry
        if name in {entry.id, entry.term}:
            numbers[number] = "编号" if name == entry.id else "名称"
        elif name in entry.aliases:
            numbers.setdefault(number, "同义写法")  # one character is in no pattern
    disabled = [
        Found(placed, "名称", {}, "", here=False, disabled=by)
        for placed, by in lexicon.disabled
        if name in {placed.entry.id, placed.entry.term, *placed.entry.aliases}
    ]
    if not numbers and not disabled:
        raise UsageError(_unknown(name, lexicon))
    order = sorted(numbers, key=lambda number: (numbers[number] not in {"编号", "名称"}, number))
    return [*_found(lexicon, order, numbers, config, compiled), *disabled]


def _found(
    lexicon: Lexicon, order: Sequence[int], how: dict[int, str], config: KeywordsConfig, compiled: dict[str, Any]
) -> Iterator[Found]:
    places = (*((config.province,) if config.province else ()), *config.water_bodies)
    writings = _writings(compiled, set(order))
    for number in order:
        entry = read_entry(compiled["entries"][number], places)
        yield Found(lexicon.entries[number], how[number], writings[number], entry.clause, entry.here)


def _writings(compiled: dict[str, Any], wanted: set[int]) -> dict[int, dict[str, list[str]]]:
    found: dict[int, dict[str, list[str]]] = {number: {} for number in wanted}
    for text, ways in compiled["patterns"]:
        for number, channel, gated in ways:
            if number in wanted:
                found[number].setdefault(channel, []).append(f"{text}*" if gated else text)
    return found


def _unknown(name: str, lexicon: Lexicon) -> str:
    names = {word for placed in lexicon.entries for word in (placed.entry.term, *placed.entry.aliases)}
    within = sorted((word for word in names if len(name) > 1 and name in word), key=len)
    near = list(dict.fromkeys([*within, *difflib.get_close_matches(name[:40], names, n=NEAR, cutoff=0.4)]))[:NEAR]
    return f"词库中没有“{one_line(name, 40)}”" + (f"，相近的有：{'、'.join(near)}" if near else "")


def print_found(found: Sequence[Found], config: KeywordsConfig) -> None:
    """Show entries to a person."""
    for one in found[:MOST_SHOWN]:
        print_table(
            ("项目", "内容"), list(rows(one, config)), title=f"{one.placed.entry.term}（{one.placed.entry.id}）"
        )
    if len(found) > MOST_SHOWN:
        print_line(f"另有 {len(found) - MOST_SHOWN} 条：{'、'.join(one.placed.entry.id for one in found[MOST_SHOWN:])}")


def rows(one: Found, config: KeywordsConfig) -> Iterator[tuple[str, str]]:
    """Yield label and text of every fact, for people."""
    entry = one.placed.entry
    yield "查到的方式", one.how
    yield "出处", f"{one.placed.path}:{one.placed.line}"
    if one.placed.changes:
        yield "本地改动", "、".join(one.placed.changes)
    if one.disabled:
        yield "已停用", one.disabled
    yield "依据与保护", one.clause or "—"
    yield "本地适用", _here(one, config)
    yield "核对", "经正式文本核对" if entry.verified else "未经正式文本核对，以正式文本为准"
    for field, value in said(entry).items():
        if field not in {"term", "tests", "source", "date", "verified"}:
            text = named(WORDS[field], str(value)) if field in WORDS else shown(value)
            yield LABELS.get(field, field), text
    for channel, texts in one.writings.items():
        more = f" 等 {len(texts)} 种" if len(texts) > MOST_WRITINGS else ""
        yield f"写法：{named(CHANNEL_NAMES, channel)}", "、".join(texts[:MOST_WRITINGS]) + more
    for label, examples in (("正例", entry.tests.must), ("反例", entry.tests.must_not)):
        for text in examples:
            yield label, one_line(text)


def _here(one: Found, config: KeywordsConfig) -> str:
    place = "、".join((*((config.province,) if config.province else ()), *config.water_bodies))
    if one.disabled:
        return "—"
    if not place:
        return "未设置 keywords.province：各地禁用的都按禁用计"
    return f"{place}：{'适用' if one.here else '不在适用范围，降一级'}"
