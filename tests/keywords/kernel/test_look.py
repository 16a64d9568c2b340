"""The first look in C tells what the one in Python tells, whatever it is given."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.config import KeywordsConfig
from keywords.kernel import look
from tests.detectors import special
from tests.keywords.test_reference import JUNK, PLAIN, SENTENCES
from tests.keywords.test_settle import TEXTS

if TYPE_CHECKING:
    from keywords.detector import Detector
    from keywords.sight import Seen

ROOT = Path(__file__).parents[3]
HOSTILE = [
    "", "\0", "\0" * 400, "\ud800", "\udc00\ud83d象牙\ud83d", "\uffff", "象\uffff牙", "\U0010ffff" * 9, "a" * 400, "9" * 400, "象" * 400,
    "象牙" * 3000, "象*" * 999, "，" * 5000, "a1" * 700, "🐯皮", "象牙白的墙", "🦅" * 50, "低价出猎套，200个起，包邮", "c s j 出", "yewei2只", "大，野猪、麂",
    "公司年会抽奖：一等奖是“猫眼石”手链，二等奖虎皮卷六斤，三等奖象牙白保温杯，求二等奖", "电瓶升压器 逆变 捞鱼 网兜 电线 头灯 竹竿",
]  # fmt: skip
WILD = st.one_of(
    TEXTS,
    st.text(max_size=80),
    st.text(st.characters(codec=None, min_codepoint=0xD7F0, max_codepoint=0xE010), max_size=20),
    st.lists(st.one_of(st.sampled_from(PLAIN), JUNK, st.sampled_from("象牙虎皮穿山甲猎套海马🐘a1v")), max_size=40).map(
        "".join
    ),
)


def told(seen: Seen | None) -> object:
    """What both ways must see alike."""
    if seen is None:
        return None
    return (
        seen.glance.text,
        seen.glance.codes.tolist(),
        seen.glance.places.tolist(),
        seen.glance.pictured,
        sorted(seen.raw),
        seen.kind,
        seen.said,
        [kit for kit, _ in seen.kits],
    )


def same(fast: Detector, slow: Detector, text: str, *, offered: bool = False) -> None:
    quick, whole = fast.detect(text, offered=offered), slow.detect(text, offered=offered)
    assert quick.verdict is whole.verdict
    assert quick.as_dict() == whole.as_dict()
    assert fast._looker
    seen = fast._looker.seen(text)
    if seen:
        assert told(seen) == told(slow._sight.of(text))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_read_alike(fast: Detector, slow: Detector, text: str) -> None:
    same(fast, slow, text)


@given(WILD, st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_text_reads_alike(fast: Detector, slow: Detector, text: str, offered: bool) -> None:
    same(fast, slow, text, offered=offered)


@given(st.lists(st.one_of(WILD, st.sampled_from(HOSTILE)), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_batches_read_alike(fast: Detector, slow: Detector, texts: list[str], chance: random.Random) -> None:
    offered = [chance.random() < 0.3 for _ in texts]
    found, expected = fast.detect_many(texts, offered=offered), slow.detect_many(texts, offered=offered)
    assert [one.verdict for one in found] == [one.verdict for one in expected]
    assert [one.as_dict() for one in found] == [one.as_dict() for one in expected]


def test_disguised_advertisements_read_alike(fast: Detector, slow: Detector) -> None:
    rows = map(json.loads, (ROOT / "keywords/learned/listings/hidden.jsonl").read_text(encoding="utf-8").splitlines())
    chance = random.Random(3)
    for row in chance.sample(list(rows), 120):
        same(fast, slow, f"{row['title']}\n{row['body']}")
    for sentence in SENTENCES:
        same(fast, slow, sentence.format("川山甲") + chance.choice(PLAIN) * 30)


def test_a_megabyte_reads_alike(fast: Detector, slow: Detector) -> None:
    chance = random.Random(5)
    talk = "".join(chance.choice([*PLAIN, "象牙", "\ud800", "\0", "🐯"]) for _ in range(100_000))[: 1 << 20]
    verdicts = [one.detect_many([talk, "今天去公园", talk[:9000], ""]) for one in (fast, slow)]
    assert [one.verdict for one in verdicts[0]] == [one.verdict for one in verdicts[1]]


def test_memory_that_is_too_small_is_never_overrun(fast: Detector, slow: Detector, monkeypatch) -> None:
    texts = ["象牙手串 出 " * 30, "今天" * 20, "猎套 鸟网 " * 40, "x" * 500] * 8
    assert fast._looker
    for room, places in ((1 << 12, 64), (1 << 13, 1 << 13)):
        monkeypatch.setattr(look, "MOST_PLACES", places)
        monkeypatch.setattr(look, "ROOM", room)
        monkeypatch.setattr(look, "LONGEST", 1 << 10)
        with ThreadPoolExecutor(1) as other:  # a thread has a workplace of its own
            found = other.submit(fast.detect_many, texts).result()
        assert [one.as_dict() for one in found] == [one.as_dict() for one in slow.detect_many(texts)]


def test_threads_do_not_meet(fast: Detector, slow: Detector) -> None:
    texts = [sentence.format(name) for sentence in SENTENCES for name in ("象牙", "川山甲", "鸟网", "画眉")]
    expected = [slow.detect(text).verdict for text in texts]
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: [fast.detect(text).verdict for text in texts], range(8)):
            assert found == expected


@pytest.mark.parametrize(
    "settings_",
    [
        {"learned": False},
        {"channels": {"homophone": False, "kit": False}},
        {"channels": {"variant": False, "inserted": False}},
    ],
)
def test_other_settings_read_alike(fast: Detector, settings_) -> None:
    assert fast
    slow = special(**settings_)
    slow._looker = None
    quick = special(**settings_)
    assert quick._looker
    for text in (*HOSTILE, *(sentence.format("象*牙") for sentence in SENTENCES)):
        same(quick, slow, text)


def test_most_ordinary_texts_end_here(fast: Detector) -> None:
    assert fast._looker
    texts = ["，".join(random.Random(seed).choices(PLAIN[:6], k=12)) for seed in range(50)]
    assert sum(fast._looker.of(text, offered=False) is None for text in texts) > 45


def test_it_can_be_left_out() -> None:
    from keywords.detector import Detector
    from tests.detectors import kept

    config = KeywordsConfig(learned=False)
    assert Detector.load(config, cache=kept(), kernel=False)._looker is None
