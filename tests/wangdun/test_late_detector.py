"""The lexicon is loaded when it is needed, and its version is known before that."""

from __future__ import annotations

import json

import pytest

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from keywords.exceptions import LexiconError
from wangdun.late_detector import NOTE, LateDetector

PLAIN = KeywordsConfig(learned=False)
OFFER = "出售象牙手串\n13800001234"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def test_the_first_run_loads_the_next_one_waits_for_a_text(cache):
    first = LateDetector(PLAIN, cache)
    assert first.is_loaded, "nobody has noted its version yet"
    assert (cache / NOTE).stat().st_mode & 0o077 == 0

    second = LateDetector(PLAIN, cache)
    assert not second.is_loaded
    plain = Detector.load(PLAIN, cache=cache)
    assert second.version == first.version == plain.version
    assert not second.is_loaded
    assert second.detect_many([OFFER], offered=[True]) == plain.detect_many([OFFER], offered=[True])
    assert second.is_loaded
    assert second.detect(OFFER, offered=True) == plain.detect(OFFER, offered=True)


def test_other_settings_are_another_lexicon(cache):
    one = LateDetector(PLAIN, cache)
    other = LateDetector(KeywordsConfig(learned=False, review=90.0, alert=95.0), cache)
    assert other.is_loaded
    assert other.version != one.version


def test_a_local_pack_that_was_edited_is_read_at_once(cache, tmp_path):
    pack = tmp_path / "own.yaml"
    pack.write_text("entries:\n  - {term: 山中宝, kind: species, strength: strong}\n", encoding="utf-8")
    config = KeywordsConfig(learned=False, overlay=(pack,))
    LateDetector(config, cache)
    assert not LateDetector(config, cache).is_loaded
    pack.write_text("entries: 1", encoding="utf-8")
    with pytest.raises(LexiconError):
        LateDetector(config, cache)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"print": 1}', "null"])
def test_a_damaged_note_is_passed_over(cache, damage):
    version = LateDetector(PLAIN, cache).version
    (cache / NOTE).write_text(damage)
    again = LateDetector(PLAIN, cache)
    assert again.is_loaded
    assert again.version == version == json.loads((cache / NOTE).read_text())["version"]


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    config = KeywordsConfig(learned=False)
    assert LateDetector(config, blocked / "cache").is_loaded
