"""The lexicon: search, a text to try, and changes that are looked at before they are saved."""

from __future__ import annotations

import html
import re

import pytest
import yaml

from console import lexicon_forms
from keywords.lexicon.compile import load_compiled
from storage.review import audit
from storage.review.audit import Wanted
from tests import databases
from tests.console.monitoring import monitored
from wangdun import console_lexicon
from wangdun.config import load

HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lexicon")


@pytest.fixture(scope="module")
def db(folder):
    opened = databases.fresh(folder / "console.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def served(db, folder):
    with pytest.MonkeyPatch.context() as patch, monitored(db, folder) as running:
        patch.setattr(console_lexicon, "SECONDS", 0.5)  # one batch of examples is enough to see a change
        yield running


@pytest.fixture(scope="module")
def keeper(served):
    return served.signed_in("demo_ci", "lexicon")


@pytest.fixture
def file(folder):
    """The console's own file, gone after the test."""
    path = folder / "data" / "lexicon" / "local" / "console.yaml"
    yield path
    path.unlink(missing_ok=True)


def hidden(text):
    """The fields of the form that saves."""
    form = text[text.index('action="/lexicon/save"') :]
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)
        if name != "csrf"
    }


def previewed(keeper, **form):
    answer = keeper.post("/lexicon/preview", **form)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_an_entry_is_found_by_any_writing_and_shown_in_full(keeper):
    text = keeper.get("/lexicon", params={"q": "毛头鹰"}).text
    assert "birds:猫头鹰" in text
    for said in ("国家重点保护野生动物名录", "以正式文本为准", "必须同时出现的语境组", "写法：拼音"):
        assert said in text


def test_an_unknown_word_is_answered_with_near_ones_and_shown_harmlessly(keeper):
    text = keeper.get("/lexicon", params={"q": HOSTILE + "猫头"}).text
    assert "词库中没有" in text
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "猫头鹰" in keeper.get("/lexicon", params={"q": "猫头"}).text


def test_a_text_is_judged_with_its_hits_marked(keeper, db):
    offer = f"低价出猫*头\u200b鹰活体 微信 demo_owl {HOSTILE}"
    text = keeper.post("/lexicon/test", text=offer, offered="true").text
    assert 'class="verdict alert"' in text
    assert '<mark class="hit">猫*头</mark><span class="unseen hit" title="看不见的字符">零宽空格</span>' in text
    table = text.partition("命中</caption>")[2]
    assert '猫*头<span class="unseen" title="看不见的字符">零宽空格</span>鹰' in table
    assert "\ufffd" not in table
    assert "有伪装写法" in text
    assert "<script>alert" not in text
    (row,) = audit.recent(db, Wanted(action="lexicon.test"), limit=1)
    assert row.detail == {"verdict": "alert"}  # the text is kept nowhere


def test_a_new_word_is_previewed_saved_found_and_taken_out_again(keeper, file, db):
    offer = "今晚到货咕噜噜霜 活体 可快递 微信 demo_gu"
    form = {"op": "add", "id": "", "term": "咕噜噜霜", "kind": "codeword", "category": "terrestrial_animal"}
    text = previewed(keeper, **form, strength="strong", must=offer)
    assert not file.exists()  # nothing is saved by looking
    assert "新列入" in text
    assert keeper.post("/lexicon/save", **hidden(text)).status_code == 303
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["entries"][0]["term"] == "咕噜噜霜"
    assert "咕噜噜霜" in keeper.post("/lexicon/test", text=offer).text.partition("命中</caption>")[2]
    (row,) = audit.recent(db, Wanted(action="lexicon.save"), limit=1)
    assert (row.kind, row.object_id, row.actor) == ("lexicon", "咕噜噜霜", "demo_ci先生")
    text = previewed(keeper, op="remove", id="console:咕噜噜霜")
    assert keeper.post("/lexicon/save", **hidden(text)).status_code == 303
    assert "咕噜噜霜" not in file.read_text(encoding="utf-8")
    assert len(list((file.parent / "backups").iterdir())) == 1


def test_an_entry_is_disabled_and_comes_back(keeper, file):
    text = previewed(keeper, op="disable", id="birds:猫头鹰")
    assert "不再列入" in text
    version = hidden(text)
    assert keeper.post("/lexicon/save", **version).status_code == 303
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == {"disable": ["birds:猫头鹰"]}
    shown = keeper.get("/lexicon/entry", params={"id": "birds:猫头鹰"}).text
    assert "已停用" in shown
    late = keeper.post("/lexicon/save", **version)
    assert late.status_code == 409  # somebody who looked at the lexicon of before
    assert "没有保存" in late.text


def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(keeper, file):
    answer = keeper.post(
        "/lexicon/preview", op="add", id="", term="", kind="wolf", severity="9", requires="没有的组", note=HOSTILE
    )
    assert answer.status_code == 422
    wrong = dict(re.findall(r'<p class="wrong" id="w-(\w+)"[^>]*>([^<]*)</p>', answer.text))
    assert set(wrong) == {"term", "kind", "severity", "requires"}
    assert "必填" in wrong["term"]
    assert "3" in wrong["severity"]
    assert "没有语境组" in wrong["requires"]
    assert "&lt;script&gt;" in answer.text  # the note that was typed
    assert "<script>alert" not in answer.text
    assert not file.exists()


def test_contexts_are_ticked_by_their_chinese_names(keeper, file):
    form = keeper.get("/lexicon/edit?op=add&requires=sell").text
    assert re.search(r'name="requires" value="sell" checked> <span>出售用语</span>', form)
    assert re.search(r'name="requires" value="hush"> <span>回避写明名称</span>', form)
    groups = re.search(r'<fieldset class="many">(.*?)</fieldset>', form, re.DOTALL)[1]
    assert not re.search(r">[^<]*[a-z]{3}[^<]*<", groups)
    given = {"op": "add", "id": "", "term": "咕噜噜霜", "kind": "codeword", "category": "terrestrial_animal"}
    text = previewed(keeper, **given, codes="咕噜噜膏", requires=["sell", "hush"])
    assert '<dd class="break lines">出售用语、回避写明名称</dd>' in text
    assert keeper.post("/lexicon/save", **hidden(text)).status_code == 303
    (entry,) = yaml.safe_load(file.read_text(encoding="utf-8"))["entries"]
    assert entry["requires"] == ["sell", "hush"]
    again = keeper.get("/lexicon/edit", params={"op": "add", "id": "console:咕噜噜霜"}).text
    assert len(re.findall(r'name="requires" value="\w+" checked', again)) == 2


def test_local_changes_are_told_in_chinese(keeper, file):
    text = previewed(keeper, op="change", id="birds:猫头鹰", exclude_add="猫头鹰牌", requires="live", strength="weak")
    assert keeper.post("/lexicon/save", **hidden(text)).status_code == 303
    shown = re.search(r"<h3>改动 1</h3><ul>(.*?)</ul>", keeper.get("/lexicon").text, re.DOTALL)[1]
    assert "须同时出现的语境（任一即可）：活体与饲养用语" in shown
    assert "强度：弱：须有交易语境" in shown
    assert not re.search("exclude|requires|strength", shown)


@pytest.mark.parametrize("draft", ["", "[]", "{}", '{"facts": 3}', '{"facts": {"evil": 1, "term": "x"}}', "[" * 5_000])
def test_a_draft_that_nobody_previewed_is_refused(keeper, file, draft):
    answer = keeper.post("/lexicon/save", op="add", target="", draft=draft, version="")
    assert answer.status_code == 422
    assert not file.exists()


def test_a_reviewer_looks_and_tries_but_does_not_change(served, file):
    reviewer = served.signed_in("demo_zhao", "reviewer")
    assert reviewer.get("/lexicon?q=猫头鹰").status_code == 200
    assert "/lexicon/edit" not in reviewer.get("/lexicon?q=猫头鹰").text
    assert reviewer.get("/lexicon/edit?op=add").status_code == 403
    assert reviewer.post("/lexicon/preview", op="add", term="x").status_code == 403
    assert not file.exists()


def test_fields_show_again_what_was_filled_in():
    form = {"aliases_add": "甲、乙 丙,丙", "severity": "2", "common": "false", "must": "一\n\n二 三", "note": "\x00好"}
    facts = lexicon_forms.facts_from("change", form)
    assert facts == {
        "aliases_add": ["甲", "乙", "丙"],
        "severity": 2,
        "common": False,
        "note": "好",
        "tests": {"must": ["一", "二 三"]},
    }
    shown = lexicon_forms.shown_in("change", facts)
    assert lexicon_forms.facts_from("change", shown) == facts
    assert lexicon_forms.mistakes_in("change", facts, ["trade"]) == {}
    assert lexicon_forms.mistakes_in("change", {}, ["trade"]) == {"": "没有填写任何改动。"}


@pytest.mark.parametrize("name", ["😀\u202e", "😀", "猫头鹰\u200b", "\u3164", "——"])
def test_names_that_nobody_can_read_are_refused(name):
    facts = {"term": name, "kind": "species", "category": "terrestrial_animal", "strength": "medium"}
    assert "看不见的字符" in lexicon_forms.mistakes_in("add", facts, ["trade"])["term"]
    assert "aliases_add" in lexicon_forms.mistakes_in("change", {"aliases_add": ["鸮", name]}, ["trade"])
    assert lexicon_forms.mistakes_in("change", {"codes_add": ["🦉"], "aliases_add": ["鸮"]}, ["trade"]) == {}


def test_a_preview_of_a_part_must_be_said_to_be_enough(served, keeper, file, monkeypatch):
    monkeypatch.setattr(console_lexicon, "SECONDS", -1.0)  # over before the first text
    text = previewed(keeper, op="add", term="试验鸟乙", kind="species", category="terrestrial_animal", strength="weak")
    assert "没有看完" in text
    form = hidden(text)
    assert form.pop("sure") == "1"
    refused = keeper.post("/lexicon/save", **form)
    assert refused.status_code == 422
    assert "只看了一部分" in refused.text
    assert not file.exists()
    assert keeper.post("/lexicon/save", **form, sure="1").status_code == 303
    assert "试验鸟乙" in file.read_text(encoding="utf-8")


def test_the_page_names_the_version_that_leads_name(served, keeper, folder):
    """And keeps it apart from that of the entries."""
    path = folder / "config.yaml"
    service = console_lexicon.EditedLexicon(path, served.db)
    config = load(path)
    lead = service.judge("出售猫头鹰", offered=False).lexicon_version
    entries = load_compiled(config.keywords.overlay, config.storage.data_dir / "cache")["version"]
    page = keeper.get("/lexicon").text
    assert f"研判版本 {lead}" in page
    assert f"词条版本 {entries}" in page
    assert lead != entries
