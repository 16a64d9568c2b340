"""What is settled at sight is what a close reading says; nothing in it is a guess."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.learned import features
from keywords.results import Detection, Verdict
from keywords.settle import mask_text
from tests.keywords.test_weigh import PIECES

if TYPE_CHECKING:
    from keywords.detector import Detector

TALK = [
    "今天去公园",
    "看到一只画眉",
    "穿山甲是保护动物",
    "象牙白的墙",
    "海马床垫",
    "在动物园里",
    "玳瑁眼镜框",
    "的",
    "，",
    "孩子问",
    "博物馆里的虎骨酒",
    "蛇皮袋",
    "乌龟",
]
TEXTS = st.lists(st.sampled_from([*PIECES, *TALK]), max_size=16).map("".join)


def closely(detector: Detector, text: str, *, offered: bool) -> Detection:
    case = detector.study(text, offered=offered)
    return detector._weigher.weigh(case) if case else detector._nothing


@given(TEXTS, st.booleans(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_a_settled_text_reads_like_a_closely_read_one(
    detector: Detector, text: str, offered: bool, kernel: bool
) -> None:
    if not kernel:
        detector = copy.copy(detector)
        detector._looker = None
    first, whole = detector.detect(text, offered=offered), closely(detector, text, offered=offered)
    early = first.verdict, whole.verdict
    assert first.score == whole.score  # asks for all the rest
    assert early == (first.verdict, whole.verdict)
    assert first.verdict is whole.verdict
    assert (first.as_dict(), first) == (whole.as_dict(), whole)


def test_most_ordinary_texts_are_settled(detector: Detector) -> None:
    texts = ["今天在动物园看到画眉，孩子问它吃什么", "象牙白的墙配玳瑁色的眼镜框", "海马床垫用了三年"]
    assert detector._settler
    for text in texts:
        seen = detector._sight.of(text)
        assert seen is None or detector._settler.of(text, seen, offered=False)


@pytest.mark.parametrize("make", [copy.copy, lambda one: pickle.loads(pickle.dumps(one)), lambda one: one])
def test_what_is_deferred_is_there_when_it_is_asked_for(make) -> None:
    asked = []
    whole = Detection(Verdict.MENTION, 12.5, (), (), (), ("forestry",), "none", "v")

    def explain() -> Detection:
        asked.append(1)
        return whole

    found = Detection.deferred(explain, verdict=Verdict.MENTION)
    assert (found.verdict, asked) == (Verdict.MENTION, [])
    found = make(found)
    assert (found.score, found.departments, len(asked)) == (12.5, ("forestry",), 1)
    assert (found == whole, hash(found) == hash(whole), len(asked)) == (True, True, 1)
    with pytest.raises(AttributeError):
        found.nothing_like_this  # noqa: B018


@given(st.text("ab12五，画眉鸟v", max_size=60), st.integers(0, 50), st.sampled_from(["画眉", "眉v", "象"]))
@settings(max_examples=200, deadline=None)
def test_the_wording_is_masked_alike(detector: Detector, talk: str, at: int, name: str) -> None:
    text = talk[:at] + name + talk[at:]
    folded = detector._folder.trace(text)
    start = folded.text.find(detector._folder.fold_word(name))
    span = (start, start + len(name))
    objects = [(*span, features.NO_OBJECT)]
    stretches = features.windows([span], len(folded.text))
    expected = features.mask(folded.text, stretches, objects, folded.codes).codes.tolist()
    assert list(map(ord, mask_text(folded, [span], objects))) == expected
