"""``wangdun lexicon`` as people run it."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys

import pytest

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from tests import warmed
from tests.keywords.lexicon.hostile import FILES
from tests.wangdun.archive import fill
from tests.wangdun.running import wangdun, write_config
from wangdun.cli import run

LOCAL = """
entries:
  - term: 闽江山鸡套
    kind: gear
    category: hunting_gear
    agency: forestry
    strength: strong
    requires: [trade]
    verified: false
    source: 县通告
    tests: {must: ['出闽江山鸡套 现货 包邮 100一个 私聊']}
disable: [倭蜂猴]
change:
  - {term: 猎套, aliases_add: [山套子]}
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """What the first command of a county leaves for the next ones."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "local.yaml").write_text(LOCAL, encoding="utf-8")
    Detector.load(KeywordsConfig(province="福建", overlay=(folder / "local.yaml",)), cache=folder / "cache").detect(
        "猎套"
    )
    return folder / "cache"


@pytest.fixture
def county(tmp_path, cache):
    """A folder with config.yaml and a local lexicon."""
    (tmp_path / "local.yaml").write_text(LOCAL, encoding="utf-8")
    write_config(tmp_path, more="keywords:\n  province: 福建\n  overlay: [local.yaml]\n")
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copytree(cache, tmp_path / "data" / "cache")
    return tmp_path


@pytest.fixture
def program(monkeypatch, capsys, loaded_once):
    """The program, run within this process: loading its parts once is most of the time a command takes."""

    def run_in(folder, *args, stdin=b""):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = run(["lexicon", *args])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "内部错误" not in err
        return code, out, err

    monkeypatch.delenv("WANGDUN_CONFIG", raising=False)
    before = os.umask(0o077)
    yield run_in
    os.umask(before)


@pytest.fixture
def ran(program):
    """What a command that ends with `code` prints."""

    def good(folder, *args, code=0, stdin=b""):
        found, out, err = program(folder, *args, stdin=stdin)
        assert found == code, err
        return out

    return good


@pytest.fixture
def failed(program):
    """The one line of a command that refuses."""

    def bad(folder, *args):
        code, out, err = program(folder, *args)
        assert code == 2, out
        assert err.startswith("错误：")
        return err

    return bad


def test_a_process_of_its_own_does_the_same(county):
    done = wangdun("lexicon", "show", "山套子", "--json", cwd=county)
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["id"] == "gear_hunting:猎套"
    done = warmed.wangdun("lexicon", "show", "没有这种东西的", cwd=county)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


def test_check_stats_show_and_test_need_no_configuration(ran, tmp_path):
    (tmp_path / "local.yaml").write_text(LOCAL, encoding="utf-8")
    assert "没有问题" in ran(tmp_path, "check", "local.yaml")
    counts = json.loads(ran(tmp_path, "stats", "--json"))
    assert counts["protection"]["国家一级"] >= 235
    assert {row["file"]: row["entries"] for row in counts["files"]}["sanyou_2023.yaml"] == 1924
    assert "野生动物保护法" in ran(tmp_path, "show", "钢丝套")
    assert "告警" in ran(tmp_path, "test", "低价出猎套 200个起 电话13800001234 私聊")
    assert list(tmp_path.iterdir()) == [tmp_path / "local.yaml"]


def test_check_finds_mistakes_and_says_so_with_its_exit_code(ran, county):
    path = county / "local.yaml"
    path.write_text(LOCAL.replace("[trade]", "[trad]").replace("出闽江山鸡套", "出山鸡"), encoding="utf-8")
    said = ran(county, "check", "local.yaml", code=1)
    assert "错误：local.yaml:3" in said
    assert "语境组 trad" in said
    facts = json.loads(ran(county, "check", "local.yaml", "--json", code=1))
    assert facts["errors"] == 2
    assert facts["examples"] >= 3


@pytest.mark.parametrize("name", ["deep brackets", "alias bomb", "ten megabytes", "a lone surrogate", "a number"])
def test_hostile_files_are_errors_for_every_command(ran, failed, name, county):
    (county / "bad.yaml").write_bytes(FILES[name])
    assert "错误：词库文件 bad.yaml" in ran(county, "check", "bad.yaml", code=1)
    for args in (["import", "bad.yaml"], ["diff", "installed", "bad.yaml"]):
        assert "bad.yaml" in failed(county, *args)


def test_stats_names_local_files_and_packs(ran, county):
    shown = ran(county, "stats")
    assert "local.yaml" in shown
    assert "词库版本" in shown


def test_show_tells_local_changes_scope_and_near_names(ran, failed, county):
    (found,) = json.loads(ran(county, "show", "山套子", "--json"))
    assert found["id"] == "gear_hunting:猎套"
    assert found["changed_by"] == ["local.yaml:14"]
    shown = ran(county, "show", "山套子")
    assert "福建省：适用" in shown
    assert "local.yaml:14" in shown
    assert "山套子" in failed(county, "show", "山套子子")


def test_test_explains_a_text_from_the_command_line_and_from_standard_input(ran, county):
    text = "出闽江山鸡套 现货 包邮 100一个 私聊 象牙白连衣裙"
    shown = ran(county, "test", text)
    assert "县通告" in shown
    assert "没有计入的候选" in shown
    facts = json.loads(ran(county, "test", "--json", stdin=f"{text}\n".encode()))
    assert facts["text"] == text
    hit = facts["hits"][0]
    assert text[hit["start"] : hit["end"]] == hit["matched"] == "闽江山鸡套"
    assert (
        json.loads(ran(county, "test", "-", "--json", stdin="出象牙 私聊".encode("gb18030")))["text"] == "出象牙 私聊"
    )


def test_test_tells_hidden_characters_by_their_names(ran, county):
    shown = ran(county, "test", "出象\u200b牙 私聊 坏\ufffd了")
    assert shown.count("象［零宽空格］牙") >= 2  # in the text and in the table of hits
    assert "坏［乱码字符］了" in shown
    assert "\ufffd" not in shown


def test_preview_compares_what_is_stored_and_labelled(ran, county):
    fill(county / "data")
    (county / "change.yaml").write_text("disable: [象牙, 虎骨, 熊掌, 穿山甲]\n", encoding="utf-8")
    facts = json.loads(ran(county, "preview", "change.yaml", "--json"))
    assert facts["texts"] >= 4
    assert facts["lost"] >= 1
    assert facts["examples"]
    listed = [{"title": "出闽江山鸡套", "body": "现货 包邮 100一个 私聊", "label": "lead"}]
    (county / "l.jsonl").write_text(json.dumps(listed[0]) + "\n", encoding="utf-8")
    facts = json.loads(ran(county, "preview", "local.yaml", "--no-database", "--listings", "l.jsonl", "--json"))
    assert facts["labels"] == {"lead": {"texts": 1, "old": 0, "new": 1}}
    shown = ran(county, "preview", "local.yaml", "--no-database", "--listings", "l.jsonl")
    assert "新列入（待核以上）1" in shown
    assert "闽江山鸡套" in shown


def test_preview_without_texts_is_a_mistake(failed, county):
    assert "--listings" in failed(county, "preview", "local.yaml")


def test_a_pack_goes_from_one_county_to_another(ran, failed, county, tmp_path_factory):
    assert "已导出 1 条词条" in ran(county, "export", "-o", "pack.yaml", "--name", "某县", "--author", "某县林业局")
    assert "已存在" in failed(county, "export", "-o", "pack.yaml")
    other = tmp_path_factory.mktemp("other")
    write_config(other)
    pack = str(county / "pack.yaml")
    asked = ran(other, "import", pack, stdin=b"n\n")
    assert "没有导入" in asked
    assert "闽江山鸡套" in asked
    assert not (other / "data" / "lexicon").exists()
    facts = json.loads(ran(other, "import", pack, "--json"))
    assert facts["installed"] is False
    assert list(facts["added"]) == ["local:闽江山鸡套"]
    assert list(facts["removed"]) == ["national_animals_2021:倭蜂猴"]
    assert list(facts["changed"]["gear_hunting:猎套"]) == ["aliases"]
    assert "已装到" in ran(other, "import", pack, "--yes")
    kept = other / "data" / "lexicon" / "某县.yaml"
    assert kept.stat().st_mode & 0o077 == 0
    assert (
        json.loads(ran(other, "test", "出闽江山鸡套 现货 包邮 100一个 私聊", "--json"))["hits"][0]["entry"]
        == "local:闽江山鸡套"
    )
    assert json.loads(ran(other, "diff", pack, str(kept), "--json")) == {"added": {}, "removed": {}, "changed": {}}


def test_a_newer_pack_takes_the_place_of_the_older(ran, county):
    other = county / "other"
    other.mkdir()
    write_config(other)
    ran(county, "export", "-o", "1.yaml", "--name", "某县", "--version", "1")
    local = LOCAL.replace("闽江山鸡套", "闽江野鸡套").replace("disable: [倭蜂猴]\n", "")
    (county / "local.yaml").write_text(local, encoding="utf-8")
    ran(county, "export", "-o", "2.yaml", "--name", "某县", "--version", "2")
    ran(other, "import", "../1.yaml", "--yes")
    facts = json.loads(ran(other, "import", "../2.yaml", "--yes", "--json"))
    assert set(facts["added"]) == {"local:闽江野鸡套", "national_animals_2021:倭蜂猴"}
    assert list(facts["removed"]) == ["local:闽江山鸡套"]
    assert [path.name for path in (other / "data" / "lexicon").iterdir()] == ["某县.yaml"]


def test_a_packaged_file_can_be_exchanged_and_changes_in_place(ran, county):
    ran(county, "export", "--pack", "gear_hunting", "-o", "gear.yaml")
    facts = json.loads(ran(county, "import", "gear.yaml", "--json"))
    assert set(facts["added"]) | set(facts["removed"]) == set()


def test_a_tampered_pack_is_refused(ran, failed, county):
    ran(county, "export", "-o", "pack.yaml")
    path = county / "pack.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("县通告", "省通告"), encoding="utf-8")
    assert "校验和不符" in failed(county, "import", "pack.yaml", "--yes")
    assert not (county / "data" / "lexicon").exists()


def test_what_cannot_be_exported_or_imported_is_a_plain_mistake(ran, failed, county, tmp_path_factory):
    bare = tmp_path_factory.mktemp("bare")
    assert "没有本地词库" in failed(bare, "export")
    assert "是不是 birds" in failed(bare, "export", "--pack", "brids")
    assert "不是词库包" in failed(county, "import", "local.yaml")
    assert "只能写一个" in failed(county, "export", "--overlay", "--pack", "birds")
    ran(county, "export", "-o", "pack.yaml")
    assert "config.yaml" in failed(bare, "import", str(county / "pack.yaml"))
    assert "没有文件或文件夹" in failed(county, "diff", "installed", "nothing.yaml")
