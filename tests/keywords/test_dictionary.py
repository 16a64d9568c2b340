from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.boundary import Judge
from keywords.detector import Detector
from keywords.dictionary import NAME, Dictionary, load_dictionary

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("猎套", "象牙", "地枪")
TEXTS = ("低价出猎套", "本地枪战", "对象牙齿", "大象牙膏", "穿山甲鳞片")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a first process keeps."""
    folder = tmp_path_factory.mktemp("kept") / "cache"
    load_dictionary(WORDS, folder)
    return (folder / NAME).read_bytes()


@pytest.fixture
def folder(tmp_path: Path, kept: bytes) -> Path:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    (cache / NAME).touch(mode=0o600)
    (cache / NAME).write_bytes(kept)
    return cache


def was_kept(dictionary: Dictionary) -> bool:
    return not dictionary.counts  # built ones hold all words at once


def test_a_kept_dictionary_cuts_like_a_built_one(folder: Path) -> None:
    built, later = Judge(WORDS), Judge(WORDS, folder)
    assert was_kept(load_dictionary(WORDS, folder))
    for text in TEXTS:
        assert later.cut(text, 1, 3, 0, len(text)) == built.cut(text, 1, 3, 0, len(text))
        assert later.is_word(text[:2]) == built.is_word(text[:2])


def test_only_what_is_needed_is_read(folder: Path) -> None:
    dictionary = load_dictionary(WORDS, folder)
    dictionary.need("象")
    assert dictionary.counts["象牙"] > 0
    assert {word[0] for word in dictionary.counts} == {"象"}


def test_it_is_private_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    cache = tmp_path / "data" / "cache"
    assert not was_kept(load_dictionary(WORDS, cache))
    assert [path.name for path in cache.iterdir()] == [NAME]
    assert cache.stat().st_mode & 0o077 == 0
    assert (cache / NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data.replace(b"\n", b" "),
        lambda data: data[:-9] + b"\xff" + data[-8:],
        lambda data: data.replace(b'"size": ', b'"size": 1'),
        lambda data: b"[" * 5000 + data,
    ],
)
def test_any_damage_is_repaired(folder: Path, kept: bytes, damage: object) -> None:
    assert callable(damage)
    (folder / NAME).write_bytes(damage(kept))
    assert not was_kept(load_dictionary(WORDS, folder))
    assert was_kept(load_dictionary(WORDS, folder))


def test_other_words_are_another_dictionary(folder: Path) -> None:
    assert not was_kept(load_dictionary((*WORDS, "山中宝"), folder))


def test_what_others_may_write_is_not_trusted(folder: Path) -> None:
    folder.chmod(0o777)
    assert not was_kept(load_dictionary(WORDS, folder))
    folder.chmod(0o700)
    (folder / NAME).chmod(0o666)
    assert not was_kept(load_dictionary(WORDS, folder))
    (folder / NAME).rename(folder / "moved")
    (folder / NAME).symlink_to(folder / "moved")
    assert not was_kept(load_dictionary(WORDS, folder))


def test_a_folder_that_cannot_be_made_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert load_dictionary(WORDS, tmp_path / "file" / "cache").counts["象牙"] > 0


def test_a_detector_with_a_cache_says_the_same(detector: Detector, tmp_path: Path) -> None:
    texts = ["低价出猎套", "出象*牙手串 私聊", "狩猎套装 包邮"]
    for _ in range(2):  # the first one builds, the second one reads
        cached = Detector.load(cache=tmp_path / "cache")
        assert cached.detect_many(texts) == [detector.detect(text) for text in texts]
