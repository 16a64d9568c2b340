from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.exceptions import LexiconError
from keywords.fold import Folder
from keywords.lexicon import kits
from keywords.lexicon.kits import compiled_kits, read_kits
from keywords.lexicon.schema import Entry

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = [Entry(term="象牙", id="a:象牙"), Entry(term="电鱼器", id="g:电鱼器")]
KIT = "kits: [{id: k, label: 电鱼配件, entry: %s, parts: [[逆變器, 升压器], [抄网]], within: 60}]\n"


def with_kits(folder: Path, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    path = folder / "kits.yaml"
    path.write_text(KIT % entry, encoding="utf-8")
    monkeypatch.setattr(read_kits, "__defaults__", (path,))


def test_words_are_folded_and_entries_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("电鱼器", "g:电鱼器"):
        with_kits(tmp_path, monkeypatch, name)
        (kit,) = compiled_kits(ENTRIES, [], Folder({}))
        assert kit["entry"] == 1
        assert kit["parts"] == [sorted(["逆变器", "升压器"]), ["抄网"]]
        assert (kit["at_least"], kit["within"], kit["label"]) == (2, 60, "电鱼配件")


def test_an_unknown_entry_is_named_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_kits(tmp_path, monkeypatch, "电鱼机")
    with pytest.raises(LexiconError, match=r"电鱼机.*是否应为“电鱼器”"):
        compiled_kits(ENTRIES, [], Folder({}))


def test_a_kit_of_a_disabled_entry_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_kits(tmp_path, monkeypatch, "电鱼器")
    assert compiled_kits(ENTRIES[:1], ENTRIES[1:], Folder({})) == []


def test_no_file_is_no_kits(tmp_path: Path) -> None:
    assert read_kits(tmp_path / "kits.yaml") == ()
    assert kits.KITS.name == "kits.yaml"
