from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywords import gate
from keywords.match import Candidate, Way
from tests.detectors import special

if TYPE_CHECKING:
    from pathlib import Path

    from keywords.detector import Detector

PACK = """
entries:
  - term: 山中宝
    codes: [绿豆糕]
    exclude: [绿豆糕点]
    exclude_near: [烘焙]
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    path: Path = tmp_path_factory.mktemp("pack") / "local.yaml"
    path.write_text(PACK, encoding="utf-8")
    return special(overlay=(path,), learned=False)


def _hits(detector: Detector, text: str) -> list[tuple[str, str]]:
    return [(hit.term, hit.channel) for hit in detector.detect(text).hits]


def test_a_code_word_counts_where_the_talk_is_about_the_object(local: Detector) -> None:
    assert _hits(local, "野生的绿豆糕 没证 300一只 懂的私聊") == [("山中宝", "codeword")]


def test_a_longer_word_covers_a_code_word(local: Detector) -> None:
    result = local.detect("野生的绿豆糕点 没证 300一只 懂的私聊")
    assert not result.hits
    assert [(item.term, item.rule) for item in result.suppressed] == [("山中宝", "被普通词“绿豆糕点”盖住")]


def test_of_several_covering_words_the_longest_is_named() -> None:
    detector = special(learned=False)
    for text in ("抽象牙雕花摆件", "抽象牙雕花摆件，另售穿山甲鳞片，私聊"):
        one = detector.detect(text)
        told = {item.rule for item in one.suppressed if item.term == "象牙"}
        assert told == {"被普通词“象牙雕花”盖住"}
        assert detector.detect_many([text])[0].suppressed == one.suppressed


SPANS = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda one: (one[0], one[0] + one[1]))


@given(SPANS, st.lists(SPANS, max_size=30))
def test_the_words_around_a_candidate_are_found_among_many(span: tuple[int, int], words: list[tuple[int, int]]) -> None:
    said = "".join(chr(0x4E00 + place) for place in range(60))
    term = said[slice(*span)]
    candidate = Candidate(Way(0, "exact", gated=False), *span, span, term, term, "exact")
    covers = sorted(words, key=lambda one: (one[1], one[0]))
    around = [(s, e) for s, e in covers if s <= span[0] and span[1] <= e and e - s > span[1] - span[0]]
    assert gate.covered(candidate, covers) == bool(around)
    if around:
        longest = max(e - s for s, e in around)
        assert gate.covering(candidate, covers, said) in {said[s:e] for s, e in around if e - s == longest}


def test_a_word_nearby_excludes_a_code_word(local: Detector) -> None:
    result = local.detect("野生的绿豆糕 烘焙 没证 300一只 懂的私聊")
    assert not result.hits
    assert [item.rule for item in result.suppressed] == ["附近有“烘焙”"]


@pytest.mark.parametrize("text", ["野生的绿*豆*糕点 没证 300一只 懂的私聊", "野生的绿*豆糕 烘焙 没证 300一只 懂的私聊"])
def test_no_word_excuses_a_code_word_that_is_cut_up(local: Detector, text: str) -> None:
    assert _hits(local, text) == [("山中宝", "codeword")]
