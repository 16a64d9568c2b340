"""Local files add, change and disable; the packaged files stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.exceptions import LexiconError
from keywords.lexicon.overlay import gather
from keywords.results import Verdict
from tests.detectors import special

if TYPE_CHECKING:
    from pathlib import Path

    from keywords.detector import Detector
    from keywords.lexicon.packs import Placed

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}


def local(folder: Path, text: str, name: str = "local.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def by_id(found: tuple[Placed, ...]) -> dict[str, Placed]:
    return {placed.entry.id: placed for placed in found}


def test_entries_are_added_with_file_and_line(tmp_path: Path) -> None:
    path = local(tmp_path, "about: 本县\nentries:\n  - term: 闽江山鸡套\n    kind: gear\n")
    placed = by_id(gather([path]).entries)["local:闽江山鸡套"]
    assert (placed.path, placed.line) == (path, 3)


def test_an_entry_is_disabled_by_id_and_by_term(tmp_path: Path) -> None:
    before = by_id(gather().entries)
    path = local(tmp_path, "disable: ['gear_hunting:猎套', 倭蜂猴]\n")
    lexicon = gather([path])
    gone = before.keys() - by_id(lexicon.entries).keys()
    assert gone == {"gear_hunting:猎套", "national_animals_2021:倭蜂猴"}
    assert {(placed.entry.id, by) for placed, by in lexicon.disabled} == {(name, "local.yaml:1") for name in gone}


def test_a_disabled_entry_is_not_found_any_more(detector: Detector, tmp_path: Path) -> None:
    text = "低价出猎套 200个起 私聊"
    path = local(tmp_path, "disable: [猎套]\n")
    assert any(hit.term == "猎套" for hit in detector.detect(text).hits)
    found = special(overlay=(path,)).detect(text)
    assert not any(hit.term == "猎套" for hit in found.hits)


def test_a_change_says_only_what_changes(tmp_path: Path) -> None:
    path = local(
        tmp_path,
        "change:\n  - term: 猎套\n    strength: weak\n    aliases_add: [山套子]\n    aliases_remove: [钢丝套]\n"
        "    scope: {provinces: [福建省]}\n",
    )
    old, new = (by_id(gather(files).entries)["gear_hunting:猎套"] for files in ([], [path]))
    assert new.changes == ("local.yaml:2",)
    assert new.entry.strength == "weak"
    assert "山套子" in new.entry.aliases
    assert "钢丝套" not in new.entry.aliases
    assert new.entry.scope is not None
    assert old.entry.scope is not None
    assert new.entry.scope.clause == old.entry.scope.clause
    assert new.entry.scope.provinces == ("福建省",)
    assert (new.entry.requires, new.entry.tests) == (old.entry.requires, old.entry.tests)


def test_a_later_file_changes_what_an_earlier_one_added(tmp_path: Path) -> None:
    first = local(tmp_path, "entries: [{term: 山套子, kind: gear}]\n", "first.yaml")
    second = local(tmp_path, "change: [{id: 'first:山套子', severity: 3}]\n", "second.yaml")
    assert by_id(gather([first, second]).entries)["first:山套子"].entry.severity == 3
    with pytest.raises(LexiconError, match="没有词条"):
        gather([second, first])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("disable: [猎套套]\n", "第 1 行：没有词条“猎套套”，是否应为“猎套”"),
        (
            "about: x\nchange:\n  - id: gear_hunting:猎套子\n",
            "第 3 行：没有词条“gear_hunting:猎套子”，是否应为“gear_hunting:猎套”",
        ),
        ("change: [{strength: weak}]\n", "须写明 id 或 term"),
        ("change: [{term: 猎套, id: 'gear_hunting:猎套'}]\n", "须写明 id 或 term"),
        ("change: [{term: 猎套, alias_add: [x]}]\n", "aliases_add"),
        ("entries:\n  - term: 甲乙\n  - {term: 丙丁, id: 'gear_hunting:猎套'}\n", "第 3 行：编号“gear_hunting:猎套”"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_nearest_name(text: str, said: str, tmp_path: Path) -> None:
    path = local(tmp_path, text)
    with pytest.raises(LexiconError) as error:
        gather([path])
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_kit_of_a_disabled_entry_does_not_stop_the_program(tmp_path: Path) -> None:
    terms = {placed.entry.term for placed in gather().entries if placed.entry.kind == "gear"}
    path = local(tmp_path, f"disable: [{', '.join(repr(term) for term in sorted(terms))}]\n")
    detector = special(overlay=(path,))
    assert detector.detect("低价出猎套 200个起 私聊").verdict not in FLAGGED


def test_an_exempt_form_is_not_banned(tmp_path: Path) -> None:
    path = local(
        tmp_path,
        "entries:\n  - {term: 铁齿兽夹, kind: gear, category: hunting_gear, agency: forestry, strength: strong, requires: [trade],\n"
        "     scope: {clause: 县通告, exempt: [小型铁齿兽夹]}}\n",
    )
    detector = special(overlay=(path,))
    banned = detector.detect("铁齿兽夹 现货 包邮 100一个 私聊")
    assert banned.verdict in FLAGGED
    assert "不禁用：小型铁齿兽夹" in banned.hits[0].clause
    exempt = detector.detect("小型铁齿兽夹 现货 包邮 100一个 私聊")
    assert not any(hit.term == "铁齿兽夹" for hit in exempt.hits)
