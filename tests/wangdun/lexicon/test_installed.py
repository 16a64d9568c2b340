from __future__ import annotations

from tests.wangdun.running import write_config
from wangdun.cli import Invocation
from wangdun.config import load
from wangdun.lexicon.installed import installed


def test_a_bare_folder_has_the_packaged_lexicon(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = installed(Invocation())
    assert (here.config, here.packs, here.cache, here.keywords.overlay) == (None, None, None, ())


def test_imported_packs_come_before_local_files(tmp_path):
    path = write_config(tmp_path, more="keywords:\n  overlay: [local.yaml]\n")
    folder = tmp_path / "data" / "lexicon"
    folder.mkdir(parents=True)
    for name in ("b.yaml", "a.yaml", ".half.yaml", "note.txt"):
        (folder / name).write_text("entries: []\n")
    assert load(path).keywords.overlay == (folder / "a.yaml", folder / "b.yaml", tmp_path / "local.yaml")
    here = installed(Invocation(path))
    assert here.packs == folder
    assert here.local_files() == [tmp_path / "local.yaml"]


def test_a_pack_that_is_named_in_the_configuration_too_is_read_once(tmp_path):
    path = write_config(tmp_path, more="keywords:\n  overlay: [data/lexicon/a.yaml]\n")
    (tmp_path / "data" / "lexicon").mkdir(parents=True)
    (tmp_path / "data" / "lexicon" / "a.yaml").write_text("entries: []\n")
    assert load(path).keywords.overlay == (tmp_path / "data" / "lexicon" / "a.yaml",)
