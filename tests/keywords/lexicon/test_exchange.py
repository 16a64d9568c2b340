"""Packs: what is written is what is read, and nothing else is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.exceptions import LexiconError
from keywords.lexicon.exchange import canonical, checksum, read_sealed, sealed, written
from keywords.lexicon.reader import CONTROL
from keywords.lexicon.schema import Change, Entry, Header, Scope

if TYPE_CHECKING:
    from pathlib import Path

HEADER = Header(name="某县", version="1", author="某县林业局", date="2026-11-01")
CHARACTERS = st.characters(categories=("L", "M", "N", "P", "S"), include_characters=" ").filter(
    lambda char: char.isprintable() and not CONTROL.search(char)
)
TEXT = st.text(CHARACTERS, max_size=20)
NAME = st.text(CHARACTERS, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
WORDS = st.lists(TEXT, max_size=3).map(tuple)
ENTRIES = st.lists(
    st.builds(
        Entry,
        term=NAME,
        id=NAME,
        kind=st.sampled_from(["species", "gear", None]),
        aliases=WORDS,
        emoji=WORDS,
        requires=st.none() | WORDS,
        common=st.booleans(),
        note=TEXT,
        severity=st.none() | st.integers(1, 3),
        scope=st.none() | st.builds(Scope, provinces=WORDS, condition=TEXT),
    ),
    max_size=4,
    unique_by=lambda entry: entry.id,
)
CHANGES = st.lists(
    st.builds(Change, id=NAME, strength=st.sampled_from(["weak", "strong"]), aliases_add=WORDS), max_size=2
)


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES, disable=st.lists(NAME, max_size=2), change=CHANGES)
def test_a_pack_that_is_written_is_read_back_whole(tmp_path_factory, entries, disable, change) -> None:
    pack = sealed(HEADER, entries, disable=disable, change=change, about="试")
    path = tmp_path_factory.mktemp("packs") / "pack.yaml"
    path.write_text(written(pack), encoding="utf-8")
    found = read_sealed(path)
    assert canonical(found) == canonical(pack)
    assert [entry.model_dump() for entry in found.entries] == [entry.model_dump() for entry in entries]
    assert written(found) == written(pack)


def packed(folder: Path) -> Path:
    path = folder / "pack.yaml"
    entry = Entry(term="闽江山鸡套", id="local:闽江山鸡套", kind="gear", aliases=("山套子",))
    path.write_text(written(sealed(HEADER, [entry])), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("山套子", "山套了"),
        ("某县林业局", "某市林业局"),
        ("kind: gear", "kind: species"),
        ("version: '1'", "version: '2'"),
    ],
)
def test_any_change_of_what_it_says_breaks_the_seal(old: str, new: str, tmp_path: Path) -> None:
    path = packed(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(LexiconError, match="校验和不符"):
        read_sealed(path)


def test_layout_and_comments_are_free(tmp_path: Path) -> None:
    path = packed(tmp_path)
    path.write_text("# 收到于十一月\n\n" + path.read_text(encoding="utf-8") + "\n# 完\n", encoding="utf-8")
    assert read_sealed(path).entries[0].term == "闽江山鸡套"


def test_a_local_file_is_no_pack(tmp_path: Path) -> None:
    path = tmp_path / "local.yaml"
    path.write_text("entries: [{term: 象牙}]\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="不是词库包"):
        read_sealed(path)


def test_the_checksum_is_over_all_but_itself(tmp_path: Path) -> None:
    pack = read_sealed(packed(tmp_path))
    assert pack.pack is not None
    assert pack.pack.sha256 == checksum(pack)
    assert len(pack.pack.sha256) == 64
