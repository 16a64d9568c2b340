from __future__ import annotations

import pytest

from keywords.boundary import Judge

JUDGE = Judge(["猎套", "象牙", "地枪", "猎夹"])


@pytest.mark.parametrize(
    ("text", "term", "verdict"),
    [
        ("低价出猎套十个", "猎套", "word"),
        ("狩猎套装", "猎套", "across"),
        ("本地枪战", "地枪", "across"),
        ("对象牙齿", "象牙", "across"),
        ("大象牙膏", "象牙", "across"),
        ("象牙白", "象牙", "inside"),
        ("出售象牙", "象牙", "word"),
    ],
)
def test_the_cut_tells_words_from_accidents(text: str, term: str, verdict: str) -> None:
    start = text.index(term)
    assert JUDGE.cut(text, start, start + len(term), 0, len(text)).verdict == verdict


def test_nothing_is_read_from_the_shared_temporary_folder() -> None:
    cut = JUDGE.cut("出售象牙", 2, 4, 0, 4)
    assert "".join(cut.words) == "出售象牙"
    assert JUDGE._loaded[0].cache_file is None
