"""The fast ways agree with slow, obvious ones."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords import boundary
from keywords.boundary import Judge
from keywords.fold import Folder
from keywords.lexicon.compile import load_compiled, load_sounds
from keywords.match import Matcher

if TYPE_CHECKING:
    from keywords.detector import Detector

COMPILED = load_compiled()
FOLDER = Folder(COMPILED["pictures"])
WAYS: dict[str, list[list[Any]]] = dict(COMPILED["patterns"])
KIT_PARTS = frozenset(word for kit in COMPILED["kits"] for part in kit["parts"] for word in part)
MATCHER = Matcher(COMPILED["patterns"], COMPILED["covers"], {}, KIT_PARTS)
CHINESE = sorted(text for text in WAYS if not any(char.isascii() for char in text))
MIXED = sorted(text for text in WAYS if any(char.isascii() for char in text) and not any(map(str.isdigit, text)))
PLAIN = (
    "今天下班顺路去菜市场买了排骨", "孩子的作业终于写完了", "小区门口新开了一家面馆", "周末想去爬山", "二手沙发转让八成新",
    "低价出", "求购", "一只", "没证", "懂的私聊", "活的", "包邮", "手串", "老料", "现货", "新闻警方查获", "博物馆里展出",
    "狩猎套装", "对象牙疼", "象牙白连衣裙", "本地枪战", "大象牙膏", "画眉笔", "虎皮鹦鹉",
)  # fmt: skip
JUNK = st.text("*·-_~丶/ \u200b\u2060【】，。\n🐘🦷\ud800\0", max_size=3)
SENTENCES = (
    "低价出{}一只", "求购{}长期有效", "家里有{}要转让", "这个{}多少钱", "昨天在山上看见{}了", "朋友送的{}不想要了", "新到一批{}欢迎咨询", "{}现货全国包邮",
    "老板{}还有吗", "我要两个{}自己用", "村里人都说{}很值钱", "本店常年供应{}", "卖{}", "出{}", "收{}", "有{}", "大{}", "小{}出", "野生{}有货", "活{}两条",
)  # fmt: skip


def slow(folded: str, patterns: list[str]) -> set[tuple[int, int, int, str]]:
    """Every place of every writing by `str.find`: start, end, entry, channel."""
    found = set()
    for text in patterns:
        at = folded.find(text)
        while at >= 0:
            if not _inside_letters(folded, at, at + len(text)):
                found |= {(at, at + len(text), entry, channel) for entry, channel, _ in WAYS[text]}
            at = folded.find(text, at + 1)
    return found


def _inside_letters(folded: str, start: int, end: int) -> bool:
    edges = [folded[at - 1 : at + 1] for at in (start, end) if 0 < at < len(folded)]
    return any(pair.isascii() and pair.isalpha() for pair in edges)


def fast(text: str) -> set[tuple[int, int, int, str]]:
    folded = FOLDER.trace(text)
    assert folded.text == text  # nothing to strip: the channels stay what they are
    found = MATCHER.resolve(text, folded, MATCHER.raw_pictured(folded.text))
    return {(one.start, one.end, one.way.entry, one.channel) for one in found.candidates}


def made(chance: random.Random) -> str:
    pools = (PLAIN, CHINESE, CHINESE, MIXED)
    pieces = [FOLDER.fold(chance.choice(chance.choice(pools))).text for _ in range(chance.randrange(1, 8))]
    cut = [
        piece[: chance.randrange(1, len(piece) + 1)] if chance.random() < 0.3 else piece for piece in pieces if piece
    ]
    return "".join(cut)


@pytest.mark.parametrize("seed", range(12))
def test_the_automaton_finds_what_find_finds(seed: int) -> None:
    chance = random.Random(seed)
    patterns = [*CHINESE, *MIXED]
    together = [text for text in (made(chance) for _ in range(4)) if not any(map(str.isdigit, text))]
    assert any(fast(text) for text in together)
    for text in together:
        assert fast(text) == slow(text, patterns)


def test_covers_and_parts_are_found_like_writings() -> None:
    chance = random.Random(1)
    for words, field in ((COMPILED["covers"], "covers"), (sorted(KIT_PARTS), "parts")):
        for word in chance.sample(words, 60):
            text = f"好{word}好"
            found = MATCHER.resolve(text, FOLDER.trace(text), MATCHER.raw(text))
            assert (1, 1 + len(word)) in getattr(found, field)


@given(st.lists(st.sampled_from(CHINESE[:: max(1, len(CHINESE) // 200)]), min_size=1, max_size=3), st.data())
@settings(max_examples=120, deadline=None)
def test_junk_inside_a_word_belongs_to_its_span(words: list[str], data: st.DataObject) -> None:
    text = "好，"
    places = []
    for word in words:
        start = len(text)
        text += word[0] + "".join(data.draw(JUNK.filter(harmless)) + char for char in word[1:])
        places.append((word, start, len(text)))
        text += "，好，"
    folded = FOLDER.trace(text)
    found = MATCHER.resolve(text, folded, MATCHER.raw(folded.text)).candidates
    spans = {one.span for one in found}
    assert all((start, end) in spans for word, start, end in places if any(way[1] != "emoji" for way in WAYS[word]))
    assert all(text[slice(*one.span)] == one.matched and FOLDER.fold(one.matched).text == one.folded for one in found)


def harmless(junk: str) -> bool:
    """No end of a sentence or clause: those part words."""
    return not set("。，\n") & set(junk)


def test_a_hit_folds_to_a_writing_of_its_entry(rules: Detector) -> None:
    from keywords.learned.fit import made_texts

    ids = [facts["id"] for facts in COMPILED["entries"]]
    writings: dict[str, set[str]] = {}
    for text, ways in WAYS.items():
        for entry, _, _ in ways:
            writings.setdefault(ids[entry], set()).add(text)
    for kit in COMPILED["kits"]:
        writings.setdefault(ids[kit["entry"]], set()).update(word for part in kit["parts"] for word in part)
    sounds = load_sounds()
    heard = {entry: {_sound(text, sounds) for text in texts} for entry, texts in writings.items()}
    texts = [one.text for one in made_texts()][::5]
    for result in rules.detect_many(texts):
        for hit in result.hits:
            known = hit.folded in writings[hit.entry]
            assert known or (hit.channel == "homophone" and _sound(hit.folded, sounds) in heard[hit.entry])
            assert FOLDER.fold_word(hit.matched) == hit.folded or FOLDER.fold(hit.matched).text == hit.folded
        assert all(a.end <= b.start for a, b in pairwise(result.hits))


def _sound(text: str, sounds: dict[str, str]) -> str:
    return " ".join(sounds.get(char, char) for char in text)


def test_a_window_is_cut_like_the_whole_text(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Judge(MATCHER.words())
    terms = [text for text in CHINESE if len(text) < boundary.LONG][:: len(CHINESE) // 150]
    cases = []
    for number, term in enumerate(terms):
        for shift in range(6):
            before, after = PLAIN[(number + shift) % len(PLAIN)], PLAIN[(3 * number + 5 * shift) % len(PLAIN)]
            sentence = SENTENCES[(7 * number + shift) % len(SENTENCES)]
            at = len(before) + sentence.index("{}")
            cases.append((before + sentence.format(term) + after, at, at + len(term)))
    near = [judge.cut(text, start, end, 0, len(text)).verdict for text, start, end in cases]
    monkeypatch.setattr(boundary, "WINDOW", 10_000)
    far = [judge.cut(text, start, end, 0, len(text)).verdict for text, start, end in cases]
    assert set(near) >= {"word", "across"}
    assert [case for case, a, b in zip(cases, near, far, strict=True) if a != b] == []


ANY_TEXT = st.text(st.characters(), max_size=80) | st.lists(
    st.sampled_from(
        [
            "象牙",
            "🐘🦷",
            "出",
            "私聊",
            "3000元",
            "\ud83d",
            "\udc18",
            "\U0010ffff",
            "\0",
            "\u202e",
            "\u0301",
            "\ufdfa",
            "مرحبا",
            "𠮷",
            "\uffff",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "象\u0338牙\u0489",
        ]
    ),
    max_size=12,
).map("".join)


@given(ANY_TEXT, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_product_takes_any_string(detector: Detector, text: str, offered: bool) -> None:
    result = detector.detect(text, offered=offered)
    assert detector.detect_many([text, "好", text], offered=[offered, False, offered])[::2] == [result, result]
    for part in (*result.hits, *result.suppressed, *result.claims):
        assert text[part.start : part.end] == part.matched
    assert all(text[one.start : one.end] == one.matched for one in result.factors if one.start >= 0)
    assert 0 <= result.score <= 100


@pytest.mark.parametrize("seed", [3])
def test_the_product_takes_a_megabyte(detector: Detector, seed: int) -> None:
    chance = random.Random(seed)
    pieces = [*PLAIN, *CHINESE[:: len(CHINESE) // 500], "\n", "。", "🐘🦷", "\ud800", "3000元", "13800001111"]
    text = ""
    while len(text) < 1_000_000:
        text += "".join(chance.choice(pieces) for _ in range(1000))
    result = detector.detect(text)
    assert result.hits
    assert all(text[hit.start : hit.end] == hit.matched for hit in result.hits)
