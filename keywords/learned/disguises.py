"""Made-up advertisements: every way of hiding a term × terms of the lexicon × plain ad templates.

They fix that each channel works on terms nobody wrote an example for, and teach the model the bluntest offers and the
plainest talk, which no author of labelled listings thinks of.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keywords.fold import load_table
from keywords.lexicon.compile import HERE, load_sounds
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import CharacterTables

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from keywords.lexicon.schema import Entry

OFFERS: Mapping[str, tuple[str, ...]] = {
    "live": (
        "出售{}，活的，{}元一只，微信 demo_{}", "{}\n出一对，{}包邮，加V demo_{}", "低价出{}，{}，私聊demo_{}", "求购{}，{}以内，联系demo_{}",
        "{}有货，{}一只，要的电话138 0000 {}", "出{}，公母都有，{}起，可视频，demo_{}", "收{}，多少都要，{}一只，demo_{}",
        "家里{}养不下了，{}出，自提，demo_{}", "卖{}，{}", "出{}", "低价出{}", "求购{}", "{} 出", "{} {}元", "有人要{}吗 {}", "{}现货，支持全国发货，{}，详询demo_{}",
        "{} 活 {}", "{}一对 {} 面交", "{}两只 {} 自提",
    ),
    "goods": (
        "出售{}，{}元，微信 demo_{}", "{}\n老料，{}一件，加V demo_{}", "低价出{}，{}，私聊demo_{}", "求购{}，{}以内，联系demo_{}",
        "{}有货，{}一克，要的电话138 0000 {}", "出{}，包老，{}，可视频，demo_{}", "长期收{}，{}起，现金，demo_{}",
        "朋友带的{}，{}出，当面看货，demo_{}", "卖{}，{}", "出{}", "低价出{}", "求购{}", "{} 出", "{} {}元", "有人要{}吗 {}", "{}现货，支持全国发货，{}，详询demo_{}",
        "{} {} 一口价", "{}一个 {} 包邮", "{}一件 {} 面交",
    ),
    "gear": (
        "出售{}，{}元，微信 demo_{}", "{}\n全新一套，{}包邮，加V demo_{}", "低价出{}，{}，私聊demo_{}", "求购{}，{}以内，联系demo_{}",
        "{}有货，{}一个，要的电话138 0000 {}", "出{}，用过两次，{}，可演示，demo_{}", "批发{}，{}起，量大价优，demo_{}",
        "自己做的{}，{}出，好用，demo_{}", "卖{}，{}", "出{}", "低价出{}", "求购{}", "{} 出", "{} {}元", "有人要{}吗 {}", "{}现货，厂家直发，{}，详询demo_{}",
        "{}一套 {} 自提", "二手{} {} 面交", "{} {} 包邮",
    ),
}  # fmt: skip
TALK = (
    "新闻：警方查获一批{}，嫌疑人已被刑拘", "严禁买卖{}，违者依法追究责任", "今天在纪录片里看到{}了，真长见识", "{}是国家保护的吗？求科普",
    "发现有人卖{}，已向12345举报", "拒绝{}，没有买卖就没有伤害", "博物馆里展出了{}，孩子看得很认真", "作文：我最难忘的{}",
    "为什么{}这么少见了", "村里宣传不要用也不要买{}", "{}玩具 儿童益智 包邮", "{}图案T恤 纯棉 两件包邮", "游戏里的{}怎么获得", "{}牌保温杯 正品 现货",
)  # fmt: skip
SYMBOLS = "*·-_~丶/|.+"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
SHORTEST_INITIALS = 3  # letters: two are anything
WIDE = 0xFEE0  # from an ASCII character to its full-width twin
CJK = (0x4E00, 0xA000)


class Made(NamedTuple):
    """One made-up text."""

    text: str
    term: str
    written: str
    """The term as it stands in the text."""
    channel: str
    entry: str
    offer: bool


class Disguiser:
    """Writes terms as sellers would; None where a way does not fit a term."""

    def __init__(self) -> None:
        """Reads the lexicon's own tables."""
        tables = read_pack(HERE / "characters.yaml", CharacterTables)
        self._sounds, self._split, self._lookalikes = load_sounds(), tables.split, tables.lookalikes
        self._emoji: dict[str, list[str]] = {}
        for emoji, char in tables.pictures.items():
            self._emoji.setdefault(char, []).append(emoji)
        self.channels: Mapping[str, Callable[[str, random.Random], str | None]] = {
            "plain": lambda term, _: term,
            "symbol": lambda term, chance: chance.choice(SYMBOLS).join(term),
            "space": lambda term, _: " ".join(term),
            "zero_width": lambda term, chance: chance.choice(INVISIBLE).join(term),
            "traditional": self._traditional,
            "homophone": self._homophone,
            "pinyin": self._pinyin,
            "mixed_pinyin": self._mixed,
            "wide_pinyin": self._wide,
            "initials": self._initials,
            "split": self._halves,
            "lookalike": self._alike,
            "emoji": self._drawn,
            "reversed": lambda term, _: term[::-1] if len(term) > 2 and term != term[::-1] else None,
        }

    @cached_property
    def _homophones(self) -> dict[str, list[str]]:
        same: dict[str, list[str]] = {}
        for char, sound in self._sounds.items():
            same.setdefault(sound, []).append(char)
        return same

    @cached_property
    def _variants(self) -> dict[str, list[str]]:
        table = load_table()
        codes = np.arange(*CJK)
        moved = codes[table[codes] != codes]
        found: dict[str, list[str]] = {}
        for code in moved.tolist():
            found.setdefault(chr(int(table[code])), []).append(chr(code))
        return found

    def _replaced(self, term: str, chance: random.Random, choices: Mapping[str, Sequence[str]]) -> str | None:
        places = [at for at, char in enumerate(term) if choices.get(char)]
        if not places:
            return None
        at = chance.choice(places)
        return term[:at] + chance.choice(choices[term[at]]) + term[at + 1 :]

    def _traditional(self, term: str, chance: random.Random) -> str | None:
        return self._replaced(term, chance, self._variants)

    def _homophone(self, term: str, chance: random.Random) -> str | None:
        others = {char: [o for o in self._homophones.get(self._sounds.get(char, ""), ()) if o != char] for char in term}
        return self._replaced(term, chance, others)

    def _pinyin(self, term: str, _: random.Random) -> str | None:
        sounds = [self._sounds.get(char) for char in term]
        return "".join(filter(None, sounds)) if all(sounds) else None

    def _mixed(self, term: str, chance: random.Random) -> str | None:
        sounds = {char: [sound] for char in term if len(sound := self._sounds.get(char, "")) > 1}
        return self._replaced(term, chance, sounds)

    def _wide(self, term: str, chance: random.Random) -> str | None:
        pinyin = self._pinyin(term, chance)
        return "".join(chr(ord(char) + WIDE) for char in pinyin) if pinyin else None

    def _initials(self, term: str, _: random.Random) -> str | None:
        sounds = [self._sounds.get(char, "")[:1] for char in term]
        return "".join(sounds) if len(term) >= SHORTEST_INITIALS and all(sounds) else None

    def _halves(self, term: str, chance: random.Random) -> str | None:
        return self._replaced(term, chance, self._split)

    def _alike(self, term: str, chance: random.Random) -> str | None:
        return self._replaced(term, chance, {char: tuple(other) for char, other in self._lookalikes.items()})

    def _drawn(self, term: str, chance: random.Random) -> str | None:
        return self._replaced(term, chance, self._emoji)


def offers(entries: Sequence[Entry], disguiser: Disguiser, chance: random.Random, channel: str) -> Iterator[Made]:
    """Yield one offer of each entry in one disguise, the templates in turn."""
    for number, entry in enumerate(entries):
        written = disguiser.channels[channel](entry.term, chance)
        if written:
            templates = OFFERS[_manner(entry)]
            template = templates[number % len(templates)]
            text = template.format(written, *_figures(chance, template.count("{}") - 1))
            yield Made(text, entry.term, written, channel, entry.id, offer=True)


def talk(entries: Sequence[Entry], chance: random.Random) -> Iterator[Made]:
    """Yield one text about each entry in which nobody offers it."""
    for entry in entries:
        yield Made(chance.choice(TALK).format(entry.term), entry.term, entry.term, "plain", entry.id, offer=False)


def _manner(entry: Entry) -> str:
    if entry.kind == "gear":
        return "gear"
    return "live" if (entry.category or "").endswith("_animal") and entry.kind == "species" else "goods"


def _figures(chance: random.Random, count: int) -> Iterator[str]:
    if count:
        yield str(chance.choice((30, 50, 80, 120, 200, 350, 600, 800, 1200, 1500, 3000, 5000)))
    if count > 1:
        yield f"{chance.randrange(1000, 10_000)}"
