"""Old and new verdicts side by side."""

from __future__ import annotations

import json

import pytest

from storage.config import StorageConfig
from tests.detectors import special, whole
from tests.wangdun.archive import fill
from wangdun.lexicon.previewing import Item, from_file, has_database, judge, stored, stored_count

AD = "出闽江山鸡套 现货 包邮 100一个 电话13800001234"


@pytest.fixture(scope="module")
def detectors(tmp_path_factory):
    path = tmp_path_factory.mktemp("local") / "local.yaml"
    path.write_text(
        "entries:\n  - {term: 闽江山鸡套, kind: gear, category: hunting_gear, agency: forestry, strength: strong,"
        " requires: [trade]}\ndisable: [猎套]\n",
        encoding="utf-8",
    )
    return whole(), special(overlay=(path,))


def last(items, detectors, most=5):
    *_, tally = judge(iter(items), *detectors, most=most)
    return tally


def test_what_comes_and_what_goes_is_counted_with_examples(detectors):
    items = [
        Item("1", AD, offered=False, label="lead"),
        Item("2", "低价出猎套 200个起 私聊", offered=False, label="lead"),
        Item("3", "今天天气不错", offered=False, label="clear"),
    ]
    tally = last(items, detectors)
    assert (tally.texts, tally.gained, tally.lost, tally.shifted) == (3, 1, 1, 0)
    assert tally.flagged("lead") == {"texts": 2, "old": 1, "new": 1}
    assert tally.flagged("clear") == {"texts": 1, "old": 0, "new": 0}
    by_name = {one["name"]: one for one in tally.as_facts()["examples"]}
    assert by_name["1"]["terms"] == ["闽江山鸡套"]
    assert "闽江山鸡套" in by_name["1"]["excerpt"]
    assert "猎套" in by_name["2"]["terms"]
    assert by_name["2"]["new"] in {"none", "mention"}


def test_excerpts_hide_contacts(detectors):
    (example,) = last([Item("1", AD, offered=False)], detectors).as_facts()["examples"]
    assert "13800001234" not in json.dumps(example)


def test_examples_are_limited_and_texts_are_streamed(detectors):
    seen = 0

    def many():
        nonlocal seen
        for number in range(1_000):
            seen = number
            yield Item(str(number), AD, offered=False)

    tallies = judge(many(), *detectors, most=2)
    next(tallies)
    assert seen < 300
    *_, tally = tallies
    assert tally.gained == 1_000
    assert len(tally.as_facts()["examples"]) == 2


def test_nothing_is_no_failure(detectors):
    assert last([], detectors).as_facts()["texts"] == 0


def test_all_that_is_stored_is_read(tmp_path, detectors):
    config = StorageConfig(data_dir=tmp_path / "data")
    assert not has_database(config)
    fill(tmp_path / "data")
    assert has_database(config)
    items = list(stored(config))
    assert stored_count(config) == 4
    assert {item.text.split("\n")[0] for item in items} >= {"出售象牙手镯", "求购熊掌、虎骨", "今天天气"}
    assert last(items, detectors).moves == {}


def test_labelled_listings_are_read(tmp_path):
    path = tmp_path / "listings.jsonl"
    lines = [
        {"title": "出象牙", "body": "私聊", "price": "100", "label": "lead"},
        {"title": "x", "body": "y", "label": 3},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n{broken\n", encoding="utf-8")
    first, second = from_file(path)
    assert first == Item("listings.jsonl:1", "出象牙\n私聊", offered=True, label="lead")
    assert second.label == ""
