from __future__ import annotations

import pytest

from keywords.config import KeywordsConfig
from wangdun.exceptions import UsageError
from wangdun.lexicon.differing import compare, shown, two_versions, version_of
from wangdun.lexicon.installed import Installed

OLD = {"a": {"term": "象牙", "aliases": ["牙雕"]}, "b": {"term": "虎骨"}}
NEW = {"a": {"term": "象牙", "aliases": ["牙雕", "牙料"], "severity": 3}, "c": {"term": "犀角"}}


def test_added_removed_and_changed_fields():
    found = compare(OLD, NEW)
    assert list(found.added) == ["c"]
    assert list(found.removed) == ["b"]
    assert found.changed["a"] == {"aliases": (["牙雕"], ["牙雕", "牙料"]), "severity": (None, 3)}
    assert found.as_facts()["changed"]["a"]["severity"] == {"old": None, "new": 3}


def test_the_same_is_nothing_and_the_other_way_round_is_the_mirror():
    assert compare(OLD, OLD).nothing
    there, back = compare(OLD, NEW), compare(NEW, OLD)
    assert (dict(there.added), dict(there.removed)) == (dict(back.removed), dict(back.added))


def test_files_folders_and_what_is_installed_are_versions(tmp_path):
    here = Installed(KeywordsConfig())
    path = tmp_path / "local.yaml"
    path.write_text(
        "entries: [{term: 山套子}]\ndisable: [猎套]\nchange: [{term: 象牙, severity: 2}]\n", encoding="utf-8"
    )
    said = version_of(str(path), here)
    assert said["local:山套子"] == {"term": "山套子"}
    assert said["停用 猎套"] == {"term": "猎套"}
    assert said["改动 象牙"]["severity"] == 2
    path.write_text("entries: [{term: 山套子}]\n", encoding="utf-8")
    assert version_of(str(tmp_path), here) == {"local:山套子": {"term": "山套子"}}
    assert "gear_hunting:猎套" in version_of("installed", here)
    with pytest.raises(UsageError, match="nothing"):
        version_of(str(tmp_path / "nothing"), here)


def test_a_local_file_beside_the_installed_lexicon_is_taken_as_added_to_it(tmp_path):
    path = tmp_path / "local.yaml"
    path.write_text("entries: [{term: 山套子}]\ndisable: [猎套]\n", encoding="utf-8")
    found = compare(*two_versions("installed", str(path), Installed(KeywordsConfig())))
    assert list(found.added) == ["local:山套子"]
    assert list(found.removed) == ["gear_hunting:猎套"]
    assert compare(*two_versions("installed", str(path), Installed(KeywordsConfig(overlay=(path,))))).nothing


def test_values_are_shown_on_one_line():
    assert shown(["甲", "乙"]) == "甲、乙"
    assert shown(True) == "是"
    assert shown({"clause": "第一条\n第二条"}) == "clause=第一条 第二条"
    assert len(shown("长" * 1000)) <= 60
