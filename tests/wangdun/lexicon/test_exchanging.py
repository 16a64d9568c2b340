from __future__ import annotations

import pytest

from keywords.exceptions import LexiconError
from keywords.lexicon.schema import Header
from tests.wangdun.running import write_config
from wangdun.cli import Invocation
from wangdun.exceptions import UsageError
from wangdun.lexicon.exchanging import arrival, collect, file_name, install, save, with_and_without
from wangdun.lexicon.installed import installed


def made(folder, name, term="闽江山鸡套", file="pack.yaml"):
    local = folder / "own.yaml"
    local.write_text(f"entries: [{{term: {term}, kind: gear}}]\n", encoding="utf-8")
    save(collect([local], Header(name=name)), folder / file, force=True)
    return folder / file


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("某县 2026", "某县_2026"),
        ("../../etc/passwd", "etc_passwd"),
        ("...", "pack"),
        ("a/b\\c:d", "a_b_c_d"),
        ("长" * 200, "长" * 60),
    ],
)
def test_a_name_becomes_a_safe_file_name(name, file):
    assert file_name(name) == file


def test_a_pack_lands_in_its_folder_whatever_its_name(tmp_path):
    here = installed(Invocation(write_config(tmp_path)))
    found = arrival(made(tmp_path, "../../evil"), here)
    install(found)
    assert found.target == tmp_path / "data" / "lexicon" / "evil.yaml"
    assert found.target.is_file()


def test_a_name_of_a_packaged_file_is_evaded(tmp_path):
    here = installed(Invocation(write_config(tmp_path)))
    assert arrival(made(tmp_path, "birds"), here).target.name == "birds-imported.yaml"


def test_two_packs_do_not_share_a_file(tmp_path):
    path = write_config(tmp_path)
    install(arrival(made(tmp_path, "a b"), installed(Invocation(path))))
    with pytest.raises(UsageError, match="占用"):
        arrival(made(tmp_path, "a_b", term="别的套"), installed(Invocation(path)))


def test_a_pack_that_does_not_fit_is_refused_before_it_is_installed(tmp_path):
    here = installed(Invocation(write_config(tmp_path)))
    local = tmp_path / "own.yaml"
    local.write_text("disable: [没有这个词条]\n", encoding="utf-8")
    save(collect([local], Header(name="x")), tmp_path / "x.yaml", force=True)
    with pytest.raises(LexiconError, match="没有词条"):
        arrival(tmp_path / "x.yaml", here)


def test_a_change_is_added_or_takes_the_place_of_its_older_version(tmp_path):
    path = write_config(tmp_path, more="keywords:\n  overlay: [own.yaml]\n")
    first = made(tmp_path, "某县")
    (tmp_path / "own.yaml").write_text("entries: []\n")
    here = installed(Invocation(path))
    installed_at = tmp_path / "data" / "lexicon" / "某县.yaml"
    own = tmp_path / "own.yaml"
    assert with_and_without(first, here) == ((own,), (first, own))
    install(arrival(first, here))
    here = installed(Invocation(path))
    assert with_and_without(first, here) == ((installed_at, own), (first, own))
    assert with_and_without(own, here) == ((installed_at,), (installed_at, own))


def test_entries_of_one_id_in_two_files_are_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("entries: [{term: 甲乙, id: 'x:甲乙'}]\n", encoding="utf-8")
    with pytest.raises(UsageError, match="x:甲乙"):
        collect([tmp_path / "one.yaml", tmp_path / "two.yaml"], Header(name="x"))
